import asyncio
import time
from collections.abc import Callable, Collection, Mapping
from datetime import datetime

import asyncpg

from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.ordering.fee_ports import FeeSchedules
from marketplace.domain.ordering.fees import FeeBook, FeeSchedule, FeeScheduleId, FeeScheduleNotFound

FRESH = 1.0
"""Seconds for which a process goes by what it read."""

BOOK = """
SELECT s.*, coalesce(c.children, '{}') AS children
FROM ordering.fee_schedules s
LEFT JOIN (SELECT parent AS category, array_agg(slug) AS children FROM catalog.categories GROUP BY parent) c
    USING (category)
WHERE coalesce(ends_at, 'infinity') > now() - interval '1 hour'
"""
"""With those that ended a moment ago, for clocks differ."""
COUNT_OPEN = """
SELECT count(*) FROM (
    SELECT FROM ordering.fee_schedules WHERE coalesce(ends_at, 'infinity') > $1 LIMIT $2
) counted"""
_LOCK = "SELECT * FROM ordering.fee_schedules WHERE id = $1 FOR UPDATE"
_USED = "SELECT * FROM ordering.fee_schedules WHERE id = ANY ($1::uuid[])"
_ADD = """
INSERT INTO ordering.fee_schedules (id, channel, category, seller_id, basis_points, fixed_minor, minimum_minor,
    maximum_minor, currency, starts_at, ends_at, note)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"""
_SAVE = """
UPDATE ordering.fee_schedules SET channel = $2, category = $3, seller_id = $4, basis_points = $5, fixed_minor = $6,
    minimum_minor = $7, maximum_minor = $8, currency = $9, starts_at = $10, ends_at = $11, note = $12
WHERE id = $1"""


class KnownFees:
    """The book as this process read it last, so that a sale waits for no query of its own."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._book = FeeBook(())
        self._read_at = self._changed_at = float("-inf")
        self._reading = asyncio.Lock()

    async def book(self, connection: asyncpg.Connection) -> FeeBook:
        if not self._is_fresh:
            async with self._reading:
                if not self._is_fresh:
                    begun = self._monotonic()
                    self._book = _book(await connection.fetch(BOOK))
                    self._read_at = begun
        return self._book

    def changed(self) -> None:
        self._changed_at = self._monotonic()

    @property
    def _is_fresh(self) -> bool:
        return self._read_at > self._changed_at and self._monotonic() - self._read_at < FRESH


class SqlFeeSchedules(FeeSchedules):
    def __init__(self, transaction: SqlTransaction, known: KnownFees) -> None:
        self._transaction = transaction
        self._known = known

    async def book(self) -> FeeBook:
        return await self._known.book(self._transaction.connection)

    async def open(self, at: datetime, most: int) -> int:
        count: int = await self._transaction.connection.fetchval(COUNT_OPEN, at, most)
        return count

    async def locked(self, schedule_id: FeeScheduleId) -> FeeSchedule:
        row = await self._transaction.connection.fetchrow(_LOCK, schedule_id)
        if row is None:
            raise FeeScheduleNotFound("no such fee schedule", fee_schedule_id=schedule_id)
        return schedule_of(row)

    async def used(self, schedule_ids: Collection[FeeScheduleId]) -> Mapping[FeeScheduleId, FeeSchedule]:
        rows = await self._transaction.connection.fetch(_USED, list(schedule_ids))
        return {row["id"]: schedule_of(row) for row in rows}

    async def add(self, schedule: FeeSchedule) -> None:
        await self._transaction.connection.execute(_ADD, *_row(schedule))

    async def save(self, schedule: FeeSchedule) -> None:
        await self._transaction.connection.execute(_SAVE, *_row(schedule))

    def changed(self) -> None:
        self._known.changed()


def schedule_of(row: asyncpg.Record) -> FeeSchedule:
    return FeeSchedule(
        id=row["id"], channel=row["channel"], category=row["category"], seller=row["seller_id"],
        basis_points=row["basis_points"], fixed=row["fixed_minor"], minimum=row["minimum_minor"],
        maximum=row["maximum_minor"], currency=row["currency"], starts_at=row["starts_at"], ends_at=row["ends_at"],
        note=row["note"],
    )  # fmt: skip


def _book(rows: list[asyncpg.Record]) -> FeeBook:
    parents = {child: row["category"] for row in rows for child in row["children"]}
    return FeeBook(map(schedule_of, rows), parents)


def _row(one: FeeSchedule) -> tuple[object, ...]:
    return (
        one.id, one.channel, one.category, one.seller, one.basis_points, one.fixed, one.minimum, one.maximum,
        one.currency, one.starts_at, one.ends_at, one.note,
    )  # fmt: skip
