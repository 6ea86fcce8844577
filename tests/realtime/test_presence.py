"""Who is there and who is typing, over both kinds of sockets of two processes: peers hear it, nobody else does."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from dishka import AsyncContainer, Provider, Scope, provide
from redis.asyncio import Redis

from marketplace.adapters.redis.presence import RedisPresence
from marketplace.application.messaging.ports import Conversations
from marketplace.application.messaging.presence import TellPeers
from marketplace.application.shared.ports import Transaction
from marketplace.application.shared.presence import Presence
from marketplace.application.shared.rooms import RoomListening, Rooms
from marketplace.application.social.ports import Relations
from marketplace.domain.messaging.conversation import Conversation
from marketplace.domain.shared.ids import ConversationId
from marketplace.domain.social.relations import Block
from marketplace.entrypoints.realtime.credentials import Sessions
from marketplace.entrypoints.realtime.hub import Hub
from marketplace.entrypoints.realtime.presence import PresenceKeeper
from marketplace.entrypoints.realtime.rooms import RoomKinds, RoomMembers
from tests.builders.commerce import NOON, new_id
from tests.engines import Database
from tests.realtime.harness import (
    PATIENCE,
    Node,
    Person,
    Plain,
    SocketIo,
    plain,
    running_node,
    settings,
    socket_io,
)


class Hurried(Provider):
    """What takes seconds takes tenths of them, and what takes a minute two seconds."""

    scope = Scope.APP

    @provide(override=True)
    def presence(self, redis: Redis) -> Presence:
        return RedisPresence(redis, uuid4(), timedelta(seconds=2))

    @provide(override=True)
    def keeper(self, hub: Hub, presence: Presence, tell: TellPeers) -> PresenceKeeper:
        return PresenceKeeper(hub, presence, tell, beat=0.1, grace=0.1, retry=0.1)

    @provide(override=True)
    def members(self, listening: RoomListening, kinds: RoomKinds, container: AsyncContainer) -> RoomMembers:
        return RoomMembers(listening, kinds, container, Sessions(container), fades_after=0.3)


@dataclass
class House:
    """Ann talks with Bob, and with Eve, who has blocked her."""

    nodes: list[Node]
    ann: Person
    bob: Person
    eve: Person
    outsider: Person
    with_bob: ConversationId
    with_eve: ConversationId

    @property
    def where(self) -> dict[str, str]:
        return {"conversation_id": str(self.with_bob)}

    @property
    def typing(self) -> dict[str, str]:
        return {"conversationId": str(self.with_bob), "userId": str(self.ann.user)}

    async def tell_all(self, name: str) -> None:
        rooms: Rooms = await self.nodes[0].container.get(Rooms)
        await rooms.tell([f"user:{one.user}" for one in (self.ann, self.bob, self.eve, self.outsider)], name, {})

    async def online(self, *people: Person) -> set[Person]:
        presence: Presence = await self.nodes[0].container.get(Presence)
        found = await presence.online([one.user for one in people]) or set()
        return {one for one in people if one.user in found}

    async def until_online(self, *people: Person) -> None:
        async with asyncio.timeout(PATIENCE):
            while await self.online(*people) != set(people):
                await asyncio.sleep(0.01)


async def talk(node: Node, one: Person, other: Person) -> ConversationId:
    async with node.container() as request, await request.get(Transaction):
        conversation = Conversation.start(
            id=ConversationId(new_id()), buyer=one.user, seller=other.user, subject=None, now=NOON
        )  # fmt: skip
        conversations: Conversations = await request.get(Conversations)
        return (await conversations.start(conversation)).id


@pytest.fixture
async def house(database: Database, redis_url: str, tmp_path: Path) -> AsyncIterator[House]:
    async with AsyncExitStack() as stack:
        its = settings(database, redis_url, tmp_path)
        nodes = [await stack.enter_async_context(running_node(its, 0, Hurried())) for _ in range(2)]
        for node in nodes:
            await asyncio.wait_for(node.hub.rooms.listening.wait(), PATIENCE)
        ann, bob, eve, outsider = [await nodes[0].a_person() for _ in range(4)]
        house = House(
            nodes, ann, bob, eve, outsider, await talk(nodes[0], ann, bob), await talk(nodes[0], ann, eve)
        )  # fmt: skip
        async with nodes[0].container() as request, await request.get(Transaction):
            block = Block(blocker=eve.user, blocked=ann.user, created_at=NOON)
            await (await request.get(Relations)).block(block)
        yield house


@asynccontextmanager
async def events_of(node: Node, person: Person) -> AsyncIterator[SocketIo]:
    async with socket_io(node.url, person) as client:
        await client.next("connected")
        yield client


@asynccontextmanager
async def frames_of(node: Node, person: Person) -> AsyncIterator[Plain]:
    async with plain(node, f"token={person.token}") as client:
        await client.next("connected")
        yield client


async def heard_before(client: SocketIo | Plain, last: str) -> list[tuple[str, Any]]:
    """All of it, in its order."""
    heard: list[tuple[str, Any]] = []
    async with asyncio.timeout(PATIENCE):
        while True:
            if isinstance(client, SocketIo):
                name, data = await client.heard.get()
            else:
                frame = json.loads(await client.connection.recv())
                name, data = frame["type"], frame["data"]
            if name == last:
                return heard
            heard.append((name, data))


async def test_peers_hear_who_comes_and_goes_on_another_process(house: House) -> None:
    first, second = house.nodes
    ann = {"userId": str(house.ann.user)}
    async with (
        events_of(first, house.bob) as events,
        frames_of(first, house.bob) as frames,
        events_of(first, house.eve) as blocked,
        frames_of(second, house.outsider) as outsider,
    ):
        await house.until_online(house.bob, house.eve, house.outsider)
        async with events_of(second, house.ann), frames_of(first, house.ann) as own:
            assert await events.next("user:online") == ann
            assert (await frames.next("user:online"))["data"] == ann
            await house.tell_all("between")
            assert await heard_before(own, "between") == []
        assert await events.next("between") == {}
        assert await events.next("user:offline") == ann
        assert [name for name, _ in await heard_before(frames, "user:offline")] == ["between"]
        await house.tell_all("last")
        for one in (events, frames):  # an answer of Valkey that was lost is asked for again: it may be told twice
            assert {name for name, _ in await heard_before(one, "last")} <= {"user:offline"}
        assert [name for name, _ in await heard_before(blocked, "last")] == ["between"]
        assert [name for name, _ in await heard_before(outsider, "last")] == ["between"]


async def test_the_other_members_hear_typing_and_nobody_else(house: House) -> None:
    first, second = house.nodes
    async with (
        events_of(first, house.ann) as ann,
        frames_of(second, house.ann) as tablet,
        events_of(second, house.bob) as events,
        frames_of(first, house.bob) as frames,
        events_of(second, house.eve) as blocked,
        frames_of(second, house.outsider) as outsider,
    ):
        assert await ann.call("typing:start", house.where) == {"success": True, "data": house.where}
        assert await events.next("typing:active") == house.typing
        assert (await frames.next("typing:active"))["data"] == house.typing
        looked = await events.call("conversation:join", house.where)
        assert looked["data"]["typing"] == [str(house.ann.user)]
        await tablet.send(type="typing:stop", data=house.where)
        assert (await tablet.next("ack"))["data"]["success"]
        assert await events.next("typing:inactive") == house.typing
        assert (await frames.next("typing:inactive"))["data"] == house.typing
        assert (await events.call("conversation:join", house.where))["data"]["typing"] == []
        assert (await ann.call("typing:start", {"conversation_id": str(house.with_eve)}))["success"]
        for event in ("typing:start", "typing:stop", "conversation:join"):
            await outsider.send(type=event, data=house.where)
            assert (await outsider.next("error"))["data"]["code"] == "conversation_not_found"
        await house.tell_all("last")
        for client in (ann, tablet, blocked, outsider):
            heard = [name for name, _ in await heard_before(client, "last")]
            assert "typing:active" not in heard
            assert "typing:inactive" not in heard


async def test_typing_fades_though_the_typist_is_gone_and_ends_with_the_message(house: House) -> None:
    first, second = house.nodes
    async with frames_of(second, house.bob) as bob:
        async with events_of(first, house.ann) as ann:
            await ann.call("typing:start", house.where)
            assert (await bob.next("typing:active"))["data"] == house.typing
        assert (await bob.next("typing:inactive"))["data"] == house.typing
        async with events_of(first, house.ann) as ann, asyncio.timeout(PATIENCE):
            active = None
            while not active:  # at most one a second
                await ann.call("typing:start", house.where)
                await house.tell_all("marker")
                active = [data for name, data in await heard_before(bob, "marker") if name == "typing:active"]
            sent = await ann.call("message:send", {**house.where, "content": "Is it still there?"})
            assert sent["success"]
            assert (await bob.next("typing:inactive"))["data"] == house.typing
            await bob.send(type="conversation:join", id=1, data=house.where)
            looked = (await bob.next("ack"))["data"]
            assert looked["data"] == {"online": [str(house.ann.user)], "typing": []}


async def test_who_was_with_a_killed_process_is_said_to_be_gone(
    house: House, database: Database, redis_url: str, tmp_path: Path
) -> None:
    async with events_of(house.nodes[0], house.bob) as bob:
        its = settings(database, redis_url, tmp_path)
        async with running_node(its, 0, Hurried()) as doomed, events_of(doomed, house.ann):
            assert await bob.next("user:online") == {"userId": str(house.ann.user)}
            keeper = await doomed.container.get(PresenceKeeper)
            await keeper.__aexit__()  # it says and beats no more, as when it is killed
        assert await bob.next("user:offline") == {"userId": str(house.ann.user)}
        assert await house.online(house.ann, house.bob) == {house.bob}


async def test_what_valkey_has_lost_is_known_again(house: House, redis_url: str) -> None:
    async with (
        events_of(house.nodes[0], house.bob) as bob,
        frames_of(house.nodes[1], house.ann) as ann,
        Redis.from_url(redis_url) as valkey,
    ):
        await house.until_online(house.ann, house.bob)
        await valkey.flushdb()
        await valkey.client_kill_filter(_type="normal", skipme=True)
        await house.nodes[0].deliver(house.ann.notice("numbered"))
        assert (await ann.next("numbered"))["seq"] == 1
        await house.until_online(house.ann, house.bob)
        looked = await bob.call("conversation:join", house.where)
        assert looked["data"]["online"] == [str(house.ann.user)]
