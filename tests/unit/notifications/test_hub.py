"""The hub on fakes: whatever is announced, lost, doubled or reordered, each connection gets the sequence."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from dishka import make_async_container
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.application.notifications.ports import SESSIONS, USER_EVENTS
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.user_events import Notice
from marketplace.domain.identity.session import SessionEnded
from marketplace.domain.notifications.errors import FullSyncRequired
from marketplace.domain.shared.ids import SessionId, UserId
from marketplace.entrypoints.realtime.connection import Connection, Encoded, End, Event
from marketplace.entrypoints.realtime.credentials import Sessions
from marketplace.entrypoints.realtime.hub import WARNED_BEFORE, Hub
from marketplace.entrypoints.realtime.outbox import Outbox
from marketplace.entrypoints.realtime.rooms import RoomKinds, RoomMembers
from tests.fakes.notifications import MemoryAnnouncements, MemoryUserEvents, announcement
from tests.fakes.rooms import MemoryRooms
from tests.fakes.world import FixedClock

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


class Client(Connection):
    """Takes what is in its outbox when it is asked to."""

    def __init__(self, user: UserId, expires_in: float = 3_600) -> None:
        actor = Actor(user, SessionId(uuid4()), frozenset())
        self.box = Outbox()
        super().__init__(actor, NOON.timestamp() + expires_in, self.box)
        self.ended: asyncio.Future[End] = asyncio.get_running_loop().create_future()
        self.welcomed: int | None = None
        self.said: asyncio.Queue[tuple[str, object]] = asyncio.Queue()

    def welcome(self, seq: int) -> None:
        self.welcomed = seq

    def say(self, event: str, data: object) -> None:
        self.said.put_nowait((event, data))

    def send(self, event: Encoded) -> None:
        self.box.put_nowait(event.frame)
        self.box.put_nowait(event.seq if isinstance(event, Event) else None)

    def end(self, why: End) -> None:
        if not self.ended.done():
            self.ended.set_result(why)

    def beat(self, now: float) -> None: ...

    async def take(self, count: int) -> list[int]:
        """The next numbers."""
        async with asyncio.timeout(5):
            taken = [await self.box.get() for _ in range(2 * count)]
        return taken[1::2]


class FakeSessions(Sessions):
    def __init__(self) -> None:  # asks no container
        self.over: set[SessionId] = set()

    async def actor(self, connection: Connection) -> Actor:
        if connection.session in self.over:
            raise SessionEnded
        return Actor(connection.user, connection.session, frozenset())


class World:
    def __init__(self, patience: float = 7.0) -> None:
        self.log, self.announcements, self.sessions = MemoryUserEvents(), MemoryAnnouncements(), FakeSessions()
        self.log.heard = self.announcements.say
        self.clock, self.rooms = FixedClock(NOON), MemoryRooms()
        members = RoomMembers(self.rooms, RoomKinds({}), make_async_container(), self.sessions)
        self.hub = Hub(self.announcements, self.log, self.sessions, self.clock, members, patience=patience)
        self.user = UserId(uuid4())

    async def deliver(self, count: int = 1, size: int = 1) -> None:
        await self.log.append([Notice(self.user, "n", {"x": "x" * size}) for _ in range(count)])

    async def a_client(self, **options: float) -> Client:
        client = Client(self.user, **options)
        await self.hub.attach(client)
        return client


@asynccontextmanager
async def running(patience: float = 7.0) -> AsyncIterator[World]:
    world = World(patience)
    async with world.hub:
        await world.hub.listening.wait()
        yield world


async def test_what_comes_after_the_welcome_is_sent_in_order() -> None:
    async with running() as world:
        await world.deliver(3)
        client, second = await world.a_client(), await world.a_client()
        await world.deliver(2)
        assert client.welcomed == 3
        assert await client.take(2) == await second.take(2) == [4, 5]


async def test_what_follows_on_is_not_read_again() -> None:
    async with running() as world:
        client = await world.a_client()
        await world.deliver()
        await client.take(1)
        reads = world.log.reads
        await world.deliver(20)
        assert await client.take(20) == list(range(2, 22))
        assert world.log.reads == reads


async def test_what_is_said_while_nobody_listens_is_read() -> None:
    async with running() as world:
        client = await world.a_client()
        await world.deliver()
        await client.take(1)
        world.announcements.break_off()
        await world.deliver(450)
        assert await client.take(450) == list(range(2, 452))


async def test_a_slow_client_keeps_its_place_and_is_served_as_it_makes_room() -> None:
    async with running() as world:
        slow, quick = await world.a_client(), await world.a_client()
        for _ in range(100):
            await world.deliver(1, size=5_000)
            await quick.take(1)
        assert slow.outbox.size < Outbox.LIMIT
        assert await slow.take(100) == list(range(1, 101))


async def test_who_takes_nothing_is_ended() -> None:
    async with running(patience=0.07) as world:
        client, idle = await world.a_client(), await world.a_client()
        await world.deliver()
        await idle.take(1)
        assert await asyncio.wait_for(client.ended, 5) is End.TOO_SLOW
        assert not idle.ended.done()


async def test_what_is_forgotten_is_not_resumed_but_said() -> None:
    async with running() as world:
        await world.deliver(5)
        await world.log.forget(world.log.now - timedelta(seconds=2))
        client = await world.a_client()
        with pytest.raises(FullSyncRequired) as refused:
            world.hub.resume(client, 2)
        assert refused.value.seq == 5
        assert client.said.get_nowait() == ("sync:required", {"seq": 5})
        world.hub.resume(client, 3)
        await world.deliver()
        assert await client.take(3) == [4, 5, 6]


async def test_what_is_forgotten_before_it_was_read_is_said_and_others_go_on() -> None:
    async with running() as world:
        late, early = await world.a_client(), await world.a_client()
        await world.deliver(3)
        assert await late.take(3) == await early.take(3) == [1, 2, 3]
        world.announcements.break_off()
        for _ in range(4):
            world.log.add(Notice(world.user, "n", {}))
        await world.log.forget(world.log.now - timedelta(seconds=2))
        late.seq, early.seq = 2, 5
        await world.deliver()
        assert await asyncio.wait_for(late.said.get(), 5) in [("sync:required", {"seq": n}) for n in (7, 8)]
        assert await early.take(3) == [6, 7, 8]


async def test_resume_goes_back_but_never_ahead() -> None:
    async with running() as world:
        await world.deliver(5)
        client = await world.a_client()
        assert world.hub.resume(client, 2) == 5
        assert await client.take(3) == [3, 4, 5]
        world.hub.resume(client, 99)
        await world.deliver()
        assert await client.take(1) == [6]


async def test_resume_counts_though_something_later_is_being_read() -> None:
    async with running() as world:
        await world.deliver(5)
        client = await world.a_client()
        world.hub.resume(client, 4)
        reads = world.log.reads
        while world.log.reads == reads:
            await asyncio.sleep(0)
        world.hub.resume(client, 2)
        assert await client.take(3) == [3, 4, 5]


async def test_an_unreadable_announcement_is_passed_over() -> None:
    async with running() as world:
        client = await world.a_client()
        world.announcements.say(USER_EVENTS, f'{{"u":"{world.user}",')
        await world.deliver()
        assert await client.take(1) == [1]


async def test_the_end_of_a_session_ends_its_connections_only() -> None:
    async with running() as world:
        client, other = await world.a_client(), await world.a_client()
        world.announcements.say(SESSIONS, str(client.session))
        assert await client.ended is End.SIGNED_OUT
        assert not other.ended.done()


async def test_a_session_that_ended_unheard_is_found_when_listening_again() -> None:
    async with running() as world:
        client, other = await world.a_client(), await world.a_client()
        world.sessions.over.add(client.session)
        world.announcements.break_off()
        assert await asyncio.wait_for(client.ended, 5) is End.SIGNED_OUT
        assert not other.ended.done()


async def test_an_ended_session_attaches_nothing() -> None:
    async with running() as world:
        client = Client(world.user)
        world.sessions.over.add(client.session)
        with pytest.raises(SessionEnded):
            await world.hub.attach(client)
        world.hub.detach(client)
        assert not list(world.hub.connections)


async def test_a_connection_ends_with_its_credentials() -> None:
    async with running(patience=0.07) as world:
        client, other = await world.a_client(expires_in=60), await world.a_client(expires_in=61)
        world.clock.advance(timedelta(seconds=60))
        assert await asyncio.wait_for(client.ended, 5) is End.SIGNED_OUT
        assert not other.ended.done()


async def test_a_connection_is_warned_once_two_minutes_before_its_end() -> None:
    async with running(patience=0.07) as world:
        soon, late = [await world.a_client(expires_in=WARNED_BEFORE + seconds) for seconds in (10, 30)]
        for client, seconds in ((soon, 11), (late, 20)):
            world.clock.advance(timedelta(seconds=seconds))
            expires_at = datetime.fromtimestamp(client.expires_at, UTC)
            assert await asyncio.wait_for(client.said.get(), 5) == ("session:expiring", {"expiresAt": expires_at})
        assert soon.said.empty()
        assert not soon.ended.done()


async def test_a_stop_sends_everyone_away() -> None:
    async with running() as world:
        clients = [await world.a_client() for _ in range(50)]
        await world.hub.dismiss(0.02)
        assert {await client.ended for client in clients} == {End.RESTART}


Said = st.lists(
    st.sampled_from(["whole", "without data", "twice", "attach", "break off", "listen", "yield", "yield"]),
    max_size=40,
)


@given(said=Said)
@settings(max_examples=80, deadline=None)
async def test_each_event_comes_once_and_in_order_whatever_is_said(said: list[str]) -> None:
    async with running() as world:
        clients = [(await world.a_client(), 0)]
        attaching: list[asyncio.Task[None]] = []
        for word in said:
            if word == "attach":
                client = Client(world.user)
                clients.append((client, len(world.log.events[world.user])))
                attaching.append(asyncio.create_task(world.hub.attach(client)))
            elif word == "break off":
                world.announcements.break_off()
            elif word == "listen":
                async with asyncio.timeout(5):
                    while not world.announcements.listeners:
                        await asyncio.sleep(0.001)
            elif word == "yield":
                await asyncio.sleep(0)
            else:
                event = world.log.add(Notice(world.user, "n", {}))
                for _ in range(2 if word == "twice" else 1):
                    world.announcements.say(USER_EVENTS, announcement(world.user, event, whole=word != "without data"))
        await asyncio.gather(*attaching)
        last = len(world.log.events[world.user])
        for client, before in clients:
            assert client.welcomed is not None
            assert client.welcomed >= before
            assert await client.take(last - client.welcomed) == list(range(client.welcomed + 1, last + 1))
            assert client.outbox.empty()
