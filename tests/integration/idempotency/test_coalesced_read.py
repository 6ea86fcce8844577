"""Reads by id of one turn of the event loop are one statement."""

import asyncio
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import text

from marketplace.adapters.sql.coalesce import CoalescedRead
from marketplace.adapters.sql.pool import DatabaseUnavailable, Pool
from marketplace.adapters.sql.statement import Statement
from tests.builders.commerce import new_id

MISSING = UUID(int=0)
READ = Statement(text(f"SELECT id FROM unnest(CAST(:ids AS uuid[])) id WHERE id <> '{MISSING}'"))  # noqa: S608
FAILS = Statement(text("SELECT id, 1 / (cardinality(CAST(:ids AS uuid[])) * 0) FROM unnest(CAST(:ids AS uuid[])) id"))


@pytest.fixture
async def statements(pool: Pool) -> list[str]:
    """What the pool's one connection runs; the pool always gives the one returned last."""
    seen: list[str] = []

    def log(query: asyncpg.connection.LoggedQuery) -> None:
        seen.append(query.query)

    async with pool.connection() as connection:
        await READ.all(connection, ids=[])  # the driver asks for the types of a new statement
        connection.add_query_logger(log)
    return seen


async def asked(read: CoalescedRead, id_: UUID) -> UUID | None:
    row = await read.one(id_)
    return None if row is None else row["id"]


async def test_many_askers_of_one_turn_are_one_statement(pool: Pool, statements: list[str]) -> None:
    read, ids = CoalescedRead(pool, READ), [new_id() for _ in range(50)]
    assert await asyncio.gather(*(asked(read, id_) for id_ in ids * 2)) == ids * 2
    assert statements == [READ.sql]
    assert await asked(read, ids[0]) == ids[0]
    assert statements == [READ.sql] * 2


async def test_a_missing_id_gives_nothing(pool: Pool) -> None:
    read, found = CoalescedRead(pool, READ), new_id()
    assert list(await asyncio.gather(asked(read, MISSING), asked(read, found))) == [None, found]


async def test_an_error_reaches_every_asker_and_not_the_next_turn(pool: Pool) -> None:
    read = CoalescedRead(pool, FAILS)
    for _ in range(2):
        results = await asyncio.gather(*(asked(read, new_id()) for _ in range(5)), return_exceptions=True)
        assert [type(result) for result in results] == [asyncpg.DivisionByZeroError] * 5


async def test_a_database_that_is_gone_reaches_every_asker(pool: Pool) -> None:
    read = CoalescedRead(pool, READ)
    await pool.close()
    results = await asyncio.gather(*(asked(read, new_id()) for _ in range(5)), return_exceptions=True)
    assert [type(result) for result in results] == [DatabaseUnavailable] * 5


@pytest.mark.parametrize("statement", [READ, FAILS], ids=["read", "fails"])
async def test_an_asker_who_leaves_disturbs_nobody(pool: Pool, statement: Statement) -> None:
    read, ids = CoalescedRead(pool, statement), [new_id() for _ in range(3)]
    askers = [asyncio.create_task(asked(read, id_)) for id_ in ids]
    await asyncio.sleep(0)
    askers[1].cancel()
    results = await asyncio.gather(*askers, return_exceptions=True)
    assert isinstance(results[1], asyncio.CancelledError)
    if statement is READ:
        assert [results[0], results[2]] == [ids[0], ids[2]]
    else:
        assert isinstance(results[0], asyncpg.DivisionByZeroError)
        assert isinstance(results[2], asyncpg.DivisionByZeroError)
