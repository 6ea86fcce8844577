"""What a client may send over a socket: decoded, authorized and refused exactly as over HTTP."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any

import msgspec
import structlog
from dishka import AsyncContainer

from marketplace.application.shared.actor import Actor
from marketplace.application.shared.audit import Acting
from marketplace.application.trading.offers import MakeOffer
from marketplace.domain.notifications.errors import FullSyncRequired
from marketplace.domain.shared.errors import DomainError, NotFound
from marketplace.entrypoints.http.messages import decode
from marketplace.entrypoints.http.trading import NewOffer
from marketplace.entrypoints.realtime.connection import Connection
from marketplace.entrypoints.realtime.credentials import Sessions, refusals_noted
from marketplace.entrypoints.realtime.hub import Hub

_log = structlog.get_logger()


class UnknownEvent(NotFound):
    code = "unknown_event"


class RoomNotFound(NotFound):
    code = "not_found"


class Resume(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    after: Annotated[int, msgspec.Meta(ge=0)]


class Subscribe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    room: str


class Resumed(msgspec.Struct, frozen=True, omit_defaults=True):
    """`seq` is the newest number known. Unless `ok`, only events behind it follow: everything is to be loaded anew."""

    ok: bool
    seq: int
    code: str = ""


class Answer(msgspec.Struct, frozen=True):
    data: object
    success: bool = True


class Refusal(msgspec.Struct, frozen=True):
    """An acknowledgement that `event` was refused; it is followed by an `error` event with the same facts."""

    code: str
    message: str
    event: str
    success: bool = msgspec.field(default_factory=lambda: False)

    @property
    def error(self) -> dict[str, str]:
        return {"code": self.code, "message": self.message, "event": self.event}

    @classmethod
    def of(cls, error: Exception, event: str) -> "Refusal":
        if isinstance(error, DomainError):
            return cls(error.code, error.detail, event)
        _log.error("socket event failed", socket_event=event[:64], error=type(error).__name__, exc_info=error)
        return cls("internal_error", "something went wrong on our side", event)


class Commands:
    def __init__(self, container: AsyncContainer, hub: Hub) -> None:
        self._container = container
        self._hub = hub
        self._sessions = Sessions(container)

    async def __call__(self, connection: Connection, event: str, body: bytes) -> Answer | Resumed | Refusal:
        """`body` is the JSON text that came with `event`. Raises nothing."""
        try:
            if event == "resume":
                return self._resumed(connection, decode(body, Resume))
            if event == "subscribe":
                return _subscribed(connection, decode(body, Subscribe))
            if event not in COMMANDS:
                raise UnknownEvent("there is no such event")
            type_, command = COMMANDS[event]
            asked = decode(body, type_)
            async with self._container() as request, refusals_noted(request, f"SOCKET {event}"):
                acting = await request.get(Acting)
                acting.actor = await self._sessions.actor(connection)
                return Answer(await command(request, acting.actor, asked))
        except Exception as error:
            return Refusal.of(error, event)

    def _resumed(self, connection: Connection, asked: Resume) -> Resumed:
        try:
            return Resumed(True, self._hub.resume(connection, asked.after))
        except FullSyncRequired as error:
            return Resumed(False, error.seq, error.code)


def _subscribed(connection: Connection, asked: Subscribe) -> Answer:
    if asked.room != f"user:{connection.user}":
        raise RoomNotFound("there is no such room")
    return Answer({"room": asked.room})


async def _make_offer(request: AsyncContainer, actor: Actor, asked: NewOffer) -> object:
    return await (await request.get(MakeOffer))(actor, asked.listings, asked.proposal)


COMMANDS: Mapping[str, tuple[type, Callable[[AsyncContainer, Actor, Any], Awaitable[object]]]] = {
    "offer:create": (NewOffer, _make_offer),
}
