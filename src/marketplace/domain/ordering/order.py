"""An order: the commitment to deliver for payment, with its fee frozen at the moment of agreement."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from marketplace.domain.ordering.fees import FeeLine
from marketplace.domain.shared.aggregate import Aggregate, DomainEvent
from marketplace.domain.shared.errors import Conflict, NotFound
from marketplace.domain.shared.ids import NegotiationId, OrderId, UserId
from marketplace.domain.shared.money import Money, sum_of
from marketplace.domain.shared.subject import Subject, SubjectKind

PAYMENT_TIME = timedelta(hours=24)
"""From agreement to payment; after it the listing is on the market again."""


class OrderNotFound(NotFound):
    code = "order_not_found"


class OrderNotPayable(Conflict):
    code = "order_not_payable"


class IllegalOrderMove(Conflict):
    code = "illegal_order_move"


class OrderStatus(StrEnum):
    DRAFT = "draft"
    PLACED = "placed"
    AWAITING_PAYMENT = "awaiting_payment"
    PAID = "paid"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    DELIVERED = "delivered"
    CHANGES_REQUESTED = "changes_requested"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    DISPUTED = "disputed"


_S = OrderStatus
ORDER_MOVES: Mapping[OrderStatus, frozenset[OrderStatus]] = {
    _S.DRAFT: frozenset({_S.PLACED}),
    _S.PLACED: frozenset({_S.AWAITING_PAYMENT, _S.ASSIGNED, _S.CANCELLED, _S.EXPIRED}),
    _S.AWAITING_PAYMENT: frozenset({_S.PAID, _S.ASSIGNED, _S.CANCELLED, _S.EXPIRED}),
    _S.PAID: frozenset({_S.ASSIGNED, _S.CANCELLED, _S.DISPUTED}),
    _S.ASSIGNED: frozenset({_S.IN_PROGRESS, _S.CANCELLED, _S.DISPUTED}),
    _S.IN_PROGRESS: frozenset({_S.DELIVERED, _S.DISPUTED}),
    _S.DELIVERED: frozenset({_S.COMPLETED, _S.CHANGES_REQUESTED, _S.DISPUTED}),
    _S.CHANGES_REQUESTED: frozenset({_S.IN_PROGRESS, _S.DISPUTED}),
    _S.COMPLETED: frozenset({_S.DISPUTED}),
    _S.DISPUTED: frozenset({_S.PAID, _S.ASSIGNED, _S.IN_PROGRESS, _S.DELIVERED, _S.COMPLETED, _S.CANCELLED}),
    _S.CANCELLED: frozenset(),
    _S.EXPIRED: frozenset(),
}


class PaymentStatus(StrEnum):
    UNPAID = "unpaid"
    PAID = "paid"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderEvent(DomainEvent):
    order_id: OrderId
    subject: Subject
    buyer: UserId
    seller: UserId
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlaced(OrderEvent):
    name: ClassVar[str] = "ordering.order_placed.v1"
    payment_due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPaid(OrderEvent):
    name: ClassVar[str] = "ordering.order_paid.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderExpired(OrderEvent):
    name: ClassVar[str] = "ordering.order_expired.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """One thing of an order: a listing, a trade or a lot. `amount` pays the whole `quantity`."""

    kind: SubjectKind
    subject: UUID
    quantity: Decimal
    unit: str
    amount: Money
    fee: FeeLine


@dataclass(slots=True, kw_only=True, eq=False)
class Order(Aggregate):
    """`subject` is what was agreed on; what is delivered and paid for are the `lines`: several for a package."""

    id: OrderId
    subject: Subject
    negotiation_id: NegotiationId | None
    buyer: UserId
    seller: UserId
    lines: tuple[OrderLine, ...]
    status: OrderStatus = OrderStatus.PLACED
    payment_status: PaymentStatus = PaymentStatus.UNPAID
    payment_due_at: datetime
    created_at: datetime

    @property
    def amount(self) -> Money:
        return sum_of([line.amount for line in self.lines])

    @property
    def fee(self) -> Money:
        return sum_of([line.fee.amount for line in self.lines])

    @property
    def payout(self) -> Money:
        """What the seller is owed once the order is paid."""
        return self.amount - self.fee

    def place(self) -> None:
        self._move(OrderStatus.AWAITING_PAYMENT)
        self._record(OrderPlaced(**self._facts(self.created_at), payment_due_at=self.payment_due_at))

    def require_payable(self, now: datetime) -> None:
        if self.status is not OrderStatus.AWAITING_PAYMENT:
            raise OrderNotPayable(f"this order is {self.status}", order_id=self.id, status=self.status)
        if now >= self.payment_due_at:
            raise OrderNotPayable("the time to pay this order has passed", order_id=self.id)

    def pay(self, now: datetime) -> None:
        self._move(OrderStatus.PAID)
        self.payment_status = PaymentStatus.PAID
        self._record(OrderPaid(**self._facts(now)))

    def expire(self, now: datetime) -> bool:
        """True if it ended now; False when it was paid, cancelled or is not due yet."""
        if self.status is not OrderStatus.AWAITING_PAYMENT or now < self.payment_due_at:
            return False
        self._move(OrderStatus.EXPIRED)
        self._record(OrderExpired(**self._facts(now)))
        return True

    def _move(self, to: OrderStatus) -> None:
        if to not in ORDER_MOVES[self.status]:
            raise IllegalOrderMove(f"an order that is {self.status} cannot become {to}", order_id=self.id)
        self.status = to

    def _facts(self, now: datetime) -> dict[str, Any]:
        return {
            "occurred_at": now, "order_id": self.id, "subject": self.subject,
            "buyer": self.buyer, "seller": self.seller, "amount": self.amount,
        }  # fmt: skip
