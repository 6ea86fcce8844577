"""A payment: one attempt to collect money for an order through a gateway."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar

from marketplace.domain.shared.aggregate import Aggregate, DomainEvent
from marketplace.domain.shared.errors import Conflict, Invalid, NotFound
from marketplace.domain.shared.ids import OrderId, PaymentId, UserId
from marketplace.domain.shared.money import Money

ASK_AFTER = (timedelta(seconds=15), timedelta(minutes=1), timedelta(minutes=5), timedelta(hours=1))
"""When to ask the gateway about a payment whose outcome it did not tell (rule D10); the last one repeats."""


class PaymentNotFound(NotFound):
    code = "payment_not_found"


class PaymentInProgress(Conflict):
    code = "payment_in_progress"


class PaymentMethodUnavailable(Invalid):
    code = "payment_method_unavailable"


class PaymentMethod(StrEnum):
    CREDIT_CARD = "credit_card"
    PAYME = "payme"
    CLICK = "click"
    STRIPE = "stripe"
    WALLET = "wallet"


class PaymentState(StrEnum):
    CREATED = "created"
    REQUIRES_ACTION = "requires_action"
    AUTHORIZED = "authorized"
    CAPTURED = "captured"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"


_S = PaymentState
_ENDS = frozenset({_S.CAPTURED, _S.FAILED, _S.CANCELLED, _S.EXPIRED})
PAYMENT_MOVES: Mapping[PaymentState, frozenset[PaymentState]] = {
    _S.CREATED: frozenset({_S.REQUIRES_ACTION, _S.AUTHORIZED}) | _ENDS,
    _S.REQUIRES_ACTION: frozenset({_S.AUTHORIZED}) | _ENDS,
    _S.AUTHORIZED: _ENDS,
    _S.CAPTURED: frozenset({_S.PARTIALLY_REFUNDED, _S.REFUNDED}),
    _S.PARTIALLY_REFUNDED: frozenset({_S.REFUNDED}),
    _S.FAILED: frozenset(),
    _S.CANCELLED: frozenset(),
    _S.EXPIRED: frozenset(),
    _S.REFUNDED: frozenset(),
}
IN_FLIGHT = frozenset({_S.CREATED, _S.REQUIRES_ACTION, _S.AUTHORIZED})
"""Money may still move: no second attempt, and the order does not expire."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a gateway said of a charge. `reference` is the gateway's own id, `message` its words for people."""

    captured: bool
    reference: str | None
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentEvent(DomainEvent):
    payment_id: PaymentId
    order_id: OrderId
    payer: UserId
    payee: UserId
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentCaptured(PaymentEvent):
    name: ClassVar[str] = "payments.payment_captured.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFailed(PaymentEvent):
    name: ClassVar[str] = "payments.payment_failed.v1"
    reason: str


@dataclass(slots=True, kw_only=True, eq=False)
class Payment(Aggregate):
    id: PaymentId
    order_id: OrderId
    payer: UserId
    payee: UserId
    amount: Money
    fee: Money
    method: PaymentMethod
    status: PaymentState = PaymentState.CREATED
    reference: str | None = None
    message: str | None = None
    asked: int = 0
    """How often the gateway was asked about it."""
    created_at: datetime

    @property
    def in_flight(self) -> bool:
        return self.status in IN_FLIGHT

    def settle(self, outcome: Outcome, now: datetime) -> None:
        """Take the gateway's word; a payment that is settled already stays as it is settled."""
        if not self.in_flight:
            return
        self.reference, self.message = outcome.reference, outcome.message
        facts: dict[str, Any] = {
            "occurred_at": now, "payment_id": self.id, "order_id": self.order_id,
            "payer": self.payer, "payee": self.payee, "amount": self.amount,
        }  # fmt: skip
        if outcome.captured:
            self.status = PaymentState.CAPTURED
            self._record(PaymentCaptured(**facts))
        else:
            self.status = PaymentState.FAILED
            self._record(PaymentFailed(**facts, reason=outcome.message))

    def ask_again(self, now: datetime) -> datetime:
        """When to ask the gateway next."""
        pause = ASK_AFTER[min(self.asked, len(ASK_AFTER) - 1)]
        self.asked += 1
        return now + pause
