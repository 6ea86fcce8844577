"""RT3: what thousands of idle sockets cost, and that those who never read harm nobody."""

import asyncio
import statistics
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

import psutil
from dishka import AsyncContainer

from marketplace.adapters.embedded.postgres import EmbeddedPostgres
from marketplace.adapters.embedded.valkey import EmbeddedValkey
from marketplace.application.notifications.deliver import DeliverNotices
from marketplace.application.shared.user_events import Notice
from marketplace.domain.shared.ids import UserId
from marketplace.entrypoints.wiring.container import build
from prove.crowd import Crowd, Seat, crowd
from prove.node import Node
from prove.people import Person, people

KIB_OF_AN_IDLE_SOCKET = 60
IDLE_CPU = 0.10
"""Of one core, for 10,000 sockets."""

GROWTH_WHILE_IDLE = 0.02
KIB_OF_A_DEAF_SOCKET, KIB_OF_THE_FLOOD = 256, 16_384
"""The latter for all processes together, whatever the number of sockets."""

CLOSED_WITHIN = 10.0
"""Seconds after its last event."""

SLOWER, NOISE = 2.0, 0.2
"""Others may wait so many times longer than beside readers, or these seconds, which a busy machine takes by itself."""

SOCKETS_OF_ONE = 4
DEAF_OF_ONE = 20
EARS = 20
PAUSE = 0.05
"""Seconds between two events for the ears."""

FILLER = "x" * 6_000
EVENTS_AT_ONCE, FLOODS = 50, 4
"""1.2 MB for each deaf socket: more than all buffers take."""


@dataclass(frozen=True, slots=True)
class Usage:
    kib: float
    cpu: float
    at: float

    @classmethod
    def of(cls, server: Node) -> "Usage":
        processes = [psutil.Process(pid) for pid in server.pids("http")]
        rss = sum(one.memory_info().rss for one in processes) / 1024
        return cls(rss, sum(sum(one.cpu_times()[:2]) for one in processes), time.monotonic())


class Campaign:
    def __init__(self, server: Node, container: AsyncContainer) -> None:
        self._server = server
        self._container = container
        self.found: list[str] = []

    async def idle(self, sockets: int, seconds: float) -> str:
        crew = await self._people(max(1, sockets // SOCKETS_OF_ONE))
        with crowd(self._seats(crew[:1] * SOCKETS_OF_ONE)):
            before = Usage.of(self._server)
        with crowd(self._seats(crew * SOCKETS_OF_ONE)) as all_of_them:
            await asyncio.to_thread(all_of_them.idles, min(5.0, seconds))
            began = Usage.of(self._server)
            news = await asyncio.to_thread(all_of_them.idles, seconds)
            ended = Usage.of(self._server)
        kib = (began.kib - before.kib) / sockets
        cpu = (ended.cpu - began.cpu) / (ended.at - began.at)
        growth = ended.kib / began.kib - 1
        if news.closed:
            self.found.append(f"{len(news.closed)} idle sockets were closed")
        if kib > KIB_OF_AN_IDLE_SOCKET:
            self.found.append(f"an idle socket costs {kib:.1f} KiB")
        if cpu > max(IDLE_CPU, IDLE_CPU * sockets / 10_000):
            self.found.append(f"{sockets} idle sockets take {cpu:.0%} of a core")
        if growth > GROWTH_WHILE_IDLE:
            self.found.append(f"memory grows by {growth:.1%} while {sockets} sockets are idle")
        return (
            f"{sockets} idle: {kib * sockets / 1024:.0f} MiB in all, {kib:.1f} KiB each, {cpu:.1%} of a core, "
            f"{growth:+.2%} memory in {seconds:.0f} s"
        )

    async def deaf(self, sockets: int) -> str:
        """Beside as many who read the same."""
        (listener,) = await self._people(1)
        with crowd(self._seats([listener] * EARS)) as ears:
            with crowd(self._beside(readers := await self._people(max(1, sockets // DEAF_OF_ONE)), sockets)):
                usual = _p99((await self._flood(readers, listener, ears))[1])
            crew = await self._people(len(readers))
            with crowd(self._beside(crew, sockets, are_deaf=True)) as deaf:
                before = Usage.of(self._server)
                flooded, latencies = await self._flood(crew, listener, ears)
                highest = Usage.of(self._server).kib
                closing = asyncio.create_task(asyncio.to_thread(deaf.loses, sockets, CLOSED_WITHIN + 5))
                while not closing.done():
                    latencies += await self._latencies(listener, ears)
                    highest = max(highest, Usage.of(self._server).kib)
                closed = (await closing).closed
        slowest = _p99(latencies)
        kib = max(0, highest - before.kib - KIB_OF_THE_FLOOD) / sockets
        last = max(closed, default=flooded) - flooded
        if len(closed) < sockets or last > CLOSED_WITHIN:
            self.found.append(f"{len(closed)} of {sockets} deaf sockets were closed, the last after {last:.1f} s")
        if kib > KIB_OF_A_DEAF_SOCKET:
            self.found.append(f"a deaf socket holds {kib:.0f} KiB")
        if slowest > max(SLOWER * usual, NOISE):
            self.found.append(f"others' p99 is {slowest * 1000:.0f} ms, {usual * 1000:.0f} ms beside readers")
        return (
            f"{sockets} deaf: {kib:.0f} KiB each at most, closed within {last:.1f} s, others' p99 "
            f"{slowest * 1000:.1f} ms, {usual * 1000:.1f} ms beside readers"
        )

    async def _flood(self, crew: Sequence[Person], listener: Person, ears: Crowd) -> tuple[float, list[float]]:
        """When the last event was out, and how long others waited for theirs meanwhile."""

        async def flood() -> None:
            for _ in range(FLOODS):
                for person in crew:
                    await self._deliver(person, {"filler": FILLER}, EVENTS_AT_ONCE)

        flooding, latencies = asyncio.create_task(flood()), []
        while not flooding.done():
            latencies += await self._latencies(listener, ears)
        await flooding
        return time.monotonic(), latencies

    async def _latencies(self, listener: Person, ears: Crowd) -> list[float]:
        """Seconds from the writing of each of a few events to each ear."""
        seconds = []
        for _ in range(10):
            await self._deliver(listener, {"sent_at": time.monotonic()})
            seconds += (await asyncio.to_thread(ears.hears, EARS, 5.0)).latencies
            await asyncio.to_thread(ears.idles, PAUSE)
        return seconds

    async def _deliver(self, person: Person, data: dict[str, object], times: int = 1) -> None:
        async with self._container() as request:
            await (await request.get(DeliverNotices))([Notice(UserId(person.id), "notice", data)] * times)

    async def _people(self, count: int) -> list[Person]:
        return await people(self._server.admin_dsn, self._server.settings, "buyer", count)

    def _beside(self, crew: Sequence[Person], sockets: int, *, are_deaf: bool = False) -> list[Seat]:
        return [Seat(self._server.port, "plain", crew[n % len(crew)].token, are_deaf) for n in range(sockets)]

    def _seats(self, crew: Sequence[Person]) -> list[Seat]:
        return seats(self._server.port, [one.token for one in crew])


def seats(port: int, tokens: Sequence[str]) -> list[Seat]:
    """Half Socket.IO and half plain."""
    kinds = ("plain", "socket.io")
    return [Seat(port, kinds[n * 2 // len(tokens)], token) for n, token in enumerate(tokens)]


async def sockets(server: Node, count: int, deaf: int, seconds: float) -> list[str]:
    """The violations; prints a line of figures. They sit idle for so many seconds."""
    async with AsyncExitStack() as stack:
        postgres, valkey = EmbeddedPostgres(server.folder), EmbeddedValkey(server.folder)
        container = build(server.settings.with_addresses(postgres.app_dsn, postgres.owner_dsn, valkey.url), pool_size=2)
        stack.push_async_callback(container.close)
        campaign = Campaign(server, container)
        figures = [await campaign.idle(count, seconds), await campaign.deaf(deaf)]
    print(f"sockets: {'; '.join(figures)}; {len(campaign.found)} violations")
    return campaign.found


def _p99(seconds: Sequence[float]) -> float:
    return statistics.quantiles(seconds, n=100)[98]
