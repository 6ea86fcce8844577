from collections.abc import Collection, Mapping
from datetime import datetime

from marketplace.application.ordering.fee_ports import FeeSchedules, FeeScopes
from marketplace.domain.ordering.fees import (
    DEFAULTS,
    FeeBook,
    FeeSchedule,
    FeeScheduleId,
    FeeScheduleNotFound,
    UnknownFeeScope,
)
from marketplace.domain.shared.ids import UserId
from tests.fakes.world import MemoryTransaction


class MemoryFeeSchedules(FeeSchedules):
    """With the defaults in force. `parents`: of categories."""

    def __init__(self, transaction: MemoryTransaction, parents: Mapping[str, str] | None = None) -> None:
        self._transaction = transaction
        self._parents = parents or {}

    @property
    def _rows(self) -> Mapping[FeeScheduleId, FeeSchedule]:
        return {**DEFAULTS, **self._transaction.inside.fee_schedules}

    async def book(self) -> FeeBook:
        return FeeBook(self._rows.values(), self._parents)

    async def open(self, at: datetime, most: int) -> int:
        return min(most, len([one for one in self._rows.values() if one.ends_at is None or one.ends_at > at]))

    async def locked(self, schedule_id: FeeScheduleId) -> FeeSchedule:
        if schedule_id not in self._rows:
            raise FeeScheduleNotFound("no such fee schedule")
        return self._rows[schedule_id]

    async def used(self, schedule_ids: Collection[FeeScheduleId]) -> Mapping[FeeScheduleId, FeeSchedule]:
        return {one: self._rows[one] for one in schedule_ids}

    async def add(self, schedule: FeeSchedule) -> None:
        self._transaction.inside.fee_schedules[schedule.id] = schedule

    async def save(self, schedule: FeeSchedule) -> None:
        await self.add(schedule)

    def changed(self) -> None:
        """Nothing is kept here."""


class MemoryFeeScopes(FeeScopes):
    def __init__(self, categories: Collection[str], sellers: Collection[UserId]) -> None:
        self._categories = categories
        self._sellers = sellers

    async def require(self, category: str | None, seller: UserId | None) -> None:
        if category is not None and category not in self._categories:
            raise UnknownFeeScope("no category has this slug", field="category")
        if seller is not None and seller not in self._sellers:
            raise UnknownFeeScope("nobody has this id", field="seller_id")
