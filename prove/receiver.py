"""A developer's side: an HTTP server on loopback that keeps what it hears and answers by script."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
from standardwebhooks.webhooks import Webhook


@dataclass(frozen=True, slots=True)
class Heard:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def event(self) -> Any:
        return msgspec.json.decode(self.body)

    def verified_by(self, secret: str) -> Any:
        """As another library than ours sees it; raises if the signature is not right."""
        return Webhook(secret).verify(self.body, self.headers)


Answering = Callable[[Heard], int]
"""The status that answers a request."""


@dataclass
class Receiver:
    """`delay` is seconds before each answer."""

    port: int = 0
    answering: Answering = field(default=lambda _: 200)
    delay: Callable[[Heard], float] = field(default=lambda _: 0.0)
    heard: list[Heard] = field(default_factory=list)
    body: bytes = b"thanks"
    location: str = ""
    connections: int = 0

    def url(self, path: str = "/hook") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.strip().split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            heard = Heard(first.split(" ")[1], headers, body)
            await asyncio.sleep(self.delay(heard))
            self.heard.append(heard)
            more = f"location: {self.location}\r\n" if self.location else ""
            answer = f"HTTP/1.1 {self.answering(heard)} -\r\n{more}content-length: {len(self.body)}\r\n\r\n"
            writer.write(answer.encode() + self.body)
            await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            return  # nobody waits for this answer any more
        finally:
            writer.close()


@asynccontextmanager
async def running_receiver(tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    receiver = Receiver()
    server = await asyncio.start_server(receiver.converse, "127.0.0.1", 0, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
