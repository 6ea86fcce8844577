"""What a client may send over a socket: decoded, authorized and refused exactly as over HTTP."""

from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from typing import Annotated, Any
from uuid import UUID

import msgspec
import structlog
from dishka import AsyncContainer

from marketplace.application.messaging.conversations import MarkDelivered, MarkRead, SendMessage
from marketplace.application.messaging.presence import LookInside, SayTyping
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.audit import Acting
from marketplace.application.shared.limits import Limit, RateLimits
from marketplace.application.trading.offers import MakeOffer
from marketplace.domain.notifications.errors import FullSyncRequired
from marketplace.domain.shared.errors import DomainError, NotFound, RateLimited
from marketplace.domain.shared.ids import ConversationId
from marketplace.entrypoints.http.conversations import NewMessage
from marketplace.entrypoints.http.messages import decode
from marketplace.entrypoints.http.trading import NewOffer
from marketplace.entrypoints.realtime.call_commands import CALL_COMMANDS
from marketplace.entrypoints.realtime.connection import Connection
from marketplace.entrypoints.realtime.credentials import Sessions, refusals_noted
from marketplace.entrypoints.realtime.hub import Hub

_log = structlog.get_logger()


class UnknownEvent(NotFound):
    code = "unknown_event"


class Resume(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    after: Annotated[int, msgspec.Meta(ge=0)]


class Subscribe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    room: str


class InConversation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    conversation_id: ConversationId


class SentMessage(NewMessage, frozen=True, forbid_unknown_fields=True, kw_only=True):
    conversation_id: ConversationId


class SeenUpTo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The number of a message; without it the last there is."""

    conversation_id: ConversationId
    up_to: Annotated[int, msgspec.Meta(ge=0, le=2**53)] | None = None


class Resumed(msgspec.Struct, frozen=True, omit_defaults=True):
    """`seq` is the newest number known. Unless `ok`, only events behind it follow: everything is to be loaded anew."""

    ok: bool
    seq: int
    code: str = ""


class Answer(msgspec.Struct, frozen=True):
    data: object
    success: bool = True


class Refusal(msgspec.Struct, frozen=True):
    """An acknowledgement that `event` was refused; it is followed by an `error` event with the same facts.

    `retry_after`: seconds to wait, where it came too often.
    """

    code: str
    message: str
    event: str
    success: bool = msgspec.field(default_factory=lambda: False)
    retry_after: int | msgspec.UnsetType = msgspec.UNSET

    @property
    def error(self) -> dict[str, str | int]:
        facts: dict[str, str | int] = {"code": self.code, "message": self.message, "event": self.event}
        return facts if self.retry_after is msgspec.UNSET else {**facts, "retry_after": self.retry_after}

    @classmethod
    def of(cls, error: Exception, event: str) -> "Refusal":
        if isinstance(error, RateLimited):
            return cls(error.code, error.detail, event, retry_after=error.retry_after)
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
            await (await self._container.get(RateLimits)).take(Limit.SOCKET, f"user:{connection.user}")
            if event == "resume":
                return self._resumed(connection, decode(body, Resume))
            if event == "subscribe":
                return await self._joined(connection, decode(body, Subscribe).room)
            if event not in COMMANDS and self._hub.rooms.knows(event):
                return await self._came_or_left(connection, event, body)
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

    async def _joined(self, connection: Connection, room: str) -> Answer:
        await self._hub.rooms.join(connection, room)
        return Answer({"room": room})

    async def _came_or_left(self, connection: Connection, event: str, body: bytes) -> Answer:
        """`<kind>:join` and `<kind>:leave`, of any kind of room, with `{"<kind>_id": ...}`."""
        kind, _, deed = event.partition(":")
        room = f"{kind}:{getattr(decode(body, _id_of(kind)), f'{kind}_id')}"
        if deed == "join":
            return await self._joined(connection, room)
        self._hub.rooms.leave(connection, room)
        return Answer({"room": room})


@cache
def _id_of(kind: str) -> type[msgspec.Struct]:
    return msgspec.defstruct(kind, [(f"{kind}_id", UUID)], frozen=True, forbid_unknown_fields=True)


async def _make_offer(request: AsyncContainer, actor: Actor, asked: NewOffer) -> object:
    return await (await request.get(MakeOffer))(actor, asked.listings, asked.proposal)


async def _join(request: AsyncContainer, actor: Actor, asked: InConversation) -> object:
    """Members hear everything whether they joined or not: what is answered is how it stands now."""
    return await (await request.get(LookInside))(actor, asked.conversation_id)


async def _leave(_: AsyncContainer, __: Actor, asked: InConversation) -> object:
    return asked


def _typing(*, begins: bool) -> Callable[[AsyncContainer, Actor, InConversation], Awaitable[object]]:
    async def say(request: AsyncContainer, actor: Actor, asked: InConversation) -> object:
        await (await request.get(SayTyping))(actor, asked.conversation_id, begins=begins)
        return asked

    return say


async def _send(request: AsyncContainer, actor: Actor, asked: SentMessage) -> object:
    return await (await request.get(SendMessage))(actor, asked.conversation_id, asked.written)


async def _read(request: AsyncContainer, actor: Actor, asked: SeenUpTo) -> object:
    return await (await request.get(MarkRead))(actor, asked.conversation_id, asked.up_to)


async def _delivered(request: AsyncContainer, actor: Actor, asked: SeenUpTo) -> object:
    return await (await request.get(MarkDelivered))(actor, asked.conversation_id, asked.up_to)


COMMANDS: Mapping[str, tuple[Any, Callable[[AsyncContainer, Actor, Any], Awaitable[object]]]] = {
    "offer:create": (NewOffer, _make_offer),
    "conversation:join": (InConversation, _join),
    "conversation:leave": (InConversation, _leave),
    "typing:start": (InConversation, _typing(begins=True)),
    "typing:stop": (InConversation, _typing(begins=False)),
    "message:send": (SentMessage, _send),
    "message:read": (SeenUpTo, _read),
    "message:delivered": (SeenUpTo, _delivered),
    **CALL_COMMANDS,
}
