from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from marketplace.application.shared.actor import Actor, MissingPermission, Permission
from marketplace.application.social import relations
from marketplace.application.social.relations import (
    BlockPerson,
    FollowPerson,
    ForgetPerson,
    UnblockPerson,
    UnfollowPerson,
)
from marketplace.domain.shared.ids import UserId
from marketplace.domain.social.relations import Follow, FollowStarted, NotWithYourself, PersonNotFound
from tests.builders.commerce import HOUR, NOON, a_user_id, an_actor, an_actor_who_may_not
from tests.fakes.people import MemoryPeople, MemoryRelations, MemorySocial
from tests.fakes.world import FixedClock


class World:
    def __init__(self) -> None:
        self.store, self.clock = MemorySocial(), FixedClock(NOON)
        self.me, self.other = an_actor(), an_actor()
        self.people = MemoryPeople(self.me.user, self.other.user)
        self.relations = MemoryRelations(self.store)
        self.follow = FollowPerson(self.people, self.relations, self.store, self.clock)
        self.unfollow = UnfollowPerson(self.relations, self.store)
        self.block = BlockPerson(self.people, self.relations, self.store, self.clock)
        self.unblock = UnblockPerson(self.relations, self.store)
        self.forget = ForgetPerson(self.relations, self.store)


@pytest.fixture
def world() -> World:
    return World()


async def test_a_follow_is_told_once(world: World) -> None:
    first = await world.follow(world.me, world.other.user)
    world.clock.advance(HOUR)
    assert await world.follow(world.me, world.other.user) == first
    assert (first.user_id, first.followed_at) == (world.other.user, NOON)
    assert world.store.rows.events == [
        FollowStarted(occurred_at=NOON, follower=world.me.user, followed=world.other.user)
    ]
    await world.unfollow(world.me, world.other.user)
    assert not world.store.rows.follows


async def test_a_block_hides_both_from_each_other(world: World) -> None:
    await world.follow(world.other, world.me.user)
    await world.block(world.me, world.other.user)
    assert not world.store.rows.follows
    for follower, followed in ((world.me, world.other), (world.other, world.me)):
        with pytest.raises(PersonNotFound):
            await world.follow(follower, followed.user)
    await world.unblock(world.other, world.me.user)
    with pytest.raises(PersonNotFound):
        await world.follow(world.other, world.me.user)
    await world.unblock(world.me, world.other.user)
    await world.follow(world.other, world.me.user)


Deed = Callable[[World, Actor, UserId], Awaitable[Any]]
DEEDS: dict[str, Deed] = {
    "follow": lambda world, actor, user: world.follow(actor, user),
    "unfollow": lambda world, actor, user: world.unfollow(actor, user),
    "block": lambda world, actor, user: world.block(actor, user),
    "unblock": lambda world, actor, user: world.unblock(actor, user),
}


@pytest.mark.parametrize("name", DEEDS)
async def test_who_may_not_follow_does_nothing(world: World, name: str) -> None:
    with pytest.raises(MissingPermission):
        await DEEDS[name](world, an_actor_who_may_not(Permission.FOLLOW), world.other.user)
    assert world.store.blocks_run == 0


@pytest.mark.parametrize("name", ["follow", "block"])
async def test_nobody_and_oneself_cannot_be_followed_or_blocked(world: World, name: str) -> None:
    with pytest.raises(PersonNotFound):
        await DEEDS[name](world, world.me, a_user_id())
    with pytest.raises(NotWithYourself):
        await DEEDS[name](world, world.me, world.me.user)
    assert not world.store.rows.follows
    assert not world.store.rows.blocks


async def test_a_person_with_many_followers_is_forgotten_in_steps(world: World) -> None:
    followers = relations.FORGET_AT_ONCE + 1
    async with world.store:
        for _ in range(followers):
            await world.relations.follow(Follow.start(a_user_id(), world.me.user, NOON))
        await world.relations.follow(Follow.start(world.other.user, a_user_id(), NOON))
    before = world.store.blocks_run
    await world.forget(world.me.user)
    assert [follower for follower, _ in world.store.rows.follows] == [world.other.user]
    assert world.store.blocks_run - before == 3, "two that found some, and one that found none"
