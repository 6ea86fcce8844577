"""Stock clients of npm before two HTTP processes: in order, cut and resumed, refused, and ended with their session."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.engines import Database
from tests.foreign.conftest import Script
from tests.realtime.harness import Node, Person, a_door, in_turn, running_node, settings

OFFER = {"product_id": str(uuid4()), "offered_price": 850}


class Ground:
    """Two processes behind one door."""

    def __init__(self, nodes: list[Node], door: str, clients: list[asyncio.StreamWriter]) -> None:
        self.nodes = nodes
        self.door = door
        self._clients = clients

    def cut(self) -> None:
        """Every connection, without a word."""
        for client in self._clients:
            client.transport.abort()
        self._clients.clear()

    async def deliver(self, person: Person, numbers: range) -> None:
        """And as much to somebody else."""
        other = await self.nodes[0].a_person()
        for number in numbers:
            await self.nodes[number % 2].deliver(person.notice("n", n=number), other.notice("secret"))


@pytest.fixture
async def ground(database: Database, redis_url: str, tmp_path: Path) -> AsyncIterator[Ground]:
    sockets = [tmp_path / "0.sock", tmp_path / "1.sock"]
    clients: list[asyncio.StreamWriter] = []
    async with AsyncExitStack() as stack:
        nodes = [
            await stack.enter_async_context(running_node(settings(database, redis_url, tmp_path, sockets), index))
            for index in range(2)
        ]
        yield Ground(nodes, await stack.enter_async_context(a_door(in_turn(nodes), clients)), clients)


@pytest.mark.parametrize("options", [{}, {"transports": ["websocket"]}], ids=["as it comes", "websocket only"])
async def test_socket_io_client(ground: Ground, script: Script, options: dict[str, Any]) -> None:
    person = await ground.nodes[0].a_person()
    asked = json.dumps({**options, "auth": {"token": person.token}, "reconnectionDelay": 50})
    async with script("socket_io.js", ground.door, asked) as client:
        await client.tells("connect")
        assert (await client.tells("event"))["data"] == {"userId": str(person.user), "seq": 0}
        await ground.deliver(person, range(1, 21))
        assert await client.numbered(20) == list(range(1, 21))
        client.ask(event="resume", data={"after": 20})
        assert (await client.tells("ack"))["answer"] == {"ok": True, "seq": 20}
        client.ask(event="offer:create", data=OFFER)
        refused = await client.tells("event")
        assert (refused["event"], refused["data"]["code"]) == ("error", "listing_not_found")
        assert (await client.tells("ack"))["answer"]["code"] == "listing_not_found"
        ground.cut()
        await ground.deliver(person, range(21, 31))
        assert (await client.tells("disconnect"))["reason"] == "transport close"
        assert await client.numbered(10) == list(range(21, 31))
        await ground.nodes[1].log_out(person)
        assert (await client.tells("disconnect"))["reason"] == "io server disconnect"
    async with script("socket_io.js", ground.door, asked) as client:
        error = await client.tells("connect_error")
        assert (error["message"], error["data"]["code"]) == ("unauthorized", "session_ended")


async def test_ws(ground: Ground, script: Script) -> None:
    person = await ground.nodes[0].a_person()
    address = f"{ground.door.replace('http', 'ws')}/ws?token={person.token}"
    async with script("plain.js", address) as client:
        await client.tells("connect")
        assert (await client.tells("event"))["answer"] == {"userId": str(person.user), "seq": 0}
        await ground.deliver(person, range(1, 21))
        assert await client.numbered(20) == list(range(1, 21))
        client.ask(type="offer:create", id=7, data=OFFER)
        assert (await client.tells("ack"))["answer"]["code"] == "listing_not_found"
        refused = await client.tells("event")
        assert (refused["event"], refused["id"], refused["answer"]["code"]) == ("error", 7, "listing_not_found")
        ground.cut()
        await ground.deliver(person, range(21, 31))
        assert (await client.tells("disconnect"))["code"] == 1006
        assert await client.numbered(10) == list(range(21, 31))
        await ground.nodes[1].log_out(person)
        assert (await client.tells("disconnect"))["code"] == 4401
    async with script("plain.js", address) as client:
        await client.tells("connect")
        assert (await client.tells("disconnect"))["code"] == 4401


async def test_event_source(ground: Ground, script: Script) -> None:
    """Which comes back by itself, with Last-Event-ID, after the second or more that `retry` says."""
    person = await ground.nodes[0].a_person()
    asked = (f"{ground.door}/api/v1/sync/stream", person.token, "connected", "n", "secret", "closed")
    async with script("event_source.js", *asked) as client:
        assert (await client.tells("event"))["data"] == {"userId": str(person.user), "seq": 0}
        await ground.deliver(person, range(1, 21))
        assert await client.numbered(20) == list(range(1, 21))
        ground.cut()
        await ground.deliver(person, range(21, 31))
        assert (await client.tells("error"))["over"] is False
        assert (await client.tells("event"))["event"] == "connected"
        assert await client.numbered(10) == list(range(21, 31))
        await ground.nodes[1].log_out(person)
        assert (await client.tells("event"))["data"] == {"code": 4401, "reason": "not_authenticated"}
        assert (await client.tells("error"))["over"] is False
        assert await client.tells("error") == {"what": "error", "code": 401, "over": True}
