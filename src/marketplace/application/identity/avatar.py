"""The picture of a user: re-encoded squares under a name that cannot be guessed, which is never used again.

A picture that is not shown (not yet, or no more) has a timer that deletes it, set before its first object is stored: a
crash leaves no object for ever, and no user with a picture whose objects are missing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from marketplace.application.identity.ports import Users
from marketplace.application.identity.views import AvatarView, avatar_url
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.images import ImageEncoder
from marketplace.application.shared.ports import Clock, Timers, Transaction
from marketplace.application.shared.storage import Storage

EDGES: Sequence[int] = (64, 256, 512)
"""Pixels."""

KEPT = timedelta(hours=1)
"""A picture that is not shown lives on so long: pages and caches may still point to it."""

DELETE_AVATAR = "identity.delete_avatar"
"""The timer that calls DeleteAvatar."""


@dataclass(frozen=True, slots=True)
class SetAvatar:
    users: Users
    images: ImageEncoder
    storage: Storage
    transaction: Transaction
    timers: Timers
    clock: Clock

    async def __call__(self, actor: Actor, upload: bytes) -> AvatarView:
        actor.require(Permission.EDIT_PROFILE)
        images = await self.images.squares(upload, EDGES)
        new = uuid4()
        async with self.transaction:
            self.timers.set(DELETE_AVATAR, new, self.clock.now() + KEPT)
        for edge, image in images.items():
            await self.storage.put(avatar_key(new.hex, edge), image)
        async with self.transaction:
            user = await self.users.get(actor.user)
            if former := user.set_avatar(new.hex):
                self.timers.set(DELETE_AVATAR, UUID(former), self.clock.now() + KEPT)
            self.timers.clear(DELETE_AVATAR, new)
            await self.users.save(user)
            return self.transaction.answers(AvatarView(avatar_url(new.hex)))


@dataclass(frozen=True, slots=True)
class RemoveAvatar:
    users: Users
    transaction: Transaction
    timers: Timers
    clock: Clock

    async def __call__(self, actor: Actor) -> None:
        """Without a picture there is nothing to do."""
        actor.require(Permission.EDIT_PROFILE)
        async with self.transaction:
            user = await self.users.get(actor.user)
            if former := user.set_avatar(None):
                self.timers.set(DELETE_AVATAR, UUID(former), self.clock.now() + KEPT)
                await self.users.save(user)


@dataclass(frozen=True, slots=True)
class DeleteAvatar:
    """The objects of a picture that is not shown; may run again."""

    storage: Storage

    async def __call__(self, name: UUID) -> None:
        for edge in EDGES:
            await self.storage.delete(avatar_key(name.hex, edge))


def avatar_key(name: str, edge: int) -> str:
    return f"avatars/{name}-{edge}.webp"
