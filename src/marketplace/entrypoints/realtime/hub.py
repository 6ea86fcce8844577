"""Every socket of this process gets its user's events: each once, in order, without a hole."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Self
from uuid import UUID

import msgspec
import structlog
from prometheus_client import Gauge

from marketplace.application.notifications.ports import SESSIONS, Announcements, UserEventLog
from marketplace.application.notifications.views import EventPage, EventView
from marketplace.application.shared.ports import Clock
from marketplace.domain.notifications.errors import FullSyncRequired
from marketplace.domain.shared.errors import Unauthenticated
from marketplace.domain.shared.ids import UserId
from marketplace.entrypoints.realtime.connection import Connection, End, Event
from marketplace.entrypoints.realtime.credentials import Sessions
from marketplace.entrypoints.realtime.rooms import RoomMembers

PAGE = 200
"""Events of one user read at once."""

AT_ONCE = 50
"""Sockets served from the database before others get their turn."""

SHORTEST_PAUSE, LONGEST_PAUSE = 0.05, 1.0
"""Seconds between attempts to reach the database."""

WARNED_BEFORE = 120.0
"""Seconds before its end that a socket says so: time to refresh the token and connect again."""

SOCKETS = Gauge("marketplace_sockets", "Sockets and event streams that are open", multiprocess_mode="livesum")

_log = structlog.get_logger()


class _Announcement(msgspec.Struct):
    u: UUID
    s: int
    e: UUID
    n: str
    t: datetime
    d: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


_decode = msgspec.json.Decoder(_Announcement).decode
_USER = slice(len('{"u":"'), len('{"u":"') + 36)
"""Where an announcement names its user: the many that concern nobody here are not decoded."""


class _Feed:
    """The sockets of one user here. `newest` is the last number known of the sequence, `oldest` the first kept."""

    __slots__ = ("connections", "newest", "oldest")

    def __init__(self) -> None:
        self.connections: list[Connection] = []
        self.newest = 0
        self.oldest = 1


class Hub:
    """The database is the source: what is announced and follows on is passed on, anything else is read.

    A socket that falls behind keeps its place and is served from the database as it makes room; one that takes nothing
    for `patience` seconds is ended.
    """

    def __init__(
        self,
        announcements: Announcements,
        log: UserEventLog,
        sessions: Sessions,
        clock: Clock,
        rooms: RoomMembers,
        *,
        patience: float = 7.0,
    ) -> None:
        self._announcements = announcements
        self._log = log
        self._sessions = sessions
        self._clock = clock
        self.rooms = rooms
        self._patience = patience
        self._feeds: dict[str, _Feed] = {}
        self._connections: set[Connection] = set()
        self._by_session: defaultdict[str, set[Connection]] = defaultdict(set)
        self._behind: set[Connection] = set()
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.listening = asyncio.Event()
        self.came: Callable[[UserId], None] = _nothing
        """Called when somebody has a socket here."""
        self.went: Callable[[UserId], None] = _nothing
        """Called when somebody's last socket here is gone."""

    async def __aenter__(self) -> Self:
        works = (self._listen, self._catch_up, self._watch, self.rooms.listen)
        self._tasks = [asyncio.create_task(work()) for work in works]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def connections(self) -> Iterable[Connection]:
        return self._connections

    async def attach(self, connection: Connection) -> None:
        """Begin with what comes after this moment; raises Unauthenticated or Unavailable.

        The socket is registered before the place to begin is read, so nothing that commits in between is missed.
        """
        self._connections.add(connection)
        SOCKETS.inc()
        connection.outbox.on_room = self._wake.set
        feed = self._feeds.setdefault(str(connection.user), _Feed())
        feed.connections.append(connection)
        self._by_session[str(connection.session)].add(connection)
        await self._sessions.actor(connection)
        page = (await self._log.read({connection.user: 0}, 0))[connection.user]
        feed.oldest, place = page.first_seq, page.last_seq
        if connection in self._connections:
            connection.seq = place
            connection.welcome(place)
            self.rooms.enter(connection)
            self.came(connection.user)
            self._behind.add(connection)
            self._wake.set()

    def detach(self, connection: Connection) -> None:
        if connection in self._connections:
            self._connections.remove(connection)
            SOCKETS.dec()
            self.rooms.forget(connection)
            self._behind.discard(connection)
            user, session = str(connection.user), str(connection.session)
            self._feeds[user].connections.remove(connection)
            if not self._feeds[user].connections:
                del self._feeds[user]
                self.went(connection.user)
            self._by_session[session].discard(connection)
            if not self._by_session[session]:
                del self._by_session[session]

    def resume(self, connection: Connection, after: int) -> int:
        """Go back to `after` and repeat from there; answers the newest number known.

        Raises FullSyncRequired, and says so over the socket, if that is no longer kept: it goes on from where it is.
        """
        place = connection.seq or 0
        if connection in self._connections:
            feed = self._feeds[str(connection.user)]
            if after < feed.oldest - 1:
                connection.require_full_sync(place)
                raise FullSyncRequired(place)
            connection.seq = min(after, place)
            self._behind.add(connection)
            self._wake.set()
            place = max(place, feed.newest)
        return place

    async def dismiss(self, seconds: float) -> None:
        """Tell every socket to reconnect, in random order, spread over `seconds`."""
        connections = list(self._connections)
        random.shuffle(connections)
        ticks = 20
        for tick in range(ticks):
            for connection in connections[tick::ticks]:
                connection.end(End.RESTART)
            await asyncio.sleep(seconds / ticks)

    async def _listen(self) -> None:
        pause = SHORTEST_PAUSE
        while True:
            try:
                async with self._announcements.listen(self._heard) as lost:
                    pause = SHORTEST_PAUSE
                    self.listening.set()
                    self._behind.update(self._connections)
                    self._wake.set()
                    await self._end_signed_out()
                    await lost
            except Exception as error:
                _log.warning("realtime cannot listen", error=type(error).__name__)
            finally:
                self.listening.clear()
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _end_signed_out(self) -> None:
        """Sessions that ended while nothing was heard."""
        for connection in list(self._connections):
            try:
                await self._sessions.actor(connection)
            except Unauthenticated:
                connection.end(End.SIGNED_OUT)

    def _heard(self, channel: str, payload: str) -> None:
        if channel == SESSIONS:
            for connection in list(self._by_session.get(payload, ())):
                connection.end(End.SIGNED_OUT)
            return
        feed = self._feeds.get(payload[_USER])
        if feed is None:
            return
        try:
            announced = _decode(payload)
        except msgspec.DecodeError:
            _log.error("realtime heard an unreadable announcement")
            return
        feed.newest = max(feed.newest, announced.s)
        event = None
        if isinstance(announced.d, msgspec.Raw):
            event = Event(EventView(announced.s, announced.e, announced.n, announced.d, announced.t))
        for connection in feed.connections:
            if connection.seq is None or connection.seq >= announced.s:
                continue
            if event is not None and connection.seq + 1 == announced.s and connection.outbox.room:
                connection.seq = announced.s
                connection.send(event)
            else:
                self._behind.add(connection)
                self._wake.set()

    async def _catch_up(self) -> None:
        pause = SHORTEST_PAUSE
        while True:
            await self._wake.wait()
            self._wake.clear()
            while ready := [one for one in self._behind if one.seq is not None and one.outbox.room]:
                ready = random.sample(ready, min(len(ready), AT_ONCE))
                places: dict[UserId, int] = {}
                for connection in ready:
                    places[connection.user] = min(connection.seq or 0, places.get(connection.user, 2**63 - 1))
                    self._feeds[str(connection.user)].newest = 0
                try:
                    pages = await self._log.read(places, PAGE)
                    pause = SHORTEST_PAUSE
                except Exception as error:
                    _log.warning("realtime cannot read events", error=type(error).__name__)
                    await asyncio.sleep(pause)
                    pause = min(pause * 2, LONGEST_PAUSE)
                    continue
                self._replay(ready, places, pages)

    def _replay(
        self, connections: list[Connection], places: Mapping[UserId, int], pages: Mapping[UserId, EventPage]
    ) -> None:
        events = {user: [Event(view) for view in page.events] for user, page in pages.items()}
        for connection in connections:
            feed = self._feeds.get(str(connection.user))
            if feed is None or connection not in self._behind or (connection.seq or 0) < places[connection.user]:
                continue
            page = pages[connection.user]
            feed.newest, feed.oldest = max(feed.newest, page.last_seq), page.first_seq
            place = connection.seq or 0
            if not page.follows(place):
                connection.seq = place = page.last_seq
                connection.require_full_sync(place)
            for event in events[connection.user]:
                if event.seq > place and connection.outbox.room:
                    connection.seq = place = event.seq
                    connection.send(event)
            if connection.outbox.room and not page.has_more:
                connection.seq = place = max(place, page.last_seq)
            if place >= feed.newest:
                self._behind.discard(connection)

    async def _watch(self) -> None:
        """One walk over all sockets a second: thousands need no timers of their own."""
        stalled: dict[Connection, tuple[int, float]] = {}
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self._patience / 7)
            now, before, stalled = loop.time(), stalled, {}
            at = self._clock.now().timestamp()
            for connection in list(self._connections):
                connection.beat(now)
                if connection.expires_at - at < WARNED_BEFORE:
                    _expire(connection, at)
                outbox = connection.outbox
                if outbox.empty():
                    continue
                taken, since = before.get(connection, (-1, now))
                stalled[connection] = (outbox.taken, since if taken == outbox.taken else now)
                if now - stalled[connection][1] > self._patience or outbox.overflows:
                    connection.end(End.TOO_SLOW)


def _expire(connection: Connection, at: float) -> None:
    if connection.expires_at <= at:
        connection.end(End.SIGNED_OUT)
    elif not connection.is_warned and connection.seq is not None:
        connection.is_warned = True
        connection.say("session:expiring", {"expiresAt": datetime.fromtimestamp(connection.expires_at, UTC)})


def _nothing(_: UserId) -> None: ...
