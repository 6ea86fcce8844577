"""The fake of the unit tests and the SQL adapter keep one contract."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.social.relations import SqlRelations
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.shared.ports import Transaction
from marketplace.application.social.ports import Relations
from marketplace.domain.shared.ids import UserId
from marketplace.domain.social.relations import Block, Follow
from tests.builders.commerce import NOON, a_user_id
from tests.fakes.people import MemoryRelations, MemorySocial

LATER = NOON + timedelta(hours=1)


@dataclass
class Social:
    transaction: Transaction
    relations: Relations

    async def follow(self, follower: UserId, followed: UserId, at: object = NOON) -> Follow:
        async with self.transaction:
            return await self.relations.follow(Follow.start(follower, followed, LATER if at is LATER else NOON))

    async def block(self, blocker: UserId, blocked: UserId, at: object = NOON) -> Block:
        block = Block(blocker=blocker, blocked=blocked, created_at=LATER if at is LATER else NOON)
        async with self.transaction:
            return await self.relations.block(block)

    async def blocked(self, one: UserId, other: UserId) -> bool:
        async with self.transaction:
            return await self.relations.blocked_between(one, other)

    async def forget(self, user_id: UserId, limit: int = 10) -> int:
        async with self.transaction:
            return await self.relations.forget(user_id, limit)


class RelationsContract:
    async def test_who_follows_twice_follows_since_the_first_time(self, social: Social) -> None:
        one, other = a_user_id(), a_user_id()
        assert (await social.follow(one, other)).created_at == NOON
        assert (await social.follow(one, other, LATER)).created_at == NOON
        async with social.transaction:
            await social.relations.unfollow(one, other)
            await social.relations.unfollow(one, other)
        assert (await social.follow(one, other, LATER)).created_at == LATER

    async def test_a_block_counts_both_ways_and_ends_both_follows(self, social: Social) -> None:
        one, other, third = a_user_id(), a_user_id(), a_user_id()
        for follower, followed in ((one, other), (other, one), (one, third)):
            await social.follow(follower, followed)
        assert not await social.blocked(one, other)
        assert (await social.block(one, other)).created_at == NOON
        assert (await social.block(one, other, LATER)).created_at == NOON
        assert await social.blocked(one, other)
        assert await social.blocked(other, one)
        assert not await social.blocked(one, third)
        assert (await social.follow(one, other, LATER)).created_at == LATER, "the first follow is gone"
        assert (await social.follow(other, one, LATER)).created_at == LATER
        assert (await social.follow(one, third, LATER)).created_at == NOON

    async def test_only_the_blocker_lifts_a_block(self, social: Social) -> None:
        one, other = a_user_id(), a_user_id()
        await social.block(one, other)
        async with social.transaction:
            await social.relations.unblock(other, one)
            assert await social.relations.blocked_between(one, other)
            await social.relations.unblock(one, other)
            await social.relations.unblock(one, other)
            assert not await social.relations.blocked_between(one, other)

    async def test_a_person_is_forgotten_some_at_a_time(self, social: Social) -> None:
        gone, stays = a_user_id(), a_user_id()
        others = [a_user_id() for _ in range(3)]
        for other in others:
            await social.follow(other, gone)
            await social.follow(other, stays)
        await social.follow(gone, stays)
        await social.block(gone, a_user_id())
        await social.block(a_user_id(), gone)
        assert await social.forget(gone, 2) == 4
        assert [await social.forget(gone, 2) for _ in range(2)] == [2, 0]
        for other in others:
            assert (await social.follow(other, gone, LATER)).created_at == LATER
            assert (await social.follow(other, stays, LATER)).created_at == NOON

    async def test_a_failed_block_leaves_nothing(self, social: Social) -> None:
        one, other = a_user_id(), a_user_id()
        with pytest.raises(ZeroDivisionError):
            async with social.transaction:
                await social.relations.lock_pair(one, other)
                await social.relations.follow(Follow.start(one, other, NOON))
                await social.relations.block(Block(blocker=other, blocked=one, created_at=NOON))
                raise ZeroDivisionError
        assert not await social.blocked(one, other)
        assert (await social.follow(one, other, LATER)).created_at == LATER


class TestMemoryRelations(RelationsContract):
    @pytest.fixture
    def social(self) -> Social:
        store = MemorySocial()
        return Social(store, MemoryRelations(store))


class TestSqlRelations(RelationsContract):
    @pytest.fixture
    def social(self, pool: Pool) -> Social:
        transaction = SqlTransaction(pool, {})
        return Social(transaction, SqlRelations(transaction))
