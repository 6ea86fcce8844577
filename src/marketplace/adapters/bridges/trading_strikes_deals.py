from datetime import datetime
from decimal import Decimal
from uuid import UUID

from marketplace.application.catalog.ports import Listings, Terms
from marketplace.application.inventory.ports import Stocks
from marketplace.application.ordering.fee_ports import FeeSchedules
from marketplace.application.ordering.orders import EXPIRE_ORDER
from marketplace.application.ordering.ports import Orders
from marketplace.application.shared.ports import Ids, Timers
from marketplace.application.trading.ports import Deals
from marketplace.domain.catalog.standing import ListingStatus
from marketplace.domain.catalog.terms import Kind
from marketplace.domain.inventory.hold import Hold, HoldId, HoldReason
from marketplace.domain.ordering.fees import FeeLine, Sale
from marketplace.domain.ordering.order import PAYMENT_TIME, Order, OrderLine
from marketplace.domain.shared.ids import ListingId, OrderId
from marketplace.domain.shared.subject import SubjectKind
from marketplace.domain.trading.offer import Agreement
from marketplace.domain.trading.units import ONE, Quantity

DESK = "desk"


class DealsOfInventoryAndOrdering(Deals):
    """Hold what was agreed on and place the order, in the transaction of the acceptance."""

    def __init__(
        self, listings: Listings, stocks: Stocks, orders: Orders, fees: FeeSchedules, timers: Timers, ids: Ids
    ) -> None:
        self._listings = listings
        self._stocks = stocks
        self._orders = orders
        self._fees = fees
        self._timers = timers
        self._ids = ids

    async def strike(self, agreement: Agreement, order_id: OrderId, now: datetime) -> bool:
        until = now + PAYMENT_TIME
        if agreement.subject.listings:
            sales, is_gone = await self._hold_listings(agreement, order_id, until)
        else:
            is_gone = await self._hold_goods(agreement, order_id, until)
            sale = Sale(channel=DESK, category=None, seller=agreement.seller, amount=agreement.amount)
            sales = [(agreement.subject.id, sale)]
        fees = await self._fees.book()
        lines = [_line(agreement, subject, sale, fees.fee_on(sale, now)) for subject, sale in sales]
        order = Order(
            id=order_id, subject=agreement.subject, negotiation_id=agreement.negotiation_id, buyer=agreement.buyer,
            seller=agreement.seller, lines=tuple(lines), payment_due_at=until, created_at=now,
        )  # fmt: skip
        order.place()
        await self._orders.add(order)
        self._timers.set(EXPIRE_ORDER, order.id, order.payment_due_at)
        return is_gone

    async def _hold_goods(self, agreement: Agreement, order_id: OrderId, until: datetime) -> bool:
        """What of a trade is given to this one, and of the lot it is delivered from; whether the subject is gone."""
        is_gone = False
        for kind, subject, whole in agreement.goods:
            hold = self._a_hold(kind, subject, agreement.quantity.to(whole.unit).amount, order_id, until)
            stock = await self._stocks.take(hold, of=whole.amount)
            is_gone = is_gone or (subject == agreement.subject.id and not stock.left)
        return is_gone

    async def _hold_listings(
        self, agreement: Agreement, order_id: OrderId, until: datetime
    ) -> tuple[list[tuple[UUID, Sale]], bool]:
        listings = agreement.subject.listings
        found = [await self._hold(one, agreement.quantity, order_id, until) for one in listings]
        amounts = agreement.amount.split([terms.price.minor for terms, _ in found])
        sales: list[tuple[UUID, Sale]] = [
            (one, Sale(channel=terms.channel.value, category=terms.category, seller=terms.seller, amount=amount))
            for one, (terms, _), amount in zip(listings, found, amounts, strict=True)
        ]
        return sales, any(is_gone for _, is_gone in found)

    async def _hold(
        self, listing_id: ListingId, quantity: Quantity, order_id: OrderId, until: datetime
    ) -> tuple[Terms, bool]:
        """And whether that was the last of it. Services have capacity: nothing of them is held."""
        terms = await self._listings.claim(listing_id)
        if terms.kind is Kind.SERVICE:
            return terms, False
        whole = ONE if terms.lot is None else Quantity.of(terms.lot.quantity, terms.lot.unit)
        hold = self._a_hold(SubjectKind.LISTING, listing_id, quantity.to(whole.unit).amount, order_id, until)
        stock = await self._stocks.take(hold, of=whole.amount)
        if terms.lot is not None and not stock.left:
            await self._listings.move(listing_id, ListingStatus.RESERVED)
        return terms, not stock.left

    def _a_hold(self, kind: SubjectKind, subject: UUID, quantity: Decimal, order_id: OrderId, until: datetime) -> Hold:
        reason = HoldReason.AWARD if kind is SubjectKind.TRADE else HoldReason.OFFER
        return Hold(
            id=HoldId(self._ids.new()), kind=kind, subject=subject, quantity=quantity, reason=reason,
            reference=order_id, until=until,
        )  # fmt: skip


def _line(agreement: Agreement, subject: UUID, sale: Sale, fee: FeeLine) -> OrderLine:
    kind = SubjectKind.LISTING if agreement.subject.listings else agreement.subject.kind
    return OrderLine(
        kind=kind, subject=subject, quantity=agreement.quantity.amount,
        unit=agreement.quantity.unit, amount=sale.amount, fee=fee,
    )  # fmt: skip
