import asyncio
import itertools
import statistics
import time

import asyncpg

from tests.engines import Database
from tests.realtime.harness import Node, Person, plain, socket_io

KILL_LISTENERS = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = current_database() AND query LIKE 'LISTEN%'
"""

END_SILENTLY = "UPDATE identity.sessions SET ended_at = now(), end_reason = 'logged_out' WHERE id = $1"


async def deliver_many(node: Node, person: Person, count: int) -> None:
    for n in range(1, count + 1):
        await node.deliver(person.notice("n", n=n))


async def test_events_come_once_and_in_order_though_the_listener_is_killed(node: Node, database: Database) -> None:
    person = await node.a_person()
    admin = await asyncpg.connect(database.admin_dsn)
    async with plain(node, f"token={person.token}") as frames, socket_io(node.url, person) as events:
        await frames.next("connected")
        await events.next("connected")
        delivering = asyncio.create_task(deliver_many(node, person, 400))
        kills = 0
        while not delivering.done():
            await asyncio.wait_for(node.hub.listening.wait(), 5)
            kills += await admin.fetchval(KILL_LISTENERS)
            await asyncio.wait([delivering], timeout=0.1)
        await delivering
        assert [(await frames.next("n"))["seq"] for _ in range(400)] == list(range(1, 401))
        assert [(await events.next("n"))["seq"] for _ in range(400)] == list(range(1, 401))
    await admin.close()
    assert kills > 1


async def test_a_session_that_ends_while_nothing_is_heard_is_closed(node: Node, database: Database) -> None:
    person = await node.a_person()
    async with plain(node, f"token={person.token}") as client:
        await client.next("connected")
        admin = await asyncpg.connect(database.admin_dsn)
        await admin.execute(END_SILENTLY, person.session)
        assert await admin.fetchval(KILL_LISTENERS) == 1
        await admin.close()
        assert await client.closed() == 4401


async def test_no_event_is_lost_or_doubled_while_sockets_come_and_go(node: Node) -> None:
    """Cut at random, resumed from the last number: the union is the sequence."""
    person = await node.a_person()
    delivering = asyncio.create_task(deliver_many(node, person, 300))
    heard: list[int] = []
    for rounds in itertools.count():
        async with plain(node, f"token={person.token}") as client:
            connected = (await client.next("connected"))["seq"]
            await client.send(type="resume", after=len(heard))
            while True:
                frame = await client.next("n", "ack")
                if frame["type"] == "ack":
                    break
                assert frame["seq"] > connected
            for _ in range(min(20 + rounds, 300 - len(heard))):
                heard.append((await client.next("n"))["seq"])
            client.connection.transport.abort()
        if len(heard) == 300:
            break
    await delivering
    assert heard == list(range(1, 301))


async def test_an_event_is_heard_soon(node: Node) -> None:
    person = await node.a_person()
    seconds = []
    async with plain(node, f"token={person.token}") as client:
        await client.next("connected")
        for _ in range(50):
            started = time.perf_counter()
            await node.deliver(person.notice("n"))
            await client.next("n")
            seconds.append(time.perf_counter() - started)
    median = statistics.median(seconds)
    print(f"append to client: median {median * 1000:.1f} ms")  # noqa: T201
    assert median < 0.25


async def test_an_event_too_large_to_announce_is_delivered(node: Node) -> None:
    person = await node.a_person()
    async with plain(node, f"token={person.token}") as client:
        await client.next("connected")
        await node.deliver(person.notice("n", n=1), person.notice("n", text="é" * 20_000), person.notice("n", n=3))
        frames = [await client.next("n") for _ in range(3)]
    assert [frame["seq"] for frame in frames] == [1, 2, 3]
    assert frames[1]["data"] == {"text": "é" * 20_000}
