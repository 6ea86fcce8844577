from collections.abc import AsyncIterator, Sequence
from functools import cache

from marketplace.adapters.sql.audit.rows import SELECTED, view_of
from marketplace.adapters.sql.pool import Pool
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.audit import Outcome
from marketplace.application.shared.audit_log import AuditEntryNotFound, AuditEntryView, AuditFilter, AuditQueries
from marketplace.application.shared.paging import EXACT_TOTAL_LIMIT, LARGEST_PER_PAGE, Slice

EXPORTED_AT_ONCE = 1_000

_WANTED = {
    "actor": "actor = {}", "subject": "subject = {}", "action": "action = {}",
    "since": "at >= {0} AND id >= (SELECT id FROM audit.entries WHERE at >= {0} - interval '1 minute' "
    "ORDER BY at LIMIT 1)",
    "until": "at < {0} AND id <= (SELECT id FROM audit.entries WHERE at < {0} + interval '1 minute' "
    "ORDER BY at DESC LIMIT 1)",
}  # fmt: skip
"""Ids grow with time: a bound on the one, a minute wider than asked, is a bound on the other that an index can use."""

_OUTCOMES = {Outcome.DONE: "outcome = 'done'", Outcome.REFUSED: "outcome = 'refused'"}
_ONE = f"SELECT {SELECTED} FROM audit.entries WHERE id = $1"  # noqa: S608 - names of ours
_LAST = "SELECT coalesce(max(id), 0) FROM audit.entries"
_ESTIMATE = "(SELECT reltuples::bigint FROM pg_class WHERE oid = 'audit.entries'::regclass)"


class SqlAuditQueries(AuditQueries):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def newest(
        self, actor: Actor, wanted: AuditFilter, *, after: int | None, skip: int, limit: int
    ) -> Slice[AuditEntryView]:
        actor.require(Permission.READ_AUDIT)
        names, values = _given(wanted)
        statement = _newest(names, wanted.outcome, by_cursor=after is not None)
        place = skip if after is None else after
        async with self._pool.connection() as connection:
            rows = await connection.fetch(statement, limit + 1, place, *values)
            total = rows[0]["total"] if rows else 0
        return Slice([view_of(row[:-1]) for row in rows[:limit]], total, len(rows) > limit)

    async def entry(self, actor: Actor, entry_id: int) -> AuditEntryView:
        actor.require(Permission.READ_AUDIT)
        row = None
        if 0 < entry_id < 2**63:
            async with self._pool.connection() as connection:
                row = await connection.fetchrow(_ONE, entry_id)
        if row is None:
            raise AuditEntryNotFound("there is no such audit entry", entry_id=entry_id)
        return view_of(row)

    async def oldest(self, actor: Actor, wanted: AuditFilter) -> AsyncIterator[Sequence[AuditEntryView]]:
        actor.require(Permission.READ_AUDIT)
        names, values = _given(wanted)
        statement = _oldest(names, wanted.outcome)
        seen = -(2**63)
        async with self._pool.connection() as connection:
            last = await connection.fetchval(_LAST)
        while True:
            async with self._pool.connection() as connection:
                rows = await connection.fetch(statement, seen, last, *values)
            if rows:
                yield [view_of(row) for row in rows]
            if len(rows) < EXPORTED_AT_ONCE:
                return
            seen = rows[-1]["id"]


def _given(wanted: AuditFilter) -> tuple[tuple[str, ...], list[object]]:
    given = {name: getattr(wanted, name) for name in _WANTED if getattr(wanted, name) is not None}
    return tuple(given), list(given.values())


def _conditions(names: tuple[str, ...], outcome: Outcome | None) -> list[str]:
    """Values from $3 on; the outcome stands in the SQL, for its partial index."""
    found = [_WANTED[name].format(f"${place}") for place, name in enumerate(names, 3)]
    return [*found, *([_OUTCOMES[outcome]] if outcome else [])]


@cache
def _newest(names: tuple[str, ...], outcome: Outcome | None, *, by_cursor: bool) -> str:
    """$1 rows, after the entry $2 or after $2 rows; each carries the total. The planner is told the largest page."""
    conditions = _conditions(names, outcome)
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    page = f"WHERE {' AND '.join([*conditions, 'id < $2::bigint'])}" if by_cursor else where
    first = f"SELECT FROM audit.entries {where} LIMIT {EXACT_TOTAL_LIMIT + 1}"
    counted = f"(SELECT count(*) FROM ({first}) first)"  # noqa: S608
    total = (
        counted if conditions else f"CASE WHEN {_ESTIMATE} > {EXACT_TOTAL_LIMIT} THEN {_ESTIMATE} ELSE {counted} END"
    )
    skip = "" if by_cursor else "OFFSET $2::bigint"
    ids = f"SELECT id FROM audit.entries {page} ORDER BY id DESC LIMIT {LARGEST_PER_PAGE + 1} {skip}"  # noqa: S608
    return (
        f"SELECT {SELECTED}, {total} AS total FROM audit.entries JOIN ({ids}) page USING (id) "  # noqa: S608
        "ORDER BY id DESC LIMIT $1"
    )


@cache
def _oldest(names: tuple[str, ...], outcome: Outcome | None) -> str:
    where = " AND ".join(["id > $1", "id <= $2", *_conditions(names, outcome)])
    return f"SELECT {SELECTED} FROM audit.entries WHERE {where} ORDER BY id LIMIT {EXPORTED_AT_ONCE}"  # noqa: S608
