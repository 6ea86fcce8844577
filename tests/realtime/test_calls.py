"""Calls over both kinds of sockets: who hears what, on which device, and what is passed on."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from marketplace.adapters.clock import SystemClock
from marketplace.adapters.sql.pool import Pool
from marketplace.application.calls.presence import BEAT, EndLostCalls
from marketplace.domain.calls.call import GRACE
from marketplace.entrypoints.realtime.call_beats import CallBeats
from tests.engines import Database
from tests.fakes.calls import LinesOfTheTest, MemoryLines
from tests.fakes.clock import ClockOfTheTest
from tests.fakes.world import FixedClock
from tests.realtime.harness import Node, plain, running_node, settings, socket_io, until

LONG_ENOUGH = GRACE // BEAT + 2


@pytest.fixture
def lines() -> MemoryLines:
    return MemoryLines()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(SystemClock().now())


@pytest.fixture
async def node(
    fresh_database: Database, redis_url: str, tmp_path: Path, lines: MemoryLines, clock: FixedClock
) -> AsyncIterator[Node]:
    its = settings(fresh_database, redis_url, tmp_path)
    async with running_node(its, 0, LinesOfTheTest(lines), ClockOfTheTest(clock)) as node:
        yield node


async def test_every_device_rings_one_accepts_and_signals_pass(node: Node, lines: MemoryLines) -> None:
    ann, bob = await node.a_person(), await node.a_person()
    tablet = await node.on_another_device(bob)
    conversation = str(lines.between(ann.user, bob.user))
    async with (
        socket_io(node.url, ann) as caller,
        plain(node, f"token={bob.token}") as phone,
        socket_io(node.url, tablet) as second,
    ):
        for client in (caller, second):
            await client.next("connected")
        await phone.next("connected")
        started = await caller.call("call:start", {"conversation_id": conversation, "media": "video"})
        call = {"call_id": started["data"]["id"]}
        incoming = (await phone.next("call:incoming"))["data"]
        assert (incoming["call_id"], incoming["from"], incoming["media"]) == (call["call_id"], str(ann.user), "video")
        assert (await second.next("call:incoming"))["call_id"] == call["call_id"]
        await phone.send(type="call:accept", id=1, data=call)
        assert (await phone.next("call:accepted", "ack"))["data"]
        assert (await phone.next("call:accepted", "ack"))["data"]
        accepted = {**call, "deviceId": str(bob.session)}
        for client in (caller, second):
            heard = await client.next("call:accepted")
            assert {name: heard[name] for name in accepted} == accepted
        offer = {**call, "sdp": {"type": "offer", "sdp": "v=0\r\n" * 6_500}, "more": [1, 2.5, None]}
        assert (await caller.call("webrtc:offer", offer))["success"]
        assert (await phone.next("webrtc:offer"))["data"] == offer
        candidate = {**call, "candidate": {"candidate": "candidate:1 1 udp 1 192.0.2.1 9 typ host", "sdpMid": "0"}}
        await phone.send(type="webrtc:ice-candidate", data=candidate)
        assert (await phone.next("ack"))["data"]["success"]
        assert await caller.next("webrtc:ice-candidate") == candidate
        assert await second.next("webrtc:offer") == offer
        refused = await second.call("webrtc:answer", call)
        assert (refused["success"], refused["code"]) == (False, "other_device")
        assert (await second.next("error"))["event"] == "webrtc:answer"
        ended = await second.call("call:hangup", call)
        assert ended["data"]["status"] == "ended"
        for client in (caller, second):
            assert (await client.next("call:ended"))["reason"] == "hangup"
        assert (await phone.next("call:ended"))["data"]["endedBy"] == str(bob.user)


async def test_what_a_socket_may_not_signal_is_refused(node: Node, lines: MemoryLines) -> None:
    ann, bob, outsider = await node.a_person(), await node.a_person(), await node.a_person()
    conversation = str(lines.between(ann.user, bob.user))
    async with socket_io(node.url, ann) as caller, socket_io(node.url, outsider) as other:
        await caller.next("connected")
        await other.next("connected")
        call = (await caller.call("call:start", {"conversation_id": conversation, "media": "audio"}))["data"]["id"]
        for event in ("webrtc:offer", "call:accept", "call:decline", "call:hangup"):
            assert (await other.call(event, {"call_id": call}))["code"] == "call_not_found"
        start = {"conversation_id": conversation, "media": "audio"}
        assert (await other.call("call:start", start))["code"] == "conversation_not_found"
        assert (await caller.call("call:start", start))["code"] == "already_in_call"
        assert (await caller.call("call:accept", {"call_id": call}))["code"] == "not_your_call"
        assert (await caller.call("webrtc:ice-candidate", {"call_id": call, "candidate": "x" * 4_096}))["code"] == (
            "signal_too_large"
        )
        assert (await caller.call("webrtc:offer", {"sdp": "v=0"}))["code"] == "invalid_request"
        assert (await caller.call("webrtc:offer", ["v=0"]))["code"] == "invalid_request"
        assert (await caller.call("call:hangup", {"call_id": call}))["data"]["status"] == "cancelled"
        assert (await caller.call("webrtc:offer", {"call_id": call}))["code"] == "call_over"


async def test_a_device_whose_last_socket_is_gone_loses_its_call(
    node: Node, lines: MemoryLines, clock: FixedClock
) -> None:
    ann, bob = await node.a_person(), await node.a_person()
    conversation = str(lines.between(ann.user, bob.user))
    async with socket_io(node.url, ann) as caller:
        await caller.next("connected")
        async with plain(node, f"token={bob.token}") as phone:
            await phone.next("connected")
            call = (await caller.call("call:start", {"conversation_id": conversation, "media": "audio"}))["data"]["id"]
            await phone.next("call:incoming")
            await phone.send(type="call:accept", data={"call_id": call})
            await caller.next("call:accepted")
            await an_hour_passes(node, call)
            await look(node, clock, LONG_ENOUGH)
        assert caller.heard.empty()
        await until(lambda: len(list(node.hub.connections)) == 1)
        await an_hour_passes(node, call)
        await look(node, clock, 1)
        ended = await caller.next("call:ended")
        assert (ended["reason"], ended["endedBy"]) == ("disconnected", None)


async def an_hour_passes(node: Node, call: str) -> None:
    """Where the devices of this call were noted; then those with a socket are noted again."""
    async with (await node.container.get(Pool)).connection() as connection:
        await connection.execute(
            "UPDATE calls.members SET seen_at = seen_at - interval '1 hour' WHERE call_id = $1", UUID(call)
        )
    await (await node.container.get(CallBeats)).beat()


async def look(node: Node, clock: FixedClock, times: int) -> None:
    """As the worker does."""
    for _ in range(times):
        clock.advance(BEAT)
        async with node.container() as request:
            await (await request.get(EndLostCalls))()
