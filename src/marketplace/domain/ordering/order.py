"""An order: the commitment to deliver for payment, with its fees frozen at the moment of agreement."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from marketplace.domain.ordering.discount import Bearer, Discount, NothingToPay, OrderDiscounted
from marketplace.domain.ordering.errors import (
    DisputeWindowClosed,
    IllegalOrderMove,
    NotYourMove,
    OrderNotPaid,
    TooManyChanges,
)
from marketplace.domain.ordering.events import (
    OrderAssigned,
    OrderCancelled,
    OrderCompleted,
    OrderExpired,
    OrderMoved,
    OrderPaid,
    OrderPlaced,
)
from marketplace.domain.ordering.fees import FeeLine
from marketplace.domain.ordering.moves import ORDER_ACTORS, ORDER_MOVES, SYSTEM, OrderRole, OrderStatus, Party
from marketplace.domain.shared.aggregate import Aggregate
from marketplace.domain.shared.errors import Conflict, NotFound
from marketplace.domain.shared.ids import NegotiationId, OrderGroupId, OrderId, UserId
from marketplace.domain.shared.money import Money, sum_of
from marketplace.domain.shared.subject import Subject, SubjectKind

PAYMENT_TIME = timedelta(hours=24)
"""From agreement to payment; after it the listing is on the market again."""
AUTO_COMPLETE = timedelta(days=14)
"""From delivery to completion when the buyer says nothing."""
DISPUTE_WINDOW = timedelta(days=14)
"""From completion; later nobody opens a dispute."""
MOST_CHANGES = 3
"""How often a buyer may ask for changes of what was delivered."""
UNDER_WAY = frozenset(
    {OrderStatus.ASSIGNED, OrderStatus.IN_PROGRESS, OrderStatus.DELIVERED, OrderStatus.CHANGES_REQUESTED}
)
"""The seller has taken it on; a service may be so before it is paid."""


class OrderNotFound(NotFound):
    code = "order_not_found"


class OrderNotPayable(Conflict):
    code = "order_not_payable"


class PaymentStatus(StrEnum):
    UNPAID = "unpaid"
    PAID = "paid"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """One thing of an order: a listing, a trade or a lot. `amount` pays the whole `quantity`, before any discount;
    `discount` is this line's share of the promo code."""

    kind: SubjectKind
    subject: UUID
    quantity: Decimal
    unit: str
    amount: Money
    fee: FeeLine
    discount: Money | None = None

    @property
    def due(self) -> Money:
        """What the buyer pays for it."""
        return self.amount if self.discount is None else self.amount - self.discount


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One move, as the timeline shows it."""

    source: OrderStatus
    target: OrderStatus
    by: Party
    at: datetime
    reason: str | None


def number_of(number: int) -> str:
    return f"M-{number:08d}"


@dataclass(slots=True, kw_only=True, eq=False)
class Order(Aggregate):
    """`subject` is what was agreed on; what is delivered and paid for are the `lines`: several for a package."""

    id: OrderId
    number: int | None = None
    """Given by the database when it is stored."""
    subject: Subject
    negotiation_id: NegotiationId | None
    group_id: OrderGroupId | None = None
    """Of the checkout it was placed in."""
    buyer: UserId
    seller: UserId
    lines: tuple[OrderLine, ...]
    discount: Discount | None = None
    is_service: bool = False
    """Services may be assigned and worked on before they are paid."""
    notes: str | None = None
    scheduled_at: datetime | None = None
    booking_id: UUID | None = None
    """The confirmed seat of a service's slot."""
    status: OrderStatus = OrderStatus.PLACED
    payment_status: PaymentStatus = PaymentStatus.UNPAID
    assignee: UserId | None = None
    changes_asked: int = 0
    payment_due_at: datetime
    delivered_at: datetime | None = None
    completed_at: datetime | None = None
    before_dispute: OrderStatus | None = None
    created_at: datetime
    steps: list[Step] = field(default_factory=list, compare=False)
    """Moves that are not saved yet; placing is none."""

    @property
    def title(self) -> str:
        """What people call it: M-00000042."""
        return number_of(self.number or 0)

    @property
    def gross(self) -> Money:
        """Before any discount."""
        return sum_of([line.amount for line in self.lines])

    @property
    def amount(self) -> Money:
        """What the buyer pays."""
        return sum_of([line.due for line in self.lines])

    @property
    def fee(self) -> Money:
        return sum_of([line.fee.amount for line in self.lines])

    @property
    def payout(self) -> Money:
        """What the seller is owed once the order is paid."""
        return (self.gross if self.is_subsidized else self.amount) - self.fee

    @property
    def is_subsidized(self) -> bool:
        """The platform pays the discount to the seller."""
        return self.discount is not None and self.discount.bearer is Bearer.PLATFORM

    @property
    def is_paid(self) -> bool:
        return self.payment_status is not PaymentStatus.UNPAID

    @property
    def completes_at(self) -> datetime | None:
        """When it completes by itself."""
        return self.delivered_at + AUTO_COMPLETE if self.status is OrderStatus.DELIVERED and self.delivered_at else None

    def party(self, user: UserId) -> Party:
        """Raises OrderNotFound for who has no part in it."""
        if user == self.buyer:
            return Party(OrderRole.BUYER, user)
        if user in {self.seller, self.assignee}:
            return Party(OrderRole.SELLER, user)
        raise OrderNotFound("no such order", order_id=self.id)

    def place(self) -> None:
        self._require(OrderStatus.AWAITING_PAYMENT, SYSTEM)
        self.status = OrderStatus.AWAITING_PAYMENT
        self._record(OrderPlaced(
            **self._facts(self.created_at), payment_due_at=self.payment_due_at, negotiation_id=self.negotiation_id
        ))  # fmt: skip

    def require_payable(self, now: datetime) -> None:
        """Raises OrderNotPayable. A service under way is paid when it suits; what waits for money has a deadline."""
        waits = self.status is OrderStatus.AWAITING_PAYMENT
        if self.is_paid or not (waits or self.status in UNDER_WAY):
            raise OrderNotPayable(f"this order is {self.status}", order_id=self.id, status=self.status)
        if waits and now >= self.payment_due_at:
            raise OrderNotPayable("the time to pay this order has passed", order_id=self.id)

    def reduce(self, discount: Discount, by_line: Sequence[Money], fees: Sequence[FeeLine]) -> None:
        """A promo code takes `by_line` off, in the order of the lines; `fees` are those after it.

        Raises OrderDiscounted, NothingToPay.
        """
        if self.discount is not None:
            raise OrderDiscounted("a promo code takes something off this order already", order_id=self.id)
        lines = tuple(
            replace(line, discount=off if off.minor else None, fee=fee)
            for line, off, fee in zip(self.lines, by_line, fees, strict=True)
        )
        if any(line.due.minor <= 0 for line in lines):
            raise NothingToPay("this promo code leaves nothing to pay for a product", field="promo_code")
        self.discount, self.lines = discount, lines

    def pay(self, now: datetime) -> None:
        """Raises IllegalOrderMove where no money is awaited."""
        if self.is_paid or self.status not in UNDER_WAY:
            self._step(OrderStatus.PAID, SYSTEM, now)
        self.payment_status = PaymentStatus.PAID
        self._record(OrderPaid(**self._facts(now)))

    def refund(self, refunded: Money) -> None:
        """Take note of all that went back so far."""
        whole = refunded == self.amount
        self.payment_status = PaymentStatus.REFUNDED if whole else PaymentStatus.PARTIALLY_REFUNDED

    def expire(self, now: datetime) -> bool:
        """True if it ended now; False when it was paid, cancelled or is not due yet."""
        if self.status is not OrderStatus.AWAITING_PAYMENT or now < self.payment_due_at:
            return False
        self._step(OrderStatus.EXPIRED, SYSTEM, now)
        self._record(OrderExpired(**self._facts(now)))
        return True

    def assign(self, assignee: UserId, by: Party, now: datetime) -> None:
        """The seller takes it on. Raises OrderNotPaid for goods that nobody has paid."""
        self._require(OrderStatus.ASSIGNED, by)
        if not (self.is_service or self.is_paid):
            raise OrderNotPaid("the buyer has not paid yet", order_id=self.id)
        self._step(OrderStatus.ASSIGNED, by, now)
        self.assignee = assignee
        self._record(OrderAssigned(**self._facts(now), by=by.user, reason=None, assignee=assignee))

    def start(self, by: Party, now: datetime) -> None:
        """Work begins, again after changes were asked for; who starts what nobody took on takes it on."""
        if self.status in {OrderStatus.AWAITING_PAYMENT, OrderStatus.PAID}:
            self.assign(self.seller, by, now)
        self._moved(OrderStatus.IN_PROGRESS, by, now)

    def deliver(self, by: Party, now: datetime) -> None:
        if self.status is not OrderStatus.IN_PROGRESS:
            self.start(by, now)
        self._moved(OrderStatus.DELIVERED, by, now)
        self.delivered_at = now

    def request_changes(self, by: Party, now: datetime, reason: str) -> None:
        self._require(OrderStatus.CHANGES_REQUESTED, by)
        if self.changes_asked >= MOST_CHANGES:
            raise TooManyChanges(f"changes were asked for {MOST_CHANGES} times: complete the order, or open a dispute")
        self._moved(OrderStatus.CHANGES_REQUESTED, by, now, reason)
        self.changes_asked += 1

    def complete(self, by: Party, now: datetime) -> None:
        """Raises OrderNotPaid while money is due."""
        self._require(OrderStatus.COMPLETED, by)
        if self.status is OrderStatus.DELIVERED and not self.is_paid:
            raise OrderNotPaid("pay the order, then complete it", order_id=self.id)
        self._step(OrderStatus.COMPLETED, by, now)
        self.completed_at = self.completed_at or now
        self._record(OrderCompleted(**self._facts(now), by=by.user, reason=None))

    def complete_by_itself(self, now: datetime) -> bool:
        """True if it completed now: it was delivered, paid, and the buyer's time is over."""
        if self.completes_at is None or now < self.completes_at or not self.is_paid:
            return False
        self.complete(SYSTEM, now)
        return True

    def cancel(self, by: Party, now: datetime, reason: str | None) -> None:
        """Buyers may while nobody has taken it on; later the seller does, or a dispute decides."""
        if by.role is OrderRole.BUYER and self.status is OrderStatus.ASSIGNED:
            raise NotYourMove("the seller has taken this order on: ask for a refund, or open a dispute")
        self._step(OrderStatus.CANCELLED, by, now, reason)
        self._record(OrderCancelled(**self._facts(now), by=by.user, reason=reason, was_paid=self.is_paid))

    def dispute(self, by: Party, now: datetime, reason: str | None) -> None:
        """Raises DisputeWindowClosed."""
        if self.completed_at is not None and now > self.completed_at + DISPUTE_WINDOW:
            raise DisputeWindowClosed(f"disputes are opened within {DISPUTE_WINDOW.days} days of completion")
        was = self.status
        self._moved(OrderStatus.DISPUTED, by, now, reason)
        self.before_dispute = was

    def end_dispute(self, to: OrderStatus | None, by: Party, now: datetime, reason: str | None) -> None:
        """`to` is completed or cancelled, as was decided; None goes back to where it was."""
        before, self.before_dispute = self.before_dispute, None
        if to is OrderStatus.COMPLETED or (to is None and before is OrderStatus.COMPLETED):
            self.complete(by, now)
        elif to is OrderStatus.CANCELLED:
            self.cancel(by, now, reason)
        elif before is not None:
            self._moved(before, by, now, reason)
            self.delivered_at = now if before is OrderStatus.DELIVERED else self.delivered_at

    def _moved(self, to: OrderStatus, by: Party, now: datetime, reason: str | None = None) -> None:
        self._step(to, by, now, reason)
        self._record(OrderMoved(**self._facts(now), by=by.user, reason=reason, status=to))

    def _step(self, to: OrderStatus, by: Party, now: datetime, reason: str | None = None) -> None:
        self._require(to, by)
        self.steps.append(Step(source=self.status, target=to, by=by, at=now, reason=reason))
        self.status = to

    def _require(self, to: OrderStatus, by: Party) -> None:
        if to not in ORDER_MOVES[self.status]:
            raise IllegalOrderMove(
                f"an order that is {self.status} cannot become {to}", order_id=self.id, status=self.status.public
            )
        if by.role not in ORDER_ACTORS[self.status, to]:
            raise NotYourMove(f"the {by.role} of an order cannot make it {to}", order_id=self.id)

    def _facts(self, now: datetime) -> dict[str, Any]:
        return {
            "occurred_at": now, "order_id": self.id, "subject": self.subject,
            "buyer": self.buyer, "seller": self.seller, "amount": self.amount,
        }  # fmt: skip
