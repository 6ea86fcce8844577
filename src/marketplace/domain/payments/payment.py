"""A payment: one attempt to collect money through a gateway, for an order or something else that costs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from marketplace.domain.payments.chargeback import CHARGEBACK_MOVES, ChargebackStage
from marketplace.domain.payments.shares import Reversal, Share, spread, sum_reversals
from marketplace.domain.shared.aggregate import Aggregate, DomainEvent
from marketplace.domain.shared.errors import Conflict, Invalid, NotFound
from marketplace.domain.shared.ids import PaymentId, UserId
from marketplace.domain.shared.money import Money, sum_of

ASK_AFTER = (timedelta(seconds=15), timedelta(minutes=1), timedelta(minutes=5), timedelta(hours=1))
"""When to ask a provider about what it did not tell the outcome of (rule D10); the last one repeats."""


class PaymentNotFound(NotFound):
    code = "payment_not_found"


class PaymentInProgress(Conflict):
    code = "payment_in_progress"


class PaymentNotRefundable(Conflict):
    code = "payment_not_refundable"


class RefundTooLarge(Invalid):
    """More than was captured and has not gone back yet."""

    code = "refund_too_large"


class PartialRefundUnavailable(Invalid):
    code = "partial_refund_unavailable"


class PaymentMethodUnavailable(Invalid):
    code = "payment_method_unavailable"


class PaymentMethod(StrEnum):
    CREDIT_CARD = "credit_card"
    PAYME = "payme"
    CLICK = "click"
    STRIPE = "stripe"
    WALLET = "wallet"


CURRENCY_OF: Mapping[PaymentMethod, str] = {PaymentMethod.PAYME: "UZS", PaymentMethod.CLICK: "UZS"}
"""Methods that take one currency only."""
ONLY_WHOLE_BACK = frozenset({"payme", "click"})
"""Providers that take a payment back whole or not at all."""


def require_currency(method: PaymentMethod, currency: str) -> None:
    """Raises PaymentMethodUnavailable."""
    takes = CURRENCY_OF.get(method, currency)
    if currency != takes:
        raise PaymentMethodUnavailable(f"{method} takes {takes} only, this costs {currency}", field="payment_method")


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
COLLECTED = frozenset({_S.CAPTURED, _S.PARTIALLY_REFUNDED, _S.REFUNDED})


class CauseKind(StrEnum):
    """What a payment is for. A top-up fills the payer's own wallet."""

    ORDER = "order"
    SUBSCRIPTION = "subscription"
    TOP_UP = "top_up"


@dataclass(frozen=True, slots=True)
class Cause:
    kind: CauseKind
    id: UUID


class Verdict(StrEnum):
    """A gateway that is still working on a charge is silent: see GatewaySilent."""

    CAPTURED = "captured"
    FAILED = "failed"
    ACTION_REQUIRED = "action_required"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a gateway said of a charge. `reference` is the gateway's own id, `message` its words for people,
    `checkout_url` where the payer acts."""

    verdict: Verdict
    reference: str | None
    message: str
    checkout_url: str | None = None

    @property
    def captured(self) -> bool:
        return self.verdict is Verdict.CAPTURED


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentEvent(DomainEvent):
    payment_id: PaymentId
    cause: Cause
    payer: UserId
    payee: UserId
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentCaptured(PaymentEvent):
    name: ClassVar[str] = "payments.payment_captured.v2"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFailed(PaymentEvent):
    name: ClassVar[str] = "payments.payment_failed.v2"
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentCameLate(PaymentEvent):
    """Money came although the payment had been given up: all of it goes back. Told again until that is booked."""

    name: ClassVar[str] = "payments.payment_came_late.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargebackMoved(PaymentEvent):
    """`amount` is what the bank disputes."""

    name: ClassVar[str] = "payments.chargeback_moved.v1"
    stage: ChargebackStage


@dataclass(slots=True, kw_only=True, eq=False)
class Asked(Aggregate):
    """What a provider is asked about until it answers."""

    asked: int = 0

    def ask_again(self, now: datetime) -> datetime:
        """When to ask next."""
        pause = ASK_AFTER[min(self.asked, len(ASK_AFTER) - 1)]
        self.asked += 1
        return now + pause


@dataclass(slots=True, kw_only=True, eq=False)
class Payment(Asked):
    """`shares` are the lines of what is paid for, in their order. The payee earns the amount and the subsidies, less
    the fees."""

    id: PaymentId
    cause: Cause
    payer: UserId
    payee: UserId
    shares: tuple[Share, ...]
    method: PaymentMethod
    provider: str
    """Whose books hold the money: `simulator`, `stripe`, `payme`, `click`, `wallet`."""
    status: PaymentState = PaymentState.CREATED
    chargeback: ChargebackStage = ChargebackStage.NONE
    withdrawn: Money
    """What the payer's bank holds of it now."""
    reference: str | None = None
    message: str | None = None
    checkout_url: str | None = None
    refunding: Money
    """Promised to the payer, and not sent yet."""
    refunded: Money
    """Sent back."""
    is_settled: bool = False
    """Whether the payee's earnings may be paid out: they left the hold."""
    is_frozen: bool = False
    """Whether a dispute keeps them in the hold."""
    expires_at: datetime
    """Until then the payer may act."""
    created_at: datetime

    @property
    def amount(self) -> Money:
        return sum_of([share.amount for share in self.shares])

    @property
    def fee(self) -> Money:
        return sum_of([share.fee for share in self.shares])

    @property
    def subsidy(self) -> Money:
        return sum_of([share.subsidy for share in self.shares])

    @property
    def earnings(self) -> Money:
        """Of the payee, less what refunds took back."""
        return self.amount + self.subsidy - self.fee - self.back.from_payee

    @property
    def back(self) -> Reversal:
        return sum_reversals([share.back for share in self.shares])

    @property
    def refundable(self) -> Money:
        return self.amount - self.back.amount

    @property
    def in_flight(self) -> bool:
        return self.status in IN_FLIGHT

    @property
    def is_collected(self) -> bool:
        return self.status in COLLECTED

    def settle(self, outcome: Outcome, now: datetime) -> None:
        """Take the gateway's word; a payment that is settled already stays as it is settled."""
        if not self.in_flight:
            return
        self.reference, self.message = outcome.reference, outcome.message
        self.checkout_url = outcome.checkout_url
        facts = self._facts(now)
        match outcome.verdict:
            case Verdict.CAPTURED:
                self.status = PaymentState.CAPTURED
                self._record(PaymentCaptured(**facts))
            case Verdict.FAILED:
                self.status = PaymentState.FAILED
                self._record(PaymentFailed(**facts, reason=outcome.message))
            case Verdict.ACTION_REQUIRED:
                self.status = PaymentState.REQUIRES_ACTION

    def note_late_success(self, outcome: Outcome, now: datetime) -> bool:
        """True when this is money that nobody expects any more."""
        if not outcome.captured or self.in_flight or self.is_collected or self.came_late:
            return False
        self.reference, self.message = outcome.reference, outcome.message
        self._record(PaymentCameLate(**self._facts(now)))
        return True

    @property
    def came_late(self) -> bool:
        """Whether it was given up, and what came nevertheless goes back or has gone back."""
        return not self.is_collected and bool(self.refunding.minor or self.refunded.minor)

    def promise_back(self, amount: Money) -> Reversal:
        """Set `amount` aside for a refund: from now on it can go back only once.

        Raises PaymentNotRefundable, RefundTooLarge, PartialRefundUnavailable, CurrencyMismatch.
        """
        if not self.is_collected:
            raise PaymentNotRefundable(f"this payment is {self.status}: nothing can go back", payment_id=self.id)
        if amount > self.refundable or not amount.minor:
            left = self.refundable.decimal
            raise RefundTooLarge(f"between 0 and {left} {amount.currency} can go back", field="amount", left=left)
        if self.provider in ONLY_WHOLE_BACK and amount != self.amount:
            raise PartialRefundUnavailable(f"{self.provider} gives a payment back whole only", field="amount")
        shares, reversals = zip(
            *(
                share.take_back(part)
                for share, part in zip(self.shares, spread(self.shares, amount), strict=True)
            ),
            strict=True,
        )  # fmt: skip
        self.shares = shares
        self.refunding += amount
        return sum_reversals(reversals)

    def sent_back(self, amount: Money) -> None:
        """What was promised has arrived at the gateway. A payment that was given up stays so."""
        self.refunding, self.refunded = self.refunding - amount, self.refunded + amount
        if not self.is_collected:
            return
        whole = self.refunded == self.amount
        self.status = PaymentState.REFUNDED if whole else PaymentState.PARTIALLY_REFUNDED

    def note_chargeback(self, stage: ChargebackStage, amount: Money, now: datetime) -> bool:
        """True when it moved; repeated and late news change nothing. Raises PaymentNotRefundable."""
        if not self.is_collected:
            raise PaymentNotRefundable(f"this payment is {self.status}: no bank can take it back", payment_id=self.id)
        if stage not in CHARGEBACK_MOVES[self.chargeback]:
            return False
        self.chargeback = stage
        self._record(ChargebackMoved(**{**self._facts(now), "amount": amount}, stage=stage))
        return True

    def _facts(self, now: datetime) -> dict[str, Any]:
        return {
            "occurred_at": now, "payment_id": self.id, "cause": self.cause,
            "payer": self.payer, "payee": self.payee, "amount": self.amount,
        }  # fmt: skip
