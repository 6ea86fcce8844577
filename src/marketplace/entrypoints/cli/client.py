"""The smallest clients of the API that need nothing but this package: HTTP, Socket.IO and plain WebSocket."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from http.client import HTTPConnection
from time import perf_counter
from typing import Any
from urllib.parse import quote

from websockets.asyncio.client import ClientConnection, connect

Json = dict[str, Any]


class Refused(Exception):
    def __init__(self, status: int, problem: Json) -> None:
        super().__init__(f"{status} {problem.get('code')}: {problem.get('detail')}")
        self.status = status
        self.problem = problem


class Api:
    """JSON over HTTP, one connection a call. `token` is sent when set."""

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port
        self.token: str | None = None

    async def __call__(self, method: str, path: str, body: Json | None = None) -> Any:
        """The answer's `data`; raises Refused for a problem."""
        content = None if body is None else json.dumps(body).encode()
        return await asyncio.to_thread(self._call, method, path, content, "application/json")

    async def upload(self, path: str, form: dict[str, str], file: bytes) -> Any:
        """Post `file` as the part of that name, after the fields of `form`."""
        boundary = secrets.token_hex(16)
        head = f"--{boundary}\r\nContent-Disposition: form-data; name="
        fields = "".join(f'{head}"{name}"\r\n\r\n{value}\r\n' for name, value in form.items())
        part = f'{head}"file"; filename="report.pdf"\r\nContent-Type: application/pdf\r\n\r\n'
        content = (fields + part).encode() + file + f"\r\n--{boundary}--\r\n".encode()
        return await asyncio.to_thread(self._call, "POST", path, content, f"multipart/form-data; boundary={boundary}")

    def _call(self, method: str, path: str, content: bytes | None, content_type: str) -> Any:
        connection = HTTPConnection(self.host, self.port, timeout=30)
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        if content is not None:
            headers["content-type"] = content_type
        try:
            connection.request(method, path, content, headers)
            response = connection.getresponse()
            answer = json.loads(response.read())
        finally:
            connection.close()
        if response.status >= 400:
            raise Refused(response.status, answer)
        return answer.get("data", answer)


class Events:
    """What one person heard, by name, each with the moment it came."""

    def __init__(self) -> None:
        self._heard: asyncio.Queue[tuple[str, Json, float]] = asyncio.Queue()

    def add(self, name: str, data: Json) -> None:
        self._heard.put_nowait((name, data, perf_counter()))

    async def expect(
        self, names: set[str], passing_over: Collection[str] = (), *, within: float = 20
    ) -> tuple[str, Json, float]:
        """The next event but for those passed over, which must be one of these, and when it came (perf_counter)."""
        heard, data, at = await asyncio.wait_for(self._heard.get(), within)
        while heard in passing_over and heard not in names:
            heard, data, at = await asyncio.wait_for(self._heard.get(), within)
        if heard not in names:
            raise RuntimeError(f"expected {names}, heard {heard}: {data}")
        return heard, data, at


@asynccontextmanager
async def socketio(api: Api) -> AsyncIterator[Events]:
    """A Socket.IO v4 client over WebSocket."""
    url = f"ws://{api.host}:{api.port}/socket.io/?EIO=4&transport=websocket"
    async with connect(url) as socket:
        await socket.recv()
        await socket.send("40" + json.dumps({"token": api.token}))
        greeting = str(await socket.recv())
        if not greeting.startswith("40"):
            raise RuntimeError(f"the socket was refused: {greeting}")
        async with _reading(_read_socketio, socket) as events:
            yield events


async def _read_socketio(socket: ClientConnection, events: Events) -> None:
    async for packet in socket:
        text = str(packet)
        if text == "2":
            await socket.send("3")
        elif text.startswith("42"):
            name, data = json.loads(text[2:])
            events.add(name, data)


@asynccontextmanager
async def websocket(api: Api) -> AsyncIterator[Events]:
    """A plain WebSocket client, let in by a single-use ticket."""
    ticket = (await api("POST", "/api/v1/auth/ws-ticket"))["ticket"]
    async with (
        connect(f"ws://{api.host}:{api.port}/ws?ticket={quote(ticket)}") as socket,
        _reading(_read_plain, socket) as events,
    ):
        yield events


async def _read_plain(socket: ClientConnection, events: Events) -> None:
    async for text in socket:
        frame = json.loads(text)
        if frame["type"] == "ping":
            await socket.send('{"type":"pong"}')
        else:
            events.add(frame["type"], frame["data"])


@asynccontextmanager
async def _reading(read: Any, socket: ClientConnection) -> AsyncIterator[Events]:
    events = Events()
    reader = asyncio.create_task(read(socket, events))
    try:
        yield events
    finally:
        reader.cancel()
