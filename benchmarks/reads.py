"""`python -m benchmarks.reads`: what each way of finding a listing costs, and how that grows with their number.

Each read is asked by somebody who is signed in, so that no answer comes from the cache of public ones. Its limit is the
statements it makes, replayed on bare asyncpg, plus a bare ASGI server answering as many bytes. `page 1,000` is the page
after the first 20,000 rows, reached by its cursor (in search, the 1,000th of one row: it ranks that many), beside
page 1; `growth` is the cost of page 1 beside that at the smallest size. CPU microseconds a request, server +
PostgreSQL, medians over interleaved rounds.
"""

import argparse
import asyncio
import statistics
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from urllib.parse import urlencode

import asyncpg
import httpx

from benchmarks.__main__ import CONNECTIONS
from benchmarks.measure import Cpu, http, load
from benchmarks.recording import RecordingPool, in_process
from benchmarks.replay import Recorded, replaying
from benchmarks.serving import engines, serving
from marketplace.entrypoints.wiring.seeding import seed_listings
from prove.people import people

SIZES = (10_000, 100_000, 1_000_000)
DEEP = 20_000
"""Rows before page 1,000."""

DUBAI = {"latitude": 25.2048, "longitude": 55.2708, "radius_km": 100}
TARGET_OF_PAGES, TARGET_OF_GROWTH = 1.5, 2.0


@dataclass
class Read:
    """`path` with what is the same for all pages; a walk goes by cursor, else `deep` is a page of its own."""

    name: str
    path: str
    target: float
    query: Mapping[str, object] = field(default_factory=dict)
    walks: bool = False
    first: Mapping[str, object] = field(default_factory=dict)
    deep: Mapping[str, object] | None = None
    times: int = 400


READS: tuple[Read, ...] = (
    Read("list of 20", "/products", 1.7, walks=True),
    Read("discover", "/feeds/discover", 1.7, {"sort": "top"}, walks=True),
    Read("community", "/feeds/community", 1.2, DUBAI, walks=True, times=200),
    Read("search, common word", "/search", 1.1, {"q": "new"}, times=40),
    Read("search, a word of titles", "/search", 1.1, {"q": "camera"}, times=40),
    Read(
        "search, one row a page", "/search", 1.1, {"q": "new", "per_page": 1}, first={"page": 1},
        deep={"page": 1_000}, times=40,
    ),
    Read("search, category", "/search", 1.1, {"category": "electronics", "sort": "newest"}, times=40),
    Read("search, rare word", "/search", 1.1, {"q": "gramophone"}, times=100),
    Read("search, typo", "/search", 1.1, {"q": "camrea"}, times=40),
    Read("suggest", "/search/suggest", 1.7, {"q": "cam"}),
)  # fmt: skip


@dataclass
class Figures:
    """CPU seconds a request: of ours, of the statements alone, of the bare server, and of ours on page 1,000."""

    ours: list[tuple[float, float]] = field(default_factory=list)
    limit: list[tuple[float, float]] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    deep: list[tuple[float, float]] = field(default_factory=list)

    @property
    def cost(self) -> float:
        return statistics.median(map(sum, self.ours))

    @property
    def ratio(self) -> float:
        rounds = zip(self.ours, self.limit, self.bare, strict=True)
        return statistics.median(sum(ours) / (sum(limit) + bare) for ours, limit, bare in rounds)

    @property
    def of_pages(self) -> float | None:
        if not self.deep:
            return None
        return statistics.median(sum(deep) / sum(ours) for ours, deep in zip(self.ours, self.deep, strict=True))


class Bench:
    def __init__(self, stack: ExitStack, listings: int) -> None:
        postgres, self._settings = stack.enter_context(engines("reads"))
        self.seeded = asyncio.run(seed_listings(self._settings, listings, 0, 1))
        asyncio.run(_learn_words(postgres.owner_dsn))
        self._database = Cpu(postmaster=postgres.pid)
        (self._person,) = asyncio.run(people(postgres.dsn("postgres"), self._settings, "buyer", 1))
        command = [sys.executable, "-m", "marketplace", "_http", "--index", "0", "--fd"]
        self._pid, self._port = stack.enter_context(serving(command, self._settings))
        self._replay = stack.enter_context(replaying(postgres.app_dsn, CONNECTIONS))

    def measure(self, read: Read, first: list[str], deep: list[str], rounds: int, scale: float) -> Figures:
        times = max(20, int(read.times * scale))
        recorded, size = asyncio.run(self._recorded(first))
        bare = [sys.executable, "-m", "benchmarks.bare"]
        figures = Figures()
        with serving(bare, self._settings, BARE_BYTES=str(size)) as (bare_pid, bare_port):
            for number in range(rounds + 1):
                ours = self._ours(first, times)
                with self._database.spent() as sql:
                    client = self._replay(times, recorded)
                limit = client / times, sql() / times
                with Cpu(bare_pid).spent() as server:
                    asyncio.run(load("127.0.0.1", bare_port, [http("GET", "/")] * times, CONNECTIONS))
                further = self._ours(deep, times) if deep else None
                if number:
                    figures.ours.append(ours)
                    figures.limit.append(limit)
                    figures.bare.append(server() / times)
                    if further:
                        figures.deep.append(further)
        return figures

    def _ours(self, paths: list[str], times: int) -> tuple[float, float]:
        requests = [http("GET", paths[number % len(paths)], self._person.token) for number in range(times)]
        with Cpu(self._pid).spent() as server, self._database.spent() as sql:
            statuses = asyncio.run(load("127.0.0.1", self._port, requests, CONNECTIONS))
        if set(statuses) != {200}:
            raise SystemExit(f"{paths[0]} is answered {set(statuses)}")
        return server() / times, sql() / times

    async def _recorded(self, paths: list[str]) -> tuple[list[Recorded], int]:
        """The statements of each, and the bytes of the longest answer."""
        pool, requests, size = RecordingPool(self._settings.database_url.reveal()), [], 0
        async with in_process(self._settings, pool, self._person.headers) as client:
            for path in paths:
                (await client.get(path)).raise_for_status()
                pool.recorded = []
                size = max(size, len((await client.get(path)).content))
                requests.append(pool.recorded)
        await pool.close()
        return requests, size

    def pages(self, read: Read) -> tuple[str, str | None]:
        """The addresses of page 1 and of page 1,000, where there is one."""
        first = _address(read, read.first)
        if not read.walks:
            return first, None if read.deep is None else _address(read, read.deep)
        with httpx.Client(base_url=f"http://127.0.0.1:{self._port}", headers=self._person.headers, timeout=30) as http:
            cursor = None
            for _ in range(DEEP // 100):
                page = http.get(_address(read, {"per_page": 100} | ({"cursor": cursor} if cursor else {})))
                cursor = page.raise_for_status().json()["data"]["next_cursor"]
                if cursor is None:
                    return first, None
        return first, _address(read, {"cursor": cursor})

    def some_products(self) -> list[str]:
        with httpx.Client(base_url=f"http://127.0.0.1:{self._port}", headers=self._person.headers, timeout=30) as http:
            items = http.get("/api/v1/products?per_page=50").raise_for_status().json()["data"]["items"]
        return [f"/api/v1/products/{item['id']}" for item in items]


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m benchmarks.reads", description=__doc__)
    options.add_argument("--listings", type=int, nargs="+", default=SIZES)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--scale", type=float, default=1.0, help="share of the usual requests a round")
    chosen = options.parse_args()
    smallest: dict[str, float] = {}
    for size in chosen.listings:
        with ExitStack() as stack:
            bench = Bench(stack, size)
            print(f"{size:,} listings made in {bench.seeded.seconds:.0f} s; µs of CPU a request, server + PostgreSQL")
            print(
                f"{'read':<24}{'ours':>16}{'bare SQL':>16}{'bare server':>13}{'ratio':>7}{'target':>8}"
                f"{'page 1,000':>12}{'growth':>8}"
            )
            by_id = Read("by id", "", 2.5, times=1_000)
            _print(by_id, bench.measure(by_id, bench.some_products(), [], chosen.rounds, chosen.scale), smallest)
            for read in READS:
                first, deep = bench.pages(read)
                figures = bench.measure(read, [first], [deep] if deep else [], chosen.rounds, chosen.scale)
                _print(read, figures, smallest)


def _print(read: Read, figures: Figures, smallest: dict[str, float]) -> None:
    columns = [statistics.median(column) * 1e6 for column in zip(*figures.ours, strict=True)]
    columns += [statistics.median(column) * 1e6 for column in zip(*figures.limit, strict=True)]
    growth = figures.cost / smallest.setdefault(read.name, figures.cost)
    pages = figures.of_pages
    missed = [
        word
        for word, value, target in (
            ("ratio", figures.ratio, read.target), ("page 1,000", pages or 0, TARGET_OF_PAGES),
            ("growth", growth, TARGET_OF_GROWTH),
        )
        if value > target
    ]  # fmt: skip
    print(
        f"{read.name:<24}{columns[0]:>8.0f} +{columns[1]:>6.0f}{columns[2]:>8.0f} +{columns[3]:>6.0f}"
        f"{statistics.median(figures.bare) * 1e6:>13.0f}{figures.ratio:>7.2f}{read.target:>8.1f}"
        f"{'-' if pages is None else f'{pages:.2f}':>12}{growth:>8.2f}"
        f"  {'missed: ' + ', '.join(missed) if missed else 'met'}",
        flush=True,
    )


def _address(read: Read, page: Mapping[str, object]) -> str:
    query = urlencode({**read.query, **page})
    return f"/api/v1{read.path}{'?' + query if query else ''}"


async def _learn_words(dsn: str) -> None:
    """What the worker does a block at a time: search knows the words of what is for sale."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.fetchval("SELECT catalog.learn_words()")
        while await connection.fetchval("SELECT catalog.learn_words()"):
            pass
        await connection.execute("VACUUM ANALYZE", timeout=600)
    finally:
        await connection.close()


if __name__ == "__main__":
    main()
