"""Which sockets of this process are in which rooms, and what is told there."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

import structlog
from dishka import AsyncContainer

from marketplace.application.shared.actor import Actor
from marketplace.application.shared.rooms import FADED_AFTER, Expelled, RoomListening, RoomNews, Told
from marketplace.domain.shared.errors import Conflict, NotFound, Unauthenticated
from marketplace.entrypoints.realtime.connection import Connection, End, RoomEvent
from marketplace.entrypoints.realtime.credentials import Sessions, refusals_noted

SHORTEST_PAUSE, LONGEST_PAUSE = 0.05, 1.0
"""Seconds between attempts to reach Valkey."""

MOST_ROOMS = 500
"""Of one socket."""

OWN = "user:"
NO_ROOM = "there is no such room"
MayHear = Callable[[AsyncContainer, Actor, UUID], Awaitable[bool]]
"""Whether the actor may be in the room of that id; asked in a request's scope."""


@dataclass(frozen=True, slots=True)
class RoomKinds:
    """What stands before the colon of a room's name, and who may be there."""

    by_name: Mapping[str, MayHear]


_log = structlog.get_logger()


class RoomNotFound(NotFound):
    code = "not_found"


class TooManyRooms(Conflict):
    code = "too_many_rooms"


class RoomMembers:
    """Membership ends with the socket, and is asked for again after a time in which an expulsion may have gone unheard.

    Who does not keep up with reading misses what is told in rooms.
    """

    def __init__(
        self,
        listening: RoomListening,
        kinds: RoomKinds,
        container: AsyncContainer,
        sessions: Sessions,
        *,
        fades_after: float = FADED_AFTER,
    ) -> None:
        self._listening = listening
        self._kinds = kinds.by_name
        self._container = container
        self._sessions = sessions
        self._members: defaultdict[str, set[Connection]] = defaultdict(set)
        self._rooms: dict[Connection, set[str]] = {}
        self._expulsions = 0
        self._fades_after = fades_after
        self._fading: dict[tuple[tuple[str, ...], bytes], asyncio.TimerHandle] = {}
        self.listening = asyncio.Event()

    def knows(self, event: str) -> bool:
        """Whether it is the joining or leaving of a kind of room."""
        kind, _, deed = event.partition(":")
        return kind in self._kinds and deed in {"join", "leave"}

    def size(self, room: str) -> int:
        """Sockets of this process in it."""
        return len(self._members.get(room, ()))

    def enter(self, connection: Connection) -> None:
        """The socket is here, and in its user's own room."""
        self._rooms[connection] = set()
        self._add(connection, f"{OWN}{connection.user}")

    def forget(self, connection: Connection) -> None:
        for room in self._rooms.pop(connection, ()):
            self._drop(connection, room)

    async def join(self, connection: Connection, room: str) -> None:
        """Raises RoomNotFound for a room that is not there or not for this user, and TooManyRooms."""
        if room in self._rooms.get(connection, ()):
            return
        if room.startswith(OWN):
            raise RoomNotFound(NO_ROOM)
        if len(self._rooms.get(connection, ())) >= MOST_ROOMS:
            raise TooManyRooms(f"a socket is in at most {MOST_ROOMS} rooms, leave one")
        if not await self._admits(connection, room):
            raise RoomNotFound(NO_ROOM)
        if connection in self._rooms:
            self._add(connection, room)

    def leave(self, connection: Connection, room: str) -> None:
        """The user's own room cannot be left."""
        if room in self._rooms.get(connection, ()) and not room.startswith(OWN):
            self._rooms[connection].discard(room)
            self._drop(connection, room)

    async def listen(self) -> None:
        pause = SHORTEST_PAUSE
        while True:
            try:
                async with self._listening.listen(self._heard) as lost:
                    pause = SHORTEST_PAUSE
                    await self._ask_again()
                    self.listening.set()
                    await lost
            except Exception as error:
                _log.warning("the rooms cannot be heard", error=type(error).__name__)
            finally:
                self.listening.clear()
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _ask_again(self) -> None:
        """Nobody hears before they are admitted anew."""
        self._expulsions += 1
        joined = [(one, room) for one, rooms in self._rooms.items() for room in rooms if not room.startswith(OWN)]
        for connection, room in joined:
            self._drop(connection, room)
        for connection, room in joined:
            try:
                is_admitted = await self._admits(connection, room)
            except Unauthenticated:
                is_admitted = False
            except Exception as error:
                _log.warning("a socket could not join its room again", error=type(error).__name__)
                connection.end(End.UNAVAILABLE)
                continue
            if not is_admitted:
                self.leave(connection, room)
            elif room in self._rooms.get(connection, ()):
                self._members[room].add(connection)

    async def _admits(self, connection: Connection, room: str) -> bool:
        """Whoever was expelled while that was looked up is looked up once more."""
        before = None
        while before != self._expulsions:
            before = self._expulsions
            if not await self._may_hear(connection, room):
                return False
        return True

    async def _may_hear(self, connection: Connection, room: str) -> bool:
        kind, _, id_ = room.partition(":")
        may_hear = self._kinds.get(kind)
        try:
            subject = UUID(id_)
        except ValueError:
            return False
        if may_hear is None or str(subject) != id_:
            return False
        async with self._container() as request, refusals_noted(request, "SOCKET subscribe"):
            return await may_hear(request, await self._sessions.actor(connection), subject)

    def _heard(self, news: RoomNews) -> None:
        if isinstance(news, Told):
            self._tell(news)
        else:
            self._expel(news)

    def _tell(self, news: Told) -> None:
        matter = (news.rooms, bytes(news.data))
        if fading := self._fading.pop(matter, None):
            fading.cancel()
        members = [found for room in news.rooms if (found := self._members.get(room))]
        if members:
            event = RoomEvent(news.name, news.data)
            for connection in members[0] if len(members) == 1 else set().union(*members):
                if connection.outbox.room:
                    connection.send(event)
            if news.fades_to:
                faded = Told(news.rooms, news.fades_to, news.data)
                self._fading[matter] = asyncio.get_running_loop().call_later(self._fades_after, self._tell, faded)

    def _expel(self, news: Expelled) -> None:
        self._expulsions += 1
        for connection in [one for one in self._members.get(news.room, ()) if one.user == news.user]:
            self.leave(connection, news.room)

    def _add(self, connection: Connection, room: str) -> None:
        self._rooms[connection].add(room)
        self._members[room].add(connection)

    def _drop(self, connection: Connection, room: str) -> None:
        self._members[room].discard(connection)
        if not self._members[room]:
            del self._members[room]
