"""Whether people who log in slow those down who read: bcrypt takes a quarter of a second of a core each time."""

import asyncio
import statistics
from collections import Counter
from itertools import cycle

import msgspec

from benchmarks.market import Market
from benchmarks.measure import connection, http
from marketplace.entrypoints.wiring.settings import Settings
from prove.people import give_password, people

AT_ONCE = 32
READS, READERS = 200, 8
"""A second, over so many connections."""

TARGET = 1.5
PASSWORD = "Correct-Horse-7"  # noqa: S105 - made for this


async def sign_in_beside_reads(
    dsn: str, settings: Settings, market: Market, port: int, rounds: int, scale: float
) -> str:
    """Two lines of figures: reads at a steady pace, in each round so many seconds alone, then beside sign-ins."""
    at_once, seconds = max(4, int(AT_ONCE * scale)), max(2.0, 10 * scale)
    crowd = await people(dsn, settings, "buyer", at_once)
    emails = await give_password(dsn, settings, crowd, PASSWORD)
    reads = [http("GET", f"/api/v1/products/{one}") for one in market.listings]
    logins = Logins(port, list(emails.values()))
    await _reads(port, reads, 1)
    alone, beside = [], []
    for _ in range(rounds):
        alone.append(await _reads(port, reads, seconds))
        await logins.start()
        beside.append(await _reads(port, reads, seconds))
        await logins.stop()
    ratio = statistics.median(_percentile(b, 99) / _percentile(a, 99) for a, b in zip(alone, beside, strict=True))
    verdict = "met" if ratio <= TARGET else "missed"
    return (
        f"sign-in beside reads: {logins.statuses[200] / (rounds * seconds):.1f} logins/s of {at_once} at once, "
        f"{_shown([logins.seconds])}; turned away {logins.statuses.total() - logins.statuses[200]}\n"
        f"  {READS} reads/s alone {_shown(alone)}, beside sign-ins {_shown(beside)}; "
        f"ratio of p99 {ratio:.2f}, target {TARGET} {verdict}"
    )


class Logins:
    """Each account logs in again as soon as it is in."""

    def __init__(self, port: int, emails: list[str]) -> None:
        self._port = port
        self._emails = emails
        self._stopping = False
        self._first = asyncio.Event()
        self._running: list[asyncio.Task[None]] = []
        self.seconds: list[float] = []
        self.statuses: Counter[int] = Counter()

    async def start(self) -> None:
        """Until the first is in: from then on they come one by one."""
        self._stopping = False
        self._first.clear()
        self._running = [asyncio.create_task(self._log_in(email)) for email in self._emails]
        await self._first.wait()

    async def stop(self) -> None:
        """Once those under way are answered, which are not counted."""
        self._stopping = True
        await asyncio.gather(*self._running)

    async def _log_in(self, email: str) -> None:
        body = msgspec.json.encode({"identifier": email, "password": PASSWORD})
        request = http("POST", "/api/v1/auth/login", body=body)
        clock = asyncio.get_running_loop().time
        async with connection("127.0.0.1", self._port) as kept:
            while not self._stopping:
                began = clock()
                status = await kept.ask(request)
                self._first.set()
                if not self._stopping:
                    self.statuses[status] += 1
                    self.seconds.append(clock() - began)


async def _reads(port: int, requests: list[bytes], seconds: float) -> list[float]:
    """Seconds from the moment that each was due: one that has to wait for the one before is late as well."""
    clock = asyncio.get_running_loop().time
    taken: list[float] = []
    began = clock()

    async def reader(number: int) -> None:
        async with connection("127.0.0.1", port) as kept:
            for place, request in zip(range(number, int(READS * seconds), READERS), cycle(requests), strict=False):
                due = began + place / READS
                await asyncio.sleep(due - clock())
                if await kept.ask(request) != 200:
                    raise SystemExit("a read was not answered with 200")
                taken.append(clock() - due)

    await asyncio.gather(*(reader(number) for number in range(READERS)))
    return taken


def _percentile(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100)[percent - 1]


def _shown(rounds: list[list[float]]) -> str:
    p50, p99 = (statistics.median(_percentile(one, percent) for one in rounds) * 1000 for percent in (50, 99))
    return f"p50 {p50:.1f} ms p99 {p99:.1f} ms"
