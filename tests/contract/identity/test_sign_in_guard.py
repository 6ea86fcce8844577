"""The guard of the unit tests and the one in Valkey keep one contract."""

import asyncio

import pytest
from redis.asyncio import Redis

from marketplace.adapters.redis.sign_in_guard import RedisSignInGuard
from marketplace.application.identity.ports import SignInGuard
from marketplace.domain.identity.lockout import FAILURES, FAILURES_IN_ALL, LOCK
from tests.builders.identity import NOON
from tests.fakes.identity import MemorySignInGuard
from tests.fakes.world import FixedClock

HOME, AWAY = "network:192.0.2.1", "network:198.51.100.7"


async def admitted(guard: SignInGuard, times: int, place: str = HOME, *, known_device: bool = False) -> int:
    return sum([await guard.admit("amina", place, known_device=known_device) for _ in range(times)])


class SignInGuardContract:
    async def test_five_attempts_from_one_place_and_as_many_from_another(self, guard: SignInGuard) -> None:
        assert await admitted(guard, FAILURES + 3) == FAILURES
        assert await guard.locked_now("amina", HOME)
        assert await admitted(guard, FAILURES + 3, AWAY) == FAILURES
        assert await guard.admit("zarina", HOME, known_device=False)

    async def test_a_lock_is_told_at_the_attempt_that_makes_it(self, guard: SignInGuard) -> None:
        told = []
        for _ in range(FAILURES):
            await guard.admit("amina", HOME, known_device=False)
            told.append(await guard.locked_now("amina", HOME))
        assert told == [False] * (FAILURES - 1) + [True]

    async def test_a_success_clears_its_place_and_the_sum(self, guard: SignInGuard) -> None:
        await admitted(guard, FAILURES)
        await admitted(guard, FAILURES, AWAY)
        await guard.clear("amina", HOME)
        assert await admitted(guard, 1) == 1
        assert await admitted(guard, 1, AWAY) == 0
        await guard.clear("amina")
        assert await admitted(guard, 1, AWAY) == 1

    async def test_what_was_not_looked_at_does_not_count(self, guard: SignInGuard) -> None:
        for _ in range(3 * FAILURES):
            assert await guard.admit("amina", HOME, known_device=False)
            await guard.take_back("amina", HOME, known_device=False)
        assert await admitted(guard, FAILURES + 1) == FAILURES

    async def test_after_a_hundred_in_all_only_known_devices_are_admitted(self, guard: SignInGuard) -> None:
        places = [f"network:{number}" for number in range(FAILURES_IN_ALL + 5)]
        assert sum([await admitted(guard, 1, place) for place in places]) == FAILURES_IN_ALL
        assert await admitted(guard, FAILURES + 1, "device:phone", known_device=True) == FAILURES
        await guard.clear("amina")
        assert await admitted(guard, 1, "network:new") == 1

    async def test_of_many_at_once_five_are_admitted(self, guard: SignInGuard) -> None:
        asked = await asyncio.gather(*(guard.admit("amina", HOME, known_device=False) for _ in range(50)))
        assert sum(asked) == FAILURES


class TestMemorySignInGuard(SignInGuardContract):
    @pytest.fixture
    def guard(self) -> SignInGuard:
        return MemorySignInGuard(FixedClock(NOON))


class TestRedisSignInGuard(SignInGuardContract):
    @pytest.fixture
    def guard(self, redis: Redis) -> SignInGuard:
        return RedisSignInGuard(redis, b"k" * 32)

    async def test_locks_end_by_the_store_itself_and_name_nobody(self, redis: Redis, guard: SignInGuard) -> None:
        await admitted(guard, FAILURES + 2)
        names = [name.decode() for name in await redis.keys() if isinstance(name, bytes)]
        assert not any("amina" in name or "192.0.2.1" in name for name in names)
        lives = sorted([await redis.ttl(name) for name in names])
        assert LOCK.total_seconds() - 5 <= lives[0] <= LOCK.total_seconds()
        assert all(life > 0 for life in lives)
