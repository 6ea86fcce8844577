from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol
from uuid import UUID

from marketplace.application.notifications.views import EventPage
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.user_events import Notice
from marketplace.domain.shared.ids import UserId

USER_EVENTS = "user_events"
"""Announces each new event of any user, in the order of its commit."""

SESSIONS = "sessions"
"""Announces the id of each session that ended."""

LISTINGS = "listings"
"""Announces the id of each listing that changed in what it says or where it stands."""

Heard = Callable[[str, str], None]
"""Called with a channel and what was announced on it."""


class UserEventEcho(Protocol):
    async def __call__(self, appended: Sequence[tuple[UUID, Notice]]) -> None:
        """Hears of each event with its id, in the transaction that appends them."""
        ...


class Names(Protocol):
    """Asked of identity."""

    async def of(self, user: UserId) -> str | None:
        """None where there is no active account."""
        ...


class UserEventLog(Protocol):
    async def read(self, after: Mapping[UserId, int], limit: int) -> Mapping[UserId, EventPage]:
        """For each user the first `limit` events behind that number, in order. Every user asked for is answered."""
        ...


class UserEventQueries(Protocol):
    async def missed(self, actor: Actor, after: int, limit: int) -> EventPage:
        """The actor's own events behind `after`; raises FullSyncRequired if some of them are forgotten."""
        ...


class EventWindow(Protocol):
    async def forget(self, before: datetime) -> int:
        """Delete some of the events from before then, each person's oldest first; how many, 0 when none is left.

        A person's numbers go on where they were.
        """
        ...


class Announcements(Protocol):
    def listen(self, heard: Heard) -> AbstractAsyncContextManager[Awaitable[None]]:
        """Hear everything announced on these channels from entering the block on.

        Gives an awaitable that ends when nothing can be heard any more.
        """
        ...
