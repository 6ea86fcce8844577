"""Calls, answers and timers at the same moment: nobody is in two calls, and a call is answered on one device."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from dishka import AsyncContainer

from marketplace.adapters.sql.pool import Pool
from marketplace.application.calls.calls import AcceptCall, DeclineCall, HangUp, MissCall, StartCall
from marketplace.application.calls.ports import LiveCalls
from marketplace.application.calls.views import CallView
from marketplace.application.shared.actor import Actor
from marketplace.domain.calls.call import RINGING_TIME, Call
from marketplace.domain.calls.moves import (
    AlreadyAnswered,
    AlreadyInCall,
    CalleeBusy,
    CallId,
    CallOver,
    CallStatus,
    Media,
)
from marketplace.domain.shared.ids import ConversationId, SessionId
from marketplace.entrypoints.wiring.container import build
from tests.builders.commerce import NOON, a_user_id, new_id
from tests.engines import Database
from tests.fakes.calls import LinesOfTheTest, MemoryLines
from tests.fakes.clock import ClockOfTheTest
from tests.fakes.world import FixedClock
from tests.integration.races import outcomes
from tests.realtime.harness import settings

ROUNDS = 8


class Exchange:
    def __init__(self, container: AsyncContainer, lines: MemoryLines, clock: FixedClock) -> None:
        self.container = container
        self.lines = lines
        self.clock = clock

    def people(self, count: int) -> list[Actor]:
        return [Actor(a_user_id(), SessionId(new_id()), frozenset()) for _ in range(count)]

    def between(self, one: Actor, other: Actor) -> ConversationId:
        return self.lines.between(one.user, other.user)

    async def do(self, use_case: type[Any], *arguments: Any) -> Any:
        async with self.container() as request:
            return await (await request.get(use_case))(*arguments)

    async def start(self, who: Actor, conversation: ConversationId) -> CallView:
        started: CallView = await self.do(StartCall, who, conversation, Media.AUDIO)
        return started

    async def status(self, call_id: CallId) -> CallStatus:
        found: Call = await (await self.container.get(LiveCalls)).find(call_id)
        return found.status

    async def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        async with (await self.container.get(Pool)).connection() as connection:
            return [tuple(row) for row in await connection.fetch(sql, *values)]


@asynccontextmanager
async def an_exchange(database: Database, redis_url: str, folder: Path) -> AsyncIterator[Exchange]:
    lines, clock = MemoryLines(), FixedClock(NOON)
    container = build(settings(database, redis_url, folder), LinesOfTheTest(lines), ClockOfTheTest(clock))
    try:
        yield Exchange(container, lines, clock)
    finally:
        await container.close()


@pytest.fixture
async def exchange(fresh_database: Database, redis_url: str, tmp_path: Path) -> AsyncIterator[Exchange]:
    """Its calls are in conversations that are not there: no worker of other tests is to find them."""
    async with an_exchange(fresh_database, redis_url, tmp_path) as exchange:
        yield exchange


def sorted_out(results: Sequence[Any]) -> tuple[list[Any], list[type]]:
    """What went through, and how the others were refused."""
    return [one for one in results if not isinstance(one, Exception)], [
        type(one) for one in results if isinstance(one, Exception)
    ]


async def test_who_call_each_other_at_once_have_one_call(exchange: Exchange) -> None:
    for _ in range(ROUNDS):
        ann, bob = exchange.people(2)
        conversation = exchange.between(ann, bob)
        went, refused = sorted_out(await outcomes(exchange.start(ann, conversation), exchange.start(bob, conversation)))
        assert [call.status for call in went] == [CallStatus.RINGING]
        assert refused == [AlreadyInCall]
        assert await exchange.rows("SELECT call_id FROM calls.members WHERE user_id = $1", ann.user) == [(went[0].id,)]


async def test_whom_many_call_at_once_hears_one(exchange: Exchange) -> None:
    callee, *callers = exchange.people(6)
    results = await outcomes(*(exchange.start(one, exchange.between(one, callee)) for one in callers))
    went, refused = sorted_out(results)
    assert len(went) == 1
    assert refused == [CalleeBusy] * 4
    statuses = await exchange.rows(
        "SELECT c.status, m.is_live FROM calls.members m JOIN calls.calls c ON c.id = m.call_id WHERE m.user_id = $1"
        " ORDER BY c.status",
        callee.user,
    )
    assert statuses == [("busy", False)] * 4 + [("ringing", True)]


async def test_of_the_devices_that_accept_at_once_one_has_the_call(exchange: Exchange) -> None:
    for _ in range(ROUNDS):
        ann, bob = exchange.people(2)
        devices = [Actor(bob.user, SessionId(new_id()), frozenset()) for _ in range(3)]
        call = await exchange.start(ann, exchange.between(ann, bob))
        went, refused = sorted_out(await outcomes(*(exchange.do(AcceptCall, one, call.id) for one in devices)))
        assert [one.status for one in went] == [CallStatus.ACTIVE]
        assert refused == [AlreadyAnswered] * 2
        told = await exchange.rows(
            "SELECT data ->> 'deviceId' FROM notifications.user_events WHERE user_id = $1 AND name = 'call:accepted'",
            ann.user,
        )
        stored = await exchange.rows(
            "SELECT device_id::text FROM calls.members WHERE call_id = $1 AND role = 'callee'", call.id
        )
        assert told == stored


async def test_every_end_at_once_is_one_end(exchange: Exchange) -> None:
    for _ in range(ROUNDS):
        ann, bob = exchange.people(2)
        call = await exchange.start(ann, exchange.between(ann, bob))
        exchange.clock.advance(RINGING_TIME - timedelta(seconds=1))
        _, refused = sorted_out(await outcomes(
            exchange.do(AcceptCall, bob, call.id), exchange.do(HangUp, ann, call.id), exchange.do(MissCall, call.id),
            exchange.do(DeclineCall, bob, call.id), exchange.do(HangUp, bob, call.id),
        ))  # fmt: skip
        assert set(refused) <= {CallOver, AlreadyAnswered}
        status = await exchange.status(call.id)
        assert status in {CallStatus.ENDED, CallStatus.CANCELLED, CallStatus.DECLINED}
        ends = await exchange.rows(
            "SELECT name FROM notifications.user_events WHERE user_id = $1 AND name IN ('call:ended', 'call:declined')",
            bob.user,
        )
        assert len(ends) == 1
        assert await exchange.rows("SELECT FROM calls.members WHERE call_id = $1 AND is_live", call.id) == []


async def test_a_call_that_rang_its_time_is_missed_or_refused_never_both(exchange: Exchange) -> None:
    ann, bob = exchange.people(2)
    call = await exchange.start(ann, exchange.between(ann, bob))
    exchange.clock.advance(RINGING_TIME)
    _, refused = sorted_out(await outcomes(exchange.do(AcceptCall, bob, call.id), exchange.do(MissCall, call.id)))
    assert refused == [CallOver]
    assert await exchange.status(call.id) is CallStatus.MISSED
