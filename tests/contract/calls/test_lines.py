"""Who may be called: the fake of the unit tests and the answer of messaging, social and identity keep one contract."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from marketplace.adapters.bridges.calls_asks_messaging import LinesOfMessaging
from marketplace.adapters.sql.identity.users import SqlUsers
from marketplace.adapters.sql.messaging.conversations import SqlConversations
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.social.relations import SqlRelations
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.calls.ports import Lines
from marketplace.application.shared.actor import Actor
from marketplace.domain.calls.moves import CallRefused, ConversationNotFound
from marketplace.domain.messaging.conversation import Conversation
from marketplace.domain.shared.ids import ConversationId, UserId
from marketplace.domain.social.relations import Block
from tests.builders.commerce import NOON, new_id
from tests.builders.identity import a_user
from tests.fakes.calls import MemoryLines

Pair = Callable[[UserId, UserId], Awaitable[None]]


@dataclass
class House:
    lines: Lines
    person: Callable[[], Awaitable[UserId]]
    conversation: Callable[[UserId, UserId], Awaitable[ConversationId]]
    block: Pair
    leave: Callable[[UserId], Awaitable[None]]

    async def ask(self, who: UserId, conversation: ConversationId) -> set[UserId]:
        return set(await self.lines.members_of(conversation, Actor(who, None, frozenset())))


class LinesContract:
    async def test_members_are_told_to_members(self, house: House) -> None:
        ann, bob, outsider = await house.person(), await house.person(), await house.person()
        conversation = await house.conversation(ann, bob)
        assert await house.ask(ann, conversation) == await house.ask(bob, conversation) == {ann, bob}
        with pytest.raises(ConversationNotFound):
            await house.ask(outsider, conversation)
        with pytest.raises(ConversationNotFound):
            await house.ask(ann, ConversationId(new_id()))

    async def test_a_block_counts_both_ways(self, house: House) -> None:
        ann, bob, carol = await house.person(), await house.person(), await house.person()
        conversation, other = await house.conversation(ann, bob), await house.conversation(ann, carol)
        await house.block(bob, ann)
        for who in (ann, bob):
            with pytest.raises(CallRefused):
                await house.ask(who, conversation)
        assert await house.ask(ann, other) == {ann, carol}

    async def test_who_is_gone_is_not_called(self, house: House) -> None:
        ann, bob = await house.person(), await house.person()
        conversation = await house.conversation(ann, bob)
        await house.leave(bob)
        with pytest.raises(CallRefused):
            await house.ask(ann, conversation)


class TestMemory(LinesContract):
    @pytest.fixture
    def house(self) -> House:
        lines = MemoryLines()

        async def person() -> UserId:
            return UserId(new_id())

        async def conversation(one: UserId, other: UserId) -> ConversationId:
            return lines.between(one, other)

        async def block(one: UserId, other: UserId) -> None:
            lines.blocks.add(frozenset({one, other}))

        async def leave(user: UserId) -> None:
            lines.gone.add(user)

        return House(lines, person, conversation, block, leave)


class TestSql(LinesContract):
    @pytest.fixture
    def house(self, pool: Pool) -> House:
        transaction = SqlTransaction(pool, {})

        async def person() -> UserId:
            user = a_user()
            async with transaction:
                await SqlUsers(transaction).add(user)
            return user.id

        async def conversation(one: UserId, other: UserId) -> ConversationId:
            thread = Conversation.start(id=ConversationId(new_id()), buyer=one, seller=other, subject=None, now=NOON)
            async with transaction:
                await SqlConversations(transaction).start(thread)
            return thread.id

        async def block(one: UserId, other: UserId) -> None:
            async with transaction:
                await SqlRelations(transaction).block(Block(blocker=one, blocked=other, created_at=NOON))

        async def leave(user: UserId) -> None:
            async with transaction:
                await transaction.connection.execute(
                    "UPDATE identity.users SET status = 'suspended' WHERE id = $1", user
                )

        return House(LinesOfMessaging(pool), person, conversation, block, leave)
