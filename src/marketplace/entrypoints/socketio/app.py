"""Socket.IO as an ASGI application of one of several processes that share a listening socket.

A client's polls, posts and its upgrade to a websocket are separate connections and may reach any process. The session
id names the process that owns the session; the others hand over to it through its private Unix socket.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from websockets.asyncio.client import ClientConnection

from marketplace.entrypoints.socketio.forwarding import forward_request, forward_websocket
from marketplace.entrypoints.socketio.server import SocketIoServer

PATH = "/socket.io"
FORWARDED_POLL = 2.0
"""Seconds."""


class SocketIoApp:
    """`sockets` are the Unix sockets of all processes, by index."""

    def __init__(self, server: SocketIoServer, sockets: Sequence[Path]) -> None:
        self._server = server
        self._sockets = {str(index): socket for index, socket in enumerate(sockets)}
        self._upstreams: set[ClientConnection] = set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        sid = parse_qs(scope["query_string"].decode("latin-1")).get("sid", [""])[0]
        owner = self._owner(sid)
        if scope["type"] == "http":
            if owner is not None:
                await forward_request(owner, scope, receive, send)
            else:
                with self._hurried(scope, sid):
                    await self._server.handle_request(scope, receive, _measured(send))
        elif owner is not None:
            await forward_websocket(owner, scope, receive, send, self._upstreams)
        else:
            await self._server.handle_request(scope, receive, send)

    async def dismiss(self, seconds: float) -> None:
        """Send away, spread over `seconds`, the clients of other processes and those that never said who they are."""
        upstreams = list(self._upstreams)
        for upstream in upstreams:
            await asyncio.sleep(seconds / len(upstreams))
            self._server.start(upstream.close())
        self._server.forget_strangers()

    @contextmanager
    def _hurried(self, scope: Any, sid: str) -> Iterator[None]:
        """A poll that another process waits for ends early, so that its stop need not wait long."""
        if scope["client"] is not None or scope["method"] != "GET":
            yield
            return
        timer = asyncio.get_running_loop().call_later(FORWARDED_POLL, self._server.end_poll, sid)
        try:
            yield
        finally:
            timer.cancel()

    def _owner(self, sid: str) -> Path | None:
        """None if that is this process, or nobody."""
        index = sid.partition("-")[0]
        return None if index == str(self._server.eio.index) else self._sockets.get(index)


def _measured(send: Any) -> Any:
    """Answers of known length: python-engineio gives each in one piece but does not say how long it is."""
    start: Any = None

    async def measured(message: Any) -> None:
        nonlocal start
        if message["type"] == "http.response.start":
            start = message
            return
        start["headers"] = [*start["headers"], (b"content-length", str(len(message["body"])).encode())]
        await send(start)
        await send(message)

    return measured
