from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from marketplace.domain.ordering.moves import OrderStatus
from marketplace.domain.shared.aggregate import DomainEvent
from marketplace.domain.shared.ids import NegotiationId, OrderId, UserId
from marketplace.domain.shared.money import Money
from marketplace.domain.shared.subject import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderEvent(DomainEvent):
    """`amount` is what the buyer pays."""

    order_id: OrderId
    subject: Subject
    buyer: UserId
    seller: UserId
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlaced(OrderEvent):
    name: ClassVar[str] = "ordering.order_placed.v1"
    payment_due_at: datetime
    negotiation_id: NegotiationId | None = None
    """That it was agreed in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPaid(OrderEvent):
    name: ClassVar[str] = "ordering.order_paid.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderExpired(OrderEvent):
    name: ClassVar[str] = "ordering.order_expired.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderMovedEvent(OrderEvent):
    """`by` is None for the service itself."""

    by: UserId | None
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderMoved(OrderMovedEvent):
    """A move that none of the other events tells."""

    name: ClassVar[str] = "ordering.order_moved.v1"
    status: OrderStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAssigned(OrderMovedEvent):
    name: ClassVar[str] = "ordering.order_assigned.v1"
    assignee: UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCompleted(OrderMovedEvent):
    name: ClassVar[str] = "ordering.order_completed.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCancelled(OrderMovedEvent):
    """`was_paid`: the buyer's money goes back."""

    name: ClassVar[str] = "ordering.order_cancelled.v1"
    was_paid: bool
