"""Who is in a room of this process, on fakes."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import pytest
from dishka import AsyncContainer, make_async_container

from marketplace.application.shared.actor import Actor
from marketplace.domain.shared.errors import Unavailable
from marketplace.domain.shared.ids import SessionId, UserId
from marketplace.entrypoints.realtime.connection import Connection, Encoded, End
from marketplace.entrypoints.realtime.credentials import Sessions
from marketplace.entrypoints.realtime.outbox import Outbox
from marketplace.entrypoints.realtime.rooms import MOST_ROOMS, RoomKinds, RoomMembers, RoomNotFound, TooManyRooms
from tests.fakes.rooms import MemoryRooms


class Ear(Connection):
    def __init__(self) -> None:
        self.box = Outbox()
        super().__init__(Actor(UserId(uuid4()), SessionId(uuid4()), frozenset()), 0, self.box)
        self.heard: list[str] = []
        self.ended: list[End] = []

    def welcome(self, seq: int) -> None: ...

    def say(self, event: str, data: object) -> None: ...

    def send(self, event: Encoded) -> None:
        self.heard.append(event.frame)

    def end(self, why: End) -> None:
        self.ended.append(why)

    def beat(self, now: float) -> None: ...


class AnySession(Sessions):
    def __init__(self) -> None: ...  # asks no container

    async def actor(self, connection: Connection) -> Actor:
        return Actor(connection.user, connection.session, frozenset())


class Door:
    """Says who may hear a room, at once or when it is opened."""

    def __init__(self) -> None:
        self.members: set[UserId] = set()
        self.asked = 0
        self.is_broken = False
        self.open = asyncio.Event()
        self.open.set()

    async def may_hear(self, _: AsyncContainer, actor: Actor, __: UUID) -> bool:
        self.asked += 1
        is_member = actor.user in self.members
        await self.open.wait()
        if self.is_broken:
            raise DoorBroken("the database is away")
        return is_member


class DoorBroken(Unavailable):
    code = "door_broken"


class House:
    def __init__(self) -> None:
        self.rooms, self.door = MemoryRooms(), Door()
        self.room = f"den:{uuid4()}"
        kinds = RoomKinds({"den": self.door.may_hear})
        self.members = RoomMembers(self.rooms, kinds, make_async_container(), AnySession(), fades_after=0.02)

    def an_ear(self) -> Ear:
        ear = Ear()
        self.members.enter(ear)
        self.door.members.add(ear.user)
        return ear


@asynccontextmanager
async def a_house() -> AsyncIterator[House]:
    house = House()
    listening = asyncio.create_task(house.members.listen())
    await asyncio.wait_for(house.members.listening.wait(), 5)
    yield house
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)


async def test_who_is_expelled_while_that_is_looked_up_does_not_get_in() -> None:
    async with a_house() as house:
        ear = house.an_ear()
        house.door.open.clear()
        joining = asyncio.create_task(house.members.join(ear, house.room))
        while not house.door.asked:
            await asyncio.sleep(0)
        house.door.members.discard(ear.user)
        await house.rooms.expel(ear.user, house.room)
        house.door.open.set()
        with pytest.raises(RoomNotFound):
            await joining
        assert (house.door.asked, house.members.size(house.room)) == (2, 0)


async def test_a_socket_that_goes_while_that_is_looked_up_is_not_kept() -> None:
    async with a_house() as house:
        ear = house.an_ear()
        house.door.open.clear()
        joining = asyncio.create_task(house.members.join(ear, house.room))
        while not house.door.asked:
            await asyncio.sleep(0)
        house.members.forget(ear)
        house.door.open.set()
        await joining
        assert house.members.size(house.room) == 0


async def test_nobody_hears_after_a_silence_before_they_are_admitted_anew() -> None:
    async with a_house() as house:
        staying, former, leaving = house.an_ear(), house.an_ear(), house.an_ear()
        for ear in (staying, former, leaving):
            await house.members.join(ear, house.room)
        house.door.members.discard(former.user)
        house.door.open.clear()
        house.rooms.break_off()
        while not house.rooms.listeners:
            await asyncio.sleep(0.001)
        await house.rooms.tell([house.room], "early", {})
        house.members.leave(leaving, house.room)
        house.door.open.set()
        await asyncio.wait_for(house.members.listening.wait(), 5)
        await house.rooms.tell([house.room], "later", {})
        assert (staying.heard, former.heard, leaving.heard) == (['{"type":"later","data":{}}'], [], [])


async def test_who_cannot_be_asked_about_is_sent_away_to_come_back() -> None:
    async with a_house() as house:
        ear = house.an_ear()
        await house.members.join(ear, house.room)
        house.door.is_broken = True
        house.rooms.break_off()
        while not ear.ended:
            await asyncio.sleep(0.001)
        assert ear.ended == [End.UNAVAILABLE]


async def test_who_does_not_read_misses_what_is_told_and_the_own_room_stays() -> None:
    async with a_house() as house:
        ear = house.an_ear()
        own = f"user:{ear.user}"
        house.members.leave(ear, own)
        await house.rooms.tell([own], "first", {})
        while ear.outbox.room:
            ear.box.put_nowait("x" * 10_000)
        await house.rooms.tell([own], "second", {})
        assert ear.heard == ['{"type":"first","data":{}}']


async def test_a_socket_is_in_so_many_rooms_at_most() -> None:
    async with a_house() as house:
        ear = house.an_ear()
        for _ in range(MOST_ROOMS - 1):
            await house.members.join(ear, f"den:{uuid4()}")
        with pytest.raises(TooManyRooms):
            await house.members.join(ear, house.room)


class Typist:
    """Told to one ear; each matter is its own."""

    def __init__(self, house: House) -> None:
        self._rooms, self.ear = house.rooms, house.an_ear()

    async def tells(self, name: str, matter: int = 1, **fades: str) -> None:
        await self._rooms.tell([f"user:{self.ear.user}"], name, {"n": matter}, **fades)

    async def heard(self, last: str, matter: int) -> list[tuple[str, int]]:
        """Up to that."""
        async with asyncio.timeout(5):
            while True:
                heard = [(frame["type"], frame["data"]["n"]) for frame in map(json.loads, self.ear.heard)]
                if (last, matter) in heard:
                    return heard
                await asyncio.sleep(0.005)


async def test_what_fades_is_followed_by_its_end_once() -> None:
    async with a_house() as house:
        typist = Typist(house)
        for _ in range(3):
            await typist.tells("on", fades_to="off")
        assert await typist.heard("off", 1) == [("on", 1)] * 3 + [("off", 1)]
        await typist.tells("on", 2, fades_to="off")
        assert await typist.heard("off", 2) == [("on", 1)] * 3 + [("off", 1), ("on", 2), ("off", 2)]


async def test_what_was_ended_does_not_fade_again() -> None:
    async with a_house() as house:
        typist = Typist(house)
        await typist.tells("on", 1, fades_to="off")
        await typist.tells("off", 1)
        await typist.tells("on", 2, fades_to="off")
        assert await typist.heard("off", 2) == [("on", 1), ("off", 1), ("on", 2), ("off", 2)]


async def test_what_nobody_here_heard_does_not_fade_here() -> None:
    async with a_house() as house:
        typist = Typist(house)
        house.members.forget(typist.ear)
        await typist.tells("on", 1, fades_to="off")
        house.members.enter(typist.ear)
        await typist.tells("on", 2, fades_to="off")
        assert await typist.heard("off", 2) == [("on", 2), ("off", 2)]
