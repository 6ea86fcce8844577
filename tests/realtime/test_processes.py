"""Several processes behind one address: whatever a client does, its requests reach its own session."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.engines import Database
from tests.realtime.harness import (
    Node,
    SocketIo,
    a_door,
    in_turn,
    one_request_per_connection,
    plain,
    running_node,
    settings,
    socket_io,
)


@pytest.fixture
async def nodes(database: Database, redis_url: str, tmp_path: Path) -> AsyncIterator[list[Node]]:
    sockets = [tmp_path / "0.sock", tmp_path / "1.sock"]
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(running_node(settings(database, redis_url, tmp_path, sockets), index))
            for index in range(2)
        ]


@pytest.mark.parametrize("transports", [["polling"], ["websocket"], ["polling", "websocket"]], ids="+".join)
async def test_every_kind_of_client_works_across_processes(nodes: list[Node], transports: list[str]) -> None:
    person = await nodes[0].a_person()
    async with AsyncExitStack() as stack:
        door = await stack.enter_async_context(a_door(in_turn(nodes)))
        session = await stack.enter_async_context(one_request_per_connection())
        clients = [
            await stack.enter_async_context(socket_io(door, person, transports=transports, session=session))
            for _ in range(3)
        ]
        for client in clients:
            await client.next("connected")
        await nodes[0].deliver(*(person.notice("n") for n in range(40)))
        for n in range(20):
            await nodes[n % 2].deliver(person.notice("n"))
        for client in clients:
            assert [(await client.next("n"))["seq"] for _ in range(60)] == list(range(1, 61))
            assert await client.call("resume", {"after": 60}) == {"ok": True, "seq": 60}
            assert client.client.transport() == transports[-1]
        assert {len(list(node.hub.connections)) for node in nodes} <= {0, 1, 2, 3}


async def test_both_kinds_hear_the_same_across_processes_and_end_with_the_session(nodes: list[Node]) -> None:
    person, outsider = await nodes[0].a_person(), await nodes[1].a_person()
    async with (
        plain(nodes[0], f"token={person.token}") as frames,
        socket_io(nodes[1].url, person) as events,
        plain(nodes[1], f"token={outsider.token}") as other,
    ):
        await frames.next("connected")
        await events.next("connected")
        await other.next("connected")
        await nodes[0].deliver(person.notice("n", n=1))
        frame, event = await frames.next("n"), await events.next("n")
        assert (frame["id"], frame["seq"]) == (event["eventId"], event["seq"])
        await nodes[0].log_out(person)
        assert await frames.closed() == 4401
        await asyncio.wait_for(events.disconnected.wait(), 5)
        await nodes[0].deliver(outsider.notice("still here"))
        await other.next("still here")


async def test_when_the_owner_stops_its_clients_come_back_to_the_other(
    database: Database, redis_url: str, tmp_path: Path
) -> None:
    sockets = [tmp_path / "0.sock", tmp_path / "1.sock"]
    both = [settings(database, redis_url, tmp_path, sockets)] * 2
    async with AsyncExitStack() as stack:
        staying = await stack.enter_async_context(running_node(both[1], 1))
        going = await stack.enter_async_context(running_node(both[0], 0))
        person, open_to = await staying.a_person(), [going]
        door = await stack.enter_async_context(a_door(lambda _: open_to[-1]))
        session = await stack.enter_async_context(one_request_per_connection())
        clients = [
            await stack.enter_async_context(
                socket_io(door, person, transports=transports, reconnection=True, session=session)
            )
            for transports in (["polling"], ["websocket"], ["polling", "websocket"])
        ]
        frames = await stack.enter_async_context(plain(going, f"token={person.token}"))
        await frames.next("connected")
        for client in clients:
            await client.next("connected")
        open_to.append(staying)
        going.server.should_exit = True
        assert await frames.closed() == 1012
        for client in clients:
            await came_back(client)
        await asyncio.wait_for(asyncio.shield(going.running), 5)
        await staying.deliver(person.notice("n", n=1))
        for client in clients:
            assert (await client.next("n"))["seq"] == 1


async def test_a_process_that_only_handed_over_stops_soon_and_its_clients_go_on(
    database: Database, redis_url: str, tmp_path: Path
) -> None:
    sockets = [tmp_path / "0.sock", tmp_path / "1.sock"]
    both = [settings(database, redis_url, tmp_path, sockets)] * 2
    async with AsyncExitStack() as stack:
        owner = await stack.enter_async_context(running_node(both[0], 0))
        other = await stack.enter_async_context(running_node(both[1], 1))
        person, others = await owner.a_person(), [other]
        door = await stack.enter_async_context(a_door(lambda head: others[0] if b"sid=" in head and others else owner))
        session = await stack.enter_async_context(one_request_per_connection())
        polling = SocketIo(session=session)
        upgraded = SocketIo(session=session, reconnection=True)
        for client, transports in ((polling, ["polling"]), (upgraded, ["polling", "websocket"])):
            await client.client.connect(door, auth={"token": person.token}, transports=transports)
            await client.next("connected")
        assert not list(other.hub.connections)
        await owner.deliver(person.notice("n"))
        assert (await polling.next("n"))["seq"] == (await upgraded.next("n"))["seq"] == 1
        others.clear()
        other.server.should_exit = True
        await asyncio.wait_for(asyncio.shield(other.running), 6)
        await came_back(upgraded)
        await owner.deliver(person.notice("n"))
        assert (await polling.next("n"))["seq"] == (await upgraded.next("n"))["seq"] == 2
        for client in (polling, upgraded):
            await client.client.disconnect()
            await client.client.shutdown()


async def came_back(client: SocketIo) -> None:
    await asyncio.wait_for(client.disconnected.wait(), 5)
    await client.next("connected")
