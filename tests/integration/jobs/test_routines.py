"""What every worker does again and again, beside its jobs."""

import asyncio

from dishka import AsyncContainer

from marketplace.adapters.sql.transaction import SqlTransaction
from tests.integration.jobs.house import Broken, House, running


async def test_a_routine_runs_at_once_and_again_after_its_pause_whatever_happens(house: House) -> None:
    seen: list[SqlTransaction] = []
    enough = asyncio.Event()

    @house.handlers.routine("count", 0.02)
    async def count(scope: AsyncContainer) -> None:
        seen.append(await scope.get(SqlTransaction))
        if len(seen) == 2:
            raise Broken
        if len(seen) == 4:
            enough.set()

    @house.handlers.routine("rare", 3600.0)
    async def rare(scope: AsyncContainer) -> None:
        once.append(scope)

    once: list[AsyncContainer] = []
    async with running(house.worker()):
        await asyncio.wait_for(enough.wait(), 10)
    assert len(set(map(id, seen))) == len(seen), "each run has a scope of its own"
    assert len(once) == 1
