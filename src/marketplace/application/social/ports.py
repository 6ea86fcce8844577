from typing import Protocol

from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import Slice
from marketplace.application.social.views import PersonView
from marketplace.domain.shared.ids import UserId
from marketplace.domain.social.relations import Block, Follow

MOST_FOUND = 200
"""A search finds so many, the best ones."""


class People(Protocol):
    """Asked of identity."""

    async def is_active(self, user_id: UserId) -> bool: ...


class Relations(Protocol):
    """Follows and blocks. Whoever follows or blocks twice keeps what was there first."""

    async def lock_pair(self, one: UserId, other: UserId) -> None:
        """Nobody else follows or blocks between these two until the transaction ends."""
        ...

    async def follow(self, follow: Follow) -> Follow:
        """The follow that stands; a new one ships its event and counts for both."""
        ...

    async def unfollow(self, follower: UserId, followed: UserId) -> None: ...

    async def block(self, block: Block) -> Block:
        """The block that stands; neither follows the other any more."""
        ...

    async def unblock(self, blocker: UserId, blocked: UserId) -> None: ...

    async def blocked_between(self, one: UserId, other: UserId) -> bool:
        """Whether either of them has blocked the other."""
        ...

    async def forget(self, user_id: UserId, limit: int) -> int:
        """Take away up to `limit` follows and as many blocks of and by a person; how many those were."""
        ...


class PeopleQueries(Protocol):
    """Public reads: an account that is suspended or deleted is not found. Lists: the youngest account first."""

    async def person(self, user_id: UserId) -> PersonView: ...

    async def newest(self, actor: Actor, *, after: UserId | None, skip: int, limit: int) -> Slice[PersonView]: ...

    async def search(self, actor: Actor, text: str, *, skip: int, limit: int) -> Slice[PersonView]:
        """By the beginning of a name, or by likeness: the most alike first, MOST_FOUND at most.

        None of those whom the actor has blocked, or who have blocked the actor.
        """
        ...

    async def followers(self, user_id: UserId, *, after: UserId | None, skip: int, limit: int) -> Slice[PersonView]:
        """Raises PersonNotFound."""
        ...

    async def following(self, user_id: UserId, *, after: UserId | None, skip: int, limit: int) -> Slice[PersonView]:
        """Raises PersonNotFound."""
        ...

    async def blocked(self, actor: Actor, *, after: UserId | None, skip: int, limit: int) -> Slice[PersonView]:
        """Whom the actor has blocked."""
        ...
