"""When a seller is paid out without asking."""

import calendar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from marketplace.domain.shared.errors import Invalid
from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.money import Money


class InvalidSchedule(Invalid):
    code = "invalid_schedule"


class Interval(StrEnum):
    MANUAL = "manual"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


LAST_DAY = {Interval.MANUAL: 0, Interval.WEEKLY: 7, Interval.MONTHLY: 31}


@dataclass(slots=True, kw_only=True)
class PayoutSchedule:
    """Of one seller and currency. `day`: 1 is Monday, or the first of the month; a month that is shorter pays on its
    last day. `minimum` is what has to be there; below it the seller is paid next time."""

    seller: UserId
    interval: Interval
    day: int
    minimum: Money
    next_at: datetime | None = None
    """The beginning of a day, UTC; None where the seller asks."""

    @classmethod
    def starting(cls, seller: UserId, interval: Interval, day: int, minimum: Money, now: datetime) -> "PayoutSchedule":
        if not min(1, LAST_DAY[interval]) <= day <= LAST_DAY[interval]:
            raise InvalidSchedule(f"{interval}: between 1 and {LAST_DAY[interval]}", field="day")
        schedule = cls(seller=seller, interval=interval, day=day, minimum=minimum)
        schedule.next_at = schedule.after(now)
        return schedule

    def is_due(self, now: datetime) -> bool:
        return self.next_at is not None and self.next_at <= now

    def after(self, now: datetime) -> datetime | None:
        """Its first day after the day of `now`: periods that were missed are not made up for."""
        if self.interval is Interval.MANUAL:
            return None
        day = datetime(now.year, now.month, now.day, tzinfo=UTC) + timedelta(days=1)
        while not self._is_day(day):
            day += timedelta(days=1)
        return day

    def _is_day(self, day: datetime) -> bool:
        if self.interval is Interval.WEEKLY:
            return day.isoweekday() == self.day
        return day.day == min(self.day, calendar.monthrange(day.year, day.month)[1])
