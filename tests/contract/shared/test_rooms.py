"""The Valkey adapter and the fake keep one contract."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from uuid import uuid4

import pytest

from marketplace.adapters.redis.client import connect
from marketplace.adapters.redis.rooms import CHANNEL, RedisRoomListening, RedisRooms
from marketplace.application.shared.rooms import Expelled, RoomListening, RoomNews, Rooms, Told
from marketplace.domain.shared.errors import Unavailable
from marketplace.domain.shared.ids import UserId
from tests.fakes.rooms import MemoryRooms


@dataclass
class Subject:
    rooms: Rooms
    listening: RoomListening


@pytest.fixture(params=["memory", "valkey"])
async def subject(request: pytest.FixtureRequest) -> AsyncIterator[Subject]:
    if request.param == "memory":
        memory = MemoryRooms()
        yield Subject(memory, memory)
        return
    url = request.getfixturevalue("redis_url")
    redis = connect(url)
    yield Subject(RedisRooms(redis), RedisRoomListening(url))
    await redis.aclose()


class Ear:
    def __init__(self) -> None:
        self._heard: asyncio.Queue[RoomNews] = asyncio.Queue()
        self.hear = self._heard.put_nowait

    async def next(self) -> RoomNews:
        return await asyncio.wait_for(self._heard.get(), 5)

    def is_silent(self) -> bool:
        return self._heard.empty()


async def test_everyone_who_listens_hears_what_is_told_in_order(subject: Subject) -> None:
    first, second, user = Ear(), Ear(), UserId(uuid4())
    async with subject.listening.listen(first.hear), subject.listening.listen(second.hear):
        await subject.rooms.tell(["user:1", "stream:2"], "typing:active", {"price": Decimal("850.00"), "ünï": "\n"})
        await subject.rooms.expel(user, "stream:2")
        for ear in (first, second):
            told = await ear.next()
            assert isinstance(told, Told)
            assert (told.rooms, told.name) == (("user:1", "stream:2"), "typing:active")
            assert bytes(told.data).decode() == '{"price":850.00,"ünï":"\\n"}'
            assert await ear.next() == Expelled(user, "stream:2")


async def test_what_is_told_while_nobody_listens_is_not_kept(subject: Subject) -> None:
    ear = Ear()
    async with subject.listening.listen(ear.hear) as lost:
        await subject.rooms.tell(["user:1"], "first", {})
        await ear.next()
        assert not asyncio.ensure_future(lost).done()
    await subject.rooms.tell(["user:1"], "lost", {})
    async with subject.listening.listen(ear.hear):
        await subject.rooms.tell(["user:1"], "second", {})
        told = await ear.next()
        assert isinstance(told, Told)
        assert told.name == "second"
    assert ear.is_silent()


async def test_a_lost_connection_is_noticed_and_something_unreadable_is_passed_over(redis_url: str) -> None:
    redis, ear = connect(redis_url), Ear()
    async with RedisRoomListening(redis_url).listen(ear.hear) as lost:
        await redis.publish(CHANNEL, b'{"type":"told"')
        await RedisRooms(redis).tell(["user:1"], "n", {})
        assert isinstance(await ear.next(), Told)
        assert await redis.client_kill_filter(_type="pubsub") == 1
        await asyncio.wait_for(lost, 5)
    await redis.aclose()


async def test_without_valkey_telling_is_forgotten_and_an_expulsion_is_refused() -> None:
    redis = connect("redis://127.0.0.1:1/0")
    await RedisRooms(redis).tell(["user:1"], "n", {})
    with pytest.raises(Unavailable):
        await RedisRooms(redis).expel(UserId(uuid4()), "stream:1")
    with pytest.raises(Unavailable):
        async with RedisRoomListening("redis://127.0.0.1:1/0").listen(Ear().hear):
            pass
    await redis.aclose()
