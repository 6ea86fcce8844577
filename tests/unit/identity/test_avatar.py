"""Setting and removing a picture, at every point where it can fail."""

from collections.abc import Awaitable, Callable
from copy import deepcopy
from datetime import datetime
from typing import Self
from uuid import UUID

import pytest

from marketplace.application.identity.avatar import (
    DELETE_AVATAR,
    EDGES,
    KEPT,
    DeleteAvatar,
    RemoveAvatar,
    SetAvatar,
    avatar_key,
)
from marketplace.application.identity.views import avatar_url
from marketplace.application.shared.actor import Actor, MissingPermission, Permission
from marketplace.application.shared.images import UnusableImage
from marketplace.application.shared.ports import Timers
from marketplace.application.shared.storage import StorageUnavailable
from marketplace.domain.identity.user import User
from tests.builders.identity import NOON, a_user
from tests.fakes.identity import MemoryIdentity, MemoryUsers
from tests.fakes.storage import MemoryImageEncoder, MemoryStorage
from tests.fakes.world import FixedClock

PICTURE = b"\xff\xd8\xff" + bytes(200)


class Ground(MemoryIdentity):
    """With timers, set and cleared like everything else in the block."""

    def __init__(self) -> None:
        super().__init__()
        self.timers: dict[UUID, datetime] = {}
        self.is_open = False

    async def __aenter__(self) -> Self:
        self.is_open, self._timers_before = True, deepcopy(self.timers)
        return await super().__aenter__()

    async def __aexit__(self, *exc_info: object) -> None:
        self.is_open = False
        if exc_info[0] is not None:
            self.timers = self._timers_before
        await super().__aexit__(*exc_info)


class AvatarTimers(Timers):
    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def set(self, timer: str, subject: UUID, at: datetime) -> None:
        assert (timer, self._ground.is_open) == (DELETE_AVATAR, True)
        self._ground.timers[subject] = at

    def clear(self, timer: str, subject: UUID) -> None:
        assert (timer, self._ground.is_open) == (DELETE_AVATAR, True)
        self._ground.timers.pop(subject, None)


class FailingStorage(MemoryStorage):
    """Fails the `fails_at`-th put; refuses to be called inside a transaction."""

    def __init__(self, ground: Ground) -> None:
        super().__init__()
        self._ground = ground
        self.fails_at = 0

    async def put(self, key: str, content: bytes) -> None:
        assert not self._ground.is_open
        self.fails_at -= 1
        if self.fails_at == 0:
            raise StorageUnavailable("the file storage does not answer, try again")
        await super().put(key, content)


class FailingUsers(MemoryUsers):
    gone = False

    async def save(self, user: User) -> None:
        if self.gone:
            raise ConnectionError("the database has gone")
        await super().save(user)


class World:
    def __init__(self) -> None:
        self.ground = ground = Ground()
        self.storage = FailingStorage(ground)
        self.user = a_user()
        ground.users[self.user.id] = self.user
        self.users = users = FailingUsers(ground)
        timers, clock = AvatarTimers(ground), FixedClock(NOON)
        self.set_avatar = SetAvatar(users, MemoryImageEncoder(), self.storage, ground, timers, clock)
        self.remove_avatar = RemoveAvatar(users, ground, timers, clock)
        self.delete_avatar = DeleteAvatar(self.storage)
        self.actor = Actor(self.user.id, None, frozenset({Permission.EDIT_PROFILE}))

    @property
    def avatar(self) -> str | None:
        return self.ground.users[self.user.id].avatar

    async def timers_fire(self) -> None:
        for name in list(self.ground.timers):
            await self.delete_avatar(name)
            del self.ground.timers[name]


@pytest.fixture
def world() -> World:
    return World()


def keys_of(name: str | None) -> set[str]:
    return {avatar_key(name, edge) for edge in EDGES} if name else set()


async def test_a_picture_is_stored_before_it_is_shown(world: World) -> None:
    view = await world.set_avatar(world.actor, PICTURE)
    assert world.avatar
    assert view.avatar_url == avatar_url(world.avatar)
    assert world.storage.objects.keys() == keys_of(world.avatar)
    assert world.ground.timers == {}


async def test_the_picture_before_is_deleted_after_an_hour(world: World) -> None:
    await world.set_avatar(world.actor, PICTURE)
    before = world.avatar
    await world.set_avatar(world.actor, PICTURE)
    assert world.ground.timers == {UUID(before): NOON + KEPT}
    assert world.storage.objects.keys() == keys_of(before) | keys_of(world.avatar)
    await world.timers_fire()
    assert world.storage.objects.keys() == keys_of(world.avatar)


async def test_a_removed_picture_is_deleted_after_an_hour_and_removing_again_is_nothing(world: World) -> None:
    await world.set_avatar(world.actor, PICTURE)
    before = world.avatar
    for _ in range(2):
        await world.remove_avatar(world.actor)
        assert world.avatar is None
        assert world.ground.timers == {UUID(before): NOON + KEPT}
    await world.timers_fire()
    assert world.storage.objects == {}


@pytest.mark.parametrize("fails_at", [1, 2, 3])
async def test_a_storage_that_fails_half_way_leaves_the_picture_before_and_no_rubbish(
    world: World, fails_at: int
) -> None:
    await world.set_avatar(world.actor, PICTURE)
    before = world.avatar
    world.storage.fails_at = fails_at
    with pytest.raises(StorageUnavailable):
        await world.set_avatar(world.actor, PICTURE)
    assert world.avatar == before
    await world.timers_fire()
    assert world.storage.objects.keys() == keys_of(before)


async def test_a_commit_that_fails_leaves_the_picture_before_and_no_rubbish(world: World) -> None:
    await world.set_avatar(world.actor, PICTURE)
    before = world.avatar
    world.users.gone = True
    with pytest.raises(ConnectionError):
        await world.set_avatar(world.actor, PICTURE)
    assert world.avatar == before
    await world.timers_fire()
    assert world.storage.objects.keys() == keys_of(before)


async def test_what_is_no_picture_leaves_nothing(world: World) -> None:
    with pytest.raises(UnusableImage):
        await world.set_avatar(world.actor, b"<svg/>")
    assert (world.avatar, world.storage.objects, world.ground.timers) == (None, {}, {})


@pytest.mark.parametrize("act", [
    lambda world, actor: world.set_avatar(actor, PICTURE), lambda world, actor: world.remove_avatar(actor),
])  # fmt: skip
async def test_who_may_not_edit_a_profile_does_not_get_far(
    world: World, act: Callable[[World, Actor], Awaitable[object]]
) -> None:
    with pytest.raises(MissingPermission):
        await act(world, Actor(world.user.id, None, frozenset()))
    assert (world.avatar, world.storage.objects, world.ground.timers) == (None, {}, {})
