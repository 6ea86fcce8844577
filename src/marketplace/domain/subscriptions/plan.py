"""What a creator offers to subscribers."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NewType
from uuid import UUID

from marketplace.domain.shared.aggregate import Aggregate
from marketplace.domain.shared.errors import Conflict, Invalid, NotFound
from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.money import Money
from marketplace.domain.shared.text import clean_text

PlanId = NewType("PlanId", UUID)

MOST_INTERVALS = 12
MOST_TRIAL_DAYS = 90


class PlanNotFound(NotFound):
    code = "plan_not_found"


class PlanArchived(Conflict):
    code = "plan_archived"


class InvalidPlan(Invalid):
    code = "invalid_plan"


class PlanInterval(StrEnum):
    MONTH = "month"
    YEAR = "year"


@dataclass(slots=True, kw_only=True, eq=False)
class Plan(Aggregate):
    """Price and interval never change: who subscribed keeps them, and a new price is a new plan."""

    id: PlanId
    creator: UserId
    name: str
    description: str
    price: Money
    interval: PlanInterval
    count: int
    trial_days: int
    is_archived: bool = False
    created_at: datetime

    def __post_init__(self) -> None:
        self._clean()
        if not 1 <= self.count <= MOST_INTERVALS:
            raise InvalidPlan(f"is between 1 and {MOST_INTERVALS}", field="interval_count")
        if not 0 <= self.trial_days <= MOST_TRIAL_DAYS:
            raise InvalidPlan(f"is between 0 and {MOST_TRIAL_DAYS}", field="trial_days")

    @property
    def months(self) -> int:
        return self.count * (12 if self.interval is PlanInterval.YEAR else 1)

    def revise(self, changes: dict[str, Any]) -> None:
        """Its `name`, `description`, `is_archived`; an archived plan goes on for who has it."""
        for name, value in changes.items():
            setattr(self, name, value)
        self._clean()

    def require_open(self) -> None:
        if self.is_archived:
            raise PlanArchived("nobody subscribes to this plan any more: choose another", plan_id=self.id)

    def _clean(self) -> None:
        self.name = clean_text(self.name, field="name", longest=100)
        self.description = clean_text(self.description, field="description", longest=2_000, shortest=0)


def months_after(anchor: datetime, months: int) -> datetime:
    """The same day of a later month, or its last day: January 31, February 28, March 31."""
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + months, 12)
    return anchor.replace(year=year, month=month + 1, day=min(anchor.day, monthrange(year, month + 1)[1]))
