"""Who is told of whom, and by whom it is noted who is there."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from marketplace.application.messaging.presence import LookInside, SayTyping, TellPeers, Typing
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.rooms import RoomNews, Told
from marketplace.domain.messaging.conversation import ConversationNotFound
from marketplace.domain.shared.ids import ConversationId, UserId
from marketplace.entrypoints.realtime.presence import AT_ONCE, PresenceKeeper
from tests.builders.commerce import NOON, an_actor, new_id
from tests.fakes.presence import Everywhere, MemoryPeers, MemoryPresence, MemoryTypists
from tests.fakes.rooms import MemoryRooms
from tests.fakes.world import FixedClock
from tests.unit.messaging.world import Talk
from tests.unit.notifications.test_hub import Client, World

Heard = list[tuple[str, Any, tuple[str, ...]]]


class Ear(MemoryRooms):
    """Notes what is told."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: Heard = []
        self.fading: list[str | None] = []

    def _say(self, news: RoomNews) -> None:
        assert isinstance(news, Told)
        self.heard.append((news.name, msgspec.json.decode(news.data), tuple(sorted(news.rooms))))
        self.fading.append(news.fades_to)


class House:
    """Ann talks with Bob, with Carol and with Dora, between whom there is a block."""

    def __init__(self) -> None:
        self.ann, self.bob, self.carol, self.dora = (an_actor() for _ in range(4))
        self.peers, self.rooms, self.everywhere = MemoryPeers(), Ear(), Everywhere()
        self.presence, self.typists = MemoryPresence(self.everywhere), MemoryTypists(FixedClock(NOON))
        self.with_bob, *_, self.with_dora = (
            self._talk(self.ann, other) for other in (self.bob, self.carol, self.dora)
        )  # fmt: skip
        self.peers.blocks.add(frozenset({self.ann.user, self.dora.user}))
        self.tell = TellPeers(self.peers, self.presence, self.rooms)
        self.say = SayTyping(self.peers, Typing(self.typists, self.rooms))
        self.look = LookInside(self.peers, self.typists, self.presence)

    def _talk(self, one: Actor, other: Actor) -> ConversationId:
        conversation = ConversationId(new_id())
        self.peers.members[conversation] = {one.user, other.user}
        return conversation

    def typing(self, name: str) -> tuple[str, Any, tuple[str, ...]]:
        data = {"conversationId": str(self.with_bob), "userId": str(self.ann.user)}
        return (name, data, (f"user:{self.bob.user}",))


async def test_those_of_the_peers_who_are_there_are_told() -> None:
    house = House()
    await house.presence.came({one.user for one in (house.ann, house.bob, house.dora)})
    await house.tell.online({house.ann.user, house.dora.user, UserId(uuid4())})
    await house.tell.offline({house.ann.user})
    data, rooms = {"userId": str(house.ann.user)}, (f"user:{house.bob.user}",)
    assert house.rooms.heard == [("user:online", data, rooms), ("user:offline", data, rooms)]
    house.everywhere.is_away = True
    await house.tell.online({house.ann.user})
    assert len(house.rooms.heard) == 2


async def test_typing_is_told_to_the_others_fades_and_ends() -> None:
    house = House()
    for begins in (True, True, False, False, True):
        await house.say(house.ann, house.with_bob, begins=begins)
    assert house.rooms.heard == [house.typing("typing:active"), house.typing("typing:inactive")]
    assert house.rooms.fading == ["typing:inactive", None]


async def test_nobody_types_to_those_they_are_apart_from_or_where_they_are_no_member() -> None:
    house = House()
    await house.say(house.ann, house.with_dora, begins=True)
    with pytest.raises(ConversationNotFound):
        await house.say(house.carol, house.with_bob, begins=True)
    assert house.rooms.heard == []
    assert await house.typists.of(house.with_bob) == await house.typists.of(house.with_dora) == set()


async def test_who_looks_inside_sees_the_others_alone() -> None:
    house = House()
    await house.presence.came({house.ann.user, house.bob.user, house.dora.user})
    for who in (house.ann, house.bob):
        await house.say(who, house.with_bob, begins=True)
    bob = [house.bob.user]
    assert await house.look(house.ann, house.with_bob) == {"online": bob, "typing": bob}
    assert await house.look(house.ann, house.with_dora) == {"online": [], "typing": []}
    with pytest.raises(ConversationNotFound):
        await house.look(house.carol, house.with_bob)
    house.everywhere.is_away = True
    assert await house.look(house.ann, house.with_bob) == {"online": None, "typing": bob}


async def test_a_message_ends_the_typing_of_its_author_alone() -> None:
    rooms = Ear()
    talk = Talk(rooms)
    where = (await talk.started()).id
    for who in (talk.buyer, talk.seller):
        await talk.typists.begins(where, who.user)
    await talk.says(talk.buyer, where)
    await talk.says(talk.buyer, where)
    data = {"conversationId": str(where), "userId": str(talk.buyer.user)}
    assert rooms.heard == [("typing:inactive", data, (f"user:{talk.seller.user}",))]
    assert await talk.typists.of(where) == {talk.seller.user}


class Process(House):
    """With a hub whose sockets are noted."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.watcher = UserId(uuid4())
        """Talks with everybody of `crowd`."""

    async def connects(self, user: UserId) -> Client:
        client = Client(user)
        await self.world.hub.attach(client)
        return client

    def crowd(self, count: int) -> list[UserId]:
        people = [UserId(uuid4()) for _ in range(count)]
        for one in people:
            self.peers.members[ConversationId(new_id())] = {one, self.watcher}
        self.everywhere.online.add(self.watcher)
        return people

    def told(self, name: str) -> list[UserId]:
        return [UserId(UUID(data["userId"])) for what, data, _ in self.rooms.heard if what == name]

    @asynccontextmanager
    async def kept(self, *, beat: float = 60, grace: float = 60) -> AsyncIterator[None]:
        async with PresenceKeeper(self.world.hub, self.presence, self.tell, beat=beat, grace=grace, retry=0.01):
            yield


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.002)


async def test_a_crowd_that_comes_and_goes_costs_few_questions() -> None:
    process = Process()
    crowd = process.crowd(10 * AT_ONCE)
    async with process.kept(grace=0.05):
        clients = [await process.connects(one) for one in crowd for _ in range(2)]
        await until(lambda: len(process.told("user:online")) == len(crowd))
        for client in clients:
            process.world.hub.detach(client)
        await until(lambda: len(process.told("user:offline")) == len(crowd))
    assert sorted(process.told("user:online")) == sorted(process.told("user:offline")) == sorted(crowd)
    assert process.presence.questions < 30


async def test_who_comes_back_in_time_was_never_away() -> None:
    process = Process()
    (one,) = process.crowd(1)
    async with process.kept():
        client = await process.connects(one)
        await until(lambda: process.told("user:online"))
        for _ in range(3):
            process.world.hub.detach(client)
            client = await process.connects(one)
        (other,) = process.crowd(1)
        await process.connects(other)
        await until(lambda: other in process.told("user:online"))
    assert process.told("user:online") == [one, other]
    assert process.told("user:offline") == []


async def test_who_comes_back_while_they_are_noted_as_gone_is_there() -> None:
    class Slow(MemoryPresence):
        async def went(self, users: Collection[UserId]) -> set[UserId]:
            gone = await super().went(users)
            asked.set()
            await answer.wait()
            return gone

    process, asked, answer = Process(), asyncio.Event(), asyncio.Event()
    process.presence = Slow(process.everywhere)
    (one,) = process.crowd(1)
    async with process.kept(grace=0):
        client = await process.connects(one)
        await until(lambda: process.told("user:online"))
        process.world.hub.detach(client)
        await asyncio.wait_for(asked.wait(), 5)
        await process.connects(one)
        answer.set()
        await until(lambda: len(process.told("user:online")) == 2)
    assert one in process.everywhere.online
    assert [name for name, *_ in process.rooms.heard] == ["user:online", "user:offline", "user:online"]


async def test_whoever_comes_or_goes_while_valkey_is_away_is_noted_once_it_is_back() -> None:
    process = Process()
    stays, goes = process.crowd(2)
    async with process.kept(grace=0):
        client = await process.connects(goes)
        await until(lambda: process.told("user:online"))
        process.everywhere.is_away = True
        asked = process.presence.questions
        await process.connects(stays)
        process.world.hub.detach(client)
        await until(lambda: process.presence.questions > asked + 2)
        process.everywhere.is_away = False
        await until(lambda: process.told("user:offline") == [goes] and stays in process.told("user:online"))


async def test_what_valkey_lost_is_noted_anew_at_the_next_beat() -> None:
    process = Process()
    crowd = process.crowd(AT_ONCE + 1)
    async with process.kept(beat=0.01):
        for one in crowd:
            await process.connects(one)
        await until(lambda: process.everywhere.online > set(crowd))
        process.everywhere.lose_everything()
        await until(lambda: process.everywhere.online == set(crowd))


async def test_those_of_a_dead_process_are_said_to_be_gone_by_another() -> None:
    process = Process()
    one, elsewhere = process.crowd(2)
    dead = MemoryPresence(process.everywhere)
    await dead.came({one, elsewhere})
    async with process.kept(beat=0.01):
        await process.connects(elsewhere)
        await until(lambda: process.everywhere.nodes[process.presence] == {elsewhere})
        dead.is_silent = True
        await until(lambda: process.told("user:offline") == [one])
    assert elsewhere in process.everywhere.online


async def test_a_process_that_ends_says_nothing() -> None:
    process = Process()
    (one,) = process.crowd(1)
    async with process.kept(grace=0):
        client = await process.connects(one)
        await until(lambda: process.told("user:online"))
    process.world.hub.detach(client)
    assert process.told("user:offline") == []
    assert one in process.everywhere.online
