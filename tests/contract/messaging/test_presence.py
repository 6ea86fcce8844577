"""Whom people talk with and who is typing: the fakes and the adapters keep one contract."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from marketplace.adapters.bridges.messaging_asks_social import PeersOfSocial
from marketplace.adapters.redis.client import connect
from marketplace.adapters.redis.typists import RedisTypists
from marketplace.adapters.sql.messaging.conversations import SqlConversations
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.social.relations import SqlRelations
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.messaging.presence import Peers, Typists
from marketplace.application.shared.actor import Actor
from marketplace.domain.messaging.conversation import Conversation, ConversationNotFound
from marketplace.domain.shared.ids import ConversationId, UserId
from marketplace.domain.social.relations import Block
from tests.builders.commerce import NOON, a_user_id, new_id
from tests.fakes.presence import MemoryPeers, MemoryTypists
from tests.fakes.world import FixedClock


@dataclass
class House:
    peers: Peers
    talk: Callable[[UserId, UserId, bool], Awaitable[ConversationId]]
    """About nothing; the first may have it archived."""
    block: Callable[[UserId, UserId], Awaitable[None]]

    async def inside(self, who: UserId, conversation: ConversationId) -> set[UserId]:
        return set(await self.peers.inside(Actor(who, None, frozenset()), conversation))


def in_memory() -> House:
    peers = MemoryPeers()

    async def talk(one: UserId, other: UserId, is_archived: bool) -> ConversationId:
        conversation = ConversationId(new_id())
        peers.members[conversation] = {one, other}
        if is_archived:
            peers.archived.add((one, conversation))
        return conversation

    async def block(one: UserId, other: UserId) -> None:
        peers.blocks.add(frozenset({one, other}))

    return House(peers, talk, block)


def in_sql(pool: Pool) -> House:
    transaction = SqlTransaction(pool, {})

    async def talk(one: UserId, other: UserId, is_archived: bool) -> ConversationId:
        conversations = SqlConversations(transaction)
        conversation = Conversation.start(
            id=ConversationId(new_id()), buyer=one, seller=other, subject=None, now=NOON
        )  # fmt: skip
        async with transaction:
            conversation = await conversations.start(conversation)
            conversation.member(one).is_archived = is_archived
            await conversations.save(conversation)
        return conversation.id

    async def block(one: UserId, other: UserId) -> None:
        async with transaction:
            await SqlRelations(transaction).block(Block(blocker=one, blocked=other, created_at=NOON))

    return House(PeersOfSocial(pool), talk, block)


class PeersContract:
    async def test_peers_are_who_one_talks_with(self, house: House) -> None:
        ann, bob, carol, dora = (a_user_id() for _ in range(4))
        await house.talk(ann, bob, False)
        await house.talk(carol, ann, False)
        await house.talk(ann, dora, True)
        found = {user: set(peers) for user, peers in (await house.peers.of([ann, bob, a_user_id()])).items()}
        assert found == {ann: {bob, carol}, bob: {ann}}
        assert set((await house.peers.of([dora]))[dora]) == {ann}, "she has not archived it"

    async def test_a_block_counts_both_ways(self, house: House) -> None:
        ann, bob, carol = (a_user_id() for _ in range(3))
        conversation = await house.talk(ann, bob, False)
        await house.talk(ann, carol, False)
        await house.block(bob, ann)
        found = await house.peers.of([ann, bob])
        assert {user: set(peers) for user, peers in found.items()} == {ann: {carol}}
        assert await house.inside(ann, conversation) == await house.inside(bob, conversation) == set()

    async def test_members_alone_look_inside(self, house: House) -> None:
        ann, bob = a_user_id(), a_user_id()
        conversation = await house.talk(ann, bob, False)
        assert (await house.inside(ann, conversation), await house.inside(bob, conversation)) == ({bob}, {ann})
        for who, where in ((a_user_id(), conversation), (ann, ConversationId(new_id()))):
            with pytest.raises(ConversationNotFound):
                await house.inside(who, where)


class TestMemory(PeersContract):
    @pytest.fixture
    def house(self) -> House:
        return in_memory()


class TestSql(PeersContract):
    @pytest.fixture
    def house(self, pool: Pool) -> House:
        return in_sql(pool)


@dataclass
class Keyboard:
    """`hasty` forgets at once and knows no pause."""

    typists: Typists
    hasty: Typists


@pytest.fixture(params=["memory", "valkey"])
def keyboard(request: pytest.FixtureRequest) -> Keyboard:
    if request.param == "memory":
        clock = FixedClock(NOON)
        return Keyboard(MemoryTypists(clock), MemoryTypists(clock, 0, 0))
    redis = request.getfixturevalue("redis")
    return Keyboard(RedisTypists(redis), RedisTypists(redis, 0, 0.001))


async def test_who_begins_is_typing_until_they_end(keyboard: Keyboard) -> None:
    where, ann, bob = ConversationId(uuid4()), a_user_id(), a_user_id()
    typists = keyboard.typists
    assert await typists.begins(where, ann)
    assert await typists.begins(where, bob)
    assert await typists.of(where) == {ann, bob}
    assert await typists.of(ConversationId(uuid4())) == set()
    assert await typists.ends(where, ann)
    assert not await typists.ends(where, ann)
    assert await typists.of(where) == {bob}


async def test_beginning_is_news_once_in_a_second_whatever_comes_between(keyboard: Keyboard) -> None:
    where, ann = ConversationId(uuid4()), a_user_id()
    assert await keyboard.typists.begins(where, ann)
    assert not await keyboard.typists.begins(where, ann)
    await keyboard.typists.ends(where, ann)
    assert not await keyboard.typists.begins(where, ann)


async def test_who_only_began_is_forgotten(keyboard: Keyboard) -> None:
    where, ann = ConversationId(uuid4()), a_user_id()
    assert await keyboard.hasty.begins(where, ann)
    assert await keyboard.hasty.of(where) == set()


async def test_after_the_pause_it_is_news_again(redis: Redis) -> None:
    where, ann, typists = ConversationId(uuid4()), a_user_id(), RedisTypists(redis, pause=0.02)
    await typists.begins(where, ann)
    async with asyncio.timeout(5):
        while not await typists.begins(where, ann):
            pass
    clock = FixedClock(NOON)
    memory = MemoryTypists(clock)
    await memory.begins(where, ann)
    clock.advance(timedelta(seconds=1))
    assert await memory.begins(where, ann)


async def test_without_valkey_nobody_is_typing() -> None:
    redis = connect("redis://127.0.0.1:1/0")
    where, ann, typists = ConversationId(uuid4()), a_user_id(), RedisTypists(redis)
    assert not await typists.begins(where, ann)
    assert not await typists.ends(where, ann)
    assert await typists.of(where) == set()
    await redis.aclose()
