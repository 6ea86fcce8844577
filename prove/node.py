"""A whole server of its own to be raced and killed: `marketplace serve` on a fresh data folder and a free port."""

import asyncio
import os
import secrets
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import psutil

from marketplace.adapters.embedded.postgres import EmbeddedPostgres
from marketplace.entrypoints.wiring.settings import Settings
from prove.ample_limits import AMPLE_LIMITS

ROLES: dict[str, Callable[[str], bool]] = {
    "postgres": lambda line: "postgres" in line and " -D " in line,
    "valkey": lambda line: "valkey-server" in line,
    "http": lambda line: " _http " in line,
    "worker": lambda line: line.endswith(" _worker"),
}
START_LIMIT = 60.0
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Holds no certificates, whose loading costs httpx 25 ms with every client."""
POLL = 0.05
"""Seconds between two looks at all processes of the machine, which take a few milliseconds each."""


class Node:
    def __init__(self, folder: Path, port: int, environ: dict[str, str]) -> None:
        self.folder = folder
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.settings = Settings.from_environment(environ)
        self._environ = environ
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def admin_dsn(self) -> str:
        """A superuser's, for checkers and for making people quickly."""
        return EmbeddedPostgres(self.folder).dsn("postgres")

    @property
    def log(self) -> str:
        return (self.folder / "serve.log").read_text(errors="replace")

    async def start(self) -> None:
        inherited = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
        with (self.folder / "serve.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: ASYNC220 - forking takes no time worth a thread
                [sys.executable, "-m", "marketplace", "serve"], env=inherited | self._environ, stdout=log, stderr=log
            )
        await self.until_ready(START_LIMIT)

    async def until_ready(self, limit: float) -> float:
        """Seconds until every process is there and every HTTP process, asked on its own socket, says it is ready."""
        began = time.monotonic()
        while time.monotonic() - began < limit:
            if self.complete and all([await self._answers(index) for index in range(self.settings.workers)]):
                return time.monotonic() - began
            await asyncio.sleep(POLL)
        raise RuntimeError(f"not ready within {limit} s:\n{self.log[-2000:]}")

    async def _answers(self, index: int) -> bool:
        door = httpx.AsyncHTTPTransport(uds=str(self.folder / "run" / f"http-{index}.sock"), verify=NO_TLS)
        async with httpx.AsyncClient(transport=door, base_url="http://127.0.0.1", timeout=2) as client:
            with suppress(httpx.HTTPError):
                return (await client.get("/health/ready")).status_code == 200
        return False

    @property
    def complete(self) -> bool:
        wanted = {"http": self.settings.workers, "worker": self.settings.job_workers}
        if not self.settings.database_url:
            wanted |= {"postgres": 1, "valkey": 1}
        lines = self._lines().values()
        return all(sum(map(ROLES[role], lines)) == count for role, count in wanted.items())

    def pids(self, role: str) -> list[int]:
        """The processes of a role that live, oldest first."""
        return sorted(pid for pid, line in self._lines().items() if ROLES[role](line))

    def _lines(self) -> dict[int, str]:
        """The command lines of our children that live, by their pids."""
        assert self._process
        found = {}
        for child in psutil.Process(self._process.pid).children():
            with suppress(psutil.NoSuchProcess):
                if child.status() != psutil.STATUS_ZOMBIE:
                    found[child.pid] = " ".join(child.cmdline())
        return found

    def kill(self, role: str, which: int = 0) -> None:
        pids = self.pids(role)
        if pids:
            os.kill(pids[which % len(pids)], signal.SIGKILL)

    async def stop(self) -> int:
        """SIGTERM and the exit code; raises if a process is left."""
        assert self._process
        family = psutil.Process(self._process.pid).children(recursive=True)
        self._process.send_signal(signal.SIGTERM)
        code = await asyncio.to_thread(self._process.wait, 40)
        _, alive = psutil.wait_procs(family, timeout=5)
        if alive:
            raise RuntimeError(f"left running: {[' '.join(one.cmdline()) for one in alive]}")
        return code


async def on_a_node(campaign: Callable[[Node], Awaitable[list[str]]], **environ: str) -> list[str]:
    async with node(None, **environ) as server:
        return await campaign(server)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@asynccontextmanager
async def node(folder: Path | None = None, **environ: str) -> AsyncIterator[Node]:
    """A running node, with engines of its own unless it is given URLs; so is its folder, removed at the end."""
    with tempfile.TemporaryDirectory(prefix="market-prove-") as made:
        place = folder or Path(made)
        place.chmod(0o711)
        port = free_port()
        settings = {
            "DATA_DIR": str(place), "HOST": "127.0.0.1", "PORT": str(port), "LOG_LEVEL": "WARNING",
            "SECRET_KEY": secrets.token_urlsafe(48), "FAKE_GATEWAY_SEED": "7", "WORKERS": "2",
            "ENVIRONMENT": "test", "JOB_WORKERS": "1", **AMPLE_LIMITS, **environ,
        }  # fmt: skip
        running = Node(place, port, settings)
        try:
            await running.start()
            yield running
        finally:
            await running.stop()
