"""A refund: money of one payment that goes back to its payer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar

from marketplace.domain.payments.payment import Asked, Cause, Payment, RefundTooLarge
from marketplace.domain.payments.shares import Reversal
from marketplace.domain.shared.aggregate import DomainEvent
from marketplace.domain.shared.errors import Conflict, Forbidden, Invalid, NotFound
from marketplace.domain.shared.ids import PaymentId, RefundId, UserId
from marketplace.domain.shared.money import Money


class RefundNotFound(NotFound):
    code = "refund_not_found"


class IllegalRefundMove(Conflict):
    code = "illegal_refund_move"


class RefundRequestOpen(Conflict):
    """Another request for the same payment waits for an answer."""

    code = "refund_request_open"


class OwnRefundRequest(Forbidden):
    code = "own_refund_request"


class AnswerMissing(Invalid):
    code = "answer_missing"


ANSWER_TIME = timedelta(days=5)
"""So long the seller has for a request, before administrators look at it."""
LARGE_REFUNDS: Mapping[str, int] = {"INR": 25_000, "JPY": 40_000, "KRW": 400_000, "KZT": 140_000, "UZS": 3_500_000}
LARGE_REFUND = 1_000
"""In whole units: from there on an administrator shows again who they are; of currencies that are not named above."""


def is_large(amount: Money) -> bool:
    return amount.decimal >= LARGE_REFUNDS.get(amount.currency, LARGE_REFUND)


class RefundStatus(StrEnum):
    REQUESTED = "requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


_S = RefundStatus
REFUND_MOVES: Mapping[RefundStatus, frozenset[RefundStatus]] = {
    _S.REQUESTED: frozenset({_S.APPROVED, _S.PROCESSING, _S.REJECTED, _S.CANCELLED}),
    _S.APPROVED: frozenset({_S.PROCESSING, _S.CANCELLED}),
    _S.PROCESSING: frozenset({_S.SUCCEEDED, _S.FAILED}),
    _S.FAILED: frozenset({_S.PROCESSING}),
    _S.REJECTED: frozenset(),
    _S.SUCCEEDED: frozenset(),
    _S.CANCELLED: frozenset(),
}
"""What is approved is sent at once: stored, a request goes from `requested` to `processing`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundOutcome:
    """What a gateway said of a refund; silence is GatewaySilent."""

    succeeded: bool
    reference: str | None
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundEvent(DomainEvent):
    refund_id: RefundId
    payment_id: PaymentId
    cause: Cause
    payer: UserId
    payee: UserId
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRequested(RefundEvent):
    name: ClassVar[str] = "payments.refund_requested.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRejected(RefundEvent):
    name: ClassVar[str] = "payments.refund_rejected.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundWithdrawn(RefundEvent):
    name: ClassVar[str] = "payments.refund_withdrawn.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundEscalated(RefundEvent):
    """The seller has not answered in time."""

    name: ClassVar[str] = "payments.refund_escalated.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class LateMoneyReturned(RefundEvent):
    """What came for a payment that had been given up is back: nothing was sold for it."""

    name: ClassVar[str] = "payments.late_money_returned.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundSucceeded(RefundEvent):
    """`refunded`: all that went back of the payment so far."""

    name: ClassVar[str] = "payments.refund_succeeded.v1"
    refunded: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundFailed(RefundEvent):
    name: ClassVar[str] = "payments.refund_failed.v1"
    reason: str


@dataclass(slots=True, kw_only=True, eq=False)
class Refund(Asked):
    """`reversal` says which fee and subsidy go back with it; it is known once the refund is approved."""

    id: RefundId
    payment_id: PaymentId
    cause: Cause
    payer: UserId
    payee: UserId
    amount: Money
    reversal: Reversal | None = None
    reason: str
    requested_by: UserId | None
    """None: the service itself, after a cancellation or a dispute."""
    decided_by: UserId | None = None
    answer: str | None = None
    """Why it was rejected, in the words of who decided."""
    status: RefundStatus = RefundStatus.REQUESTED
    reference: str | None = None
    message: str | None = None
    escalated_at: datetime | None = None
    """When the time to answer was over."""
    created_at: datetime

    def request(self, now: datetime) -> None:
        self._record(RefundRequested(**self._facts(now)))

    @property
    def is_open(self) -> bool:
        return self.status is RefundStatus.REQUESTED

    def lower(self, amount: Money) -> None:
        """Who decides may give less than was asked for. Raises RefundTooLarge."""
        if amount > self.amount:
            asked = f"{self.amount.decimal} {self.amount.currency}"
            raise RefundTooLarge(f"only {asked} was asked for", field="amount", asked=self.amount.decimal)
        self.amount = amount

    def escalate(self, now: datetime) -> bool:
        """False where it was decided meanwhile, or escalated already."""
        if not self.is_open or self.escalated_at is not None:
            return False
        self.escalated_at = now
        self._record(RefundEscalated(**self._facts(now)))
        return True

    def approve(self, reversal: Reversal, by: UserId | None) -> None:
        self._move(RefundStatus.APPROVED)
        self.reversal, self.decided_by = reversal, by

    def reject(self, answer: str, by: UserId, now: datetime) -> None:
        self._move(RefundStatus.REJECTED)
        self.answer, self.decided_by = answer, by
        self._record(RefundRejected(**self._facts(now)))

    def cancel(self, now: datetime) -> None:
        """Only of a request that nobody has decided: what is approved is being sent."""
        if not self.is_open:
            raise IllegalRefundMove(f"a refund that is {self.status} cannot be cancelled", refund_id=self.id)
        self._move(RefundStatus.CANCELLED)
        self._record(RefundWithdrawn(**self._facts(now)))

    def process(self) -> None:
        self._move(RefundStatus.PROCESSING)

    def settle(self, outcome: RefundOutcome, payment: Payment, now: datetime) -> None:
        """Take the gateway's word, once."""
        if self.status is not RefundStatus.PROCESSING:
            return
        self.reference, self.message = outcome.reference, outcome.message
        if outcome.succeeded:
            payment.sent_back(self.amount)
            self._move(RefundStatus.SUCCEEDED)
            if payment.is_collected:
                self._record(RefundSucceeded(**self._facts(now), refunded=payment.refunded))
            else:
                self._record(LateMoneyReturned(**self._facts(now)))
        else:
            self._move(RefundStatus.FAILED)
            self._record(RefundFailed(**self._facts(now), reason=outcome.message))

    def _move(self, to: RefundStatus) -> None:
        if to not in REFUND_MOVES[self.status]:
            raise IllegalRefundMove(f"a refund that is {self.status} cannot become {to}", refund_id=self.id)
        self.status = to

    def _facts(self, now: datetime) -> dict[str, Any]:
        return {
            "occurred_at": now, "refund_id": self.id, "payment_id": self.payment_id, "cause": self.cause,
            "payer": self.payer, "payee": self.payee, "amount": self.amount,
        }  # fmt: skip
