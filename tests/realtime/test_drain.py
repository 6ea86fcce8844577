"""The real process, as the supervisor runs it: SIGTERM lets it finish and end with status 0."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from websockets.asyncio.client import connect

from tests.engines import Database
from tests.realtime.harness import Node, Plain, SocketIo, socket_io

SERVE = """
import os, sys
from marketplace.entrypoints.http.server import run
from marketplace.entrypoints.wiring.settings import Settings
run(Settings.from_environment(os.environ), fd=int(sys.argv[1]), index=0)
"""


@pytest.fixture
async def process(
    database: Database, redis_url: str, node: Node, tmp_path: Path
) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """Shares its secret, so its tokens, with `node`."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        environ = {
            **os.environ, "ENVIRONMENT": "development", "DATA_DIR": str(tmp_path), "DATABASE_URL": database.app_dsn,
            "REDIS_URL": redis_url, "HTTP_SOCKETS": str(tmp_path / "0.sock"),
            "PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "PYTHONPATH": "src",
        }  # fmt: skip
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", SERVE, str(listener.fileno()), pass_fds=(listener.fileno(),), env=environ,
            stdout=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with aiohttp.ClientSession() as session, session.get(f"{url}/health/live") as answer:
            assert answer.status == 200
        yield process, url
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_a_stop_sends_the_sockets_away_and_ends_clean(
    process: tuple[asyncio.subprocess.Process, str], node: Node
) -> None:
    server, url = process
    person = await node.a_person()
    async with (
        connect(f"{url.replace('http', 'ws')}/ws?token={person.token}") as connection,
        socket_io(url, person, transports=["websocket"]) as upgraded,
        socket_io(url, person, transports=["polling"]) as polling,
        aiohttp.ClientSession() as session,
    ):
        frames = Plain(connection)
        await frames.next("connected")
        clients: list[SocketIo] = [upgraded, polling]
        for client in clients:
            await client.next("connected")
        await node.deliver(person.notice("n"))
        await frames.next("n")
        for client in clients:
            await client.next("n")
        async with session.get(f"{url}/health/ready") as answer:
            assert answer.status == 200
        server.send_signal(signal.SIGTERM)
        assert await frames.closed() == 1012
        for client in clients:
            await asyncio.wait_for(client.disconnected.wait(), 5)
        assert await asyncio.wait_for(server.wait(), 10) == 0
