"""Following and blocking."""

from dataclasses import dataclass

from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.ports import Clock, Transaction
from marketplace.application.social.ports import People, Relations
from marketplace.application.social.views import BlockView, FollowView
from marketplace.domain.shared.ids import UserId
from marketplace.domain.social.relations import Block, Follow, PersonNotFound

FORGET_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class FollowPerson:
    people: People
    relations: Relations
    transaction: Transaction
    clock: Clock

    async def __call__(self, actor: Actor, user_id: UserId) -> FollowView:
        """Raises PersonNotFound where there is a block, either way."""
        actor.require(Permission.FOLLOW)
        follow = Follow.start(actor.user, user_id, self.clock.now())
        async with self.transaction:
            await self.relations.lock_pair(actor.user, user_id)
            if not await self.people.is_active(user_id) or await self.relations.blocked_between(actor.user, user_id):
                raise PersonNotFound(user_id)
            follow = await self.relations.follow(follow)
            return self.transaction.answers(FollowView(user_id, follow.created_at))


@dataclass(frozen=True, slots=True)
class UnfollowPerson:
    relations: Relations
    transaction: Transaction

    async def __call__(self, actor: Actor, user_id: UserId) -> None:
        """Does nothing where nobody is followed."""
        actor.require(Permission.FOLLOW)
        async with self.transaction:
            await self.relations.unfollow(actor.user, user_id)


@dataclass(frozen=True, slots=True)
class BlockPerson:
    people: People
    relations: Relations
    transaction: Transaction
    clock: Clock

    async def __call__(self, actor: Actor, user_id: UserId) -> BlockView:
        """The blocked one is not told."""
        actor.require(Permission.FOLLOW)
        block = Block(blocker=actor.user, blocked=user_id, created_at=self.clock.now())
        async with self.transaction:
            if not await self.people.is_active(user_id):
                raise PersonNotFound(user_id)
            await self.relations.lock_pair(actor.user, user_id)
            block = await self.relations.block(block)
            return self.transaction.answers(BlockView(user_id, block.created_at))


@dataclass(frozen=True, slots=True)
class UnblockPerson:
    relations: Relations
    transaction: Transaction

    async def __call__(self, actor: Actor, user_id: UserId) -> None:
        """Does nothing where nobody is blocked."""
        actor.require(Permission.FOLLOW)
        async with self.transaction:
            await self.relations.unblock(actor.user, user_id)


@dataclass(frozen=True, slots=True)
class ForgetPerson:
    """React to the end of an account. In steps, as a million may have followed it."""

    relations: Relations
    transaction: Transaction

    async def __call__(self, user_id: UserId) -> None:
        forgotten = FORGET_AT_ONCE
        while forgotten:
            async with self.transaction:
                forgotten = await self.relations.forget(user_id, FORGET_AT_ONCE)
