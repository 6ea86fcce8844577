"""A flood of refusals is no flood of the database."""

import asyncio
from uuid import uuid4

import asyncpg

from marketplace.adapters.sql.audit.refusals import AT_ONCE, DROPPED, BufferedRefusals
from marketplace.adapters.sql.pool import DatabaseBusy, Pool
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.audit import AuditEntry, Outcome
from marketplace.application.shared.caller import Caller
from marketplace.domain.shared.ids import SessionId, UserId
from tests.engines import Database

ACTOR = Actor(UserId(uuid4()), SessionId(uuid4()), frozenset())
REFUSED = AuditEntry(action="access.refused", outcome=Outcome.REFUSED, facts={"code": "missing_permission"})


async def rows(pool: Pool, action: str) -> list[dict[str, object]]:
    async with pool.connection() as connection:
        return [dict(row) for row in await connection.fetch("SELECT * FROM audit.entries WHERE action = $1", action)]


async def test_what_is_noted_is_written_by_itself_after_the_pause(fresh_pool: Pool) -> None:
    refusals = BufferedRefusals(fresh_pool, b"k", pause=0.01)
    refusals.note(REFUSED, Caller("192.0.2.7", request_id="r1"), ACTOR)
    refusals.note(REFUSED, Caller(), None)
    async with asyncio.timeout(10):
        while len(found := await rows(fresh_pool, "access.refused")) < 2:
            await asyncio.sleep(0.01)
    assert (found[0]["actor"], found[0]["session"], found[0]["request_id"]) == (ACTOR.user, ACTOR.session, "r1")
    assert (found[1]["actor"], found[1]["network"]) == (None, "")
    await refusals.close()
    assert len(await rows(fresh_pool, "access.refused")) == 2


async def test_a_flood_is_counted_instead_of_written(fresh_pool: Pool) -> None:
    refusals = BufferedRefusals(fresh_pool, b"k", pause=60, capacity=AT_ONCE + 50)
    before = DROPPED._value.get()
    for _ in range(1_000):
        refusals.note(REFUSED, Caller(), None)
    await asyncio.sleep(0)
    assert await rows(fresh_pool, "access.refused") == []
    await refusals.close()
    assert len(await rows(fresh_pool, "access.refused")) == AT_ONCE + 50
    (told,) = await rows(fresh_pool, "audit.refusals_dropped")
    assert told["facts"] == {"count": 1_000 - AT_ONCE - 50}
    assert DROPPED._value.get() - before == 1_000 - AT_ONCE - 50
    async with fresh_pool.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM audit.unsealed") == AT_ONCE + 51


class BusyPool(Pool):
    """Tells when it has turned somebody away."""

    def __init__(self, dsn: str, *, size: int, patience: float) -> None:
        super().__init__(dsn, size=size, patience=patience)
        self.refused = asyncio.Event()

    async def take(self) -> asyncpg.Connection:
        try:
            return await super().take()
        except DatabaseBusy:
            self.refused.set()
            raise


async def test_a_database_that_does_not_answer_costs_no_refusal(fresh_database: Database) -> None:
    pool = BusyPool(fresh_database.app_dsn, size=1, patience=0.01)
    refusals = BufferedRefusals(pool, b"k", pause=0.01)
    held = await pool.take()
    for number in range(3):
        refusals.note(AuditEntry(action="access.refused", facts={"number": number}), Caller(), None)
    await asyncio.wait_for(pool.refused.wait(), 10)
    pool.give(held)
    reader = Pool(fresh_database.app_dsn, size=1)
    async with asyncio.timeout(10):
        while len(found := await rows(reader, "access.refused")) < 3:
            await asyncio.sleep(0.01)
    await reader.close()
    assert [row["facts"] for row in found] == [{"number": 0}, {"number": 1}, {"number": 2}]
    await refusals.close()
    await pool.close()


async def test_a_stop_does_not_wait_for_a_database_that_is_gone(fresh_database: Database) -> None:
    pool = Pool(fresh_database.app_dsn, size=1, patience=0.01)
    refusals = BufferedRefusals(pool, b"k", pause=60)
    held = await pool.take()
    before = DROPPED._value.get()
    refusals.note(REFUSED, Caller(), None)
    await asyncio.wait_for(refusals.close(), 10)
    assert DROPPED._value.get() - before == 1
    pool.give(held)
    assert await rows(pool, "access.refused") == []
    await pool.close()


async def test_a_row_that_cannot_be_written_does_not_stop_the_others(fresh_pool: Pool) -> None:
    refusals = BufferedRefusals(fresh_pool, b"k", pause=0.01)
    refusals.note(AuditEntry(action="test.\0"), Caller(), None)
    async with asyncio.timeout(10):
        while not (told := await rows(fresh_pool, "audit.refusals_dropped")):
            await asyncio.sleep(0.01)
    refusals.note(REFUSED, Caller(), None)
    await refusals.close()
    assert told[0]["facts"] == {"count": 1}
    assert len(await rows(fresh_pool, "access.refused")) == 1
