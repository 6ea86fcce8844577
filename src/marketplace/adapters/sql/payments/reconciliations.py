from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.payments.reconciliation_ports import (
    Bookkeepers,
    ReconciliationQueries,
    Reconciliations,
    ReconciliationSummary,
    ReconciliationView,
)
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.paging import EXACT_TOTAL_LIMIT, LARGEST_PER_PAGE, Slice
from marketplace.domain.payments.reconciliation import (
    Difference,
    Reconciliation,
    ReconciliationId,
    ReconciliationNotFound,
)
from marketplace.domain.shared.ids import UserId

_SUMMARY = "id, provider, since, until, matched, under_way, found, ran_at"
_LOCK = "SELECT * FROM payments.reconciliations WHERE id = $1 FOR UPDATE"
_SAVE = """
INSERT INTO payments.reconciliations (id, provider, since, until, matched, under_way, found, differences, ran_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (id) DO UPDATE SET matched = excluded.matched, under_way = excluded.under_way, found = excluded.found,
    differences = excluded.differences, ran_at = excluded.ran_at
"""
_ONE = "SELECT * FROM payments.reconciliations WHERE id = $1"
_BOOKKEEPERS = "SELECT id FROM identity.users WHERE role = 'finance' AND status = 'active' ORDER BY id LIMIT 100"


class SqlReconciliations(Reconciliations):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def lock(self, reconciliation_id: ReconciliationId) -> Reconciliation | None:
        row = await self._transaction.connection.fetchrow(_LOCK, reconciliation_id)
        return _run_of(row) if row else None

    async def save(self, run: Reconciliation) -> None:
        await self._transaction.connection.execute(
            _SAVE, run.id, run.provider, run.since, run.until, run.matched, run.under_way, run.found,
            run.differences, run.ran_at,
        )  # fmt: skip
        self._transaction.ship(run, run.id)


def page(*, provider: bool, differing: bool, by_cursor: bool) -> str:
    """$1 the provider, $2 the limit, $3 what to skip or, with $4, the cursor; the total in each row."""
    conditions = ["$1::text IS NULL" if not provider else "provider = $1"]
    if differing:
        conditions.append("found > 0")
    where = " AND ".join(conditions)
    picked = f"{where} AND (ran_at, id) < ($3, $4)" if by_cursor else where
    return f"""
SELECT {_SUMMARY}, (
    SELECT count(*) FROM (SELECT FROM payments.reconciliations WHERE {where} LIMIT {EXACT_TOTAL_LIMIT + 1}) counted
) AS total
FROM (
    SELECT {_SUMMARY} FROM payments.reconciliations WHERE {picked} ORDER BY ran_at DESC, id DESC
    LIMIT {LARGEST_PER_PAGE + 1} {"" if by_cursor else "OFFSET $3::int"}
) page
ORDER BY ran_at DESC, id DESC LIMIT $2"""  # noqa: S608 - our own words


class SqlReconciliationQueries(ReconciliationQueries, Bookkeepers):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def reconciliations(
        self, actor: Actor, provider: str | None, *, differing: bool, after: tuple[datetime, UUID] | None, skip: int,
        limit: int,
    ) -> Slice[ReconciliationSummary]:  # fmt: skip
        actor.require(Permission.READ_LEDGER)
        sql = page(provider=provider is not None, differing=differing, by_cursor=after is not None)
        async with self._pool.connection() as connection:
            rows = await connection.fetch(sql, provider, limit + 1, *(after or (skip,)))
        items = [ReconciliationSummary(**_without_total(row)) for row in rows[:limit]]
        return Slice(items, rows[0]["total"] if rows else 0, len(rows) > limit)

    async def reconciliation(self, actor: Actor, reconciliation_id: ReconciliationId) -> ReconciliationView:
        actor.require(Permission.READ_LEDGER)
        async with self._pool.connection() as connection:
            row = await connection.fetchrow(_ONE, reconciliation_id)
        if row is None:
            raise ReconciliationNotFound("no such reconciliation", reconciliation_id=reconciliation_id)
        return ReconciliationView.of(_run_of(row))

    async def everybody(self) -> list[UserId]:
        async with self._pool.connection() as connection:
            return [UserId(row["id"]) for row in await connection.fetch(_BOOKKEEPERS)]


def _run_of(row: asyncpg.Record) -> Reconciliation:
    differences = msgspec.convert(row["differences"], tuple[Difference, ...])
    return Reconciliation(**{**dict(row), "differences": differences})


def _without_total(row: asyncpg.Record) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "total"}
