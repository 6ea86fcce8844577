"""Plain WebSocket at /ws and /ws/notifications: JSON frames, the same events as Socket.IO."""

import asyncio
from contextlib import suppress
from typing import Any

import msgspec
import structlog
from dishka import AsyncContainer

from marketplace.domain.shared.errors import DomainError, Unavailable
from marketplace.entrypoints.http.messages import encode
from marketplace.entrypoints.realtime.commands import Commands, Refusal
from marketplace.entrypoints.realtime.connection import Connection, Encoded, End
from marketplace.entrypoints.realtime.credentials import Admission, Credentials, Origins, admit
from marketplace.entrypoints.realtime.hub import Hub
from marketplace.entrypoints.realtime.outbox import Wire, WiredOutbox, text_frame

PATHS = frozenset({"/ws", "/ws/notifications"})
HEARTBEAT = 25.0
SILENCE = 60.0
"""Seconds without a frame from the client after which it is taken for gone."""

LAST_WORDS = 3.0
"""Seconds to take the close frame in before the connection is cut."""

PING = text_frame('{"type":"ping"}')
PONG = text_frame('{"type":"pong"}')


class _Frame(msgspec.Struct, forbid_unknown_fields=True):
    type: str
    id: str | int | None = None
    data: msgspec.Raw = msgspec.Raw()
    after: int | msgspec.UnsetType = msgspec.UNSET
    room: str | msgspec.UnsetType = msgspec.UNSET


class _Ack(msgspec.Struct, tag="ack", tag_field="type", frozen=True):
    id: str | int | None
    event: str
    data: object


class _Typed(msgspec.Struct):
    type: str


_type_of = msgspec.json.Decoder(_Typed).decode
_frame_of = msgspec.json.Decoder(_Frame).decode
_log = structlog.get_logger()


class PlainConnection(Connection):
    """`heartbeat` and `silence` are seconds: between two pings, and without a frame until the client is given up."""

    outbox: WiredOutbox

    def __init__(self, admission: Admission, wire: Wire, send: Any, heartbeat: float, silence: float) -> None:
        super().__init__(admission.actor, admission.expires_at, WiredOutbox(wire))
        self._wire = wire
        self._send = send
        self._heartbeat, self._silence = heartbeat, silence
        self.heard = self._pinged = asyncio.get_running_loop().time()
        self.ended: End | None = None

    def welcome(self, seq: int) -> None:
        self.put({"type": "connected", "seq": seq, "data": {"userId": self.user, "seq": seq}})

    def say(self, event: str, data: object) -> None:
        self.put({"type": event, "data": data})

    def send(self, event: Encoded) -> None:
        if self.ended is None:
            self.outbox.put(event.plain_bytes)

    def put(self, frame: object) -> None:
        if self.ended is None:
            self.outbox.put(text_frame(encode(frame).decode()))

    def end(self, why: End) -> None:
        if self.ended is None:
            self.ended = why
            loop = asyncio.get_running_loop()
            self._closing = loop.create_task(self._close(why))
            loop.call_later(0.0 if why is End.TOO_SLOW else LAST_WORDS, self._wire.abort)

    async def _close(self, why: End) -> None:
        """What waits in the outbox is not sent any more: the client resumes."""
        with suppress(OSError):
            await self._send({"type": "websocket.close", "code": why.code, "reason": why.reason})

    def beat(self, now: float) -> None:
        if now - self.heard >= self._silence:
            self.end(End.SILENT)
        elif now - self._pinged >= self._heartbeat and self.ended is None:
            self._pinged = now
            self.outbox.put(PING)


class WebSocketApp:
    def __init__(
        self,
        container: AsyncContainer,
        hub: Hub,
        origins: Origins,
        *,
        heartbeat: float = HEARTBEAT,
        silence: float = SILENCE,
    ) -> None:
        self._container = container
        self._hub = hub
        self._origins = origins
        self._heartbeat = heartbeat
        self._silence = silence
        self._commands = Commands(container, hub)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await receive()
        if not self._is_welcome(scope):
            await send({"type": "websocket.close", "code": 4403, "reason": "origin"})
            return
        await send({"type": "websocket.accept", "subprotocol": None, "headers": []})
        try:
            admission = await admit(self._container, Credentials.of_query(scope["query_string"]))
        except Exception as error:
            why = _why(error)
            await send({"type": "websocket.close", "code": why.code, "reason": why.reason})
            return
        wire = scope["extensions"]["wire"]
        connection = PlainConnection(admission, wire, send, self._heartbeat, self._silence)
        try:
            await self._begin(connection)
            await self._read(connection, receive)
        finally:
            self._hub.detach(connection)

    def _is_welcome(self, scope: Any) -> bool:
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        return self._origins.admit(headers.get(b"origin"), headers.get(b"host"))

    async def _begin(self, connection: PlainConnection) -> None:
        try:
            await self._hub.attach(connection)
        except Exception as error:
            connection.end(_why(error))

    async def _read(self, connection: PlainConnection, receive: Any) -> None:
        """Until the socket is closed, by whichever side."""
        clock = asyncio.get_running_loop().time
        while (message := await receive())["type"] != "websocket.disconnect":
            connection.heard = clock()
            if connection.ended is None:
                await self._handle(connection, message.get("text"))
                if connection.outbox.overflows:
                    connection.end(End.TOO_SLOW)

    async def _handle(self, connection: PlainConnection, text: str | None) -> None:
        try:
            type_ = _type_of(text or "").type
            if type_ == "pong":
                return
            if type_ == "ping":
                connection.outbox.put(PONG)
                return
            frame = _frame_of(text or "")
        except (msgspec.DecodeError, RecursionError) as error:
            refusal = Refusal("malformed_frame", f"the frame is not acceptable: {error}", "")
            connection.put({"type": "error", "data": refusal.error})
            return
        answer = await self._commands(connection, frame.type, _body(frame))
        if frame.id is not None or not isinstance(answer, Refusal):
            connection.put(_Ack(frame.id, frame.type, answer))
        if isinstance(answer, Refusal):
            connection.put({"type": "error", "id": frame.id, "data": answer.error})


def _body(frame: _Frame) -> bytes:
    """`resume` and `subscribe` have their fields beside the type, the others in `data`."""
    if data := bytes(frame.data):
        return data
    beside = {"after": frame.after, "room": frame.room}
    return encode({name: value for name, value in beside.items() if value is not msgspec.UNSET})


def _why(error: Exception) -> End:
    if isinstance(error, Unavailable):
        return End.UNAVAILABLE
    if isinstance(error, DomainError):
        return End.SIGNED_OUT
    _log.error("websocket failed", error=type(error).__name__, exc_info=error)
    return End.UNAVAILABLE
