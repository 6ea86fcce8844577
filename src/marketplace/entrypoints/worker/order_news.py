"""What each move of an order is to the people it concerns: notices at once, and letters."""

from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from dishka import AsyncContainer

from marketplace.application.notifications.deliver import DeliverNotices
from marketplace.application.ordering.life_ports import OrderNews
from marketplace.application.ordering.life_views import OrderFacts
from marketplace.application.shared import letters
from marketplace.application.shared.letters import OrderLetter
from marketplace.application.shared.posting import PostedLetter
from marketplace.application.shared.user_events import Notice
from marketplace.domain.ordering.events import (
    OrderAssigned,
    OrderCancelled,
    OrderCompleted,
    OrderEvent,
    OrderMoved,
    OrderMovedEvent,
    OrderPaid,
)
from marketplace.domain.ordering.moves import OrderStatus
from marketplace.domain.payments.payment import CauseKind
from marketplace.domain.payments.refund import RefundSucceeded
from marketplace.domain.shared.ids import OrderId, UserId
from marketplace.entrypoints.worker.registry import Handlers

BECAME = {
    OrderAssigned: OrderStatus.ASSIGNED, OrderCompleted: OrderStatus.COMPLETED, OrderCancelled: OrderStatus.CANCELLED,
}  # fmt: skip


def subscribe(handlers: Handlers) -> None:
    for kind, name in ((OrderMoved, "moved"), *((kind, status.value) for kind, status in BECAME.items())):
        _tell_of_move(handlers, kind, name)

    @handlers.on(OrderPaid, "notifications.order_paid")
    async def tell_of_payment(scope: AsyncContainer, event: OrderPaid) -> None:
        """Of the payment itself both are told by `payment_success`."""
        facts = await _facts(scope, event.order_id)
        await (await scope.get(DeliverNotices))([], letters_of(event, facts))

    @handlers.on(RefundSucceeded, "notifications.order_refunded")
    async def tell_of_refund(scope: AsyncContainer, event: RefundSucceeded) -> None:
        if event.cause.kind is CauseKind.ORDER:
            facts = await _facts(scope, OrderId(event.cause.id))
            letter = letters.OrderRefunded(facts.title, f"{event.amount.decimal} {event.amount.currency}")
            await (await scope.get(DeliverNotices))([], [_post(facts.buyer, letter, event.refund_id)])


def _tell_of_move(handlers: Handlers, kind: type[OrderMovedEvent], name: str) -> None:
    @handlers.on(kind, f"notifications.order_{name}")
    async def tell(scope: AsyncContainer, event: OrderMovedEvent) -> None:
        facts = await _facts(scope, event.order_id)
        await (await scope.get(DeliverNotices))(notices_of(event, facts), letters_of(event, facts))


def notices_of(event: OrderMovedEvent, facts: OrderFacts) -> list[Notice]:
    """To both parties; of an assignment also to who is to do it."""
    status = event.status if isinstance(event, OrderMoved) else BECAME[type(event)]
    payload: dict[str, Any] = {
        "order_id": event.order_id, "number": facts.title, "status": status.public,
        "payment_status": facts.payment_status, "changed_at": event.occurred_at,
    }  # fmt: skip
    told = [
        Notice(party, "order_status_changed", payload, quiet=party == event.by) for party in (event.seller, event.buyer)
    ]
    if isinstance(event, OrderAssigned):
        payload = payload | {"assignee_id": event.assignee}
        to = dict.fromkeys((event.assignee, event.seller, event.buyer))
        told += [Notice(one, "order_assigned", payload, quiet=one == event.by) for one in to]
    return told


def letters_of(event: OrderEvent, facts: OrderFacts) -> list[PostedLetter]:
    about = uuid5(NAMESPACE_OID, f"{event.name} {event.order_id} {event.occurred_at.isoformat()}")
    match event:
        case OrderPaid():
            amount = f"{event.amount.decimal} {event.amount.currency}"
            return [_post(event.seller, letters.OrderPaid(facts.title, amount), about)]
        case OrderMoved(status=OrderStatus.DELIVERED) if facts.completes_at:
            return [_post(event.buyer, letters.OrderDelivered(facts.title, facts.completes_at), about)]
        case OrderCompleted():
            return [_post(event.seller, letters.OrderCompleted(facts.title), about)]
        case OrderCancelled():
            return [_post(party, letters.OrderCancelled(facts.title), about) for party in (event.seller, event.buyer)]
    return []


def _post(to: UserId, letter: OrderLetter, about: UUID) -> PostedLetter:
    return PostedLetter(to, letter, uuid5(NAMESPACE_OID, f"{about} {to}"))


async def _facts(scope: AsyncContainer, order_id: OrderId) -> OrderFacts:
    news: OrderNews = await scope.get(OrderNews)
    return await news.of(order_id)
