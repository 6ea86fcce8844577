"""What happens between two people, put into their conversation about it: offers, orders, calls."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from dishka import AsyncContainer

from marketplace.application.messaging.conversations import Record, RecordInThread
from marketplace.application.trading.audience import Audiences, offers_at_deadline
from marketplace.domain.calls.call import CallEnded
from marketplace.domain.messaging.message import MessageKind
from marketplace.domain.ordering.events import (
    OrderAssigned,
    OrderCancelled,
    OrderCompleted,
    OrderEvent,
    OrderExpired,
    OrderMoved,
    OrderMovedEvent,
    OrderPaid,
    OrderPlaced,
)
from marketplace.domain.ordering.moves import OrderStatus
from marketplace.domain.shared.ids import ConversationId, OrderId, UserId
from marketplace.domain.trading.offer import (
    OfferAccepted,
    OfferDeclined,
    OfferEvent,
    OfferExpired,
    OfferMade,
    OfferStatus,
    OfferSuperseded,
    OfferWithdrawn,
)
from marketplace.domain.trading.trade import TradeOpened
from marketplace.entrypoints.worker.notices import is_sealed, parties
from marketplace.entrypoints.worker.registry import Handlers

OFFERS: Mapping[type[OfferEvent], OfferStatus] = {
    OfferMade: OfferStatus.PENDING, OfferAccepted: OfferStatus.ACCEPTED, OfferDeclined: OfferStatus.DECLINED,
    OfferWithdrawn: OfferStatus.WITHDRAWN, OfferExpired: OfferStatus.EXPIRED, OfferSuperseded: OfferStatus.SUPERSEDED,
}  # fmt: skip
"""A counter makes an offer, which is all there is to say of it."""

ORDERS: Mapping[type[OrderEvent], OrderStatus | None] = {
    OrderPaid: None, OrderExpired: OrderStatus.EXPIRED, OrderMoved: None, OrderAssigned: OrderStatus.ASSIGNED,
    OrderCompleted: OrderStatus.COMPLETED, OrderCancelled: OrderStatus.CANCELLED,
}  # fmt: skip


def subscribe(handlers: Handlers) -> None:
    for kind, status in OFFERS.items():
        _show_offer(handlers, kind, status)
    for moved, became in ORDERS.items():
        _show_order(handlers, moved, became)

    @handlers.on(OrderPlaced, "messaging.order_placed")
    async def show_order(scope: AsyncContainer, event: OrderPlaced) -> None:
        """One that was agreed on stands behind its offer, written with it."""
        if event.negotiation_id is None:
            await _write(scope, event, of_order(event, "placed", event.buyer))

    @handlers.on(CallEnded, "messaging.call_ended")
    async def show_call(scope: AsyncContainer, event: CallEnded) -> None:
        await (await scope.get(RecordInThread)).inside(ConversationId(event.conversation_id), of_call(event))

    @handlers.on(TradeOpened, "messaging.trade_opened", transactional=False)
    async def show_sealed_offers(scope: AsyncContainer, event: TradeOpened) -> None:
        negotiations = await (await scope.get(Audiences)).negotiations(event.trade_id)
        for offer in offers_at_deadline(negotiations):
            await _write(scope, offer, of_offer(offer, OfferStatus.PENDING))


def _show_offer(handlers: Handlers, kind: type[OfferEvent], status: OfferStatus) -> None:
    @handlers.on(kind, f"messaging.offer_{status}")
    async def show(scope: AsyncContainer, event: OfferEvent) -> None:
        if is_sealed(event):
            return
        records = [of_offer(event, status)]
        if isinstance(event, OfferAccepted):
            records.append(_order(event.order_id, "placed", event.buyer, event.occurred_at))
        await _write(scope, event, *records)


def _show_order(handlers: Handlers, kind: type[OrderEvent], status: OrderStatus | None) -> None:
    @handlers.on(kind, f"messaging.{kind.name.split('.')[1]}")
    async def show(scope: AsyncContainer, event: OrderEvent) -> None:
        became = event.status if isinstance(event, OrderMoved) else status
        by = event.by if isinstance(event, OrderMovedEvent) else event.buyer if became is None else None
        await _write(scope, event, of_order(event, became.value if became else "paid", by))


async def _write(scope: AsyncContainer, event: OfferEvent | OrderEvent, *records: Record) -> None:
    await (await scope.get(RecordInThread)).between(event.buyer, event.seller, event.subject, *records)


def of_offer(event: OfferEvent, status: OfferStatus) -> Record:
    """The one whose move it was: maker or answerer; nobody's for what came by itself."""
    maker, answerer = parties(event)
    terms = event.terms
    data: dict[str, Any] = {
        "offer_id": event.offer_id, "negotiation_id": event.negotiation_id, "status": status, "side": event.side,
        "amount": terms.amount.decimal, "currency": terms.price.currency, "quantity": terms.quantity.amount,
        "unit": terms.quantity.unit, "expires_at": event.expires_at,
    }  # fmt: skip
    by: UserId | None = None
    match event:
        case OfferMade() | OfferWithdrawn():
            by = maker
        case OfferAccepted():
            by, data["order_id"], data["amount"] = answerer, event.order_id, event.amount.decimal
        case OfferDeclined():
            by = answerer
    said = event.message if isinstance(event, OfferMade) else None
    source = uuid5(NAMESPACE_OID, f"{event.offer_id} {status}")
    return Record(kind=MessageKind.OFFER, data=data, by=by, source=source, at=event.occurred_at, text=said or "")


def of_call(event: CallEnded) -> Record:
    data = {"call_id": event.call_id, "media": event.media, "status": event.status, "seconds": event.seconds}
    source = uuid5(NAMESPACE_OID, f"{event.call_id} ended")
    return Record(kind=MessageKind.CALL, data=data, by=event.caller, source=source, at=event.occurred_at)


def of_order(event: OrderEvent, status: str, by: UserId | None) -> Record:
    reason = event.reason if isinstance(event, OrderMovedEvent) else None
    return _order(event.order_id, status, by, event.occurred_at, reason)


def _order(order_id: OrderId, status: str, by: UserId | None, at: datetime, reason: str | None = None) -> Record:
    source: UUID = uuid5(NAMESPACE_OID, f"{order_id} {status} {'' if status == 'placed' else at.isoformat()}")
    data = {"order_id": order_id, "status": status}
    return Record(kind=MessageKind.ORDER, data=data, by=by, source=source, at=at, text=reason or "")
