"""Engine.IO whose sockets cost little: no tasks and timers of their own, and a websocket's frames go straight out.

This leans on private parts of python-engineio 4.15, pinned and tested with real clients.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import engineio
from engineio import exceptions
from engineio.async_socket import AsyncSocket
from engineio.packet import MESSAGE, NOOP, OPEN, PING, Packet
from engineio.payload import Payload

from marketplace.entrypoints.realtime.connection import Encoded
from marketplace.entrypoints.realtime.outbox import Outbox, Wire, WiredOutbox, text_frame

Payload.max_decode_packets = 1_000
"""In one POST of a polling client. The default, 16, drops what a busy browser sends; MAX_FRAME bounds it anyway."""


class EngineSocket(AsyncSocket):  # type: ignore[misc]  # untyped
    """`queue` is of the kind its transport wants: polls come and take, a websocket is written to."""

    queue: Outbox | WiredOutbox

    def __init__(self, server: Any, sid: str) -> None:
        super().__init__(server, sid)
        self.connected = False
        self.wire: Wire | None = None
        self.on_wired: Callable[[], None] = _nothing
        self._websocket: Any = None
        self._ping_at = 0.0
        self._pong_until: float | None = None

    def put(self, packet: Packet) -> None:
        if isinstance(self.queue, WiredOutbox):
            self.queue.put(text_frame(packet.encode()))
        else:
            self.queue.put_nowait(packet)

    def put_event(self, event: Encoded) -> None:
        if isinstance(self.queue, WiredOutbox):
            self.queue.put(event.socket_io_bytes)
        else:
            self.queue.put_nowait(Packet(MESSAGE, event.message))

    async def send(self, packet: Packet) -> None:
        if self.closed:
            raise exceptions.SocketIsClosedError
        self.put(packet)

    def schedule_ping(self) -> None:
        self._ping_at = asyncio.get_running_loop().time() + self.server.ping_interval
        self._pong_until = None

    def is_silent(self, now: float) -> bool:
        """Whether it owes a pong for too long. Asks for one when it is time to."""
        if self._pong_until is not None:
            return now > self._pong_until
        if now >= self._ping_at and not self.closed:
            self._pong_until = now + self.server.ping_timeout
            self.put(Packet(PING))
        return False

    async def receive(self, packet: Packet) -> None:
        """What Engine.IO has no such packet for is passed over."""
        if packet.packet_type <= NOOP:
            await super().receive(packet)

    async def handle_post_request(self, environ: dict[str, Any]) -> None:
        """Raises EngineIOError, which ends the session, for a body that is no payload."""
        try:
            await super().handle_post_request(environ)
        except ValueError as error:
            raise exceptions.EngineIOError from error

    async def close(self, wait: bool = True, abort: bool = False, reason: str | None = None) -> None:
        """Waits for nobody to take what is left."""
        await super().close(wait=False, abort=abort, reason=reason)

    async def say_goodbye(self) -> None:
        """Close the websocket as soon as it takes that."""
        if self._websocket is not None:
            await self._websocket.close()

    async def _upgrade_websocket(self, environ: dict[str, Any]) -> Any:
        self.wire = environ["asgi.scope"]["extensions"]["wire"]
        self._environ = environ
        return await super()._upgrade_websocket(environ)

    async def _websocket_handler(self, websocket: Any) -> None:
        """The library's has two more tasks a socket, and for what those wait for two more with a timer each."""
        _forget_opening(self._environ)
        if self.connected and not await self._probed(websocket):
            return
        self.connected = self.upgraded = True
        self._websocket = websocket
        self._write_straight()
        try:
            while text := await websocket.wait():
                await self._read(Packet(encoded_packet=text))
        except (OSError, ValueError, exceptions.SocketIsClosedError):
            pass
        finally:
            await self.close(abort=True, reason=self.server.reason.TRANSPORT_CLOSE)

    async def _probed(self, websocket: Any) -> bool:
        """Whether a polling client has moved over; what was put in meanwhile waits for that."""
        self.upgrading = True
        try:
            if await websocket.wait() != "2probe":
                return False
            await websocket.send("3probe")
            self.put(Packet(NOOP))  # ends a poll that waits
            return bool(await websocket.wait() == "5")
        except OSError:
            return False
        finally:
            self.upgrading = False

    def _write_straight(self) -> None:
        """From now on; what waits goes first."""
        before = self.queue
        if self.wire is not None and isinstance(before, Outbox):
            self.queue = WiredOutbox(self.wire)
            self.queue.on_room, self.queue.taken = before.on_room, before.taken
            for packet in before.drain():
                self.put(packet)
            self.on_wired()

    async def _read(self, packet: Packet) -> None:
        try:
            await self.receive(packet)
        except exceptions.UnknownPacketError:
            pass
        except exceptions.SocketIsClosedError:
            raise
        except Exception:
            self.server.logger.exception("a packet was not handled")


class Engine(engineio.AsyncServer):  # type: ignore[misc]  # untyped
    index = 0

    def generate_id(self) -> str:
        """Names the process that owns the session: a client's next request may reach another one."""
        return f"{self.index}-{super().generate_id()}"

    def create_queue(self, *_: object, **__: object) -> Outbox:
        return Outbox()

    async def _handle_connect(self, environ: dict[str, Any], transport: str, jsonp_index: int | None = None) -> Any:
        sid = self.generate_id()
        one = self.sockets[sid] = EngineSocket(self, sid)
        one.put(Packet(OPEN, {
            "sid": sid, "upgrades": self._upgrades(sid, transport), "pingTimeout": int(self.ping_timeout * 1000),
            "pingInterval": int(self.ping_interval * 1000), "maxPayload": self.max_http_buffer_size,
        }))  # fmt: skip
        await self._trigger_event("connect", sid, environ, run_async=False)
        one.schedule_ping()
        if transport == "websocket":
            return await one.handle_get_request(environ)
        one.connected = True
        return self._ok(await one.poll(), jsonp_index=jsonp_index)


def _forget_opening(environ: dict[str, Any]) -> None:
    """Keep no more of it than what may be asked for as long as the socket lives: kilobytes of headers otherwise."""
    query = environ["QUERY_STRING"]
    environ.clear()
    environ["QUERY_STRING"] = query


def _nothing() -> None: ...
