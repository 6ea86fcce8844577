"""In-memory adapters of the notifications context. They honour the port contracts, see tests/contract/notifications."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import msgspec

from marketplace.application.notifications.ports import (
    USER_EVENTS,
    Announcements,
    EventWindow,
    Heard,
    UserEventLog,
    UserEventQueries,
)
from marketplace.application.notifications.views import EventPage, EventView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.posting import Post, PostedLetter
from marketplace.application.shared.user_events import Notice, UserEvents
from marketplace.domain.notifications.errors import FullSyncRequired
from marketplace.domain.shared.ids import UserId
from tests.fakes.world import MemoryTransaction

_JSON = msgspec.json.Encoder(decimal_format="number")


class MemoryUserEvents(UserEvents, UserEventLog, UserEventQueries, EventWindow):
    """Announces at once, if there is anybody to tell. A second passes with each event."""

    def __init__(self, transaction: MemoryTransaction | None = None) -> None:
        self._transaction = transaction or MemoryTransaction()
        self.forgotten: defaultdict[UserId, int] = defaultdict(int)
        self.now = datetime(2030, 1, 1, 12, tzinfo=UTC)
        self.heard: Heard = lambda _, __: None
        self.reads = 0

    @property
    def events(self) -> defaultdict[UserId, list[EventView]]:
        return self._transaction.rows.user_events

    async def append(self, notices: Sequence[Notice]) -> None:
        for notice in notices:
            event = self.add(notice)
            self.heard(USER_EVENTS, announcement(notice.recipient, event))

    def add(self, notice: Notice) -> EventView:
        """Without a word to anybody."""
        its, seq = self.events[notice.recipient], self._last_seq(notice.recipient) + 1
        data = msgspec.Raw(_JSON.encode(notice.data))
        its.append(EventView(seq, uuid4(), notice.name, data, self.now))
        self.now += timedelta(seconds=1)
        return its[-1]

    async def forget(self, before: datetime) -> int:
        gone = 0
        for user, its in self.events.items():
            kept = next((place for place, event in enumerate(its) if event.timestamp >= before), len(its))
            self.forgotten[user] += kept
            gone += kept
            del its[:kept]
        return gone

    async def read(self, after: Mapping[UserId, int], limit: int) -> Mapping[UserId, EventPage]:
        """What is there when the question arrives; the answer takes its time too."""
        self.reads += 1
        await asyncio.sleep(0)
        pages = {user: self._page(user, number, limit) for user, number in after.items()}
        await asyncio.sleep(0)
        return pages

    async def missed(self, actor: Actor, after: int, limit: int) -> EventPage:
        page = self._page(actor.user, after, limit)
        if not page.follows(after):
            raise FullSyncRequired(page.last_seq)
        return page

    def _last_seq(self, user: UserId) -> int:
        return self.forgotten[user] + len(self.events[user])

    def _page(self, user: UserId, after: int, limit: int) -> EventPage:
        last_seq = self._last_seq(user)
        events = [event for event in self.events[user] if event.seq > after][:limit]
        more = bool(events) and events[-1].seq < last_seq
        return EventPage(events, self.forgotten[user] + 1, last_seq, has_more=more)


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
