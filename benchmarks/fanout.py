"""`python -m benchmarks.fanout`: CPU of a delivery to one of many sockets, beside picows in the same run.

Two HTTP processes, half of the sockets Socket.IO and half plain; told to a room, and as an event of one person's
numbered sequence. Microseconds of CPU of the server processes a delivery, medians over the rounds; the ratio holds.
"""

import argparse
import asyncio
import statistics
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from dishka import AsyncContainer
from websockets.sync.client import connect

from benchmarks.measure import Cpu
from benchmarks.serving import engines, serving
from marketplace.application.notifications.deliver import DeliverNotices
from marketplace.application.shared.rooms import Rooms
from marketplace.application.shared.user_events import Notice
from marketplace.domain.shared.ids import UserId
from marketplace.entrypoints.wiring.container import build
from marketplace.entrypoints.wiring.settings import Settings
from prove.crowd import Crowd, Seat, crowd
from prove.people import Person, people

SIZES = (100, 1_000)
MESSAGES = 30_000
"""Deliveries of a round."""

LONGEST = 30.0
"""Seconds for one message to reach everybody."""

BYTES = 271
TARGET = 2.5
Tell = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Place:
    """Server processes and the sockets at them."""

    pids: list[int]
    ears: Crowd
    tell: Tell

    async def spends(self, size: int, messages: int) -> float:
        """Microseconds of CPU a delivery."""
        with Cpu(*self.pids).spent() as cpu:
            for _ in range(messages):
                await self.tell()
                before = self.ears.heard
                if self.ears.hears(size, LONGEST).heard - before != size:
                    raise SystemExit("a message did not reach everybody")
        return cpu() / (messages * size) * 1e6


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m benchmarks.fanout", description=__doc__)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="sockets")
    options.add_argument("--scale", type=float, default=1.0, help="share of the usual messages a round")
    chosen = options.parse_args()
    with engines("fanout") as (postgres, settings):
        asyncio.run(fan_out(postgres.dsn("postgres"), settings, chosen.sizes, chosen.rounds, chosen.scale))


async def fan_out(dsn: str, settings: Settings, sizes: Sequence[int], rounds: int, scale: float) -> None:
    print("µs of CPU a delivery, two server processes, half Socket.IO and half plain WebSocket")
    print(f"{'sockets':>8}{'room':>8}{'numbered':>10}{'picows':>8}{'room ratio':>12}{'numbered ratio':>16}")
    person = (await people(dsn, settings, "buyer", 1))[0]
    container = build(settings)
    try:
        for size in sizes:
            messages = max(2, int(MESSAGES / size * scale))
            figures = []
            with _ours(settings, container, person, size) as (room, numbered), _picows(size) as limit:
                for number in range(rounds + 1):
                    spent = [await place.spends(size, messages) for place in (room, numbered, limit)]
                    if number:
                        figures.append(spent)
            a, b, c = (statistics.median(column) for column in zip(*figures, strict=True))
            ratios = [statistics.median(ours[n] / ours[2] for ours in figures) for n in (0, 1)]
            verdict = "met" if max(ratios) <= TARGET else "missed"
            print(f"{size:>8}{a:>8.1f}{b:>10.1f}{c:>8.1f}{ratios[0]:>12.2f}{ratios[1]:>16.2f}  {verdict}", flush=True)
    finally:
        await container.close()


@contextmanager
def _ours(settings: Settings, container: AsyncContainer, person: Person, size: int) -> Iterator[tuple[Place, Place]]:
    """The same sockets, told in a room and in the person's sequence."""
    data = {"message": "x" * (BYTES - len('{"type":"chat:message","data":{"message":""}}'))}

    async def to_room() -> None:
        await (await container.get(Rooms)).tell([f"user:{person.id}"], "chat:message", data)

    async def to_sequence() -> None:
        async with container() as request:
            await (await request.get(DeliverNotices))([Notice(UserId(person.id), "chat:message", data)])

    with ExitStack() as stack:
        command = [sys.executable, "-m", "marketplace", "_http", "--index", "{}", "--fd"]
        servers = [
            stack.enter_context(serving([part.format(index) for part in command], settings)) for index in range(2)
        ]
        seats = [
            Seat(port, kind, person.token)
            for _, port in servers
            for kind in ("plain", "socket.io")
            for _ in range(size // 4)
        ]
        ears = stack.enter_context(crowd(seats))
        pids = [pid for pid, _ in servers]
        yield Place(pids, ears, to_room), Place(pids, ears, to_sequence)


@contextmanager
def _picows(size: int) -> Iterator[Place]:
    with ExitStack() as stack:
        command = [sys.executable, "-m", "benchmarks.picows_room"]
        servers = [stack.enter_context(serving(command, None)) for _ in range(2)]
        seats = [Seat(port, "/listen") for _, port in servers for _ in range(size // 2)]
        ears = stack.enter_context(crowd(seats))
        speakers = [
            stack.enter_context(connect(f"ws://127.0.0.1:{port}/speak", compression=None)) for _, port in servers
        ]

        async def tell() -> None:
            for speaker in speakers:
                speaker.send("x" * BYTES)

        yield Place([pid for pid, _ in servers], ears, tell)


if __name__ == "__main__":
    main()
