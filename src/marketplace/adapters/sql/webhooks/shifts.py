"""Which sender has which endpoint: known by an advisory lock that ends with the sender's connection."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from uuid import uuid4

import asyncpg

from marketplace.adapters.sql.pool import DatabaseUnavailable, connect, refusal_of
from marketplace.application.shared.ports import Clock
from marketplace.application.webhooks.ports import Shift, Shifts, Taken

CHANNEL = "webhooks"
FREE_EVERY = timedelta(seconds=0.25)
"""Between two looks for senders that were killed."""

_ANNOUNCE = "SELECT pg_advisory_lock_shared(hashtextextended($1, 0))"
_FREE = """
UPDATE webhooks.endpoints SET holder = NULL
WHERE holder IS NOT NULL AND holder <> $1 AND pg_try_advisory_xact_lock(hashtextextended(holder::text, 0))"""
"""Who lives holds the lock of its holder."""
TAKE = """
WITH brisk AS MATERIALIZED (
    SELECT id FROM webhooks.endpoints WHERE holder IS NULL AND NOT is_slow AND due_at <= $2
    ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED
), slow AS MATERIALIZED (
    SELECT id FROM webhooks.endpoints WHERE holder IS NULL AND is_slow AND due_at <= $2
    ORDER BY due_at LIMIT $4 FOR UPDATE SKIP LOCKED
)
UPDATE webhooks.endpoints SET holder = $1
WHERE id = ANY (ARRAY(SELECT id FROM brisk UNION ALL SELECT id FROM slow))
RETURNING id, is_slow"""
NEXT = """
SELECT extract(epoch FROM least(
    (SELECT due_at FROM webhooks.endpoints WHERE holder IS NULL AND NOT is_slow AND due_at > $1
     ORDER BY due_at LIMIT 1),
    (SELECT due_at FROM webhooks.endpoints WHERE holder IS NULL AND is_slow AND due_at > $1
     ORDER BY due_at LIMIT 1)) - $1)::float8"""


class SqlShifts(Shifts):
    def __init__(self, dsn: str, clock: Clock) -> None:
        self._dsn = dsn
        self._clock = clock

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Shift]:
        connection = await connect(self._dsn)
        try:
            shift = SqlShift(connection, self._clock)
            await connection.execute(_ANNOUNCE, str(shift.holder))
            connection.add_termination_listener(lambda _: shift.wake())
            await connection.add_listener(CHANNEL, lambda *_: shift.wake())
            yield shift
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            if refusal := refusal_of(error):
                raise refusal from error
            raise
        finally:
            connection.terminate()


class SqlShift(Shift):
    def __init__(self, connection: asyncpg.Connection, clock: Clock) -> None:
        self.holder = uuid4()
        self._connection = connection
        self._clock = clock
        self._news = asyncio.Event()
        self._freed_at: datetime | None = None

    async def take(self, brisk: int, slow: int) -> tuple[Sequence[Taken], float | None]:
        self._news.clear()
        now = self._clock.now()
        if self._freed_at is None or now - self._freed_at >= FREE_EVERY:
            await self._connection.execute(_FREE, self.holder)
            self._freed_at = now
        rows = await self._connection.fetch(TAKE, self.holder, now, brisk, slow)
        return [Taken(*row) for row in rows], await self._connection.fetchval(NEXT, now)

    async def wait(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):  # `wait_for` would lose a cancellation that comes with the news
                await self._news.wait()
        if self._connection.is_closed():
            raise DatabaseUnavailable("the connection of this sender has ended")

    def wake(self) -> None:
        self._news.set()
