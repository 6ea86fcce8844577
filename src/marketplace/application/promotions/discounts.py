"""What a customer does with a promo code: ask what it gives, have it taken off an order."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from marketplace.application.promotions.ports import PastOrders, PromoCodes, Redemptions, Shelf
from marketplace.application.promotions.views import LineDiscountView, ValidPromoCodeView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.ports import Clock, Ids, Transaction
from marketplace.domain.promotions.discount import Discount, Line, PromoCodeApplied, PromoCodeUsedUp
from marketplace.domain.promotions.promo_code import InvalidPromoCode, PromoCode, plain_code
from marketplace.domain.promotions.redemption import Redemption, RedemptionId, RedemptionStatus
from marketplace.domain.shared.ids import OrderId, UserId
from marketplace.domain.shared.money import sum_of

MOST_PRODUCTS = 50


@dataclass(frozen=True, slots=True)
class ReserveDiscount:
    """Inside a running transaction, after its orders are locked or made and before their payment. A refusal ends the
    transaction. A purchase has one code; asked for again, the same code gives the same discount."""

    codes: PromoCodes
    redemptions: Redemptions
    past: PastOrders
    clock: Clock
    ids: Ids

    async def __call__(self, code: str, customer: UserId, lines: Sequence[Line], orders: Sequence[OrderId]) -> Discount:
        """One use for all `orders` of a checkout, whose `lines` these are; raises why there is no discount."""
        if reserved := await self.redemptions.live(orders[0]):
            promo = await self.codes.locked(reserved.code_id)
            if promo.code != plain_code(code):
                raise PromoCodeApplied("this order has another promo code already", order_id=orders[0])
            return promo.discount_of(reserved.discount, lines)
        promo = await self.codes.active_locked(plain_code(code))
        now = self.clock.now()
        discount = promo.discount_on(
            lines, now, is_first_order=await _is_first(promo, self.past, customer, orders)
        )  # fmt: skip
        redemption = Redemption(
            id=RedemptionId(self.ids.new()), code_id=promo.id, customer=customer, orders=tuple(sorted(orders)),
            discount=discount.amount, created_at=now,
        )  # fmt: skip
        await self.redemptions.take(redemption, per_customer=promo.per_customer)
        return discount


@dataclass(frozen=True, slots=True)
class SettleRedemption:
    """React to the payment of an order, or to its end without one."""

    redemptions: Redemptions
    transaction: Transaction

    async def __call__(self, order_id: OrderId, to: RedemptionStatus) -> None:
        """Redeemed or released."""
        async with self.transaction:
            if to is RedemptionStatus.REDEEMED:
                await self.redemptions.redeem(order_id)
            else:
                await self.redemptions.release(order_id)


@dataclass(frozen=True, slots=True)
class ValidatePromoCode:
    """What a code gives now. Nothing is reserved."""

    codes: PromoCodes
    redemptions: Redemptions
    past: PastOrders
    shelf: Shelf
    transaction: Transaction
    clock: Clock

    async def products(self, actor: Actor, code: str, listings: Collection[UUID]) -> ValidPromoCodeView:
        if not 0 < len(set(listings)) == len(listings) <= MOST_PRODUCTS:
            raise InvalidPromoCode(f"1 to {MOST_PRODUCTS} products, each once", field="product_ids")
        return await self._validate(actor, code, await self.shelf.lines(actor, listings))

    async def sum(self, actor: Actor, code: str, line: Line) -> ValidPromoCodeView:
        return await self._validate(actor, code, [line])

    async def _validate(self, actor: Actor, code: str, lines: Sequence[Line]) -> ValidPromoCodeView:
        async with self.transaction:
            promo = await self.codes.active(plain_code(code))
            is_first = await _is_first(promo, self.past, actor.user)
            discount = promo.discount_on(lines, self.clock.now(), is_first_order=is_first)
            if await self.redemptions.uses_of(promo.id, actor.user) >= promo.per_customer:
                raise PromoCodeUsedUp("you have used this promo code already")
            return self.transaction.answers(_view(promo.code, lines, discount))


def _view(code: str, lines: Sequence[Line], discount: Discount) -> ValidPromoCodeView:
    whole = sum_of([line.amount for line in lines])
    return ValidPromoCodeView(
        valid=True, code=code, amount=whole.decimal, discount=discount.amount.decimal,
        total=(whole - discount.amount).decimal, currency=whole.currency,
        lines=[
            LineDiscountView(line.listing, off.decimal)
            for line, off in zip(lines, discount.by_line, strict=True)
            if line.listing is not None
        ],
    )  # fmt: skip


async def _is_first(promo: PromoCode, past: PastOrders, customer: UserId, these: Collection[OrderId] = ()) -> bool:
    """Asked only where it matters."""
    return not (promo.first_order_only and await past.any_of(customer, but=these))
