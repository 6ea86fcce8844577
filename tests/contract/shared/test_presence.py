"""The Valkey adapter and the fake keep one contract."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from marketplace.adapters.redis.client import connect
from marketplace.adapters.redis.presence import NODES, RedisPresence
from marketplace.application.shared.presence import REAPED_AT_ONCE, Presence
from marketplace.domain.shared.errors import Unavailable
from marketplace.domain.shared.ids import UserId
from tests.fakes.presence import Everywhere, MemoryPresence

LIFE = timedelta(minutes=1)


@dataclass
class Subject:
    """Two processes."""

    one: Presence
    other: Presence
    silence: Callable[[], Awaitable[None]]
    """Of the other, for longer than it may be."""
    lose_everything: Callable[[], Awaitable[object]]

    async def reaped(self) -> set[UserId]:
        """By the one, whole."""
        everyone: set[UserId] = set()
        while (some := await self.one.reap()) is not None:
            assert len(some) <= REAPED_AT_ONCE
            everyone |= some
        return everyone


def in_memory() -> Subject:
    everywhere = Everywhere()
    one, other = MemoryPresence(everywhere), MemoryPresence(everywhere)

    async def silence() -> None:
        other.is_silent = True

    async def lose_everything() -> None:
        everywhere.lose_everything()

    return Subject(one, other, silence, lose_everything)


def on_valkey(redis: Redis) -> Subject:
    node = uuid4()

    async def silence() -> None:
        await redis.zadd(NODES, {str(node): 1})

    one, other = RedisPresence(redis, uuid4(), LIFE), RedisPresence(redis, node, LIFE)
    return Subject(one, other, silence, redis.flushdb)


@pytest.fixture(params=["memory", "valkey"])
def subject(request: pytest.FixtureRequest) -> Subject:
    return in_memory() if request.param == "memory" else on_valkey(request.getfixturevalue("redis"))


def some(count: int) -> set[UserId]:
    return {UserId(uuid4()) for _ in range(count)}


async def test_who_has_a_socket_anywhere_is_online(subject: Subject) -> None:
    (ann, bob), (stranger,) = some(2), some(1)
    assert await subject.one.came({ann, bob}) == {ann, bob}
    assert await subject.other.came({ann}) == set(), "who is there already does not come"
    assert await subject.one.online({ann, bob, stranger}) == {ann, bob}
    assert await subject.one.online(set()) == set()
    assert await subject.one.went({ann, bob}) == {bob}, "one is still with the other"
    assert await subject.other.online({ann, bob}) == {ann}
    assert await subject.other.went({ann}) == {ann}
    assert await subject.other.online({ann, bob}) == set()
    assert await subject.other.went({ann}) == {ann}, "asked again it is true again"


async def test_a_process_beats_and_knows_how_many_are_noted_as_its_own(subject: Subject) -> None:
    assert await subject.one.beat() == 0
    await subject.one.came(some(3))
    await subject.other.came(some(1))
    assert (await subject.one.beat(), await subject.other.beat()) == (3, 1)
    assert await subject.one.reap() is None


async def test_those_of_a_silent_process_are_gone_unless_they_are_elsewhere(subject: Subject) -> None:
    lost, (ann,) = some(2 * REAPED_AT_ONCE + 1), some(1)
    await subject.one.came({ann})
    await subject.other.came(lost | {ann})
    await subject.silence()
    assert await subject.one.beat() == 1
    assert await subject.reaped() == lost
    assert await subject.one.online(lost | {ann}) == {ann}
    assert await subject.one.reap() is None


async def test_who_goes_is_not_kept_by_a_silent_process(subject: Subject) -> None:
    (ann,) = some(1)
    await subject.one.came({ann})
    await subject.other.came({ann})
    await subject.silence()
    assert await subject.one.went({ann}) == {ann}


async def test_what_is_lost_is_known_by_the_beat_and_found_out_anew(subject: Subject) -> None:
    (ann,) = some(1)
    await subject.one.came({ann})
    await subject.lose_everything()
    assert await subject.one.online({ann}) == set()
    assert await subject.one.beat() == 0
    assert await subject.one.came({ann}) == {ann}
    assert await subject.one.online({ann}) == {ann}


async def test_a_process_that_is_not_heard_of_is_dead_after_its_life(redis: Redis) -> None:
    people = some(1)
    await RedisPresence(redis, uuid4(), timedelta(milliseconds=20)).came(people)
    other = RedisPresence(redis, uuid4(), LIFE)
    assert await other.online(people) == people
    async with asyncio.timeout(5):
        while (gone := await other.reap()) is None:
            pass
    assert gone == people


async def test_a_process_that_was_only_late_notes_its_own_anew(redis: Redis) -> None:
    subject, people = on_valkey(redis), some(3)
    await subject.other.came(people)
    await subject.silence()
    assert await subject.reaped() == people
    assert await subject.other.beat() == 0
    assert await subject.other.came(people) == people


async def test_without_valkey_nobody_is_noted_and_nothing_is_known() -> None:
    away, people = connect("redis://127.0.0.1:1/0"), some(1)
    presence = RedisPresence(away, uuid4(), LIFE)
    assert await presence.online(people) is None
    for question in (presence.came(people), presence.went(people), presence.beat(), presence.reap()):
        with pytest.raises(Unavailable):
            await question
    await away.aclose()
