"""Numbers, locks and announcements of the real database."""

import asyncio
import random
from decimal import Decimal
from uuid import uuid4

import msgspec
import pytest

from marketplace.adapters.ids import TimeOrderedIds
from marketplace.adapters.sql.notifications.listener import PostgresAnnouncements
from marketplace.adapters.sql.notifications.user_events import SqlUserEventLog, SqlUserEvents
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.notifications.ports import USER_EVENTS
from marketplace.application.shared.user_events import Notice
from marketplace.domain.shared.ids import UserId
from tests.engines import Database


async def deliver(pool: Pool, *notices: Notice) -> None:
    transaction = SqlTransaction(pool, {})
    async with transaction:
        await SqlUserEvents(transaction, TimeOrderedIds()).append(notices)


async def test_concurrent_appends_leave_no_hole_and_never_deadlock(pool: Pool) -> None:
    """200 commits for the same few users, each naming them in an order of its own."""
    users = [UserId(uuid4()) for _ in range(4)]
    chance = random.Random(7)  # noqa: S311 - a test
    batches = [chance.choices(users, k=chance.randint(1, 6)) for _ in range(200)]
    gate = asyncio.Semaphore(9)

    async def one(batch: list[UserId]) -> None:
        async with gate:
            await deliver(pool, *(Notice(user, "n", {}) for user in batch))

    await asyncio.gather(*(one(batch) for batch in batches))
    pages = await SqlUserEventLog(pool).read(dict.fromkeys(users, 0), 10_000)
    for user in users:
        count = sum(batch.count(user) for batch in batches)
        assert [event.seq for event in pages[user].events] == list(range(1, count + 1))
        assert pages[user].last_seq == count


async def test_a_rolled_back_append_leaves_neither_number_nor_announcement(pool: Pool, database: Database) -> None:
    user = UserId(uuid4())
    heard: asyncio.Queue[str] = asyncio.Queue()
    async with PostgresAnnouncements(database.app_dsn).listen(lambda _, payload: heard.put_nowait(payload)):
        transaction = SqlTransaction(pool, {})
        with pytest.raises(ZeroDivisionError):
            async with transaction:
                await SqlUserEvents(transaction, TimeOrderedIds()).append([Notice(user, "never", {})])
                raise ZeroDivisionError
        await deliver(pool, Notice(user, "first", {}))
        assert msgspec.json.decode(await asyncio.wait_for(heard.get(), 5))["s"] == 1


async def test_announcements_come_in_order_with_data_unless_it_is_too_large(pool: Pool, database: Database) -> None:
    user, heard = UserId(uuid4()), asyncio.Queue[tuple[str, str]]()
    async with PostgresAnnouncements(database.app_dsn).listen(lambda *said: heard.put_nowait(said)):
        sizes = [10, 7_000, 7_300, 7_500, 8_000, 100_000, 1]
        await deliver(pool, *(Notice(user, "n", {"price": Decimal("1.10"), "text": "é" * (n // 2)}) for n in sizes))
        said = [await asyncio.wait_for(heard.get(), 5) for _ in sizes]
    assert {channel for channel, _ in said} == {USER_EVENTS}
    whole = [msgspec.json.decode(payload) for _, payload in said]
    assert [one["s"] for one in whole] == list(range(1, 8))
    assert all(payload.startswith(f'{{"u":"{user}"') for _, payload in said)
    assert ["d" in one for one in whole] == [True, True, True, False, False, False, True]
    assert '"price":1.10' in said[0][1]


async def test_listening_ends_when_its_connection_does(database: Database, pool: Pool) -> None:
    async with PostgresAnnouncements(database.app_dsn).listen(lambda *_: None) as lost:
        async with pool.connection() as connection:
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND query LIKE 'LISTEN%'"
            )
        await asyncio.wait_for(lost, 5)
