"""CPU time of processes, and a small closed-loop HTTP load."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
    return sum(int(task.read_text().split()[0]) for task in Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9


def _children(parent: int) -> list[int]:
    tasks = Path(f"/proc/{parent}/task").glob("*/children")
    return [int(pid) for task in tasks for pid in task.read_text().split()]


async def load(host: str, port: int, requests: list[bytes], connections: int) -> list[int]:
    """Send prepared requests over kept connections, each waiting for its answer; how often each status came back."""
    todo = iter(requests)
    statuses: dict[int, int] = {}

    async def client() -> None:
        reader, writer = await asyncio.open_connection(host, port)
        for request in todo:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            status = int(head[9:12])
            statuses[status] = statuses.get(status, 0) + 1
            lower = head.lower()
            start = lower.index(b"content-length:") + 15
            await reader.readexactly(int(lower[start : lower.index(b"\r\n", start)]))
        writer.close()

    await asyncio.gather(*(client() for _ in range(connections)))
    return [status for status, count in statuses.items() for _ in range(count)]


def http(method: str, path: str, token: str | None = None) -> bytes:
    authorization = f"authorization: Bearer {token}\r\n" if token else ""
    length = "content-length: 0\r\n" if method != "GET" else ""
    return f"{method} {path} HTTP/1.1\r\nhost: localhost\r\n{authorization}{length}\r\n".encode()
