"""Debian's coturn on this machine, as an operator would run it for our calls."""

import shutil
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.realtime.harness import until

TURNSERVER = shutil.which("turnserver")


@asynccontextmanager
async def running_coturn(secret: str, folder: Path) -> AsyncIterator[str]:
    """Its address. Relays to this machine too, which a real one must not."""
    if TURNSERVER is None:
        pytest.skip("CALLS THROUGH A RELAY ARE NOT PROVEN HERE: install coturn (Debian: apt install coturn)")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [
        TURNSERVER, "-n", f"--listening-port={port}", "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1",
        "--use-auth-secret", f"--static-auth-secret={secret}", "--realm=marketplace.example",
        "--allow-loopback-peers", "--no-cli", "--no-tls", "--no-dtls", f"--userdb={folder / 'turndb'}",
        f"--pidfile={folder / 'turn.pid'}", f"--log-file={folder / 'turn.log'}", "--simple-log",
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:  # noqa: ASYNC220, S603
        try:
            await until(lambda: answers(port))
            yield f"127.0.0.1:{port}"
        finally:
            process.kill()


def answers(port: int) -> bool:
    with socket.socket() as client:
        client.settimeout(0.2)
        return client.connect_ex(("127.0.0.1", port)) == 0
