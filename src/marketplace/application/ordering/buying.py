"""Buying at list price: one thing at once, or all that is in a cart."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from marketplace.application.ordering.cart_ports import Carts, Good, OrderGroups, Shop, Wanted
from marketplace.application.ordering.cart_views import CheckoutView
from marketplace.application.ordering.fee_ports import FeeSchedules
from marketplace.application.ordering.life import PaymentUnderWay
from marketplace.application.ordering.placing import DiscountSteps, PlacingSteps
from marketplace.application.ordering.ports import MoneyInFlight, Orders
from marketplace.application.ordering.views import OrderView
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.ports import Clock, Ids, Transaction
from marketplace.domain.ordering.cart import CartEmpty, CartItem, CartItemId, OrderGroup
from marketplace.domain.ordering.fees import FeeBook
from marketplace.domain.ordering.order import PAYMENT_TIME, Order, OrderLine, OrderNotFound
from marketplace.domain.shared.errors import Conflict, DomainError, Invalid
from marketplace.domain.shared.ids import ListingId, OrderGroupId, OrderId, UserId
from marketplace.domain.shared.subject import Subject, SubjectKind
from marketplace.domain.shared.text import clean_text

LONGEST_NOTES = 2_000


class NoSlots(Invalid):
    """Only a service is done at a time."""

    code = "no_slots"


class GoodsGone(Conflict):
    """Some of what was wanted cannot be had; `refusals` says why, by listing."""

    code = "goods_gone"

    def __init__(self, refusals: Mapping[ListingId, DomainError]) -> None:
        super().__init__("some of it is not for sale any more")
        self.refusals = refusals


class CartItemsGone(Conflict):
    code = "cart_items_gone"

    def __init__(self, items: Collection[CartItem], refusals: Mapping[ListingId, DomainError]) -> None:
        gone = [
            {"item_id": item.id, "product_id": item.listing, "code": why.code, "detail": why.detail}
            for item in items
            if (why := refusals.get(item.listing))
        ]
        super().__init__("some of your cart is not for sale any more: remove it, and check out again", items=gone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a buyer says beside what is bought."""

    notes: str | None = None
    promo_code: str | None = None
    scheduled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class BuyingSteps:
    """Inside a running transaction. Locks: listings by id, stocks by id, negotiations, the promo code."""

    shop: Shop
    fees: FeeSchedules
    discounts: DiscountSteps
    placing: PlacingSteps
    clock: Clock
    ids: Ids

    async def buy(
        self, buyer: UserId, wanted: Collection[Wanted], wishes: Wishes, group: OrderGroupId | None = None
    ) -> list[Order]:
        """All of it or nothing: one order for each seller and currency. Raises GoodsGone, and what a promo code or a
        slot raises."""
        goods = await self._claim(buyer, wanted)
        now = self.clock.now()
        book = await self.fees.book()
        by_order: dict[tuple[UserId, str], list[Good]] = {}
        for good in goods:
            by_order.setdefault((good.sale.seller, good.sale.amount.currency), []).append(good)
        orders = [self._order(buyer, some, book, wishes, group, now) for some in by_order.values()]
        await self._hold(goods, orders)
        if wishes.scheduled_at is not None:
            orders[0].booking_id = await self.shop.book(goods[0], wishes.scheduled_at, buyer)
        if wishes.promo_code is not None:
            await self.discounts.reduce(wishes.promo_code, orders)
        for order in orders:
            await self.placing.place(order)
        return orders

    async def _claim(self, buyer: UserId, wanted: Collection[Wanted]) -> list[Good]:
        goods: list[Good] = []
        refusals: dict[ListingId, DomainError] = {}
        for one in sorted(wanted, key=lambda one: one.listing):
            try:
                goods.append(await self.shop.claim(buyer, one))
            except DomainError as refusal:
                refusals[one.listing] = refusal
        if refusals:
            raise GoodsGone(refusals)
        return goods

    async def _hold(self, goods: Sequence[Good], orders: Sequence[Order]) -> None:
        order_of = {line.subject: order for order in orders for line in order.lines}
        sold_out: list[ListingId] = []
        refusals: dict[ListingId, DomainError] = {}
        for good in goods:
            order = order_of[good.listing]
            try:
                if await self.shop.hold(good, order.id, order.payment_due_at):
                    sold_out.append(good.listing)
            except Conflict as refusal:
                refusals[good.listing] = refusal
        if refusals:
            raise GoodsGone(refusals)
        if sold_out:
            await self.shop.sold_out(sold_out)

    def _order(
        self, buyer: UserId, goods: Sequence[Good], book: FeeBook, wishes: Wishes, group: OrderGroupId | None,
        now: datetime,
    ) -> Order:  # fmt: skip
        is_service = all(good.is_service for good in goods)
        if wishes.scheduled_at is not None and not is_service:
            raise NoSlots("is for services only", field="scheduled_at")
        notes = wishes.notes and clean_text(wishes.notes, field="notes", longest=LONGEST_NOTES)
        return Order(
            id=OrderId(self.ids.new()), subject=Subject.of_listings(*(good.listing for good in goods)),
            negotiation_id=None, group_id=group, buyer=buyer, seller=goods[0].sale.seller,
            lines=tuple(_line(good, book, now) for good in goods), is_service=is_service, notes=notes or None,
            scheduled_at=wishes.scheduled_at, payment_due_at=now + PAYMENT_TIME, created_at=now,
        )  # fmt: skip


def _line(good: Good, book: FeeBook, now: datetime) -> OrderLine:
    return OrderLine(
        kind=SubjectKind.LISTING, subject=good.listing, quantity=good.quantity, unit=good.unit,
        amount=good.sale.amount, fee=book.fee_on(good.sale, now),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class BuyNow:
    steps: BuyingSteps
    transaction: Transaction

    async def __call__(self, actor: Actor, wanted: Wanted, wishes: Wishes) -> OrderView:
        """Raises why it cannot be had, and what a promo code or a slot raises."""
        actor.require(Permission.BUY)
        async with self.transaction:
            try:
                [order] = await self.steps.buy(actor.user, [wanted], wishes)
            except GoodsGone as gone:
                raise gone.refusals[wanted.listing] from None
            return self.transaction.answers(OrderView.of(order))


@dataclass(frozen=True, slots=True)
class Checkout:
    carts: Carts
    groups: OrderGroups
    steps: BuyingSteps
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(self, actor: Actor, items: Collection[CartItemId] | None, wishes: Wishes) -> CheckoutView:
        """These items of the cart, or all. Raises CartEmpty, CartItemNotFound, CartItemsGone, and what a promo code
        raises."""
        actor.require(Permission.BUY)
        async with self.transaction:
            cart = await self.carts.locked(actor.user)
            chosen = cart.items if items is None else [cart.find(one) for one in dict.fromkeys(items)]
            if not chosen:
                raise CartEmpty("your cart is empty")
            group = OrderGroup(id=OrderGroupId(self.ids.new()), buyer=actor.user, created_at=self.clock.now())
            wanted = [Wanted(item.listing, item.quantity) for item in chosen]
            try:
                orders = await self.steps.buy(actor.user, wanted, wishes, group.id)
            except GoodsGone as gone:
                raise CartItemsGone(chosen, gone.refusals) from None
            await self.groups.add(group)
            await self.carts.remove(actor.user, [item.id for item in chosen])
            return self.transaction.answers(CheckoutView.of(group, orders))


@dataclass(frozen=True, slots=True)
class ApplyPromoCode:
    """Before an order is paid."""

    orders: Orders
    money: MoneyInFlight
    discounts: DiscountSteps
    transaction: Transaction
    clock: Clock

    async def __call__(self, actor: Actor, order_id: OrderId, code: str) -> None:
        """A second time changes nothing. Raises OrderNotFound, OrderNotPayable, PaymentUnderWay, and why the code gives
        nothing, as when another one does already."""
        actor.require(Permission.PAY_ORDERS)
        async with self.transaction:
            order = await self.orders.lock(order_id)
            if order.buyer != actor.user:
                raise OrderNotFound("no such order", order_id=order_id)
            order.require_payable(self.clock.now())
            if await self.money.towards(order_id):
                raise PaymentUnderWay("a payment of this order is under way", order_id=order_id)
            if order.discount is None:
                await self.discounts.reduce(code, [order])
                await self.orders.reprice(order)
            else:
                await self.discounts.discounts.reserve(code, [order])
