from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import asyncpg

from marketplace.adapters.sql.ids import first_id
from marketplace.adapters.sql.invariants.checked import CHECKED
from marketplace.adapters.sql.invariants.invariant import Invariant
from marketplace.adapters.sql.pool import Pool
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.invariants import Checked, InvariantQueries, Invariants, InvariantView
from marketplace.application.shared.ports import Clock

LATELY = timedelta(days=1)
"""What is older was checked while it was young, and is again by `make prove`."""
MOST_SHOWN = 100
LOCK = 0x696E7661
"""The advisory lock that lets one process at a time check."""
TIME_LIMIT = 2
"""Seconds for each."""
_MINE = "SELECT pg_try_advisory_lock($1)"
_GIVE_BACK = "SELECT pg_advisory_unlock($1)"
_IS_DUE = "SELECT coalesce(max(checked_at) < now() - interval '50 seconds', true) FROM edge.invariant_checks"
_KNOWN = "SELECT name, violations FROM edge.invariant_checks"
_STORE = """
INSERT INTO edge.invariant_checks AS c (name, checked_at, violations, violated_since, error)
VALUES ($1, now(), $2, CASE WHEN $3 THEN now() END, $4)
ON CONFLICT (name) DO UPDATE SET checked_at = excluded.checked_at, violations = excluded.violations,
    error = excluded.error,
    violated_since = CASE WHEN excluded.violated_since IS NOT NULL
        THEN coalesce(c.violated_since, excluded.violated_since) END
"""
_READ = "SELECT * FROM edge.invariant_checks"


class SqlInvariants(Invariants):
    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock

    async def check(self) -> Sequence[Checked]:
        async with self._pool.connection() as connection:
            if not await connection.fetchval(_MINE, LOCK):
                return []
            try:
                if not await connection.fetchval(_IS_DUE):
                    return []
                since = first_id(self._clock.now() - LATELY)
                known = {row["name"]: row["violations"] for row in await connection.fetch(_KNOWN)}
                return [await _check(connection, one, since, known.get(one.name, [])) for one in CHECKED]
            finally:
                await connection.execute(_GIVE_BACK, LOCK)


class SqlInvariantQueries(InvariantQueries):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def invariants(self, actor: Actor) -> list[InvariantView]:
        actor.require(Permission.READ_LEDGER)
        async with self._pool.connection() as connection:
            known = {row["name"]: row for row in await connection.fetch(_READ)}
        return [_view(one, known.get(one.name)) for one in CHECKED]


async def _check(connection: asyncpg.Connection, invariant: Invariant, since: UUID, known: Sequence[str]) -> Checked:
    error, found = None, list[str]()
    try:
        found = await violations_of(connection, invariant, since)
    except asyncpg.QueryCanceledError:
        error = f"took longer than {TIME_LIMIT} s"
    stored = list(known) if error else found
    await connection.execute(_STORE, invariant.name, stored, bool(stored), error)
    return Checked(invariant.name, stored, [one for one in found if one not in known], error)


async def violations_of(connection: asyncpg.Connection, invariant: Invariant, since: UUID) -> list[str]:
    """Of what came behind the id; at most MOST_SHOWN. The plan is made for this id: it decides what is to be read."""
    sql = f"SELECT line FROM ({invariant.sql}) found(line) LIMIT {MOST_SHOWN}"  # noqa: S608 - our own words
    async with connection.transaction():
        await connection.execute(
            f"SET LOCAL statement_timeout = '{TIME_LIMIT}s'; SET LOCAL plan_cache_mode = force_custom_plan"
        )
        rows = await connection.fetch(sql, *([since] if "$1" in sql else []))
    return [row["line"] for row in rows]


def _view(invariant: Invariant, row: asyncpg.Record | None) -> InvariantView:
    error, found = (None, []) if row is None else (row["error"], row["violations"])
    return InvariantView(
        name=invariant.name, says=invariant.says, violations=found, error=error,
        ok=None if row is None or (error and not found) else not found,
        violated_since=row["violated_since"] if row else None, checked_at=row["checked_at"] if row else None,
    )  # fmt: skip
