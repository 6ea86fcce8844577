"""Socket.IO v4 on the hub: the same events and commands as the plain WebSocket.

This file leans on private parts of python-socketio 5.18, pinned and tested with real clients: the connect and message
hooks.
"""

import asyncio
import logging
from collections.abc import Coroutine
from decimal import Decimal
from typing import Any

import msgspec
import socketio
import structlog
from dishka import AsyncContainer
from engineio.packet import MESSAGE, NOOP, Packet

from marketplace.domain.shared.errors import DomainError
from marketplace.entrypoints.http.messages import encode
from marketplace.entrypoints.realtime.commands import Commands, Refusal
from marketplace.entrypoints.realtime.connection import Connection, Encoded, End
from marketplace.entrypoints.realtime.credentials import Admission, Credentials, Origins, admit
from marketplace.entrypoints.realtime.hub import Hub
from marketplace.entrypoints.socketio.engine import Engine, EngineSocket

MAX_FRAME = 64 * 1024
LAST_WORDS = 3.0
"""Seconds to take a goodbye in before the connection is cut."""

SILENT_HANDSHAKE = 20.0
"""Seconds in which a client must say who it is."""

BINARY = ("5", "6")
"""Packet types that announce attachments; no event here has one."""

NOT_FOR_CLIENTS = frozenset({"*", *socketio.AsyncServer.reserved_events})
"""Names that python-socketio has handlers of its own for; `*` takes what has none."""

_log = structlog.get_logger()
_library_log = logging.getLogger("socketio")
_library_log.setLevel(logging.ERROR)  # below, it writes every packet, tokens included
_decoder = msgspec.json.Decoder(float_hook=Decimal)


class Json:
    """What python-socketio takes for a JSON module: money stays exact."""

    @staticmethod
    def dumps(value: object, **_: object) -> str:
        return encode(value).decode()

    @staticmethod
    def loads(text: str, **_: object) -> Any:
        try:
            return _decoder.decode(text)
        except RecursionError:
            raise ValueError("nested too deeply") from None


class SocketIoConnection(Connection):
    def __init__(self, admission: Admission, server: "SocketIoServer", sid: str, engine_sid: str) -> None:
        self.engine: EngineSocket = server.eio.sockets[engine_sid]
        super().__init__(admission.actor, admission.expires_at, self.engine.queue)
        self.engine.on_wired = self._wired
        self.sid = sid
        self._server = server
        self.ended = False

    def welcome(self, seq: int) -> None:
        self.say("connected", {"userId": self.user, "seq": seq})

    def send(self, event: Encoded) -> None:
        if not self.ended and not self.engine.closed:
            self.engine.put_event(event)

    def say(self, event: str, data: object) -> None:
        if not self.ended and not self.engine.closed:
            self.engine.put(Packet(MESSAGE, "2" + Json.dumps([event, data])))

    def end(self, why: End) -> None:
        if not self.ended:
            self.ended = True
            self._server.start(self._server.close(self, why))

    def beat(self, now: float) -> None:
        if not self.ended and self.engine.is_silent(now):
            self._server.start(self._server.cut(self.engine))

    def _wired(self) -> None:
        self.outbox = self.engine.queue


class SocketIoServer(socketio.AsyncServer):  # type: ignore[misc]  # untyped
    def __init__(self, container: AsyncContainer, hub: Hub, origins: Origins, index: int) -> None:
        super().__init__(
            async_mode="asgi",
            async_handlers=False,
            json=Json,
            logger=_library_log,
            engineio_logger=_library_log,
            max_http_buffer_size=MAX_FRAME,
            http_compression=False,
            monitor_clients=False,
            cors_allowed_origins=lambda origin, environ: origins.admit(origin, environ.get("HTTP_HOST")),
        )
        self.eio.index = index
        self._container = container
        self._hub = hub
        self._commands = Commands(container, hub)
        self._admitted: dict[str, Admission] = {}
        self._connections: dict[str, SocketIoConnection] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.on("connect", self._connect)
        self.on("disconnect", self._disconnected)
        self.on("*", self._event)

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self, connection: SocketIoConnection, why: End) -> None:
        """A client whose session has ended is told not to come back; any other sees its transport go and reconnects."""
        engine = connection.engine
        if why is End.SIGNED_OUT:
            await self.disconnect(connection.sid)
        if why is not End.TOO_SLOW and engine.upgraded:
            self.start(engine.say_goodbye())
            await asyncio.sleep(LAST_WORDS)
        await self.cut(engine)

    async def cut(self, engine: EngineSocket) -> None:
        await engine.close(abort=True)
        if engine.wire is not None:
            engine.wire.abort()

    def _engineio_server_class(self) -> type[Engine]:
        return Engine

    async def _handle_eio_connect(self, eio_sid: str, environ: dict[str, Any]) -> None:
        await super()._handle_eio_connect(eio_sid, environ)
        self._expect_connect(eio_sid)

    def _expect_connect(self, eio_sid: str) -> None:
        asyncio.get_running_loop().call_later(SILENT_HANDSHAKE, self._require_connect, eio_sid)

    def forget_strangers(self) -> None:
        for eio_sid in list(self.eio.sockets):
            self._require_connect(eio_sid)

    def _require_connect(self, eio_sid: str) -> None:
        engine = self.eio.sockets.get(eio_sid)
        if engine is not None and self.manager.sid_from_eio_sid(eio_sid, "/") not in self._connections:
            self.start(self.cut(engine))

    async def _handle_eio_disconnect(self, eio_sid: str, reason: str) -> None:
        """Also end a waiting poll, which the client may have left behind."""
        await super()._handle_eio_disconnect(eio_sid, reason)
        self.end_poll(eio_sid)
        self.eio.sockets.pop(eio_sid, None)

    def end_poll(self, eio_sid: str) -> None:
        engine = self.eio.sockets.get(eio_sid)
        if engine is not None and not engine.upgraded:
            engine.put(Packet(NOOP))

    async def _connect(self, sid: str, environ: dict[str, Any], auth: object) -> None:
        try:
            credentials = _credentials(auth) or Credentials.of_query(environ["QUERY_STRING"].encode())
            self._admitted[sid] = await admit(self._container, credentials)
        except Exception as error:
            refusal = Refusal.of(error, "connect")
            message = "unauthorized" if isinstance(error, DomainError) else refusal.code
            raise socketio.exceptions.ConnectionRefusedError(
                message, {"code": refusal.code, "message": refusal.message}
            ) from None

    async def _handle_connect(self, eio_sid: str, namespace: str | None, data: object) -> None:
        """Begin with events only when the client has been told that it is connected."""
        await super()._handle_connect(eio_sid, namespace, data)
        sid = self.manager.sid_from_eio_sid(eio_sid, "/")
        admission = self._admitted.pop(sid, None)
        if admission is None or eio_sid not in self.eio.sockets:
            return
        self.environ[eio_sid] = {"QUERY_STRING": self.environ[eio_sid]["QUERY_STRING"]}
        connection = self._connections[sid] = SocketIoConnection(admission, self, sid, eio_sid)
        try:
            await self._hub.attach(connection)
        except Exception as error:
            refusal = Refusal.of(error, "connect")
            connection.say("error", refusal.error)
            connection.end(End.SIGNED_OUT if refusal.code == "session_ended" else End.UNAVAILABLE)

    async def _disconnected(self, sid: str, _: str) -> None:
        self._admitted.pop(sid, None)
        if connection := self._connections.pop(sid, None):
            connection.ended = True
            self._hub.detach(connection)
            if not connection.engine.closing:
                self._expect_connect(connection.engine.sid)

    async def _event(self, event: str, sid: str, *arguments: object) -> object:
        """What is returned is the acknowledgement, if the client asked for one."""
        connection = self._connections.get(sid)
        if connection is None or connection.ended:
            return None
        answer = await self._commands(connection, event, encode(arguments[0] if arguments else {}))
        if isinstance(answer, Refusal):
            connection.say("error", answer.error)
        return answer

    async def _handle_event(self, eio_sid: str, namespace: str | None, id: int | None, data: Any) -> None:
        if not isinstance(data, list) or not data or not isinstance(data[0], str) or data[0] in NOT_FOR_CLIENTS:
            raise ValueError("an event has a name of its own")
        await super()._handle_event(eio_sid, namespace, id, data)

    async def _handle_eio_message(self, eio_sid: str, data: object) -> None:
        """A packet that cannot be read is answered and forgotten; one who reads no answers is let go."""
        try:
            if not isinstance(data, str) or data.startswith(BINARY):
                raise ValueError("only text is understood here")
            await super()._handle_eio_message(eio_sid, data)
        except Exception as error:
            _log.info("unreadable Socket.IO packet", error=type(error).__name__)
            if connection := self._connections.get(self.manager.sid_from_eio_sid(eio_sid, "/")):
                refusal = Refusal("malformed_frame", "the packet is not acceptable", "")
                connection.say("error", refusal.error)
        engine = self.eio.sockets.get(eio_sid)
        if engine is not None and engine.queue.overflows:
            await self.cut(engine)


def _credentials(auth: object) -> Credentials | None:
    try:
        return msgspec.convert(auth, Credentials) if auth else None
    except msgspec.ValidationError:
        return None
