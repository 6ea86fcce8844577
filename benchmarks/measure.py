"""CPU time of processes, and a small closed-loop HTTP load."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path


class Cpu:
    """Seconds that processes ran, by pid and to the nanosecond; a cluster counts the children of its postmaster."""

    def __init__(self, *pids: int, postmaster: int | None = None) -> None:
        self._pids = pids
        self._postmaster = postmaster

    @contextmanager
    def spent(self) -> Iterator[Callable[[], float]]:
        """Processes that come or go meanwhile are not counted: let connections be opened before."""
        pids = [*self._pids, *(_children(self._postmaster) if self._postmaster else ())]
        before = {pid: _seconds(pid) for pid in pids}
        yield lambda: sum(max(0.0, _seconds(pid) - seconds) for pid, seconds in before.items())


def _seconds(pid: int) -> float:
    ran = 0
    for task in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        with suppress(OSError):  # it has ended since it was listed
            ran += int(task.read_text().split()[0])
    return ran / 1e9


def _children(parent: int) -> list[int]:
    tasks = Path(f"/proc/{parent}/task").glob("*/children")
    return [int(pid) for task in tasks for pid in task.read_text().split()]


class Connection:
    """One kept connection; an answer has a content-length."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def ask(self, request: bytes) -> int:
        """The status."""
        return (await self.exchange(request))[0]

    async def exchange(self, request: bytes) -> tuple[int, bytes]:
        """Status and body."""
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        lower = head.lower()
        start = lower.index(b"content-length:") + 15
        body = await self._reader.readexactly(int(lower[start : lower.index(b"\r\n", start)]))
        return int(head[9:12]), body


@asynccontextmanager
async def connection(host: str, port: int) -> AsyncIterator[Connection]:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        yield Connection(reader, writer)
    finally:
        writer.close()


async def load(host: str, port: int, requests: list[bytes], connections: int) -> list[int]:
    """Send prepared requests over kept connections, each waiting for its answer; how often each status came back."""
    todo = iter(requests)
    statuses: Counter[int] = Counter()

    async def client() -> None:
        async with connection(host, port) as kept:
            for request in todo:
                statuses[await kept.ask(request)] += 1

    await asyncio.gather(*(client() for _ in range(connections)))
    return list(statuses.elements())


def http(method: str, path: str, token: str | None = None, body: bytes = b"") -> bytes:
    authorization = f"authorization: Bearer {token}\r\n" if token else ""
    length = f"content-length: {len(body)}\r\n" if method != "GET" else ""
    kind = "content-type: application/json\r\n" if body else ""
    return f"{method} {path} HTTP/1.1\r\nhost: localhost\r\n{authorization}{kind}{length}\r\n".encode() + body
