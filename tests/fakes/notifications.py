"""In-memory adapters of the notifications context. They honour the port contracts, see tests/contract/notifications."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import uuid4

import msgspec

from marketplace.application.notifications.ports import (
    USER_EVENTS,
    Announcements,
    Heard,
    UserEventLog,
    UserEventQueries,
    UserEvents,
)
from marketplace.application.notifications.views import EventPage, EventView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.posting import Post, PostedLetter
from marketplace.domain.notifications.notice import Notice
from marketplace.domain.shared.ids import UserId

_JSON = msgspec.json.Encoder(decimal_format="number")


class MemoryUserEvents(UserEvents, UserEventLog, UserEventQueries):
    """Announces at once, if there is anybody to tell."""

    def __init__(self) -> None:
        self.events: defaultdict[UserId, list[EventView]] = defaultdict(list)
        self.heard: Heard = lambda _, __: None
        self.reads = 0

    async def append(self, notices: Sequence[Notice]) -> None:
        for notice in notices:
            event = self.add(notice)
            self.heard(USER_EVENTS, announcement(notice.recipient, event))

    def add(self, notice: Notice) -> EventView:
        """Without a word to anybody."""
        its = self.events[notice.recipient]
        data = msgspec.Raw(_JSON.encode(notice.data))
        its.append(EventView(len(its) + 1, uuid4(), notice.name, data, datetime(2030, 1, 1, 12, tzinfo=UTC)))
        return its[-1]

    async def read(self, after: Mapping[UserId, int], limit: int) -> Mapping[UserId, EventPage]:
        """What is there when the question arrives; the answer takes its time too."""
        self.reads += 1
        await asyncio.sleep(0)
        pages = {user: self._page(user, number, limit) for user, number in after.items()}
        await asyncio.sleep(0)
        return pages

    async def missed(self, actor: Actor, after: int, limit: int) -> EventPage:
        return self._page(actor.user, after, limit)

    def _page(self, user: UserId, after: int, limit: int) -> EventPage:
        its = self.events.get(user, [])
        events = its[after : after + limit]
        return EventPage(events, len(its), has_more=bool(events) and events[-1].seq < len(its))


def announcement(user: UserId, event: EventView, *, whole: bool = True) -> str:
    fields = {"u": user, "s": event.seq, "e": event.id, "n": event.name, "t": event.timestamp}
    return _JSON.encode({**fields, "d": event.data} if whole else fields).decode()


class MemoryPost(Post):
    def __init__(self) -> None:
        self.posted: list[PostedLetter] = []
        self.not_before: list[datetime | None] = []

    def add(self, letter: PostedLetter, not_before: datetime | None = None) -> None:
        self.posted.append(letter)
        self.not_before.append(not_before)


class MemoryAnnouncements(Announcements):
    """What is said while nobody listens is lost, as with PostgreSQL."""

    def __init__(self) -> None:
        self.listeners: dict[Heard, asyncio.Future[None]] = {}

    def say(self, channel: str, payload: str) -> None:
        for heard in self.listeners:
            heard(channel, payload)

    def break_off(self) -> None:
        for lost in self.listeners.values():
            lost.set_result(None)
        self.listeners.clear()

    @asynccontextmanager
    async def listen(self, heard: Heard) -> AsyncIterator[Awaitable[None]]:
        lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.listeners[heard] = lost
        try:
            yield lost
        finally:
            self.listeners.pop(heard, None)
