"""Thousands of listening sockets for a campaign or a benchmark, kept by a process of their own."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

SOURCES = ("127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5")
"""Addresses they come from: one has 28,000 ports."""


@dataclass(frozen=True, slots=True)
class Seat:
    """One socket: `kind` is plain, socket.io, or the path of a server that greets nobody."""

    port: int
    kind: str
    token: str = ""
    is_deaf: bool = False


@dataclass(frozen=True, slots=True)
class News:
    """`closed` are the moments at which sockets were closed; `latencies` are those since the last news, in seconds."""

    heard: int
    closed: list[float]
    latencies: list[float]


class Crowd:
    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.heard: int = json.loads(self._ask(None))

    def hears(self, more: int, seconds: float) -> News:
        """What was heard once that many more messages were, or the time was over."""
        return self._news(self.heard + more, 0, seconds)

    def loses(self, sockets: int, seconds: float) -> News:
        """What was heard once that many sockets in all were closed, or the time was over."""
        return self._news(0, sockets, seconds)

    def idles(self, seconds: float) -> News:
        return self._news(1 << 60, 0, seconds)

    def _news(self, heard: int, closed: int, seconds: float) -> News:
        news = News(*json.loads(self._ask([heard, closed, seconds])))
        self.heard = news.heard
        return news

    def _ask(self, question: object) -> str:
        assert self._process.stdin
        assert self._process.stdout
        if question is not None:
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
        return self._process.stdout.readline()


@contextmanager
def crowd(seats: Sequence[Seat]) -> Iterator[Crowd]:
    """All connected and greeted."""
    plan = [
        [seat.port, seat.kind, seat.token, SOURCES[number % len(SOURCES)], seat.is_deaf]
        for number, seat in enumerate(seats)
    ]
    process = subprocess.Popen(
        [sys.executable, "-m", "prove.listeners"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin
    try:
        process.stdin.write(json.dumps(plan) + "\n")
        process.stdin.flush()
        yield Crowd(process)
    finally:
        process.stdin.close()
        process.wait(30)
