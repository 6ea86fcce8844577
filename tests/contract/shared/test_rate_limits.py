"""RateLimits: in Valkey, in one process, and the exact fake pass the same class."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from redis.asyncio import Redis

from marketplace.adapters.memory.rate_limits import LocalRateLimits
from marketplace.adapters.redis.client import connect
from marketplace.adapters.redis.rate_limits import RedisRateLimits
from marketplace.application.shared.limits import Allowance, Limit, RateLimit, RateLimits, RateWindow, TooManyCalls
from tests.fakes.limits import MemoryRateLimits
from tests.fakes.world import FixedClock

MINUTE, HOUR, DAY = 60, 3_600, 86_400
START = 1_800_000_000
"""The first second of a bucket of every window."""

RULES: dict[Limit, RateLimit] = {
    Limit.API: (RateWindow(3, MINUTE), RateWindow(5, HOUR), RateWindow(7, DAY)),
    Limit.LOGIN: (RateWindow(2, MINUTE),),
    Limit.OTP: (RateWindow(1, MINUTE), RateWindow(2, HOUR)),
    Limit.SEND_PER_IP: (RateWindow(2, HOUR),),
    Limit.EMAIL: (RateWindow(4, DAY),),
}
LONG = {MINUTE: 1, HOUR: 60, DAY: 900}
"""Seconds of a bucket of each window."""


@dataclass
class Counting:
    """`wait` lets the seconds pass that the limits are told of."""

    limits: RateLimits
    wait: Callable[[int], Awaitable[None]]

    async def refused(self, limit: Limit, *keys: str) -> TooManyCalls:
        with pytest.raises(TooManyCalls) as refused:
            await self.limits.take(limit, *keys)
        return refused.value


class RateLimitsContract:
    async def test_what_is_left_is_told(self, counting: Counting) -> None:
        assert [(await counting.limits.take(Limit.LOGIN, "a")).remaining for _ in range(2)] == [1, 0]

    async def test_the_call_over_the_limit_is_refused_until_the_time_it_is_told(self, counting: Counting) -> None:
        for _ in range(2):
            await counting.limits.take(Limit.LOGIN, "a")
        await counting.wait(20)
        refusal = await counting.refused(Limit.LOGIN, "a")
        assert 40 <= refusal.retry_after <= 41
        assert refusal.facts == {"limit": 2, "window_seconds": MINUTE}
        assert refusal.allowance == Allowance(2, 0, refusal.retry_after)
        assert f"wait {refusal.retry_after} seconds" in refusal.detail
        await counting.wait(refusal.retry_after - 1)
        assert (await counting.refused(Limit.LOGIN, "a")).retry_after == 1
        await counting.wait(1)
        await counting.limits.take(Limit.LOGIN, "a")

    @pytest.mark.parametrize(
        ("limit", "seconds", "most"),
        [(Limit.LOGIN, MINUTE, 2), (Limit.SEND_PER_IP, HOUR, 2), (Limit.EMAIL, DAY, 4)],
    )
    async def test_a_window_that_slides_over_an_edge_of_buckets_has_no_more_than_its_limit(
        self, counting: Counting, limit: Limit, seconds: int, most: int
    ) -> None:
        await counting.wait(LONG[seconds] - 1)
        for _ in range(most):
            await counting.limits.take(limit, "a")
        for passed in (1, LONG[seconds], seconds - LONG[seconds] - 1):
            await counting.wait(passed)
            await counting.refused(limit, "a")
        await counting.wait(LONG[seconds])
        await counting.limits.take(limit, "a")

    @pytest.mark.parametrize(
        ("limit", "seconds", "most"),
        [(Limit.LOGIN, MINUTE, 2), (Limit.SEND_PER_IP, HOUR, 2), (Limit.EMAIL, DAY, 4)],
    )
    async def test_a_refusal_is_one_bucket_too_long_at_most(
        self, counting: Counting, limit: Limit, seconds: int, most: int
    ) -> None:
        for _ in range(most):
            await counting.limits.take(limit, "a")
        assert seconds <= (await counting.refused(limit, "a")).retry_after <= seconds + LONG[seconds]
        await counting.wait(seconds + LONG[seconds])
        await counting.limits.take(limit, "a")

    async def test_refused_calls_consume_nothing(self, counting: Counting) -> None:
        for _ in range(2):
            await counting.limits.take(Limit.LOGIN, "a")
        for _ in range(30):
            await counting.wait(2)
            await counting.refused(Limit.LOGIN, "a")
        await counting.wait(1)
        assert (await counting.limits.take(Limit.LOGIN, "a")).remaining == 1

    async def test_room_comes_back_as_it_was_used(self, counting: Counting) -> None:
        await counting.limits.take(Limit.LOGIN, "a")
        await counting.wait(30)
        await counting.limits.take(Limit.LOGIN, "a")
        await counting.wait(31)
        assert (await counting.limits.take(Limit.LOGIN, "a")).remaining == 0
        assert (await counting.refused(Limit.LOGIN, "a")).retry_after == 30

    async def test_every_window_must_have_room(self, counting: Counting) -> None:
        for calls, window in ((3, RULES[Limit.API][0]), (2, RULES[Limit.API][1])):
            for _ in range(calls):
                await counting.limits.take(Limit.API, "a")
            assert (await counting.refused(Limit.API, "a")).allowance.limit == window.limit
            await counting.wait(61)
        assert (await counting.refused(Limit.API, "a")).allowance.limit == 5
        await counting.wait(HOUR)
        for _ in range(2):
            await counting.limits.take(Limit.API, "a")
        assert DAY - 2 * HOUR < (await counting.refused(Limit.API, "a")).retry_after <= DAY

    async def test_the_tightest_window_is_the_one_that_is_told(self, counting: Counting) -> None:
        told = []
        for passed in (0, 0, 61, 61, 0):
            await counting.wait(passed)
            allowance = await counting.limits.take(Limit.API, "a")
            told.append((allowance.limit, allowance.remaining))
        assert told == [(3, 2), (3, 1), (5, 2), (5, 1), (5, 0)]

    async def test_every_key_must_have_room_and_else_none_is_counted(self, counting: Counting) -> None:
        for _ in range(2):
            await counting.limits.take(Limit.LOGIN, "network:n")
        for _ in range(3):
            await counting.refused(Limit.LOGIN, "account:a", "network:n")
            await counting.refused(Limit.LOGIN, "network:n", "account:a")
        assert (await counting.limits.take(Limit.LOGIN, "account:a")).remaining == 1

    async def test_the_fullest_key_is_told_and_the_longest_wait(self, counting: Counting) -> None:
        await counting.limits.take(Limit.LOGIN, "b")
        assert (await counting.limits.take(Limit.LOGIN, "a", "b")).remaining == 0
        await counting.wait(30)
        await counting.limits.take(Limit.LOGIN, "a")
        assert (await counting.refused(Limit.LOGIN, "a", "b")).retry_after == 31
        await counting.wait(31)
        assert (await counting.limits.take(Limit.LOGIN, "a", "b")).remaining == 0

    async def test_calls_that_were_answered_before_count_together_over_the_limit_if_need_be(
        self, counting: Counting
    ) -> None:
        assert (await counting.limits.take(Limit.EMAIL, "a", calls=3)).remaining == 1
        await counting.wait(2 * LONG[DAY])
        assert (await counting.limits.take(Limit.EMAIL, "a", calls=4)).remaining == 0
        assert (await counting.refused(Limit.EMAIL, "a")).retry_after > DAY - LONG[DAY]
        await counting.wait(DAY - LONG[DAY])
        retry_after = (await counting.refused(Limit.EMAIL, "a")).retry_after
        assert LONG[DAY] <= retry_after <= 2 * LONG[DAY]
        await counting.wait(retry_after)
        assert (await counting.limits.take(Limit.EMAIL, "a")).remaining == 3

    async def test_a_key_that_is_named_twice_is_counted_once(self, counting: Counting) -> None:
        assert (await counting.limits.take(Limit.LOGIN, "a", "a")).remaining == 1
        assert (await counting.limits.take(Limit.LOGIN, "a")).remaining == 0

    async def test_sets_and_keys_are_counted_apart(self, counting: Counting) -> None:
        await counting.limits.take(Limit.OTP, "a")
        await counting.refused(Limit.OTP, "a")
        await counting.limits.take(Limit.OTP, "b")
        await counting.limits.take(Limit.LOGIN, "a")

    @pytest.mark.parametrize("key", ["", "\0", "é" * 10_000, "\ud800", "limit: a", "{a}"])
    async def test_any_text_is_a_key(self, counting: Counting, key: str) -> None:
        await counting.limits.take(Limit.OTP, key)
        await counting.refused(Limit.OTP, key)
        await counting.limits.take(Limit.OTP, f"{key} ")


class TestExactFake(RateLimitsContract):
    @pytest.fixture
    def counting(self) -> Counting:
        clock = FixedClock(datetime.fromtimestamp(START, UTC))

        async def wait(seconds: int) -> None:
            clock.at += timedelta(seconds=seconds)

        return Counting(MemoryRateLimits(RULES, clock), wait)


class TestLocal(RateLimitsContract):
    @pytest.fixture
    def counting(self) -> Counting:
        now = [START]

        async def wait(seconds: int) -> None:
            now[0] += seconds

        return Counting(LocalRateLimits(RULES, lambda: now[0]), wait)


class TestValkey(RateLimitsContract):
    """Valkey's clock cannot be set: the script reads a key instead."""

    @pytest.fixture
    async def counting(self, redis: Redis, redis_url: str) -> AsyncIterator[Counting]:
        await redis.set("now", START)

        async def wait(seconds: int) -> None:
            await redis.incrby("now", seconds)

        client = connect(redis_url)
        fallback = LocalRateLimits(dict.fromkeys(Limit, (RateWindow(1_000_000, MINUTE),)))
        limits = RedisRateLimits(client, b"k" * 32, RULES, fallback, now="redis.call('GET', 'now')")
        yield Counting(limits, wait)
        await limits.close()
        await client.aclose()
