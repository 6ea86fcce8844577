"""The reading half of jobs.job: claim, finish, fail, renew, and the upkeep (docs/adr/0004).

Order within a lane: a job runs only when no earlier job of its lane is waiting, ready or running. Every hand-over is
fenced by the queue's token and the attempt, so a worker that lost its lease can commit nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol
from uuid import uuid4

import asyncpg

from marketplace.adapters.sql.pool import Pool

WINDOW = 100
"""How many due jobs a claim looks at; a blocked lane longer than this is put to `waiting`."""

_PARK_AT_ONCE = 1000
_PURGE_AT_ONCE = 5000
_ROUNDS = 5

CLAIM = """
WITH horizon AS MATERIALIZED (
    SELECT least(now(), (
        SELECT run_at FROM jobs.job WHERE state = 'ready' AND ($2::text[] IS NULL OR handler = ANY ($2))
        ORDER BY run_at, id OFFSET $5 LIMIT 1
    )) AS run_at
), chosen AS MATERIALIZED (
    SELECT id FROM jobs.job
    WHERE state = 'ready' AND run_at <= (SELECT run_at FROM horizon) AND ($2::text[] IS NULL OR handler = ANY ($2))
      AND (lane IS NULL OR (
          NOT EXISTS (SELECT FROM jobs.job ahead WHERE ahead.lane = job.lane AND ahead.id < job.id
                      AND ahead.state IN ('waiting', 'ready', 'running'))
          AND NOT EXISTS (SELECT FROM jobs.job ahead WHERE ahead.lane = job.lane AND ahead.state = 'running')))
    ORDER BY run_at, id LIMIT $1 FOR UPDATE SKIP LOCKED
), claimed AS (
    UPDATE jobs.job SET state = 'running', attempts = attempts + 1, token = $3, lease_until = now() + $4::interval
    WHERE id = ANY (ARRAY(SELECT id FROM chosen))
    RETURNING id, handler, payload, lane, attempts, run_at
)
SELECT claimed.id, handler, payload, lane, attempts,
       extract(epoch FROM clock_timestamp() - claimed.run_at)::float8 AS late,
       horizon.run_at < now() AS crowded,
       (SELECT extract(epoch FROM min(run_at) - now())::float8 FROM jobs.job
        WHERE state = 'ready' AND run_at > now()) AS next_due
FROM horizon LEFT JOIN claimed ON true
ORDER BY claimed.run_at, claimed.id
"""
"""One row at least: its `next_due` has the same now() as the claim, so no job falls due unseen between the two."""

PARK = """
WITH crowd AS MATERIALIZED (
    SELECT id, lane FROM jobs.job WHERE state = 'ready' AND run_at <= now() ORDER BY run_at, id LIMIT $1
), blocked AS MATERIALIZED (
    SELECT job.id FROM crowd JOIN jobs.job USING (id) CROSS JOIN LATERAL (
        SELECT FROM jobs.job ahead
        WHERE ahead.lane = crowd.lane AND ahead.id < crowd.id AND ahead.state IN ('ready', 'running')
        ORDER BY ahead.id LIMIT 1 FOR SHARE SKIP LOCKED
    ) ahead
    WHERE job.state = 'ready' FOR UPDATE OF job SKIP LOCKED
)
UPDATE jobs.job SET state = 'waiting' FROM blocked WHERE job.id = blocked.id
"""
"""The lock on a job ahead keeps it from ending until this commits: its end then sees the parked one and readies it."""

_READY_NEXT = """
UPDATE jobs.job SET state = 'ready'
WHERE id = (SELECT id FROM jobs.job WHERE lane = $1 AND state = 'waiting' ORDER BY id LIMIT 1) AND state = 'waiting'
"""
"""A statement of its own after the one that ends a job: it must see what was parked until that moment."""

_READY_STRANDED = """
UPDATE jobs.job SET state = 'ready'
FROM (SELECT DISTINCT ON (lane) lane, id FROM jobs.job WHERE state = 'waiting' ORDER BY lane, id) first
WHERE job.id = first.id AND job.state = 'waiting'
  AND NOT EXISTS (SELECT FROM jobs.job ahead WHERE ahead.lane = first.lane AND ahead.state IN ('ready', 'running'))
"""

_FINISH = """
UPDATE jobs.job SET state = 'done', finished_at = now(), token = NULL, lease_until = NULL
WHERE id = $1 AND token = $2 AND attempts = $3 AND state = 'running'
"""

_FAIL = """
UPDATE jobs.job
SET state = next.state, error = $4, run_at = clock_timestamp() + coalesce($5::interval, interval '0'),
    token = NULL, lease_until = NULL, finished_at = CASE WHEN next.state <> 'ready' THEN now() END
FROM (
    SELECT id, CASE
        WHEN $5::interval IS NULL THEN 'dead'
        WHEN EXISTS (SELECT FROM jobs.job newer WHERE newer.handler = old.handler AND newer.key = old.key
                     AND newer.state = 'ready') THEN 'cancelled'
        ELSE 'ready' END AS state
    FROM jobs.job old WHERE id = $1
) next
WHERE job.id = next.id AND token = $2 AND attempts = $3 AND job.state = 'running'
RETURNING job.state
"""
"""A timer that was set again while it ran is not tried again: the new setting stands."""

_RENEW = """
UPDATE jobs.job SET lease_until = now() + $3::interval
WHERE id = ANY ($1::bigint[]) AND token = $2 AND state = 'running'
"""

_PUT_BACK = """
WITH candidate AS MATERIALIZED (
    SELECT id, token, lease_until, lease_until < now() OR CASE
        WHEN $3 AND token <> $2 THEN pg_try_advisory_xact_lock(hashtextextended(token::text, 0)) ELSE false
    END AS orphaned
    FROM jobs.job WHERE state = 'running'
), lost AS MATERIALIZED (
    SELECT id, orphaned, EXISTS (
        SELECT FROM jobs.job newer WHERE newer.handler = old.handler AND newer.key = old.key AND newer.state = 'ready'
    ) AS superseded
    FROM jobs.job old JOIN candidate USING (id, token, lease_until)
    WHERE state = 'running' AND (orphaned OR (id = ANY ($1::bigint[]) AND token = $2))
    FOR UPDATE OF old SKIP LOCKED
), put_back AS (
    UPDATE jobs.job
    SET state = CASE WHEN superseded THEN 'cancelled' ELSE 'ready' END,
        finished_at = CASE WHEN superseded THEN now() END,
        error = CASE WHEN orphaned THEN 'the worker was lost' ELSE error END,
        attempts = CASE WHEN orphaned THEN attempts ELSE attempts - 1 END,
        token = NULL, lease_until = NULL
    FROM lost WHERE job.id = lost.id
    RETURNING 1
)
SELECT put_back, CASE WHEN put_back > 0 THEN pg_notify('jobs', '') END FROM (SELECT count(*) FROM put_back) n(put_back)
"""
"""Who lives holds the lock of its token. What was renewed or claimed meanwhile joins its candidate no more."""

_ANNOUNCE = "SELECT pg_advisory_lock_shared(hashtextextended($1, 0))"

_TICK = """
WITH tick AS (
    INSERT INTO jobs.cron (name, at) VALUES ($1, $2)
    ON CONFLICT (name) DO UPDATE SET at = excluded.at WHERE cron.at < excluded.at
    RETURNING name, at
), written AS (
    INSERT INTO jobs.job (handler, payload, run_at) SELECT name, $3::jsonb, at FROM tick RETURNING 1
)
SELECT pg_notify('jobs', '') FROM written
"""

_PURGE = """
DELETE FROM jobs.job WHERE id IN (
    SELECT id FROM jobs.job WHERE state IN ('done', 'cancelled') AND finished_at < now() - $1::interval
    ORDER BY finished_at LIMIT $2 FOR UPDATE SKIP LOCKED
)
"""

_BACKLOG = """
SELECT due.jobs + blocked.jobs, greatest(due.oldest, blocked.oldest, 0),
       (SELECT count(*) FROM jobs.job WHERE state = 'dead')
FROM (SELECT count(*) AS jobs, extract(epoch FROM now() - min(run_at))::float8 AS oldest
      FROM jobs.job WHERE state = 'ready' AND run_at <= now()) due,
     (SELECT count(*) AS jobs, extract(epoch FROM now() - min(run_at))::float8 AS oldest
      FROM jobs.job WHERE state = 'waiting' AND lane IS NOT NULL) blocked
"""

_DEAD = """
SELECT id, handler, attempts, error, created_at, finished_at AS died_at FROM jobs.job
WHERE state = 'dead' AND ($1::bigint IS NULL OR id < $1) ORDER BY id DESC LIMIT $2
"""

_REVIVE = """
WITH revived AS (
    UPDATE jobs.job SET state = 'ready', attempts = 0, run_at = clock_timestamp(), finished_at = NULL
    WHERE id = $1 AND state = 'dead' AND NOT EXISTS (
        SELECT FROM jobs.job newer WHERE newer.handler = job.handler AND newer.key = job.key AND newer.state = 'ready')
    RETURNING 1
)
SELECT pg_notify('jobs', '') FROM revived
"""


class LeaseLost(Exception):
    """Another worker has the job now: what this one did must not be committed."""


class JobRef(Protocol):
    """What identifies one claim of a job."""

    @property
    def id(self) -> int: ...
    @property
    def lane(self) -> str | None: ...
    @property
    def attempts(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Job:
    """A claimed job. `attempts` counts this one; `late` is seconds from its due time to the claim."""

    id: int
    handler: str
    payload: object
    lane: str | None
    attempts: int
    late: float


@dataclass(frozen=True, slots=True)
class DeadJob:
    id: int
    handler: str
    attempts: int
    error: str | None
    created_at: datetime
    died_at: datetime


class Backlog(NamedTuple):
    """Jobs that are due and not started, the age of the oldest of them in seconds, and jobs that were given up."""

    due: int
    oldest_seconds: float
    dead: int


class JobQueue:
    """The jobs as one worker sees them: each worker has its own. Every method commits by itself.

    Give it a small pool of its own, so that handlers that hold every other connection cannot starve the renewals.
    """

    def __init__(self, pool: Pool, *, lease: timedelta = timedelta(seconds=30)) -> None:
        self.lease = lease
        self._pool = pool
        self._token = uuid4()

    async def claim(self, n: int, only: Sequence[str] | None = None) -> tuple[list[Job], float | None]:
        """Up to `n` due jobs, oldest first, and the seconds until the next one falls due, None when there is none.

        `only` limits it to these handlers. The cost does not grow with jobs that are done, set for later or blocked.
        """
        jobs: list[Job] = []
        async with self._pool.connection() as connection:
            for _ in range(_ROUNDS):
                rows = await connection.fetch(CLAIM, n - len(jobs), only, self._token, self.lease, WINDOW)
                jobs += [Job(*list(row.values())[:6]) for row in rows if row["id"] is not None]
                if len(jobs) == n or not rows[0]["crowded"]:
                    return jobs, rows[0]["next_due"]
                if await connection.execute(PARK, _PARK_AT_ONCE) == "UPDATE 0":
                    return jobs, 0.05
        return jobs, 0.0

    async def finish(self, job: JobRef, connection: asyncpg.Connection | None = None) -> None:
        """Mark it done within the transaction of `connection`, or at once; raises LeaseLost."""
        if connection is None:
            async with self._pool.connection() as own, own.transaction():
                return await self.finish(job, own)
        if await connection.execute(_FINISH, job.id, self._token, job.attempts) == "UPDATE 0":
            raise LeaseLost(f"job {job.id} was taken from this worker: its lease of {self.lease} ran out")
        if job.lane:
            await connection.execute(_READY_NEXT, job.lane)

    async def fail(self, job: JobRef, error: str, retry_in: timedelta | None) -> str | None:
        """Try it again later, or with None bury it; its new state: ready, dead, cancelled, None when it was lost."""
        while True:
            try:
                async with self._pool.connection() as connection, connection.transaction():
                    state: str | None = await connection.fetchval(
                        _FAIL, job.id, self._token, job.attempts, error, retry_in
                    )
                    if state == "dead" and job.lane:
                        await connection.execute(_READY_NEXT, job.lane)
                    return state
            except asyncpg.UniqueViolationError:
                continue  # the timer was set again between the look and the write

    async def renew(self, jobs: Iterable[JobRef]) -> None:
        """Prolong the leases of these jobs only: one that this worker no longer runs must lapse."""
        async with self._pool.connection() as connection:
            await connection.execute(_RENEW, [job.id for job in jobs], self._token, self.lease)

    async def release(self, jobs: Iterable[JobRef]) -> int:
        """Give jobs back unfinished, without charging the attempt: stopping is not the job's fault."""
        return await self._put_back([job.id for job in jobs])

    async def reap(self, *, unannounced: bool = False) -> int:
        """Make ready again, its attempt charged, what lost workers held; how much it was. Lost is who let a lease run
        out, or with `unannounced` whose announcement ended."""
        return await self._put_back([], unannounced=unannounced)

    async def announce(self, connection: asyncpg.Connection) -> None:
        """For as long as the connection lasts, others know by a lock that this worker lives."""
        await connection.execute(_ANNOUNCE, str(self._token))

    async def _put_back(self, ids: list[int], *, unannounced: bool = False) -> int:
        while True:
            try:
                async with self._pool.connection() as connection:
                    count: int = await connection.fetchval(_PUT_BACK, ids, self._token, unannounced)
                    return count
            except asyncpg.UniqueViolationError:
                continue

    async def now(self) -> datetime:
        """The database's time: the fleet's one clock."""
        async with self._pool.connection() as connection:
            now: datetime = await connection.fetchval("SELECT now()")
            return now

    async def tick(self, handler: str, at: datetime) -> bool:
        """Enqueue a cron's tick unless this one or a later one already was."""
        async with self._pool.connection() as connection:
            return await connection.fetchrow(_TICK, handler, at, at.isoformat()) is not None

    async def purge(self, keep: timedelta = timedelta(days=3)) -> int:
        """Delete what was done or cancelled longer ago than `keep`; the dead stay. How many there were."""
        purged = count = 0
        async with self._pool.connection() as connection:
            while purged == count * _PURGE_AT_ONCE:
                status: str = await connection.execute(_PURGE, keep, _PURGE_AT_ONCE)
                purged, count = purged + int(status.removeprefix("DELETE ")), count + 1
            await connection.execute(_READY_STRANDED)
        return purged

    async def backlog(self) -> Backlog:
        async with self._pool.connection() as connection:
            return Backlog(*await connection.fetchrow(_BACKLOG))

    async def dead(self, limit: int = 20, cursor: int | None = None) -> list[DeadJob]:
        """Jobs that were given up, newest first; `cursor` is the id of the last one seen."""
        async with self._pool.connection() as connection:
            return [DeadJob(*row.values()) for row in await connection.fetch(_DEAD, cursor, limit)]

    async def revive(self, job_id: int) -> bool:
        """Give a dead job all its attempts again; False when it is not dead or its timer was set anew.

        It runs before later jobs of its lane that are still to come, after those that already ran.
        """
        async with self._pool.connection() as connection:
            return await connection.fetchrow(_REVIVE, job_id) is not None
