"""Two HTTP processes with their kept answers, and the same application without: what it says is the truth."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx

from marketplace.entrypoints.http.gate import Gate
from prove.people import PRODUCT, Person, people_in
from tests.apps import an_app
from tests.engines import Database
from tests.realtime.harness import Node, running_node, settings


@dataclass
class House:
    nodes: list[Node]
    clients: list[httpx.AsyncClient]
    uncached: httpx.AsyncClient
    connection: asyncpg.Connection
    seller: Person
    follower: Person
    stranger: Person
    blocked: Person

    async def get(self, path: str, node: int = 0, who: Person | None = None, **options: Any) -> httpx.Response:
        headers = {**(who.headers if who else {}), **options.pop("headers", {})}
        return await self.clients[node].request(options.pop("method", "GET"), f"/api/v1{path}", headers=headers)

    async def truth(self, path: str, who: Person | None = None) -> httpx.Response:
        return await self.uncached.get(f"/api/v1{path}", headers=who.headers if who else {})

    async def product(self, **changes: Any) -> str:
        answer = await self.uncached.post("/api/v1/products", json={**PRODUCT, **changes}, headers=self.seller.headers)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["data"]["id"])

    async def rename(self, product: str, title: str) -> None:
        await self.connection.execute("UPDATE catalog.listings SET title = $2 WHERE id = $1", product, title)

    async def move(self, product: str, status: str) -> None:
        await self.connection.execute(
            "UPDATE catalog.listing_states SET status = $2 WHERE listing_id = $1", product, status
        )

    async def show_to(self, product: str, audience: str) -> None:
        await self.connection.execute("UPDATE catalog.listings SET audience = $2 WHERE id = $1", product, audience)


@asynccontextmanager
async def running_house(
    database: Database, redis_url: str, data_dir: Path, processes: int = 2, **environ: str
) -> AsyncIterator[House]:
    chosen = settings(database, redis_url, data_dir, (), **environ)
    async with AsyncExitStack() as stack:
        nodes = [await stack.enter_async_context(running_node(chosen)) for _ in range(processes)]
        clients = [await stack.enter_async_context(httpx.AsyncClient(base_url=node.url)) for node in nodes]
        app = stack.enter_context(an_app(nodes[0].container, chosen))
        gate: Any = Gate(app, allowed_hosts=frozenset(), new_id=uuid4)
        transport = httpx.ASGITransport(gate)
        uncached = await stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url="http://localhost"))
        connection = await asyncpg.connect(database.app_dsn)
        stack.push_async_callback(connection.close)
        seller, follower, stranger, blocked = await people_in(nodes[0].container, "seller", "buyer", "buyer", "buyer")
        await connection.execute("INSERT INTO social.follows VALUES ($1, $2, now())", follower.id, seller.id)
        await connection.execute("INSERT INTO social.blocks VALUES ($1, $2, now())", seller.id, blocked.id)
        yield House(nodes, clients, uncached, connection, seller, follower, stranger, blocked)


@dataclass
class Wire:
    """A connection of which every byte counts."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def ask(self, *requests: str) -> list[tuple[int, dict[str, str], bytes]]:
        """All are sent at once. Each as `GET /path` with lines of headers; status, headers and body of every answer."""
        self.send(*requests)
        return [await self.hear(bodiless=one.startswith("HEAD")) for one in requests]

    def send(self, *requests: str) -> None:
        whole = [f"{first} HTTP/1.1\r\nhost: localhost\r\n{rest}\r\n" for first, _, rest in map(_parts, requests)]
        self.writer.write("".join(whole).encode())

    async def hear(self, *, bodiless: bool = False) -> tuple[int, dict[str, str], bytes]:
        async with asyncio.timeout(8):
            first, *lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").strip().split("\r\n")
            headers: dict[str, str] = {}
            for line in lines:
                name, _, value = line.partition(": ")
                headers[name] = f"{headers[name]}, {value}" if name in headers else value
            status = int(first.split()[1])
            length = 0 if bodiless or status in (204, 304) else int(headers["content-length"])
            return status, headers, await self.reader.readexactly(length)


def _parts(request: str) -> tuple[str, str, str]:
    first, _, rest = request.partition("\n")
    return first, "", "".join(f"{line}\r\n" for line in rest.splitlines())


@asynccontextmanager
async def wire(node: Node) -> AsyncIterator[Wire]:
    reader, writer = await asyncio.open_connection("127.0.0.1", node.port)
    try:
        yield Wire(reader, writer)
    finally:
        writer.close()
