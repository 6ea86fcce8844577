"""U3: calls at random moments against exact sliding windows: never above a limit, never refused a bucket too long."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from redis.asyncio import Redis

from marketplace.adapters.embedded.valkey import EmbeddedValkey
from marketplace.adapters.memory.rate_limits import LocalRateLimits
from marketplace.adapters.redis.client import connect
from marketplace.adapters.redis.rate_limits import RedisRateLimits
from marketplace.application.shared.limits import Limit, RateLimits, TooManyCalls
from prove.limits_model import RULES, Call, Model
from prove.node import node

PROCESSES, CALLERS = 2, 16
"""Callers of each process."""

CLOCK = "redis.call('GET', 'now')"
"""Valkey's own clock cannot be set: here the script reads its time from a key, and is the same in all else."""

STEPS = (0, 1, 1, 2, 9, 58, 59, 60, 61, 240, 899, 900, 3_540, 3_600, 3_660, 85_500, 86_400, 87_300)
"""Seconds between two bursts: inside buckets, at their edges, and over whole windows."""

START = 1_800_000_000
API = 20
"""Calls a minute of the server that is asked over HTTP."""


async def limits(calls: int, seed: int) -> list[str]:
    """The violations; prints a line of figures."""
    began = time.monotonic()
    model = Model()
    await asyncio.gather(_campaign(model, calls, random.Random(seed)), _over_http(model.found))
    print(
        f"limits: {model.admitted:,} calls admitted and {model.refused:,} refused of {PROCESSES * CALLERS} callers in "
        f"{PROCESSES} processes, {model.probed} waits probed, seed {seed}: {len(model.found)} violations in "
        f"{time.monotonic() - began:.0f} s"
    )
    return model.found


async def _campaign(model: Model, calls: int, chance: random.Random) -> None:
    with ExitStack() as stack:
        url = stack.enter_context(_valkey())
        pools = [
            stack.enter_context(ProcessPoolExecutor(1, get_context("spawn"), _open, (url,))) for _ in range(PROCESSES)
        ]
        async with Redis.from_url(url) as clock:

            async def make(now: int, burst: list[Call]) -> list[int]:
                await clock.set("now", now)
                loop = asyncio.get_running_loop()
                parts = [loop.run_in_executor(pool, _make, burst[n::PROCESSES]) for n, pool in enumerate(pools)]
                waits = [0] * len(burst)
                for n, part in enumerate(parts):
                    waits[n::PROCESSES] = await part
                return waits

            await _play(model, make, calls, chance)


@contextmanager
def _valkey() -> Iterator[str]:
    with TemporaryDirectory(prefix="market-prove-") as folder:
        Path(folder).chmod(0o711)
        valkey = EmbeddedValkey(Path(folder))
        valkey.start()
        try:
            yield valkey.url
        finally:
            valkey.stop()


async def _play(
    model: Model, make: Callable[[int, list[Call]], Awaitable[list[int]]], calls: int, chance: random.Random
) -> None:
    now = START
    for step, burst in _bursts(calls, chance):
        now += step
        waits = await make(now, burst)
        model.judge(now, burst, waits)
        refused = [call for call, wait in zip(burst, waits, strict=True) if wait]
        if not refused or chance.random() > 0.15:
            continue
        call = [chance.choice(refused)]
        (wait,) = await make(now, call)
        early, (late, *_) = await make(now + wait - 1, call), await make(now + wait, call)
        model.probe(now, call[0], wait, early[0], late)
        now += wait


def _bursts(calls: int, chance: random.Random) -> Iterator[tuple[int, list[Call]]]:
    """The seconds that pass, then calls at once: first one busy user through all windows, then all kinds mixed."""
    busy = calls // 2
    while calls > 0:
        if calls > busy:
            step = chance.choice((61, 299, 361))
            burst: list[Call] = [(Limit.API, ("user:busy", "network:busy"))] * 104
        else:
            step = chance.choice(STEPS) if chance.random() < 0.5 else chance.randrange(3)
            burst = [_a_call(chance) for _ in range(chance.choice((1, PROCESSES * CALLERS, 256)))]
        yield step, burst[:calls]
        calls -= len(burst)


def _a_call(chance: random.Random) -> Call:
    """Few subjects, so that they meet their limits."""
    user, network = f"user:{chance.randrange(6)}", f"network:{chance.randrange(3)}"
    keys = chance.choice(((user,), (network,), (user, network), (network, user)))
    return chance.choice(tuple(Limit)), keys


class _Process:
    """Lives in each of the other processes."""

    runner: asyncio.Runner
    limits: RateLimits


def _open(url: str) -> None:
    async def connected() -> RateLimits:
        return RedisRateLimits(connect(url), b"k" * 32, RULES, LocalRateLimits({}), now=CLOCK)

    _Process.runner = asyncio.Runner()
    _Process.limits = _Process.runner.run(connected())


def _make(calls: list[Call]) -> list[int]:
    """The seconds that each call is told to wait; 0 if it was admitted."""
    waits = [0] * len(calls)

    async def caller(turns: Iterator[tuple[int, Call]]) -> None:
        for turn, (limit, keys) in turns:
            try:
                await _Process.limits.take(limit, *keys)
            except TooManyCalls as refusal:
                waits[turn] = refusal.retry_after

    async def callers() -> None:
        turns = iter(enumerate(calls))
        await asyncio.gather(*(caller(turns) for _ in range(CALLERS)))

    _Process.runner.run(callers())
    return waits


async def _over_http(found: list[str]) -> None:
    """Forged X-Forwarded-For over two HTTP processes, by Valkey's own clock."""
    async with node(RATE_LIMIT_API=f"{API}/minute") as server, httpx.AsyncClient(base_url=server.url) as client:
        began = time.time()

        async def call(number: int) -> httpx.Response:
            forged = f"203.0.113.{number}, 2001:db8:{number:x}::1"
            return await client.get("/api/v1/products", headers={"x-forwarded-for": forged})

        answers = await asyncio.gather(*(call(number) for number in range(1, 3 * API)))
        passed = time.time() - began
        statuses = [answer.status_code for answer in answers]
        if statuses.count(200) != API or statuses.count(429) != len(answers) - API:
            found.append(f"over HTTP, of {API} a minute with forged addresses: {statuses}")
        for answer in answers:
            told = int(answer.headers.get("retry-after", 61))
            if not 60 - passed <= told <= 61:
                found.append(f"over HTTP, {passed:.1f} s after the first call: wait {told} s")
