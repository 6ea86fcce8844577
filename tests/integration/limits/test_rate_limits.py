"""What only the adapter can show: processes at once, what is stored, and a Valkey that goes away and comes back."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic

import pytest
from redis.asyncio import Redis

from marketplace.adapters.embedded.valkey import EmbeddedValkey
from marketplace.adapters.memory.rate_limits import LocalRateLimits, halved
from marketplace.adapters.redis.client import CacheUnavailable, connect
from marketplace.adapters.redis.rate_limits import VALKEY_CLOCK, RedisRateLimits
from marketplace.application.shared.limits import Allowance, Limit, RateLimit, RateLimits, RateWindow, TooManyCalls

MINUTE, HOUR = 60, 3_600
RULES: dict[Limit, RateLimit] = {
    Limit.API: (RateWindow(20, MINUTE), RateWindow(100, HOUR)),
    Limit.LOGIN: (RateWindow(5, HOUR),),
}


@asynccontextmanager
async def limits_of(url: str, now: str = VALKEY_CLOCK) -> AsyncIterator[RateLimits]:
    redis = connect(url)
    limits = RedisRateLimits(redis, b"k" * 32, RULES, LocalRateLimits(halved(RULES)), now=now)
    yield limits
    await limits.close()
    await redis.aclose()


async def admitted(limits: Sequence[RateLimits], limit: Limit, calls: int, *keys: str) -> int:
    """How many of so many calls that all begin at once."""
    taken = await asyncio.gather(
        *(limits[number % len(limits)].take(limit, *keys) for number in range(calls)), return_exceptions=True
    )
    assert {type(one) for one in taken} <= {Allowance, TooManyCalls}
    return sum(isinstance(one, Allowance) for one in taken)


async def test_of_calls_at_once_over_several_connections_as_many_pass_as_may(redis: Redis, redis_url: str) -> None:
    async with limits_of(redis_url) as one, limits_of(redis_url) as two:
        assert await admitted([one, two], Limit.API, 400, "user:u", "network:n") == 20


async def test_calls_of_different_sets_go_together(redis: Redis, redis_url: str) -> None:
    async with limits_of(redis_url) as limits:
        counts = await asyncio.gather(
            admitted([limits], Limit.API, 30, "a"), admitted([limits], Limit.LOGIN, 30, "a", "b"),
            admitted([limits], Limit.API, 30, "b"),
        )  # fmt: skip
    assert list(counts) == [20, 5, 20]


async def test_time_is_valkeys(redis: Redis, redis_url: str) -> None:
    async with limits_of(redis_url) as limits:
        await admitted([limits], Limit.LOGIN, 5, "a")
        seconds, _ = await redis.time()
        with pytest.raises(TooManyCalls) as refused:
            await limits.take(Limit.LOGIN, "a")
    assert refused.value.retry_after == pytest.approx(MINUTE + HOUR - seconds % MINUTE, abs=1)


async def test_stored_are_macs_that_expire(redis: Redis, redis_url: str) -> None:
    async with limits_of(redis_url) as limits:
        await limits.take(Limit.API, "user:amina", "network:192.0.2.1")
    places = await redis.keys()
    assert len(places) == 2
    for place in places:
        assert isinstance(place, bytes)
        assert re.fullmatch(b"limit:.{16}", place, re.S)
        assert HOUR < await redis.ttl(place) <= HOUR + MINUTE
        assert await redis.strlen(place) == 28


async def test_buckets_that_are_out_of_their_window_are_not_kept(redis: Redis, redis_url: str) -> None:
    now = 1_800_000_000
    async with limits_of(redis_url, now="redis.call('GET', 'now')") as limits:
        for _ in range(300):
            now += 40
            await redis.set("now", now)
            await limits.take(Limit.API, "a")
    (place,) = [place for place in await redis.keys() if place != b"now"]
    assert await redis.strlen(place) <= 2 * 6 + 8 * (2 + 61)


async def test_a_clock_that_is_set_back_gives_no_room(redis: Redis, redis_url: str) -> None:
    async with limits_of(redis_url, now="redis.call('GET', 'now')") as limits:
        await redis.set("now", 1_800_000_000)
        assert await admitted([limits], Limit.LOGIN, 3, "a") == 3
        await redis.set("now", 1_799_990_000)
        assert await admitted([limits], Limit.LOGIN, 9, "a") == 2
        await redis.set("now", 1_800_000_000 + HOUR)
        assert await admitted([limits], Limit.LOGIN, 9, "a") == 0


async def test_a_script_that_valkey_forgot_is_sent_again(redis: Redis, redis_url: str) -> None:
    async with limits_of(redis_url) as limits:
        await limits.take(Limit.API, "a")
        await redis.script_flush()
        assert (await limits.take(Limit.API, "a")).remaining == 18


async def test_a_connection_that_was_cut_is_made_anew(redis: Redis, redis_url: str) -> None:
    async with limits_of(redis_url) as limits:
        await limits.take(Limit.LOGIN, "a")
        await redis.client_kill_filter(_type="normal", skipme=True)
        assert (await limits.take(Limit.LOGIN, "a")).remaining == 3


async def test_a_caller_that_leaves_takes_nobody_along(redis: Redis, redis_url: str) -> None:
    async with limits_of(redis_url) as limits:
        leaving = asyncio.create_task(limits.take(Limit.API, "a"))
        staying = asyncio.create_task(limits.take(Limit.API, "b"))
        await asyncio.sleep(0)
        leaving.cancel()
        assert (await staying).remaining == 19


async def test_without_valkey_the_api_is_held_to_half_and_all_else_refused(data_dir: Path) -> None:
    valkey = EmbeddedValkey(data_dir)
    valkey.start()
    try:
        async with limits_of(valkey.url) as limits:
            assert await admitted([limits], Limit.API, 15, "a") == 15
            valkey.stop()
            assert await admitted([limits], Limit.API, 40, "a", "b") == 10
            for _ in range(3):
                with pytest.raises(CacheUnavailable):
                    await limits.take(Limit.LOGIN, "a")
            valkey.start()
            async with asyncio.timeout(10):
                while not await _counts(limits):
                    await asyncio.sleep(0.02)
            assert await admitted([limits], Limit.API, 40, "a") == 5
    finally:
        valkey.stop()


async def _counts(limits: RateLimits) -> bool:
    try:
        await limits.take(Limit.LOGIN, "probe")
    except CacheUnavailable:
        return False
    return True


async def test_a_valkey_that_never_answers_is_waited_for_once(tmp_path: Path) -> None:
    async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_unix_server(silence, tmp_path / "s.sock")
    async with server, limits_of(f"unix://{tmp_path / 's.sock'}") as limits:
        began = monotonic()
        await limits.take(Limit.API, "a")
        assert monotonic() - began < 2
        began = monotonic()
        assert await admitted([limits], Limit.API, 100, "a") == 9
        assert monotonic() - began < 0.5


async def test_in_memory_callers_beyond_the_most_share_one_limit() -> None:
    now = [0]
    limits = LocalRateLimits(RULES, lambda: now[0], most_keys=3)
    for key in "abc":
        await limits.take(Limit.LOGIN, key)
    assert await admitted([limits], Limit.LOGIN, 9, "d") == 5
    assert await admitted([limits], Limit.LOGIN, 9, "e") == 0
    assert await admitted([limits], Limit.LOGIN, 9, "a") == 4
    now[0] += 2 * HOUR
    assert await admitted([limits], Limit.LOGIN, 9, "e") == 5
