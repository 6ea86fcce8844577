"""One person's sockets as stock clients have them: what they hear, and whether they were closed."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import httpx
import socketio
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from prove.node import Node
from prove.streams import events_in


class Ear:
    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.heard: list[str] = []
        """The names of events, in order."""
        self.closed = asyncio.Event()
        self._news = asyncio.Event()

    def hear(self, name: str) -> None:
        self.heard.append(name)
        self._news.set()

    async def hears(self, name: str, limit: float = 10) -> bool:
        """Whether it has heard that, or does before the limit in seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(limit):
                while name not in self.heard:
                    self._news.clear()
                    await self._news.wait()
        return name in self.heard

    async def closes(self, limit: float) -> bool:
        with suppress(TimeoutError):
            await asyncio.wait_for(self.closed.wait(), limit)
        return self.closed.is_set()


@asynccontextmanager
async def plain(server: Node, token: str) -> AsyncIterator[Ear]:
    ear = Ear("WebSocket")
    url = f"{server.url.replace('http', 'ws')}/ws?token={token}"
    async with connect(url, close_timeout=0.2) as socket:

        async def read() -> None:
            with suppress(ConnectionClosed):
                async for text in socket:
                    ear.hear(json.loads(text)["type"])
            ear.closed.set()

        reading = asyncio.create_task(read())
        await ear.hears("connected")
        yield ear
    await reading


@asynccontextmanager
async def socket_io(server: Node, token: str) -> AsyncIterator[Ear]:
    ear = Ear("Socket.IO")
    client = socketio.AsyncClient(reconnection=False)

    async def hear(name: str, *_: object) -> None:
        ear.hear(name)

    async def closed(*_: object) -> None:
        ear.closed.set()

    client.on("*", hear)
    client.on("disconnect", closed)
    await client.connect(server.url, auth={"token": token}, wait_timeout=10)
    await ear.hears("connected")
    try:
        yield ear
    finally:
        await client.disconnect()
        await client.shutdown()


@asynccontextmanager
async def stream(server: Node, token: str) -> AsyncIterator[Ear]:
    ear = Ear("stream")
    headers = {"authorization": f"Bearer {token}"}
    async with (
        httpx.AsyncClient(timeout=30) as client,
        client.stream("GET", f"{server.url}/api/v1/sync/stream", headers=headers) as answer,
    ):

        async def read() -> None:
            with suppress(httpx.HTTPError):
                async for event in events_in(answer.aiter_lines()):
                    ear.hear(event.name)
            ear.closed.set()

        reading = asyncio.create_task(read())
        await ear.hears("connected")
        yield ear
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
