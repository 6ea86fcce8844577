"""The limit of the database for any request: the statements it made, again, on bare asyncpg connections."""

import asyncio
import pickle
import subprocess
import sys
import time
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice

import uvloop

from marketplace.adapters.sql.pool import connect

Recorded = list[tuple[str, Sequence[object]]]
"""What one request asked of the database: SQL and arguments, in order."""


def packed(requests: list[Recorded]) -> str:
    return b64encode(pickle.dumps(requests)).decode()


async def main(dsn: str, connections: int) -> None:
    """Work comes as lines, a number of times and packed requests to go round; the CPU seconds spent on it go out."""
    held = [await connect(dsn) for _ in range(connections)]
    for line in sys.stdin:
        times, work = line.split()
        requests: list[Recorded] = pickle.loads(b64decode(work))  # noqa: S301 - by our own parent
        todo = iter([requests[number % len(requests)] for number in range(int(times))])

        async def client(number: int, todo: "islice[Recorded]") -> None:
            for recorded in todo:
                for sql, arguments in recorded:
                    await held[number].fetch(sql, *arguments)

        before = time.process_time()
        await asyncio.gather(*(client(number, islice(todo, None)) for number in range(connections)))
        sys.stdout.write(f"{time.process_time() - before}\n")
        sys.stdout.flush()


@contextmanager
def replaying(dsn: str, connections: int) -> Iterator["Replay"]:
    command = [sys.executable, "-m", "benchmarks.replay", dsn, str(connections)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield Replay(process)
    finally:
        process.terminate()
        process.wait(30)


class Replay:
    """Repeats what was recorded in a process of its own; gives the CPU seconds of that process."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def __call__(self, times: int, requests: list[Recorded]) -> float:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{times} {packed(requests)}\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], int(sys.argv[2])))
