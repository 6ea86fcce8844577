"""HTTP processes in miniature: the real container, hub, Socket.IO, WebSocket and uvicorn, inside the test's loop."""

import asyncio
import itertools
import json
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import socketio
from dishka import AsyncContainer, Provider, Scope, provide
from websockets.asyncio.client import ClientConnection, connect

from marketplace.application.identity.ports import AccessTokens, Sessions, Users
from marketplace.application.identity.sessions import EndSession
from marketplace.application.notifications.deliver import DeliverNotices
from marketplace.application.notifications.forget import ForgetOldEvents
from marketplace.application.notifications.ports import Announcements, EventWindow, UserEventLog
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.ports import Clock, Transaction
from marketplace.application.shared.user_events import Notice
from marketplace.domain.identity.user import User
from marketplace.domain.shared.ids import SessionId, UserId
from marketplace.entrypoints.http.server import Server, assemble, private_socket
from marketplace.entrypoints.realtime.call_beats import CallBeats
from marketplace.entrypoints.realtime.credentials import Sessions as SocketSessions
from marketplace.entrypoints.realtime.hub import Hub
from marketplace.entrypoints.realtime.presence import PresenceKeeper
from marketplace.entrypoints.realtime.rooms import RoomMembers
from marketplace.entrypoints.wiring.container import build
from marketplace.entrypoints.wiring.settings import Settings
from prove.ample_limits import AMPLE_LIMITS
from tests import canaries
from tests.apps import an_app
from tests.builders.identity import a_session, a_user
from tests.engines import Database
from tests.fakes.world import FixedClock

PATIENCE = 8.0
"""Seconds any single thing may take."""

ASIDE = {None, "message:new", "user:online", "user:offline"}
"""What their conversations hear of the same; passed over where it is not asked for."""


@dataclass(frozen=True, slots=True)
class Person:
    user: UserId
    session: SessionId
    token: str

    def notice(self, name: str = "order_created", **data: object) -> Notice:
        return Notice(self.user, name, data)


@dataclass(frozen=True, slots=True)
class Node:
    """One HTTP process."""

    container: AsyncContainer
    server: Server
    hub: Hub
    port: int
    running: "asyncio.Task[None]"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def a_person(self) -> Person:
        user = a_user()
        async with self.container() as request, await request.get(Transaction):
            await (await request.get(Users)).add(user)
        return await self._signed_in(user)

    async def on_another_device(self, person: Person) -> Person:
        return await self._signed_in(a_user(id=person.user))

    async def _signed_in(self, user: User) -> Person:
        session = a_session(user)
        async with self.container() as request:
            async with await request.get(Transaction):
                await (await request.get(Sessions)).add(session)
            now = (await request.get(Clock)).now()
            token = (await request.get(AccessTokens)).issue(user.id, session.id, now)
        return Person(user.id, session.id, token)

    async def deliver(self, *notices: Notice) -> None:
        async with self.container() as request:
            await (await request.get(DeliverNotices))(notices)

    async def forget_events(self) -> None:
        """All that anybody was told so far."""
        async with self.container() as request:
            now, transaction = (await request.get(Clock)).now(), await request.get(Transaction)
            await ForgetOldEvents(await request.get(EventWindow), transaction, FixedClock(now), timedelta(0))()

    async def log_out(self, person: Person) -> None:
        async with self.container() as request:
            await (await request.get(EndSession))(Actor(person.user, person.session, frozenset()))


def settings(database: Database, redis_url: str, data_dir: Path, sockets: Sequence[Path] = (), **more: str) -> Settings:
    return Settings.from_environment({
        "ENVIRONMENT": "development", "SECRET_KEY": "uJ3vYb0h7Qm2Xc9dLr5Tz8Wn1Kp4Sg6Af-Ei_Oy",
        "DATA_DIR": str(data_dir), "DATABASE_URL": database.app_dsn,
        "REDIS_URL": redis_url, "ALLOWED_ORIGINS": "https://shop.example",
        "HTTP_SOCKETS": ",".join(map(str, sockets)), **AMPLE_LIMITS, **more,
    })  # fmt: skip


@asynccontextmanager
async def running_node(settings: Settings, index: int = 0, *overrides: Provider) -> AsyncIterator[Node]:
    container = build(settings, *overrides)
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    sockets = [listener] + [private_socket(settings.http_sockets[index]) for _ in settings.http_sockets[:1]]
    with an_app(container, settings) as app:
        server = await assemble(settings, container, app, index)
        server.goodbye = 0.1
        async with (
            await container.get(Hub) as hub,
            await container.get(CallBeats),
            await container.get(PresenceKeeper),
        ):
            running = asyncio.create_task(server.serve(sockets))
            try:
                await asyncio.wait_for(hub.listening.wait(), PATIENCE)
                await until(lambda: server.started)
                yield Node(container, server, hub, port, running)
            finally:
                server.should_exit = True
                await asyncio.wait_for(running, 25)
    await container.close()


class HurriedHub(Provider):
    """Ends who takes nothing soon."""

    def __init__(self, patience: float = 0.7) -> None:
        super().__init__()
        self._patience = patience

    @provide(scope=Scope.APP, override=True)
    def hub(
        self,
        announcements: Announcements,
        log: UserEventLog,
        clock: Clock,
        rooms: RoomMembers,
        container: AsyncContainer,
    ) -> Hub:
        return Hub(announcements, log, SocketSessions(container), clock, rooms, patience=self._patience)


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.005)


class SocketIo:
    """A stock python-socketio client that keeps what it hears."""

    def __init__(self, *, reconnection: bool = False, session: aiohttp.ClientSession | None = None) -> None:
        self.heard: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        self.client = socketio.AsyncClient(reconnection=reconnection, http_session=session)
        self.disconnected = asyncio.Event()
        self.client.on("*", self._hear)
        self.client.on("disconnect", self._disconnect)

    async def _hear(self, event: str, data: object = None) -> None:
        canaries.listen(event, data)
        self.heard.put_nowait((event, data))

    async def _disconnect(self, *_: object) -> None:
        self.disconnected.set()

    async def next(self, name: str) -> Any:
        event = data = None
        while event in ASIDE - {name}:
            event, data = await asyncio.wait_for(self.heard.get(), PATIENCE)
        assert event == name, (event, data)
        return data

    async def call(self, event: str, data: object) -> Any:
        return await self.client.call(event, data, timeout=PATIENCE)


@asynccontextmanager
async def socket_io(
    url: str, person: Person | None = None, *, transports: Sequence[str] | None = None, **options: Any
) -> AsyncIterator[SocketIo]:
    """Connected and greeted."""
    auth = options.pop("auth", {"token": person.token} if person else None)
    client = SocketIo(**options)
    await client.client.connect(url, auth=auth, transports=transports, wait_timeout=PATIENCE)
    try:
        yield client
    finally:
        await client.client.disconnect()
        await client.client.shutdown()


class Plain:
    """A stock websocket client."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def next(self, *types: str) -> dict[str, Any]:
        frame: dict[str, Any] = {}
        while frame.get("type") in ASIDE - {*types}:
            text = await asyncio.wait_for(self.connection.recv(), PATIENCE)
            canaries.listen("a frame", text)
            frame = json.loads(text)
        assert frame["type"] in types, frame
        return frame

    async def send(self, **frame: object) -> None:
        await self.connection.send(json.dumps(frame))

    async def closed(self) -> int | None:
        """The close code, once there is one."""
        async with asyncio.timeout(PATIENCE):
            with suppress(Exception):
                while True:
                    await self.connection.recv()
            await self.connection.wait_closed()
        return self.connection.close_code


@asynccontextmanager
async def plain(node: Node, query: str, path: str = "/ws", **options: Any) -> AsyncIterator[Plain]:
    url = f"ws://127.0.0.1:{node.port}{path}?{query}"
    async with connect(url, close_timeout=0.2, **options) as connection:
        yield Plain(connection)


@asynccontextmanager
async def a_door(
    choose: Callable[[bytes], Node], clients: list[asyncio.StreamWriter] | None = None
) -> AsyncIterator[str]:
    """The address of a shared listener: `choose` sees what a connection begins with and says whose it is.

    `clients` gets a writer to each one that comes in, by which it can be cut.
    """

    async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65_536):
                writer.write(data)
        writer.close()

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if clients is not None:
            clients.append(writer)
        head = await reader.read(65_536)
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", choose(head).port)
        inner_writer.write(head)
        await asyncio.gather(pipe(reader, inner_writer), pipe(inner_reader, writer))

    server = await asyncio.start_server(pass_on, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


def in_turn(nodes: Sequence[Node]) -> Callable[[bytes], Node]:
    turns = itertools.cycle(nodes)
    return lambda _: next(turns)


def one_request_per_connection() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True))
