"""Rooms over real sockets: who is in one hears what is told there, at this moment and once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from dishka import AsyncContainer, Provider, Scope, provide
from redis.asyncio import Redis

from marketplace.application.shared.actor import Actor
from marketplace.application.shared.rooms import Rooms
from marketplace.domain.shared.ids import UserId
from marketplace.entrypoints.realtime.rooms import RoomKinds
from tests.engines import Database
from tests.realtime.harness import Node, Plain, SocketIo, plain, running_node, settings, socket_io, until


class Dens(Provider):
    """A kind of room that its members may hear."""

    def __init__(self) -> None:
        super().__init__()
        self.members: set[tuple[UserId, UUID]] = set()

    @provide(scope=Scope.APP, override=True)
    def kinds(self) -> RoomKinds:
        return RoomKinds({"den": self._may_hear})

    async def _may_hear(self, _: AsyncContainer, actor: Actor, den: UUID) -> bool:
        return (actor.user, den) in self.members


@dataclass
class House:
    nodes: list[Node]
    dens: Dens
    den: UUID = field(default_factory=uuid4)

    @property
    def room(self) -> str:
        return f"den:{self.den}"

    async def rooms(self) -> Rooms:
        rooms: Rooms = await self.nodes[0].container.get(Rooms)
        return rooms

    async def tell(self, name: str, *rooms: str) -> None:
        await (await self.rooms()).tell(rooms or [self.room], name, {"n": 1})

    async def hear_again(self) -> None:
        for node in self.nodes:
            await asyncio.wait_for(node.hub.rooms.listening.wait(), 5)


@pytest.fixture
async def house(database: Database, redis_url: str, tmp_path: Path) -> AsyncIterator[House]:
    dens = Dens()
    async with AsyncExitStack() as stack:
        nodes = [
            await stack.enter_async_context(running_node(settings(database, redis_url, tmp_path), 0, dens))
            for _ in range(2)
        ]
        house = House(nodes, dens)
        await house.hear_again()
        yield house


async def enter(house: House, frames: Plain, events: SocketIo) -> None:
    await frames.next("connected")
    await events.next("connected")
    await frames.send(type="subscribe", room=house.room)
    assert (await frames.next("ack"))["data"] == {"success": True, "data": {"room": house.room}}
    answer = await events.call("den:join", {"den_id": str(house.den)})
    assert answer == {"success": True, "data": {"room": house.room}}


async def test_a_room_is_heard_on_every_process_once_and_by_nobody_else(house: House) -> None:
    person, outsider = [await house.nodes[0].a_person() for _ in range(2)]
    house.dens.members = {(person.user, house.den)}
    async with (
        plain(house.nodes[0], f"token={person.token}") as frames,
        socket_io(house.nodes[1].url, person) as events,
        socket_io(house.nodes[0].url, outsider, transports=["polling"]) as other,
    ):
        await enter(house, frames, events)
        await other.next("connected")
        for event, body in (
            ("subscribe", {"room": house.room}),
            ("subscribe", {"room": f"user:{person.user}"}),
            ("subscribe", {"room": f"cave:{house.den}"}),
            ("subscribe", {"room": "den:"}),
            ("den:join", {"den_id": str(house.den)}),
        ):
            assert (await other.call(event, body))["code"] == "not_found"
            assert (await other.next("error"))["event"] == event
        assert (await other.call("cave:join", {"cave_id": str(house.den)}))["code"] == "unknown_event"
        await other.next("error")
        await house.tell("typing:active", house.room, f"user:{person.user}")
        await house.tell("presence", f"user:{person.user}", f"user:{outsider.user}")
        for name in ("typing:active", "presence"):
            assert await frames.next(name) == {"type": name, "data": {"n": 1}}
            assert await events.next(name) == {"n": 1}
        assert await other.next("presence") == {"n": 1}


async def test_who_leaves_or_is_expelled_hears_no_more(house: House) -> None:
    person, other = [await house.nodes[0].a_person() for _ in range(2)]
    house.dens.members = {(person.user, house.den), (other.user, house.den)}
    async with (
        plain(house.nodes[0], f"token={person.token}") as frames,
        socket_io(house.nodes[1].url, person) as events,
        plain(house.nodes[1], f"token={other.token}") as staying,
    ):
        await enter(house, frames, events)
        await staying.next("connected")
        await staying.send(type="subscribe", room=house.room)
        await staying.next("ack")
        await frames.send(type="den:leave", data={"den_id": str(house.den)})
        await frames.next("ack")
        await house.tell("first")
        await events.next("first")
        await staying.next("first")
        house.dens.members.discard((person.user, house.den))
        await (await house.rooms()).expel(person.user, house.room)
        await house.tell("second")
        await house.tell("own", f"user:{person.user}")
        await staying.next("second")
        await frames.next("own")
        await events.next("own")
        answer = await events.call("subscribe", {"room": house.room})
        assert answer["code"] == "not_found"


async def test_a_lost_valkey_harms_nothing_numbered_and_members_are_asked_about_again(
    house: House, redis_url: str
) -> None:
    person, former = [await house.nodes[0].a_person() for _ in range(2)]
    house.dens.members = {(person.user, house.den), (former.user, house.den)}
    async with (
        plain(house.nodes[0], f"token={person.token}") as frames,
        socket_io(house.nodes[1].url, former) as events,
        Redis.from_url(redis_url) as valkey,
    ):
        await frames.next("connected")
        await events.next("connected")
        await frames.send(type="subscribe", room=house.room)
        await frames.next("ack")
        await events.call("subscribe", {"room": house.room})
        house.dens.members.discard((former.user, house.den))  # and nobody heard that
        heard = [node.hub.rooms.listening for node in house.nodes]
        assert await valkey.client_kill_filter(_type="pubsub") >= 2
        await until(lambda: not any(one.is_set() for one in heard))
        await house.nodes[0].deliver(person.notice("numbered"), former.notice("numbered"))
        assert (await frames.next("numbered"))["seq"] == (await events.next("numbered"))["seq"] == 1
        await house.hear_again()
        await house.tell("again", house.room)
        await house.tell("own", f"user:{former.user}")
        await frames.next("again")
        await events.next("own")


async def test_membership_ends_with_the_socket(house: House) -> None:
    person = await house.nodes[0].a_person()
    house.dens.members = {(person.user, house.den)}
    async with plain(house.nodes[0], f"token={person.token}") as client, socket_io(house.nodes[0].url, person) as other:
        await enter(house, client, other)
        assert house.nodes[0].hub.rooms.size(house.room) == 2
    await until(lambda: not list(house.nodes[0].hub.connections))
    assert house.nodes[0].hub.rooms.size(house.room) == 0
