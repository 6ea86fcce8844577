"""Uploads that never end, against the real server on a socket."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from redis.asyncio import Redis

from marketplace.entrypoints.http.gate import MAX_BODY, MAX_UPLOAD
from tests.engines import Database
from tests.realtime.harness import Node, running_node, settings

IN_THE_PIPES = 16 * 1024 * 1024
"""What the kernel and the server's buffers may hold at most."""
FORM = b"content-type: multipart/form-data; boundary=line\r\n"
PART = b'--line\r\ncontent-disposition: form-data; name="file"\r\n\r\n'


@pytest.fixture
async def node(database: Database, redis_url: str, redis: Redis, tmp_path: Path) -> AsyncIterator[Node]:
    async with running_node(settings(database, redis_url, tmp_path)) as node:
        yield node


@pytest.mark.parametrize(
    ("path", "type_", "limit"),
    [("users/me/avatar", FORM, MAX_UPLOAD), ("products", b"content-type: application/json\r\n", MAX_BODY)],
    ids=["upload", "json"],
)
async def test_a_body_without_end_is_cut_off(node: Node, path: str, type_: bytes, limit: int) -> None:
    person = await node.a_person()
    head = f"POST /api/v1/{path} HTTP/1.1\r\nhost: test\r\nauthorization: Bearer {person.token}\r\n".encode()
    sent, answer = await asyncio.to_thread(pour, node.port, head + type_, limit + IN_THE_PIPES)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close" in answer
    assert b'"code":"body_too_large"' in answer
    assert limit < sent < limit + IN_THE_PIPES


def pour(port: int, head: bytes, most: int) -> tuple[int, bytes]:
    """Sends chunks until they are not taken any more: how many bytes, and what came back."""
    sent, chunk = 0, PART + bytes(65_536)
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(head + b"transfer-encoding: chunked\r\n\r\n")
        with suppress(ConnectionError):
            while sent < most:
                connection.sendall(b"%x\r\n%b\r\n" % (len(chunk), chunk))
                sent, chunk = sent + len(chunk), bytes(65_536)
        return sent, connection.recv(4_096)


async def test_more_than_announced_is_no_part_of_the_body(node: Node) -> None:
    person = await node.a_person()
    reader, writer = await asyncio.open_connection("127.0.0.1", node.port)
    writer.write(
        f"POST /api/v1/users/me/avatar HTTP/1.1\r\nhost: test\r\nauthorization: Bearer {person.token}\r\n"
        f"content-length: {len(PART)}\r\n".encode()
        + FORM
        + b"\r\n"
        + PART
        + bytes(1_000)
    )
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b" 200 " not in answer
