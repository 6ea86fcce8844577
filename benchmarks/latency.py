"""`python -m benchmarks.latency`: from the request that writes a message to its arrival on sockets of both members.

Two HTTP processes, half of the sockets Socket.IO and half plain. Those who write and those
who listen are processes of their own, and no write waits for the one before.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, contextmanager
from itertools import cycle
from typing import Any

from benchmarks.measure import Connection, Cpu, connection, http
from benchmarks.serving import engines, serving
from marketplace.entrypoints.wiring.settings import Settings
from prove.crowd import Seat, crowd
from prove.people import Person, people

TARGETS = {50: 0.020, 99: 0.100}
"""Seconds by percentile."""

RATE, PAIRS, SECONDS = 200, 50, 10.0
WARM = 1.0
"""Seconds of writing that are not counted: statements are prepared and caches filled."""

CONNECTIONS = 16
"""To each process, kept."""

LAST = 30.0
"""Seconds for the last message to arrive, also where the writers fell behind."""


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m benchmarks.latency", description=__doc__)
    options.add_argument("--rate", type=int, default=RATE, help="messages a second")
    options.add_argument("--pairs", type=int, default=PAIRS)
    options.add_argument("--seconds", type=float, default=SECONDS)
    chosen = options.parse_args()
    with engines("latency") as (postgres, settings):
        latency(postgres.dsn("postgres"), settings, chosen.seconds, rate=chosen.rate, pairs=chosen.pairs)


def latency(dsn: str, settings: Settings, seconds: float = SECONDS, *, rate: int = RATE, pairs: int = PAIRS) -> None:
    members = asyncio.run(people(dsn, settings, "buyer", 2 * pairs))
    command = [sys.executable, "-m", "marketplace", "_http", "--index", "{}", "--fd"]
    with ExitStack() as stack:
        servers = [
            stack.enter_context(serving([part.format(index) for part in command], settings)) for index in range(2)
        ]
        _measure(servers, members, rate, seconds)


def _measure(servers: Sequence[tuple[int, int]], members: Sequence[Person], rate: int, seconds: float) -> None:
    ports = [port for _, port in servers]
    conversations = asyncio.run(_start_conversations(ports[0], members))
    kinds = cycle(("plain", "socket.io"))
    seats = [Seat(ports[place // 2 % 2], next(kinds), one.token) for place, one in enumerate(members)]
    with crowd(seats) as ears, _writer(ports, conversations) as write:
        written = write(rate, WARM)
        ears.hears(2 * int(rate * WARM), WARM + LAST)
        written()
        with Cpu(*(pid for pid, _ in servers)).spent() as cpu:
            written = write(rate, seconds)
            arrivals = 2 * int(rate * seconds)
            times = sorted(ears.hears(arrivals, seconds + LAST).latencies)
            late = written()
            spent = cpu() / seconds
    if len(times) != arrivals:
        raise SystemExit(f"{len(times)} arrivals of {arrivals}")
    print(_report(times, rate, len(members), late, spent))


def _report(times: Sequence[float], rate: int, sockets: int, late: float, spent: float) -> str:
    """One line of figures, and one of what the machine was doing."""
    figures = {name: times[min(len(times) - 1, len(times) * share // 1000)] for name, share in SHARES.items()}
    shown = ", ".join(f"{name} {seconds * 1000:.1f}" for name, seconds in {**figures, "max": times[-1]}.items())
    met = all(figures[f"p{percentile}"] <= limit for percentile, limit in TARGETS.items())
    return (
        f"{len(times)} arrivals of {rate} messages a second on {sockets} sockets, ms: {shown}; "
        f"targets p50 {TARGETS[50] * 1000:.0f}, p99 {TARGETS[99] * 1000:.0f}: {'met' if met else 'missed'}\n"
        f"HTTP processes used {spent:.2f} of {os.cpu_count()} cores, writes began {late * 1000:.1f} ms late at most; "
        f"load average {os.getloadavg()[0]:.1f}"
    )


SHARES = {"p10": 100, "p50": 500, "p90": 900, "p99": 990, "p99.9": 999}
"""In thousandths."""


async def _start_conversations(port: int, members: Sequence[Person]) -> list[tuple[str, str]]:
    """Who writes and where: each pair's conversation once for either side."""
    found = []
    async with connection("127.0.0.1", port) as kept:
        for one, other in zip(members[::2], members[1::2], strict=True):
            body = json.dumps({"other_user_id": str(other.id)}).encode()
            _, text = await kept.exchange(http("POST", "/api/v1/conversations", one.token, body))
            path = f"/api/v1/conversations/{json.loads(text)['data']['id']}/messages"
            found += [(path, one.token), (path, other.token)]
    return found


Write = Callable[[int, float], Callable[[], float]]


@contextmanager
def _writer(ports: Sequence[int], conversations: list[tuple[str, str]]) -> Iterator[Write]:
    """`write(rate, seconds)` has a process of its own begin; what it gives waits for the end of it.

    That answers by how many seconds a write fell behind its plan at most.
    """
    command = [sys.executable, "-c", "from benchmarks.latency import serve_writes; serve_writes()"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin
    assert process.stdout
    source, sink = process.stdout, process.stdin

    def ask(*question: object) -> Callable[[], float]:
        sink.write(json.dumps(question) + "\n")
        sink.flush()
        return lambda: float(source.readline())

    try:
        ask(list(ports), conversations)()
        yield ask
    finally:
        sink.close()
        process.wait(30)


def serve_writes() -> None:
    """The other end of `_writer`."""
    asyncio.run(_serve_writes())


async def _serve_writes() -> None:
    ports, conversations = json.loads(sys.stdin.readline())
    idle: asyncio.LifoQueue[Connection] = asyncio.LifoQueue()
    async with AsyncExitStack() as stack:
        for port in ports * CONNECTIONS:
            idle.put_nowait(await stack.enter_async_context(connection("127.0.0.1", port)))
        print(0.0, flush=True)
        places = cycle(conversations)
        while line := await asyncio.to_thread(sys.stdin.readline):
            rate, seconds = json.loads(line)
            print(await _write(idle, places, rate, seconds), flush=True)


async def _write(idle: "asyncio.LifoQueue[Connection]", places: Iterator[Any], rate: int, seconds: float) -> float:
    late = 0.0
    begin = time.monotonic()

    async def one(kept: Connection, path: str, token: str) -> None:
        body = json.dumps({"content": f"{time.monotonic():.6f}"}).encode()
        status = await kept.ask(http("POST", path, token, body))
        if status != 201:
            raise SystemExit(f"a message is answered {status}")
        idle.put_nowait(kept)

    async with asyncio.TaskGroup() as group:
        for number in range(int(rate * seconds)):
            due = begin + number / rate
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            kept = await idle.get()
            late = max(late, time.monotonic() - due)
            group.create_task(one(kept, *next(places)))
    return late


if __name__ == "__main__":
    main()
