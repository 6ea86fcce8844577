"""The HTTP process: REST, Socket.IO and plain WebSocket behind one gate, on the shared listener and its own socket."""

import asyncio
import os
import resource
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import uvicorn
import uvloop
from dishka import AsyncContainer
from litestar import Litestar
from litestar.config.cors import CORSConfig
from litestar.types import ASGIApp

from marketplace.application.shared.limits import RateLimits
from marketplace.application.shared.ports import Ids
from marketplace.entrypoints import starting
from marketplace.entrypoints.http.ahead import CallsAhead
from marketplace.entrypoints.http.answers import PublicAnswers
from marketplace.entrypoints.http.app import create_app
from marketplace.entrypoints.http.fast_lane import FastLane, HttpProtocol
from marketplace.entrypoints.http.gate import Gate
from marketplace.entrypoints.http.public_routes import PublicRoutes
from marketplace.entrypoints.http.readiness import Readiness
from marketplace.entrypoints.http.shared_answers import CorsHeaders, SharedAnswers
from marketplace.entrypoints.http.wire import WebSocketProtocol
from marketplace.entrypoints.realtime.call_beats import CallBeats
from marketplace.entrypoints.realtime.credentials import Origins
from marketplace.entrypoints.realtime.hub import Hub
from marketplace.entrypoints.realtime.presence import PresenceKeeper
from marketplace.entrypoints.socketio.app import PATH, SocketIoApp
from marketplace.entrypoints.socketio.server import MAX_FRAME, SocketIoServer
from marketplace.entrypoints.websocket.app import PATHS, WebSocketApp
from marketplace.entrypoints.wiring.container import build
from marketplace.entrypoints.wiring.settings import Settings

GOODBYE = 1.5
"""Seconds over which the sockets are told to reconnect, so that they do not come back all at once."""

DRAIN = 20
"""Seconds for the requests in flight at a stop; the supervisor kills after 25."""

BACKLOG = 2048

Dismissal = Callable[[float], Awaitable[None]]
"""Sends sockets away, spread over so many seconds."""


def run(settings: Settings, *, fd: int, index: int) -> None:
    """Serve until SIGTERM or SIGINT, then drain. `fd` is the listening socket that all processes share."""
    allow_many_sockets()
    listener = socket.socket(fileno=os.dup(fd))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(settings, build(settings), listener, index))


async def serve(settings: Settings, container: AsyncContainer, listener: socket.socket, index: int) -> None:
    sockets = [listener]
    if settings.http_sockets:
        sockets.append(private_socket(settings.http_sockets[index]))
    try:
        server = await assemble(settings, container, create_app(container, settings), index)
        async with await container.get(Hub), await container.get(CallBeats), await container.get(PresenceKeeper):
            starting.end()
            await server.serve(sockets)
    finally:
        await container.close()


def allow_many_sockets() -> None:
    """As many as the system permits: shells and services often begin with 1,024."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def assemble(settings: Settings, container: AsyncContainer, api: Litestar, index: int) -> "Server":
    readiness, hub, ids = await container.get(Readiness), await container.get(Hub), await container.get(Ids)
    origins = await container.get(Origins)
    socket_io = SocketIoApp(SocketIoServer(container, hub, origins, index), settings.http_sockets)
    web_socket = WebSocketApp(container, hub, origins)
    answers, cors = await container.get(PublicAnswers), CorsHeaders(api.cors_config or CORSConfig(allow_origins=[]))
    calls = CallsAhead(await container.get(RateLimits), settings.rate_limits.api)
    shared = SharedAnswers(api, answers, PublicRoutes(api), calls, cors)
    app = route(shared, socket_io, web_socket, readiness)
    hosts = frozenset() if "*" in settings.allowed_hosts else frozenset(settings.allowed_hosts)
    gate = Gate(app, allowed_hosts=hosts, new_id=ids.new, trusted_proxies=settings.trusted_proxies)
    lane = FastLane(gate, answers, calls, cors, readiness, ids.new)
    return Server(gate, lane, readiness, hub.dismiss, socket_io.dismiss)


def private_socket(path: Path) -> socket.socket:
    """Where the other processes of this node reach this one."""
    path.unlink(missing_ok=True)
    private = socket.socket(socket.AF_UNIX)
    private.bind(str(path))
    path.chmod(0o600)
    private.listen(BACKLOG)
    return private


def route(app: ASGIApp, socket_io: ASGIApp, web_socket: ASGIApp, readiness: Readiness) -> ASGIApp:
    """One ASGI application of three."""

    async def routed(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await app(scope, receive, send)
            return
        if readiness.draining and scope["type"] == "http":
            send = _closing(send)
        if scope["path"] == PATH:
            scope["path_template"] = PATH
            await socket_io(scope, receive, send)
        elif scope["type"] == "http":
            await app(scope, receive, send)
        elif scope["path"] in PATHS:
            await web_socket(scope, receive, send)
        else:
            await receive()
            await send({"type": "websocket.close", "code": 4404, "reason": "not_found"})

    return routed


def _closing(send: Any) -> Any:
    """Have the client open its next connection to a process that stays."""

    async def closing(message: Any) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], (b"connection", b"close")]
        await send(message)

    return closing


class Server(uvicorn.Server):
    """Drains in order: not ready, no new connections, sockets sent away, requests finished, the rest closed."""

    goodbye = GOODBYE

    def __init__(self, app: ASGIApp, lane: FastLane, readiness: Readiness, *dismissals: Dismissal) -> None:
        super().__init__(uvicorn.Config(
            app,
            http=partial(HttpProtocol, lane),  # type: ignore[arg-type]  # called like a class
            ws=WebSocketProtocol,
            ws_max_size=MAX_FRAME,
            ws_ping_interval=None,
            ws_per_message_deflate=False,
            lifespan="on",
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            backlog=BACKLOG,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=DRAIN,
        ))  # fmt: skip
        self._readiness = readiness
        self._dismissals = dismissals
        self.lane = lane

    def handle_exit(self, *_: object) -> None:
        """A signal stops us; it is not raised again afterwards, so that a clean stop ends with status 0."""
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._readiness.draining = True
        self.servers[0].close()
        await asyncio.gather(*(dismiss(self.goodbye) for dismiss in self._dismissals))
        await super().shutdown(sockets)
