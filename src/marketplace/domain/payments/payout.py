"""A payout: settled earnings on their way to a seller."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from marketplace.domain.payments.payment import Asked
from marketplace.domain.shared.aggregate import DomainEvent
from marketplace.domain.shared.errors import Conflict, Forbidden, Invalid, NotFound
from marketplace.domain.shared.ids import PayoutAccountId, PayoutId, UserId
from marketplace.domain.shared.money import EXPONENTS, Money


class PayoutNotFound(NotFound):
    code = "payout_not_found"


class IllegalPayoutMove(Conflict):
    code = "illegal_payout_move"


class PayoutTooLarge(Conflict):
    """More than is settled and not owed to us."""

    code = "payout_too_large"


class PayoutTooSmall(Invalid):
    code = "payout_too_small"


class PayoutNotCovered(Conflict):
    """Refunds or disputes took back what had been set aside for it."""

    code = "payout_not_covered"


class OwnPayout(Forbidden):
    code = "own_payout"


class PayoutStatus(StrEnum):
    REQUESTED = "requested"
    HELD = "held"
    PROCESSING = "processing"
    PAID = "paid"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REVERSED = "reversed"


_S = PayoutStatus
PAYOUT_MOVES: Mapping[PayoutStatus, frozenset[PayoutStatus]] = {
    _S.REQUESTED: frozenset({_S.HELD, _S.PROCESSING, _S.CANCELLED}),
    _S.HELD: frozenset({_S.PROCESSING, _S.CANCELLED}),
    _S.PROCESSING: frozenset({_S.PAID, _S.FAILED}),
    _S.FAILED: frozenset({_S.REQUESTED}),
    _S.PAID: frozenset({_S.REVERSED}),
    _S.CANCELLED: frozenset(),
    _S.REVERSED: frozenset(),
}


class HoldReason(StrEnum):
    LARGE = "large"
    """Above the amount that is sent without being looked at."""
    CHARGEBACK = "chargeback"
    """A bank is deciding about a payment to this seller."""
    SUSPENDED = "suspended"
    """The seller's account is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutMoved(DomainEvent):
    name: ClassVar[str] = "payments.payout_moved.v1"
    payout_id: PayoutId
    seller: UserId
    amount: Money
    status: PayoutStatus
    held_for: HoldReason | None
    by: UserId | None
    """None: the service itself, or the provider."""
    message: str | None


@dataclass(slots=True, kw_only=True, eq=False)
class Payout(Asked):
    id: PayoutId
    seller: UserId
    account_id: PayoutAccountId
    provider: str
    amount: Money
    requested_by: UserId | None
    """None: the seller's schedule."""
    decided_by: UserId | None = None
    status: PayoutStatus = PayoutStatus.REQUESTED
    held_for: HoldReason | None = None
    attempt: int = 0
    """How often it was taken up again after a failure."""
    reference: str | None = None
    message: str | None = None
    created_at: datetime

    def submit(self, held_for: HoldReason | None, now: datetime) -> None:
        """On its way, unless somebody has to look at it first."""
        self.held_for = held_for
        self._move(_S.HELD if held_for else _S.PROCESSING, now, self.requested_by)

    def approve(self, by: UserId, now: datetime) -> None:
        if by == self.seller:
            raise OwnPayout("a payout is approved by somebody else than who gets it", payout_id=self.id)
        self.decided_by = by
        self._move(_S.PROCESSING, now, by)

    def cancel(self, by: UserId, now: datetime) -> None:
        self.decided_by = by
        self._move(_S.CANCELLED, now, by)

    def settle(self, *, succeeded: bool, reference: str | None, message: str, now: datetime) -> None:
        """Take the provider's word."""
        self.reference, self.message = reference, message
        self._move(_S.PAID if succeeded else _S.FAILED, now, None)

    def retry(self, by: UserId, now: datetime) -> None:
        self._move(_S.REQUESTED, now, by)
        self.attempt, self.asked = self.attempt + 1, 0

    def reverse(self, reason: str, by: UserId, now: datetime) -> None:
        """It came back from the bank."""
        self.message = reason
        self._move(_S.REVERSED, now, by)

    def _move(self, to: PayoutStatus, now: datetime, by: UserId | None) -> None:
        if to not in PAYOUT_MOVES[self.status]:
            raise IllegalPayoutMove(f"a payout that is {self.status} cannot become {to}", payout_id=self.id)
        self.status = to
        self._record(
            PayoutMoved(
                occurred_at=now, payout_id=self.id, seller=self.seller, amount=self.amount, status=to,
                held_for=self.held_for, by=by, message=self.message,
            )
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class PayoutLimits:
    """In whole units of each currency."""

    least: int = 10
    unseen: int = 5_000
    """The largest amount that is sent without being looked at."""

    def require_enough(self, amount: Money) -> None:
        least = self._money(self.least, amount.currency)
        if least > amount:
            raise PayoutTooSmall(f"at least {least.decimal} {least.currency} is paid out", field="amount")

    def needs_a_look(self, amount: Money) -> bool:
        return amount > self._money(self.unseen, amount.currency)

    def _money(self, units: int, currency: str) -> Money:
        return Money(units * 10 ** EXPONENTS[currency], currency)
