from collections.abc import Collection, Sequence
from copy import deepcopy
from dataclasses import replace
from uuid import UUID

from marketplace.application.promotions.ports import PastOrders, PromoCodes, Redemptions, Shelf
from marketplace.application.shared.actor import Actor
from marketplace.domain.catalog.listing import ListingNotFound
from marketplace.domain.ordering.moves import OrderStatus
from marketplace.domain.promotions.discount import Line, PromoCodeId, PromoCodeUnknown, PromoCodeUsedUp
from marketplace.domain.promotions.promo_code import PromoCode, PromoCodeNotFound, PromoCodeTaken
from marketplace.domain.promotions.redemption import Redemption, RedemptionStatus
from marketplace.domain.shared.ids import OrderId, UserId
from tests.fakes.world import MemoryTransaction


class MemoryPromoCodes(PromoCodes):
    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    async def add(self, code: PromoCode) -> None:
        rows = self._transaction.inside.promo_codes
        if code.is_active and any(
            one.is_active and one.code == code.code and one.id != code.id for one in rows.values()
        ):
            raise PromoCodeTaken("another active promo code has this text: choose another", code=code.code)
        self._transaction.ship(code)
        rows[code.id] = deepcopy(code)

    async def save(self, code: PromoCode) -> None:
        used = self._transaction.inside.promo_codes[code.id].used
        await self.add(code)
        self._transaction.inside.promo_codes[code.id].used = used

    async def locked(self, code_id: PromoCodeId) -> PromoCode:
        if code_id not in self._transaction.inside.promo_codes:
            raise PromoCodeNotFound
        return deepcopy(self._transaction.inside.promo_codes[code_id])

    async def active(self, code: str) -> PromoCode:
        for one in self._transaction.inside.promo_codes.values():
            if one.is_active and one.code == code:
                return deepcopy(one)
        raise PromoCodeUnknown

    async def active_locked(self, code: str) -> PromoCode:
        return await self.active(code)


class MemoryRedemptions(Redemptions):
    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    async def uses_of(self, code_id: PromoCodeId, customer: UserId) -> int:
        return sum((one.code_id, one.customer) == (code_id, customer) for one in self._all_live())

    async def live(self, order_id: OrderId) -> Redemption | None:
        if order_id in self._transaction.inside.ended_orders:
            return None
        return next((one for one in self._all_live() if order_id in one.orders), None)

    async def take(self, redemption: Redemption, *, per_customer: int) -> None:
        code = self._transaction.inside.promo_codes[redemption.code_id]
        if code.remaining == 0 or await self.uses_of(code.id, redemption.customer) >= per_customer:
            raise PromoCodeUsedUp("this promo code is used up, or you have used it already")
        code.used += 1
        self._transaction.inside.redemptions[redemption.id] = redemption
        self._transaction.inside.ended_orders.difference_update(redemption.orders)

    async def redeem(self, order_id: OrderId) -> None:
        one = await self.live(order_id)
        if one and one.status is RedemptionStatus.RESERVED:
            self._move(one, RedemptionStatus.REDEEMED)

    async def release(self, order_id: OrderId) -> None:
        one, ended = await self.live(order_id), self._transaction.inside.ended_orders
        ended.add(order_id)
        if one and ended.issuperset(one.orders):
            self._move(one, RedemptionStatus.RELEASED)
            self._transaction.inside.promo_codes[one.code_id].used -= 1

    def _all_live(self) -> list[Redemption]:
        stored = self._transaction.inside.redemptions.values()
        return [one for one in stored if one.status is not RedemptionStatus.RELEASED]

    def _move(self, one: Redemption, to: RedemptionStatus) -> None:
        self._transaction.inside.redemptions[one.id] = replace(one, status=to)


class MemoryShelf(Shelf):
    def __init__(self, *lines: Line) -> None:
        self.for_sale = {line.listing: line for line in lines}

    async def lines(self, actor: Actor, listings: Collection[UUID]) -> Sequence[Line]:
        if missing := [one for one in listings if one not in self.for_sale]:
            raise ListingNotFound("no such product for sale", product_id=missing[0])
        return [self.for_sale[one] for one in listings]


class MemoryPastOrders(PastOrders):
    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    async def any_of(self, customer: UserId, but: Collection[OrderId] = ()) -> bool:
        nothing = {OrderStatus.DRAFT, OrderStatus.CANCELLED, OrderStatus.EXPIRED}
        orders = self._transaction.inside.orders.values()
        return any(one.buyer == customer and one.id not in but and one.status not in nothing for one in orders)
