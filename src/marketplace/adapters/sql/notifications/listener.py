import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress

import asyncpg

from marketplace.adapters.sql.pool import connect
from marketplace.application.notifications.ports import LISTINGS, SESSIONS, USER_EVENTS, Announcements, Heard

PULSE = 5.0
"""Seconds between two proofs that a silent connection is alive, and the patience with each."""


class PostgresAnnouncements(Announcements):
    """LISTEN on a connection of its own. It must reach PostgreSQL directly, not through a transaction pooler."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn

    @asynccontextmanager
    async def listen(self, heard: Heard) -> AsyncIterator[Awaitable[None]]:
        connection = await connect(self._dsn)
        lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def end(*_: object) -> None:
            if not lost.done():
                lost.set_result(None)

        def pass_on(_: object, __: int, channel: str, payload: str) -> None:
            heard(channel, payload)

        pulse = asyncio.create_task(_until_silent(connection))
        pulse.add_done_callback(end)
        connection.add_termination_listener(end)
        try:
            for channel in (USER_EVENTS, SESSIONS, LISTINGS):
                await connection.add_listener(channel, pass_on)
            yield lost
        finally:
            pulse.cancel()
            connection.terminate()


async def _until_silent(connection: asyncpg.Connection) -> None:
    with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
        while True:
            await asyncio.sleep(PULSE)
            await connection.execute("SELECT 1", timeout=PULSE)
