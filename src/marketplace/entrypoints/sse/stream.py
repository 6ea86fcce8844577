"""Server-sent events: one more connection of the hub, with the frames of the plain WebSocket as data."""

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from litestar.response import Stream

from marketplace.domain.notifications.errors import FullSyncRequired
from marketplace.domain.shared.errors import Forbidden
from marketplace.entrypoints.http.messages import encode
from marketplace.entrypoints.realtime.connection import Connection, Encoded, End
from marketplace.entrypoints.realtime.credentials import Admission
from marketplace.entrypoints.realtime.hub import Hub
from marketplace.entrypoints.realtime.outbox import Outbox

MEDIA_TYPE = "text/event-stream"
HEARTBEAT = 25.0
LAST_WORDS = 3.0
"""Seconds to take the end in before the connection is cut."""

RETRY = (1_000, 3_000)
"""Milliseconds after which a client comes back, at random: a process that dies leaves many at once."""

HEADERS = (
    (b"content-type", f"{MEDIA_TYPE}; charset=utf-8".encode()),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"connection", b"close"),
)
"""The connection serves nothing after a stream, so that cutting it hurts no other request."""

BEAT = ": still here\n\n"


class ForeignOrigin(Forbidden):
    code = "foreign_origin"


class EventStream(Stream):
    """An answer that lasts as long as its connection: neither buffered nor rendered by anybody else."""

    def __init__(self, hub: Hub, admission: Admission, after: int | None, *, bodiless: bool) -> None:
        super().__init__(iter(()))
        self._hub = hub
        self._admission = admission
        self._after = after
        self._bodiless = bodiless

    def to_asgi_response(self, *_: Any, **__: Any) -> Any:
        return self._answer

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": list(HEADERS)}
        end = {"type": "http.response.body", "body": b"", "more_body": False}
        if self._bodiless:
            await send(start)
            await send(end)
            return
        abort = scope.get("extensions", {}).get("transport.abort", _nothing)
        connection = StreamConnection(self._admission, self._after, abort)
        leaving = asyncio.create_task(_until_left(receive, connection))
        try:
            await self._hub.attach(connection)
            if self._after is not None:
                with suppress(FullSyncRequired):  # the connection says so
                    self._hub.resume(connection, self._after)
            await send(start)
            while connection.last_words is None:
                text = await connection.outbox.get()
                if connection.last_words is None:
                    await send({**end, "body": text.encode(), "more_body": True})
            await send({**end, "body": connection.last_words.encode()})
        finally:
            self._hub.detach(connection)
            leaving.cancel()


class StreamConnection(Connection):
    """`last_words` are there once nothing else follows; an empty text in the outbox wakes the writer then."""

    outbox: Outbox

    def __init__(self, admission: Admission, after: int | None, abort: Callable[[], None]) -> None:
        super().__init__(admission.actor, admission.expires_at, Outbox())
        self._after = after
        self._beaten = asyncio.get_running_loop().time()
        self._abort = abort
        self.last_words: str | None = None
        self.outbox.put_nowait(f"retry: {random.randint(*RETRY)}\n\n")  # noqa: S311 - jitter, not a secret

    def welcome(self, seq: int) -> None:
        """A client that is cut before it has heard anything comes back to where it began."""
        begin = seq if self._after is None else min(self._after, seq)
        self._put("connected", {"userId": self.user, "seq": seq}, begin)

    def say(self, event: str, data: object) -> None:
        self._put(event, data)

    def require_full_sync(self, seq: int) -> None:
        self._put("sync:required", {"seq": seq}, seq)

    def send(self, event: Encoded) -> None:
        self.outbox.put_nowait(event.block)

    def _put(self, event: str, data: object, seq: int | None = None) -> None:
        self.outbox.put_nowait(_block(event, data, seq))

    def end(self, why: End) -> None:
        if self.last_words is None:
            self.leave(_block("closed", {"code": why.code, "reason": why.reason}))
            patience = 0.0 if why is End.TOO_SLOW else LAST_WORDS
            asyncio.get_running_loop().call_later(patience, self._abort)

    def beat(self, now: float) -> None:
        if now - self._beaten >= HEARTBEAT and self.outbox.empty():
            self._beaten = now
            self.outbox.put_nowait(BEAT)

    def leave(self, last_words: str = "") -> None:
        self.last_words = last_words
        self.outbox.put_nowait("")


def _block(event: str, data: object, seq: int | None = None) -> str:
    place = "" if seq is None else f"id: {seq}\n"
    return f"{place}event: {event}\ndata: {encode({'type': event, 'data': data}).decode()}\n\n"


async def _until_left(receive: Any, connection: StreamConnection) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    connection.leave()


def _nothing() -> None: ...
