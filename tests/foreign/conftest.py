"""Clients of the browser's world, from npm, in a folder outside git."""

import asyncio
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests import canaries
from tests.realtime.harness import PATIENCE

HERE = Path(__file__).parent
INSTALLED = HERE.parents[1] / ".node_modules"
FILES = ("package.json", "package-lock.json")

Script = Callable[..., AbstractAsyncContextManager["Client"]]
"""`script(name, *arguments)` runs a file of this folder."""


class Client:
    """A script that tells what it hears."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin
        assert process.stdout
        self._stdin, self._stdout = process.stdin, process.stdout

    async def tells(self, what: str) -> dict[str, Any]:
        told = await self._next()
        assert told["what"] == what, told
        return told

    async def numbered(self, count: int) -> list[int]:
        """The numbers of the next events of the person's sequence, whatever else is told in between."""
        heard: list[int] = []
        while len(heard) < count:
            told = await self._next()
            if told["what"] == "numbered":
                assert (told["event"], told["data"]["n"]) == ("n", told["seq"])
                heard.append(told["seq"])
        return heard

    async def _next(self) -> dict[str, Any]:
        line = await asyncio.wait_for(self._stdout.readline(), PATIENCE)
        assert line, "the script ended"
        told: dict[str, Any] = json.loads(line)
        canaries.listen(told["what"], told)
        return told

    def ask(self, **command: object) -> None:
        self._stdin.write(json.dumps(command).encode() + b"\n")


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """Installed once for each lock file. Without Node or a registry tests are skipped, but fail where CI is set."""
    tell = pytest.fail if os.environ.get("CI") else pytest.skip
    if not shutil.which("node") or not shutil.which("npm"):
        tell("NO NODE: the clients of npm were not tried; install Node.js 20 and npm")
    digest = hashlib.blake2b((HERE / FILES[1]).read_bytes(), digest_size=8).hexdigest()
    folder = INSTALLED / digest
    INSTALLED.mkdir(exist_ok=True)
    with (INSTALLED / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            folder.mkdir(exist_ok=True)
            for name in FILES:
                shutil.copy(HERE / name, folder)
            command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=100)  # noqa: S603
            if done.returncode:
                tell(f"NO CLIENTS OF NPM, so they were not tried; npm ci says: {done.stderr}")
            (folder / "complete").touch()
    return folder / "node_modules"


@pytest.fixture
def script(node_modules: Path) -> Script:
    @asynccontextmanager
    async def running(name: str, *arguments: str) -> AsyncIterator[Client]:
        process = await asyncio.create_subprocess_exec(
            "node", str(HERE / name), *arguments, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "NODE_PATH": str(node_modules)},
        )  # fmt: skip
        try:
            yield Client(process)
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    return running
