"""What tests of races wait for and collect."""

import asyncio
from collections.abc import Awaitable
from typing import Any

from marketplace.adapters.sql.pool import Pool

_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


async def lock_waiters(pool: Pool) -> int:
    """How many sessions of this database wait for a lock."""
    async with pool.connection() as connection:
        count: int = await connection.fetchval(_WAITING)
    return count


async def waiters(pool: Pool, count: int) -> None:
    """Until so many sessions wait for a lock."""
    async with asyncio.timeout(5):
        while await lock_waiters(pool) < count:
            await asyncio.sleep(0.002)


async def outcomes(*calls: Awaitable[Any]) -> list[Any]:
    """What each returned or raised, all started at once."""
    return await asyncio.gather(*calls, return_exceptions=True)
