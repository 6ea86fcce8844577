"""A person's devices as stock clients have them: cut at any moment, they come back and resume at what they have."""

import asyncio
import json
import logging
import socket
from abc import ABC, abstractmethod
from collections import defaultdict
from contextlib import suppress
from typing import Any

import aiohttp
import httpx
import socketio
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from prove.node import Node
from prove.people import Person
from prove.streams import events_in

PAUSE = 0.05
"""Seconds until a device that was cut comes back."""

PATIENCE = 5.0
"""Seconds for a connection, and for an acknowledgement."""

LONGEST_SILENCE = 60.0
"""Seconds between two events of a stream, or comments."""

QUIET = logging.getLogger(__name__)
QUIET.setLevel(logging.CRITICAL)  # what is cut is no error here

CUT_OFF = (OSError, TimeoutError, EOFError, httpx.HTTPError, WebSocketException, aiohttp.ClientError)


class Device(ABC):
    """Takes each event once and in order, whatever is repeated: what is ahead comes again with the resumption."""

    kind: str

    def __init__(self, server: Node, person: Person) -> None:
        self.server = server
        self.person = person
        self.heard: list[str] = []
        """The ids of events; the first one's number is 1."""
        self.messages: defaultdict[str, list[int]] = defaultdict(list)
        """By conversation the numbers of its messages, in the order they came."""
        self.cuts = 0
        self.is_connected = False

    async def run(self) -> None:
        while True:
            with suppress(*CUT_OFF):
                await self._listen()
            self._lost()
            await asyncio.sleep(PAUSE)

    def _lost(self) -> None:
        self.is_connected = False

    @abstractmethod
    async def _listen(self) -> None:
        """Connect, resume, and hear until cut."""

    @abstractmethod
    def _abort(self) -> None:
        """Break the connection without a word."""

    def cut(self) -> None:
        if self.is_connected:
            self.is_connected = False
            self.cuts += 1
            self._abort()

    def _hear(self, event_id: str, seq: int, name: str, data: dict[str, Any]) -> None:
        if seq == len(self.heard) + 1:
            self.heard.append(event_id)
            if name == "message:new":
                self.messages[data["conversationId"]].append(data["number"])


class Speaker(Device):
    """Sends over its connection too."""

    def __init__(self, server: Node, person: Person) -> None:
        super().__init__(server, person)
        self._unanswered: dict[str, asyncio.Future[bool]] = {}

    async def send(self, message: dict[str, Any]) -> bool:
        """Whether it was acknowledged before the connection was cut."""
        key: str = message["client_id"]
        self._unanswered[key] = answered = asyncio.get_running_loop().create_future()
        with suppress(socketio.exceptions.SocketIOError, *CUT_OFF):
            await self._ask(key, message)
            return await asyncio.wait_for(answered, PATIENCE)
        return False

    @abstractmethod
    async def _ask(self, key: str, message: dict[str, Any]) -> None:
        """Send it as `message:send`; its answer goes to `_answered`."""

    def _answered(self, key: str, answer: dict[str, Any]) -> None:
        waiting = self._unanswered.pop(key, None)
        if waiting and not waiting.done():
            waiting.set_result(bool(answer.get("success")))

    def _lost(self) -> None:
        super()._lost()
        for key in list(self._unanswered):
            self._answered(key, {})


class PlainDevice(Speaker):
    kind = "WebSocket"
    _socket: ClientConnection

    async def _listen(self) -> None:
        url = f"{self.server.url.replace('http', 'ws')}/ws?token={self.person.token}"
        async with connect(url, open_timeout=PATIENCE, close_timeout=0.1, compression=None) as self._socket:
            await self._socket.send(json.dumps({"type": "resume", "after": len(self.heard)}))
            self.is_connected = True
            async for text in self._socket:
                frame = json.loads(text)
                if frame["type"] == "ping":
                    await self._socket.send('{"type":"pong"}')
                elif frame["type"] == "ack":
                    self._answered(str(frame["id"]), frame["data"])
                elif "seq" in frame and "id" in frame:
                    self._hear(frame["id"], frame["seq"], frame["type"], frame["data"])

    def _abort(self) -> None:
        self._socket.transport.abort()

    async def _ask(self, key: str, message: dict[str, Any]) -> None:
        await self._socket.send(json.dumps({"type": "message:send", "id": key, "data": message}))


class SocketIoDevice(Speaker):
    kind = "Socket.IO"

    async def _listen(self) -> None:
        gone = asyncio.Event()
        self._client = client = socketio.AsyncClient(reconnection=False, engineio_logger=QUIET)

        async def hear(name: str, data: dict[str, Any]) -> None:
            if "eventId" in data:
                self._hear(data["eventId"], data["seq"], name, data)

        async def leave(*_: object) -> None:
            gone.set()

        client.on("*", hear)
        client.on("disconnect", leave)
        try:
            await client.connect(self.server.url, auth={"token": self.person.token}, wait_timeout=PATIENCE)
            await client.emit("resume", {"after": len(self.heard)})
            self.is_connected = True
            await gone.wait()
        except socketio.exceptions.SocketIOError:
            pass
        finally:
            await client.shutdown()
            if client.eio.http and not client.eio.http.closed:
                await client.eio.http.close()

    def _abort(self) -> None:
        if self._client.eio.ws:
            _shut(self._client.eio.ws.get_extra_info("socket"))

    async def _ask(self, key: str, message: dict[str, Any]) -> None:
        await self._client.emit("message:send", message, callback=lambda answer: self._answered(key, answer))


class StreamDevice(Device):
    kind = "stream"

    async def _listen(self) -> None:
        query = {"after": str(len(self.heard))}
        async with (
            httpx.AsyncClient(timeout=httpx.Timeout(PATIENCE, read=LONGEST_SILENCE)) as client,
            client.stream(
                "GET", f"{self.server.url}/api/v1/sync/stream", params=query, headers=self.person.headers
            ) as answer,
        ):
            self._answer = answer
            self.is_connected = answer.status_code == 200
            async for event in events_in(answer.aiter_lines()):
                if "seq" in event.data:
                    self._hear(event.data["id"], event.data["seq"], event.name, event.data["data"])

    def _abort(self) -> None:
        _shut(self._answer.extensions["network_stream"].get_extra_info("socket"))


def _shut(connection: Any) -> None:
    """Nothing is left to be shut of what is closing already."""
    if connection:
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
