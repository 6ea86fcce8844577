"""What the platform charges from when on. Rates that were used stay; new rates are a new schedule."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Self

from marketplace.application.ordering.fee_ports import FeeSchedules, FeeScopes
from marketplace.application.ordering.fee_views import FeeScheduleView
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.audit import AuditEntry, AuditTrail
from marketplace.application.shared.ports import Clock, Ids, Transaction
from marketplace.domain.ordering.fees import (
    MOST_OPEN,
    FeeSchedule,
    FeeScheduleId,
    InvalidFeeSchedule,
    TooManyFeeSchedules,
)
from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeScheduleDraft:
    """As people write it. Without a start it begins at once."""

    channel: str | None = None
    category: str | None = None
    seller_id: UserId | None = None
    basis_points: int
    fixed: Decimal | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    currency: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    note: str = ""

    @classmethod
    def of(cls, schedule: FeeSchedule) -> Self:
        view = FeeScheduleView.of(schedule)
        return cls(**{name: getattr(view, name) for name in cls.__dataclass_fields__})

    def schedule(self, schedule_id: FeeScheduleId, now: datetime) -> FeeSchedule:
        ends_at = None if self.ends_at is None else self.ends_at.astimezone(UTC)
        return FeeSchedule(
            id=schedule_id, channel=self.channel, category=self.category, seller=self.seller_id,
            basis_points=self.basis_points, fixed=self._minor("fixed"), minimum=self._minor("minimum"),
            maximum=self._minor("maximum"), currency=self.currency,
            starts_at=(self.starts_at or now).astimezone(UTC), ends_at=ends_at, note=self.note,
        )  # fmt: skip

    def _minor(self, field: str) -> int | None:
        amount: Decimal | None = getattr(self, field)
        if amount is None:
            return None
        if self.currency is None:
            raise InvalidFeeSchedule("is needed with an amount of money", field="currency")
        return Money.price(amount, self.currency, field=field).minor


@dataclass(frozen=True, slots=True)
class AddFeeSchedule:
    schedules: FeeSchedules
    scopes: FeeScopes
    audit: AuditTrail
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(self, actor: Actor, draft: FeeScheduleDraft) -> FeeScheduleView:
        actor.require(Permission.MANAGE_FEES)
        async with self.transaction:
            await self.scopes.require(draft.category, draft.seller_id)
            now = self.clock.now()
            if await self.schedules.open(now, MOST_OPEN) >= MOST_OPEN:
                raise TooManyFeeSchedules(f"at most {MOST_OPEN} at a time: end some first")
            schedule = draft.schedule(FeeScheduleId(self.ids.new()), now)
            schedule.require_start(now)
            await self.schedules.add(schedule)
            self.audit.note(_entry("added", actor, schedule))
            view = self.transaction.answers(FeeScheduleView.of(schedule))
        self.schedules.changed()
        return view


@dataclass(frozen=True, slots=True)
class ChangeFeeSchedule:
    schedules: FeeSchedules
    scopes: FeeScopes
    audit: AuditTrail
    transaction: Transaction
    clock: Clock

    async def __call__(self, actor: Actor, schedule_id: FeeScheduleId, changes: Mapping[str, Any]) -> FeeScheduleView:
        """`changes` by the names of FeeScheduleDraft's fields."""
        actor.require(Permission.MANAGE_FEES)
        async with self.transaction:
            known = await self.schedules.locked(schedule_id)
            now = self.clock.now()
            draft = replace(FeeScheduleDraft.of(known), **changes)
            schedule = draft.schedule(schedule_id, now)
            known.require_change(schedule, now)
            await self.scopes.require(draft.category, draft.seller_id)
            await self.schedules.save(schedule)
            self.audit.note(_entry("changed", actor, schedule))
            view = self.transaction.answers(FeeScheduleView.of(schedule))
        self.schedules.changed()
        return view


def _entry(deed: str, actor: Actor, schedule: FeeSchedule) -> AuditEntry:
    ends_at = None if schedule.ends_at is None else schedule.ends_at.isoformat()
    return AuditEntry(
        action=f"ordering.fee_schedule_{deed}", actor=actor.user, subject_kind="fee_schedule", subject=schedule.id,
        facts={"rule": schedule.rule, "starts_at": schedule.starts_at.isoformat(), "ends_at": ends_at},
    )  # fmt: skip
