"""Two real WebRTC peers call each other through us, one over Socket.IO, one over a plain WebSocket."""

from asyncio import DatagramProtocol
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from aioice.stun import TransactionFailed
from aioice.turn import create_turn_endpoint

from marketplace.adapters.clock import SystemClock
from marketplace.application.calls.ice import CREDENTIAL_LIFE, turn_credential
from marketplace.domain.shared.ids import UserId
from tests.engines import Database
from tests.fakes.calls import LinesOfTheTest, MemoryLines
from tests.realtime.coturn import running_coturn
from tests.realtime.harness import Node, plain, running_node, settings, socket_io
from tests.realtime.peers import ice_servers, on_plain, on_socket_io, talk

SECRET = "north-by-northwest"


@asynccontextmanager
async def a_node(
    database: Database, redis_url: str, folder: Path, **turn: str
) -> AsyncIterator[tuple[Node, MemoryLines]]:
    lines = MemoryLines()
    async with running_node(settings(database, redis_url, folder, (), **turn), 0, LinesOfTheTest(lines)) as node:
        yield node, lines


async def call(node: Node, lines: MemoryLines, *, through_relays: bool = False) -> set[str]:
    """The types of the candidates that the two had, after they have talked and hung up."""
    ann, bob = await node.a_person(), await node.a_person()
    async with socket_io(node.url, ann) as first, plain(node, f"token={bob.token}") as second:
        await first.next("connected")
        await second.next("connected")
        wish = {"conversation_id": str(lines.between(ann.user, bob.user)), "media": "audio"}
        call_id = (await first.call("call:start", wish))["data"]["id"]
        await second.next("call:incoming")
        await second.send(type="call:accept", data={"call_id": call_id})
        await first.next("call:accepted")
        relays = [await ice_servers(node.url, one.token) if through_relays else [] for one in (ann, bob)]
        caller, callee = on_socket_io(first, relays[0]), on_plain(second, relays[1])
        try:
            await talk(caller, callee, call_id)
            candidates = caller.candidates | callee.candidates
        finally:
            await caller.close()
            await callee.close()
        ended = await first.call("call:hangup", {"call_id": call_id})
        assert (ended["data"]["status"], ended["data"]["end_reason"]) == ("ended", "hangup")
    return candidates


async def test_two_peers_talk_directly(fresh_database: Database, redis_url: str, tmp_path: Path) -> None:
    async with a_node(fresh_database, redis_url, tmp_path) as (node, lines):
        assert await call(node, lines) == {"host"}


async def test_two_peers_talk_through_coturn_with_our_credentials(
    fresh_database: Database, redis_url: str, tmp_path: Path
) -> None:
    async with running_coturn(SECRET, tmp_path) as address:
        turn = {"TURN_URL": f"turn:{address}", "TURN_SECRET": SECRET}
        async with a_node(fresh_database, redis_url, tmp_path, **turn) as (node, lines):
            assert await call(node, lines, through_relays=True) == {"relay"}


async def test_coturn_relays_for_nobody_else(tmp_path: Path) -> None:
    now, somebody = SystemClock().now(), UserId(uuid4())
    good = turn_credential(somebody, now + CREDENTIAL_LIFE, SECRET.encode())
    forged = turn_credential(somebody, now + CREDENTIAL_LIFE, b"another secret")
    expired = turn_credential(somebody, now - timedelta(seconds=5), SECRET.encode())
    async with running_coturn(SECRET, tmp_path) as address:
        host, port = address.split(":")
        transport, _ = await create_turn_endpoint(DatagramProtocol, (host, int(port)), *good)
        assert transport.get_extra_info("sockname")[0] == host
        transport.close()
        for username, credential in (forged, expired, (good[0], "x"), (good[0].replace(":", "1:"), good[1])):
            with pytest.raises(TransactionFailed, match="401"):
                await create_turn_endpoint(DatagramProtocol, (host, int(port)), username, credential)
