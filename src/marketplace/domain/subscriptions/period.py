"""A period of a subscription: what is paid for it, and what of that is unused."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType
from uuid import UUID

from marketplace.domain.shared.money import Money
from marketplace.domain.subscriptions.plan import PlanId

PeriodId = NewType("PeriodId", UUID)


class PeriodStatus(StrEnum):
    DUE = "due"
    CHARGING = "charging"
    PAID = "paid"
    FAILED = "failed"
    VOID = "void"
    """Nobody pays for it any more."""


_P = PeriodStatus
PERIOD_MOVES: Mapping[PeriodStatus, frozenset[PeriodStatus]] = {
    _P.DUE: frozenset({_P.CHARGING, _P.PAID, _P.FAILED, _P.VOID}),
    _P.CHARGING: frozenset({_P.PAID, _P.FAILED, _P.VOID}),
    _P.FAILED: frozenset({_P.CHARGING, _P.PAID, _P.VOID}),
    _P.PAID: frozenset(),
    _P.VOID: frozenset(),
}
_MOMENT = timedelta(microseconds=1)
OWED = frozenset({_P.DUE, _P.FAILED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The invoice of [starts_at, ends_at): the price is the `amount` to pay and the `credit`; `fee` of it is ours."""

    id: PeriodId
    number: int
    plan: PlanId
    starts_at: datetime
    ends_at: datetime
    amount: Money
    credit: Money
    fee: Money
    refunded: Money
    status: PeriodStatus

    @property
    def is_owed(self) -> bool:
        return self.status in OWED

    def unused(self, at: datetime) -> Money:
        """What was given, less what went back, for the time from `at` on; rounded down to the minor unit."""
        whole = (self.ends_at - self.starts_at) // _MOMENT
        left = max(self.ends_at - max(at, self.starts_at), timedelta()) // _MOMENT
        given = self.amount + self.credit - self.refunded
        return Money(given.minor * left // whole, given.currency)
