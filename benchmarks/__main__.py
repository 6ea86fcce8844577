"""`make bench`: CPU per request of each hot path, beside its limit, in interleaved rounds of one run.

The limit is the same SQL on bare asyncpg plus a bare ASGI server answering fixed bytes of the same size. Figures are
microseconds of CPU a request, server + PostgreSQL, medians over the rounds; on a shared machine the ratio holds.
"""

import argparse
import asyncio
import json
import random
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from uuid import UUID

from benchmarks import checkouts
from benchmarks.deals import again, fill_past, record
from benchmarks.fanout import SIZES, fan_out
from benchmarks.latency import latency
from benchmarks.market import Market
from benchmarks.measure import Cpu, http, load
from benchmarks.replay import replaying
from benchmarks.serving import engines, serving
from benchmarks.sign_in import sign_in_beside_reads
from marketplace.entrypoints.wiring.settings import Settings

CONNECTIONS = 32
ACCEPT = "accept an offer"
CHECKOUT = "order and pay"
TARGETS = {"by id": 3.0, "list of 20": 2.0, ACCEPT: 1.2, CHECKOUT: 1.4, "by id, cached": 1.5, "list of 20, cached": 1.5}
PER_ROUND = {
    "by id": 3_000, "list of 20": 1_200, ACCEPT: 500, CHECKOUT: 300, "by id, cached": 10_000,
    "list of 20, cached": 5_000,
}  # fmt: skip
BODIES = {
    "by id": 900, "list of 20": 18_000, ACCEPT: 180, CHECKOUT: 800, "by id, cached": 900, "list of 20, cached": 18_000,
}  # fmt: skip
ENVIRONMENT = {CHECKOUT: {"ENVIRONMENT": "development"}}
"""Where it takes the simulated provider, which production has not."""
REQUESTS = {CHECKOUT: 2}
"""Where one piece of work is several requests."""
CACHED = ", cached"
FEW = 20
"""Paths that the many requests of a cached row are for; who asks for them is known already. No SQL is their limit."""


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--listings", type=int, default=100_000)
    options.add_argument("--scale", type=float, default=1.0, help="share of the usual requests a round")
    options.add_argument("--only", choices=sorted(PER_ROUND), nargs="+", help="these paths alone, without the sign-in")
    options.add_argument("--past-offers", type=int, default=0, help="of the same people, by the hundred thousand")
    options.add_argument("--ledger-entries", type=int, default=0, help="as many more, and then the payments again")
    chosen = options.parse_args()
    with ExitStack() as stack:
        _run(stack, chosen)


def _run(stack: ExitStack, chosen: argparse.Namespace) -> None:
    rounds, listings, scale = chosen.rounds, chosen.listings, chosen.scale
    postgres, settings = stack.enter_context(engines("bench"))
    per_round = {name: max(50, int(count * scale)) for name, count in PER_ROUND.items()}
    offers = 2 * (rounds + 1) * per_round[ACCEPT] + 2
    goods = (2 * (rounds + 1) + (rounds if chosen.ledger_entries else 0)) * per_round[CHECKOUT] + 2
    market = Market(settings)
    asyncio.run(market.fill(postgres.owner_dsn, listings=listings + offers, offers=offers, goods=goods))
    if chosen.past_offers:
        asyncio.run(fill_past(postgres.owner_dsn, market.offers[0], chosen.past_offers, print))
    database = Cpu(postmaster=postgres.pid)
    server = [sys.executable, "-m", "marketplace", "_http", "--index", "0", "--fd"]
    print(
        f"{listings:,} listings, {rounds} rounds, {CONNECTIONS} connections; µs of CPU a request, server + PostgreSQL"
    )
    print(f"{'path':<18}{'ours':>16}{'bare SQL':>16}{'bare server':>13}{'ratio':>8}{'target':>8}")
    for name, count in per_round.items():
        if chosen.only and name not in chosen.only:
            continue
        ours = stack.enter_context(serving(server, settings, **ENVIRONMENT.get(name, {})))
        bare = stack.enter_context(
            serving([sys.executable, "-m", "benchmarks.bare"], settings, BARE_BYTES=str(BODIES[name]))
        )
        with _limit(postgres.app_dsn, name, market, settings) as limit:
            figures = []
            for number in range(rounds + 1):
                mine, theirs = _work(market, name, count), _work(market, name, count)
                if name.endswith(CACHED):
                    theirs = []
                us = _spent(ours, database, name, market, mine)
                with database.spent() as sql:
                    client = limit(theirs)
                limit_sql = client / count, sql() / count
                with Cpu(bare[0]).spent() as cpu:
                    requests = [http("GET", "/")] * (count * REQUESTS.get(name, 1))
                    _expect_200(asyncio.run(load("127.0.0.1", bare[1], requests, CONNECTIONS)))
                if number:
                    figures.append((*us, *limit_sql, cpu() / count))
                else:
                    asyncio.run(market.analyze(postgres.owner_dsn))
        columns = [statistics.median(column) * 1e6 for column in zip(*figures, strict=True)]
        ratio = statistics.median((a + b) / (c + d + e) for a, b, c, d, e in figures)
        verdict = "met" if ratio <= TARGETS[name] else "missed"
        print(
            f"{name:<18}{columns[0]:>8.0f} +{columns[1]:>6.0f}{columns[2]:>8.0f} +{columns[3]:>6.0f}{columns[4]:>13.0f}"
            f"{ratio:>8.2f}{TARGETS[name]:>8.1f}  {verdict}",
            flush=True,
        )
        if name == CHECKOUT and chosen.ledger_entries:
            asyncio.run(checkouts.fill_ledger(postgres.dsn("postgres"), chosen.ledger_entries, print))
            few = statistics.median(a + b for a, b, *_ in figures)
            many = [sum(_spent(ours, database, name, market, _work(market, name, count))) for _ in range(rounds)]
            print(_beside(few, statistics.median(many)), flush=True)
    if chosen.only:
        return
    dsn = postgres.dsn("postgres")
    production = stack.enter_context(serving(server, settings))
    print(asyncio.run(sign_in_beside_reads(dsn, settings, market, production[1], rounds, scale)), flush=True)
    asyncio.run(fan_out(dsn, settings, SIZES, rounds, scale))
    latency(dsn, settings)


def _beside(few: float, many: float) -> str:
    return f"{CHECKOUT} beside them: {many * 1e6:.0f}, {many / few:.2f} of {few * 1e6:.0f}; target 1.2"


def _spent(
    ours: tuple[int, int], database: Cpu, name: str, market: Market, work: list[list[str]]
) -> tuple[float, float]:
    """CPU seconds of server and PostgreSQL for each piece of work."""
    with Cpu(ours[0]).spent() as server, database.spent() as sql:
        _ask(name, market, ours[1], work)
    return server() / len(work), sql() / len(work)


def _ask(name: str, market: Market, port: int, work: list[list[str]]) -> None:
    if name == CHECKOUT:
        listings = [one[0] for one in work]
        _expect_200(asyncio.run(checkouts.load("127.0.0.1", port, market.buyers_token, listings, CONNECTIONS)))
    else:
        _expect_200(asyncio.run(load("127.0.0.1", port, _requests(market, name, work), CONNECTIONS)))


def _work(market: Market, name: str, count: int) -> list[list[str]]:
    if name == ACCEPT:
        work, market.offers = market.offers[:count], market.offers[count:]
        return work
    if name == CHECKOUT:
        bought, market.goods = market.goods[:count], market.goods[count:]
        return [[one] for one in bought]
    if name.endswith(CACHED):
        return [[random.choice(market.listings[:FEW])] for _ in range(count)]
    each_once = market.listings * (count // len(market.listings) + 1)
    return [[one] for one in random.sample(each_once, count)]


def _requests(market: Market, name: str, work: list[list[str]]) -> list[bytes]:
    if name.startswith("by id"):
        return [http("GET", f"/api/v1/products/{one[0]}") for one in work]
    if name.startswith("list of 20"):
        return [http("GET", f"/api/v1/products?cursor={market.cursors.encode(UUID(one[0]))}") for one in work]
    return [http("PATCH", f"/api/v1/offers/{one[0]}/accept", market.token) for one in work]


def _expect_200(statuses: list[int]) -> None:
    if set(statuses) != {200}:
        raise SystemExit(f"answers other than 200: { {status: statuses.count(status) for status in set(statuses)} }")


@contextmanager
def _limit(dsn: str, name: str, market: Market, settings: Settings) -> Iterator[Callable[[list[list[str]]], float]]:
    """Does work on bare asyncpg in a process of its own; gives the CPU seconds of that process."""
    if name == ACCEPT:
        (first, second), market.offers = market.offers[:2], market.offers[2:]
        recorded, common = asyncio.run(record(settings, market.token, first, second))
        with replaying(dsn, CONNECTIONS) as replay:
            yield lambda work: replay(len(work), again(recorded, common, second, work))
        return
    if name == CHECKOUT:
        [first_good, second_good], market.goods = market.goods[:2], market.goods[2:]
        recorded, common = asyncio.run(checkouts.record(settings, market.buyers_token, first_good, second_good))
        with replaying(dsn, CONNECTIONS) as replay:
            yield lambda work: replay(len(work), again(recorded, common, [second_good], work, given_ids=1))
        return
    command = [sys.executable, "-m", "benchmarks.limit", dsn, name, str(CONNECTIONS)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield Limit(process)
    finally:
        process.terminate()
        process.wait(30)


class Limit:
    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def __call__(self, work: list[list[str]]) -> float:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(work) + "\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())


if __name__ == "__main__":
    main()
