"""What one process of the node hands over to another carries the client's address, which no client can forge."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.server import ServerConnection, unix_serve

from marketplace.entrypoints.socketio.forwarding import forward_request, forward_websocket
from tests.engines import Database
from tests.realtime.harness import Node, running_node, settings

SCOPE: dict[str, Any] = {
    "method": "GET", "path": "/socket.io", "query_string": b"sid=1-x", "state": {"address": "198.51.100.7"},
    "headers": [(b"host", b"h"), (b"x-forwarded-for", b"6.6.6.6"), (b"x-forwarded-for", b"7.7.7.7")], "extensions": {},
}  # fmt: skip


async def test_a_request_is_handed_over_with_the_address_that_was_found(tmp_path: Path) -> None:
    heard: list[bytes] = []

    async def owner(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
        writer.close()

    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    server = await asyncio.start_unix_server(owner, tmp_path / "1.sock")
    async with server:
        await forward_request(tmp_path / "1.sock", SCOPE, receive, send)  # type: ignore[arg-type]  # what it needs of one
    assert sent[-1]["body"] == b"ok"
    fields = [line for line in heard[0].lower().split(b"\r\n") if line.startswith(b"x-forwarded-for")]
    assert fields == [b"x-forwarded-for: 198.51.100.7"]


async def test_a_websocket_is_handed_over_with_the_address_that_was_found(tmp_path: Path) -> None:
    heard: list[list[str]] = []
    messages = asyncio.Queue[dict[str, Any]]()
    messages.put_nowait({"type": "websocket.connect"})

    async def owner(connection: ServerConnection) -> None:
        assert connection.request is not None
        heard.append(connection.request.headers.get_all("x-forwarded-for"))

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "websocket.close":
            messages.put_nowait({"type": "websocket.disconnect"})

    async with unix_serve(owner, str(tmp_path / "1.sock")):
        await forward_websocket(tmp_path / "1.sock", SCOPE, messages.get, send, set())
    assert heard == [["198.51.100.7"]]


@pytest.fixture
async def node(database: Database, redis_url: str, redis: object, tmp_path: Path) -> AsyncIterator[Node]:
    limited = settings(database, redis_url, tmp_path, [tmp_path / "0.sock"], RATE_LIMIT_API="2/hour")
    async with running_node(limited) as node:
        yield node


async def test_only_the_private_socket_is_believed(node: Node, tmp_path: Path) -> None:
    async def statuses(client: httpx.AsyncClient) -> list[int]:
        forwarded = [{"x-forwarded-for": f"203.0.113.{n}"} for n in range(4)]
        return [(await client.get("/api/v1/products", headers=headers)).status_code for headers in forwarded]

    door = httpx.AsyncHTTPTransport(uds=str(tmp_path / "0.sock"))
    async with httpx.AsyncClient(base_url=node.url) as outside:
        assert await statuses(outside) == [200, 200, 429, 429]
    async with httpx.AsyncClient(transport=door, base_url="http://node") as inside:
        assert await statuses(inside) == [200, 200, 200, 200]
        assert await statuses(inside) == [200, 200, 200, 200]
        assert await statuses(inside) == [429, 429, 429, 429]
