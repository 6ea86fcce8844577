"""Senders on one database: each endpoint is one sender's, a dead sender's are taken over, nobody waits for the slow."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.adapters.sql.webhooks.deliveries import SqlDeliveries
from marketplace.adapters.sql.webhooks.endpoints import SealedEndpoints, SqlEndpoints
from marketplace.application.webhooks.ports import Shifts
from marketplace.domain.shared.errors import Unavailable
from marketplace.domain.webhooks.endpoint import Endpoint
from marketplace.entrypoints.worker.webhook_sender import BRISK, WebhookSender
from prove.receiver import Heard, Receiver, running_receiver
from tests.builders.webhooks import a_delivery, an_endpoint
from tests.engines import Database
from tests.http.identity.house import House, running_house


@pytest.fixture
async def house(fresh_database: Database, redis_url: str, tmp_path: Path) -> AsyncIterator[House]:
    async with running_house(fresh_database, redis_url, tmp_path, WEBHOOKS_TO_LOOPBACK="true") as house:
        yield house


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with running_receiver() as receiver:
        yield receiver


async def endpoints(house: House, *urls: str) -> list[Endpoint]:
    """Each with one event that is due."""
    made = [an_endpoint(url=url) for url in urls]
    transaction = SqlTransaction(house.pool, {})
    sealed = await house.container.get(SealedEndpoints)
    async with transaction:
        for one in made:
            await SqlEndpoints(transaction, sealed).add(one)
        await SqlDeliveries(transaction).add([a_delivery(one) for one in made])
    return made


@asynccontextmanager
async def sending(house: House) -> AsyncIterator["asyncio.Task[None]"]:
    sender = asyncio.create_task((await house.container.get(WebhookSender)).run())
    try:
        yield sender
    finally:
        sender.cancel()
        await asyncio.gather(sender, return_exceptions=True)


async def until(receiver: Receiver, count: int, within: float = 10) -> list[Heard]:
    async with asyncio.timeout(within):
        while len(receiver.heard) < count:
            await asyncio.sleep(0.01)
    return receiver.heard


async def test_an_endpoint_is_one_senders_until_its_connection_ends(house: House, receiver: Receiver) -> None:
    (one,) = await endpoints(house, receiver.url())
    shifts = await house.container.get(Shifts)
    async with shifts.begin() as second:
        async with shifts.begin() as first:
            assert [taken.endpoint_id for taken in (await first.take(5, 5))[0]] == [one.id]
            assert await second.take(5, 5) == ([], None)
        async with asyncio.timeout(10):
            while not (taken := (await second.take(5, 5))[0]):
                await asyncio.sleep(0.01)
        assert [it.endpoint_id for it in taken] == [one.id]


@pytest.mark.parametrize("turns", range(4))
async def test_a_sender_that_is_stopped_while_news_comes_stops(house: House, turns: int) -> None:
    shifts = await house.container.get(Shifts)
    async with shifts.begin() as shift:
        waiting = asyncio.create_task(shift.wait(60))
        await asyncio.sleep(0.01)
        shift.wake()
        for _ in range(turns):
            await asyncio.sleep(0)
        if waiting.done():
            return
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting


async def test_what_a_killed_sender_had_is_sent_by_another(house: House, receiver: Receiver) -> None:
    await endpoints(house, receiver.url())
    shifts = await house.container.get(Shifts)
    async with shifts.begin() as killed:
        assert len((await killed.take(5, 5))[0]) == 1
        async with sending(house):
            await asyncio.sleep(0.05)
            assert receiver.heard == [], "its holder lives"
            async with house.database() as connection:
                await connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid IN ("
                    " SELECT pid FROM pg_stat_activity WHERE query LIKE '%webhooks.endpoints%' AND state = 'idle')"
                    " AND mode = 'ShareLock' AND objid = (SELECT (hashtextextended($1, 0) & 4294967295)::oid)",
                    str(killed.holder),
                )
            assert len(await until(receiver, 1)) == 1
        with pytest.raises(Unavailable):
            await killed.wait(1)


async def test_who_never_answers_holds_up_nobody(house: House, receiver: Receiver) -> None:
    """More silent endpoints than slots."""
    receiver.delay = lambda heard: 60 if heard.path == "/silent" else 0
    await endpoints(house, *[receiver.url("/silent")] * (BRISK + 8))
    await endpoints(house, *[receiver.url("/sound")] * 20)
    async with sending(house):
        heard = await until(receiver, 20)
    assert {one.path for one in heard} == {"/sound"}
