"""How a subscription moves, what it tells, and how it refuses."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, NewType
from uuid import UUID

from marketplace.domain.shared.aggregate import DomainEvent
from marketplace.domain.shared.errors import Conflict, Invalid, NotFound
from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.money import Money

SubscriptionId = NewType("SubscriptionId", UUID)

RETRY_AFTER = (timedelta(days=1), timedelta(days=3), timedelta(days=5))
"""When a period that could not be charged is charged again, counted from the first failure."""
END_AFTER = timedelta(days=30)
"""So long after the first failure a subscription that nobody pays for ends."""
FIRST_PAYMENT_TIME = timedelta(days=1)
"""So long a subscription waits for its first payment."""
ASK_AGAIN = timedelta(hours=1)
"""While the outcome of a charge is unknown, and as a safety net for one that was never begun."""


class SubscriptionNotFound(NotFound):
    code = "subscription_not_found"


class AlreadySubscribed(Conflict):
    code = "already_subscribed"


class IllegalSubscriptionMove(Conflict):
    code = "illegal_subscription_move"


class ChargeUnderWay(Conflict):
    code = "payment_in_progress"


class NothingDue(Conflict):
    code = "nothing_due"


class PlanDoesNotFit(Invalid):
    code = "plan_does_not_fit"


class SubscriptionStatus(StrEnum):
    TRIALING = "trialing"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    """A charge failed and is tried again; the subscriber still has access."""
    UNPAID = "unpaid"
    """Nothing was paid, or no longer: without access."""
    PAUSED = "paused"
    CANCELLING = "cancelling"
    ENDED = "ended"


_S = SubscriptionStatus
SUBSCRIPTION_MOVES: Mapping[SubscriptionStatus, frozenset[SubscriptionStatus]] = {
    _S.TRIALING: frozenset({_S.ACTIVE, _S.PAST_DUE, _S.PAUSED, _S.CANCELLING, _S.ENDED}),
    _S.ACTIVE: frozenset({_S.PAST_DUE, _S.PAUSED, _S.CANCELLING, _S.ENDED}),
    _S.PAST_DUE: frozenset({_S.ACTIVE, _S.UNPAID, _S.PAUSED, _S.CANCELLING, _S.ENDED}),
    _S.UNPAID: frozenset({_S.ACTIVE, _S.CANCELLING, _S.ENDED}),
    _S.PAUSED: frozenset({_S.ACTIVE, _S.CANCELLING, _S.ENDED}),
    _S.CANCELLING: frozenset({_S.ACTIVE, _S.ENDED}),
    _S.ENDED: frozenset(),
}
WITH_ACCESS = frozenset({_S.TRIALING, _S.ACTIVE, _S.PAST_DUE, _S.CANCELLING})


class Change(StrEnum):
    STARTED = "started"
    RENEWED = "renewed"
    CHARGE_FAILED = "charge_failed"
    PAUSING = "pausing"
    PAUSED = "paused"
    RESUMED = "resumed"
    CANCELLING = "cancelling"
    PLAN_CHANGED = "plan_changed"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionChanged(DomainEvent):
    """`amount`: of the period that it is about; `next_at`: when something happens by itself."""

    name: ClassVar[str] = "subscriptions.subscription_changed.v1"
    subscription_id: SubscriptionId
    subscriber: UserId
    creator: UserId
    change: Change
    status: SubscriptionStatus
    plan: str
    amount: Money
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class PaysBy:
    """`method`: a word of payments; `saved`: a saved method of payment, unless it is the wallet."""

    method: str
    saved: UUID | None = None
