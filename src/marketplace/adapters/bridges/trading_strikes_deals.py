from datetime import datetime
from decimal import Decimal
from uuid import UUID

from marketplace.adapters.bridges.holds_of_listings import ListingHolds
from marketplace.application.catalog.ports import Listings
from marketplace.application.inventory.ports import Stocks
from marketplace.application.ordering.fee_ports import FeeSchedules
from marketplace.application.ordering.placing import PlacingSteps
from marketplace.application.shared.ports import Ids
from marketplace.application.trading.ports import Deals
from marketplace.domain.catalog.listing import Channel
from marketplace.domain.inventory.hold import Hold, HoldId, HoldReason
from marketplace.domain.ordering.fees import FeeLine, Sale
from marketplace.domain.ordering.order import PAYMENT_TIME, Order, OrderLine
from marketplace.domain.shared.ids import OrderId
from marketplace.domain.shared.subject import SubjectKind
from marketplace.domain.trading.offer import Agreement

DESK = "desk"


class DealsOfInventoryAndOrdering(Deals):
    """Hold what was agreed on and place the order, in the transaction of the acceptance."""

    def __init__(
        self, listings: Listings, holds: ListingHolds, stocks: Stocks, placing: PlacingSteps, fees: FeeSchedules,
        ids: Ids,
    ) -> None:  # fmt: skip
        self._listings = listings
        self._holds = holds
        self._stocks = stocks
        self._placing = placing
        self._fees = fees
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
            is_service=all(sale.channel == Channel.SERVICES for _, sale in sales),
        )  # fmt: skip
        await self._placing.place(order)
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
        listings, found = agreement.subject.listings, []
        for one in listings:
            terms = await self._listings.claim(one)
            is_gone = await self._holds.hold(one, terms, agreement.quantity, HoldReason.OFFER, order_id, until)
            found.append((terms, is_gone))
        amounts = agreement.amount.split([terms.price.minor for terms, _ in found])
        sales: list[tuple[UUID, Sale]] = [
            (one, Sale(channel=terms.channel.value, category=terms.category, seller=terms.seller, amount=amount))
            for one, (terms, _), amount in zip(listings, found, amounts, strict=True)
        ]
        return sales, any(is_gone for _, is_gone in found)

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
