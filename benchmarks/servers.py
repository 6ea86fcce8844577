"""`python -m benchmarks.servers`: uvicorn beside granian, for docs/adr/0002: CPU, memory of idle sockets, drain."""

import asyncio
import socket
import statistics
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from benchmarks.measure import Cpu, http, load

REQUESTS, ROUNDS, SOCKETS = 5_000, 5, 500
COMMANDS = {
    "uvicorn": "uvicorn benchmarks.bare:app --http httptools --loop uvloop --no-access-log --no-server-header "
    "--ws websockets-sansio --ws-per-message-deflate false --log-level warning",
    "granian": "granian benchmarks.bare:app --interface asgi --loop uvloop --no-log",
}


def main() -> None:
    print(f"{'server':<10}{'µs CPU a request':>18}{'KiB an idle socket':>20}{'close code on SIGTERM':>23}")
    for name, command in COMMANDS.items():
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        process = subprocess.Popen([sys.executable, "-m", *command.split(), "--port", str(port)])
        try:
            _wait(port)
            pids = [process.pid, *_children(process.pid)]
            requests = [http("GET", "/")] * REQUESTS
            figures = []
            for number in range(ROUNDS + 1):
                with Cpu(*pids).spent() as cpu:
                    asyncio.run(load("127.0.0.1", port, requests, 16))
                if number:
                    figures.append(cpu() / REQUESTS * 1e6)
            memory, code = asyncio.run(_idle(port, pids, process))
            print(f"{name:<10}{statistics.median(figures):>18.1f}{memory / SOCKETS:>20.1f}{code:>23}", flush=True)
        finally:
            process.terminate()
            process.wait(30)


async def _idle(port: int, pids: list[int], process: "subprocess.Popen[bytes]") -> tuple[float, str]:
    before = _memory(pids)
    sockets = [await connect(f"ws://127.0.0.1:{port}/", compression=None) for _ in range(SOCKETS)]
    grown = _memory(pids) - before
    process.terminate()
    codes = {await _close_code(one) for one in sockets}
    return grown, " ".join(sorted(codes))


async def _close_code(one: ClientConnection) -> str:
    with suppress(ConnectionClosed, TimeoutError):
        await asyncio.wait_for(one.recv(), 20)
    return str(one.close_code)


def _memory(pids: list[int]) -> float:
    """KiB that the processes hold for themselves."""
    total = 0.0
    for pid in pids:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        total += sum(int(line.split()[1]) for line in lines if line.startswith(("Private_Dirty", "Private_Clean")))
    return total


def _children(pid: int) -> list[int]:
    return [int(child) for task in Path(f"/proc/{pid}/task").glob("*/children") for child in task.read_text().split()]


def _wait(port: int) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
    raise SystemExit("the server did not start")


if __name__ == "__main__":
    main()
