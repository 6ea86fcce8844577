"""The fake of the unit tests and the Valkey adapter keep one contract."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from marketplace.adapters.redis.category_cache import RedisCategoryCache
from marketplace.adapters.redis.client import connect
from marketplace.application.catalog.category_ports import Answers, CategoryCache
from tests.fakes.categories import MemoryCategoryCache


class Source:
    """Computes when it is let; counts how often it was asked."""

    def __init__(self, *, open_at_once: bool = True) -> None:
        self.asked = 0
        self.called = asyncio.Event()
        self.gate = asyncio.Event()
        if open_at_once:
            self.gate.set()

    async def __call__(self) -> Answers:
        self.asked += 1
        answer = str(self.asked).encode()
        self.called.set()
        await self.gate.wait()
        return {"one": answer}


async def failing() -> Answers:
    raise ZeroDivisionError


class CategoryCacheContract:
    async def test_what_was_computed_is_kept(self, cache: CategoryCache) -> None:
        source = Source()
        assert [await cache.read(name, source) for name in ("one", "one", "other")] == [b"1", b"1", None]
        assert source.asked == 1

    async def test_a_stampede_computes_once(self, cache: CategoryCache) -> None:
        source = Source(open_at_once=False)
        reads = [asyncio.create_task(cache.read("one", source)) for _ in range(20)]
        await source.called.wait()
        source.gate.set()
        assert await asyncio.gather(*reads) == [b"1"] * 20
        assert source.asked == 1

    async def test_a_failure_is_not_kept_and_holds_nobody_up(self, cache: CategoryCache) -> None:
        with pytest.raises(ZeroDivisionError):
            await cache.read("one", failing)
        assert await cache.read("one", Source()) == b"1"

    async def test_what_was_forgotten_is_computed_anew(self, cache: CategoryCache) -> None:
        source = Source()
        await cache.read("one", source)
        await cache.forget()
        assert await cache.read("one", source) == b"2"

    async def test_what_was_being_computed_when_all_was_forgotten_is_not_kept(self, cache: CategoryCache) -> None:
        source = Source(open_at_once=False)
        renewal = asyncio.create_task(cache.renew(source))
        await source.called.wait()
        await cache.forget()
        source.gate.set()
        await renewal
        assert await cache.read("one", source) == b"2"

    async def test_who_asked_before_all_was_forgotten_gets_the_new_answer_too(self, cache: CategoryCache) -> None:
        source = Source(open_at_once=False)
        read = asyncio.create_task(cache.read("one", source))
        await source.called.wait()
        await cache.forget()
        source.gate.set()
        assert await read == b"2"

    async def test_however_many_changes_take_one_turn(self, cache: CategoryCache) -> None:
        assert not await cache.take_turn(), "nothing changed"
        for _ in range(3):
            await cache.changed()
        assert await cache.take_turn()
        assert not await cache.take_turn()
        await cache.changed()
        assert not await cache.take_turn(), "too soon"

    async def test_a_renewal_replaces_what_was_kept(self, cache: CategoryCache) -> None:
        source = Source()
        await cache.read("one", source)
        await cache.renew(source)
        assert await cache.read("one", source) == b"2"
        with pytest.raises(ZeroDivisionError):
            await cache.renew(failing)
        assert await cache.read("one", source) == b"2"
        assert await cache.take_turn(), "a renewal that failed is still to be done"


class TestMemoryCategoryCache(CategoryCacheContract):
    @pytest.fixture
    def cache(self) -> CategoryCache:
        return MemoryCategoryCache()

    async def test_a_change_waits_for_its_turn(self) -> None:
        cache = MemoryCategoryCache()
        await cache.changed()
        assert await cache.take_turn()
        await cache.changed()
        cache.later()
        assert await cache.take_turn()


class TestRedisCategoryCache(CategoryCacheContract):
    @pytest.fixture
    def cache(self, redis: Redis) -> CategoryCache:
        return RedisCategoryCache(redis)

    async def test_processes_share_answers_and_one_computes_for_all(self, redis: Redis) -> None:
        source = Source(open_at_once=False)
        processes = [RedisCategoryCache(redis) for _ in range(5)]
        reads = [asyncio.create_task(process.read("one", source)) for process in processes]
        await source.called.wait()
        source.gate.set()
        assert await asyncio.gather(*reads) == [b"1"] * 5
        assert source.asked == 1
        await processes[0].forget()
        assert await processes[1].read("one", source) == b"2"

    async def test_answers_live_five_minutes(self, redis: Redis) -> None:
        await RedisCategoryCache(redis).read("one", Source())
        assert 299_000 < await redis.pttl("categories:answers") <= 300_000

    async def test_a_change_waits_for_its_turn(self, redis: Redis) -> None:
        cache = RedisCategoryCache(redis)
        await cache.changed()
        assert await cache.take_turn()
        assert 4_000 < await redis.pttl("categories:quiet") <= 5_000
        await cache.changed()
        await redis.delete("categories:quiet")
        assert await cache.take_turn()

    @pytest.fixture
    async def dead(self) -> AsyncIterator[Redis]:
        redis = connect("redis://127.0.0.1:1/0")
        yield redis
        await redis.aclose()

    async def test_without_valkey_a_process_computes_once_for_some_seconds(self, dead: Redis) -> None:
        cache, source = RedisCategoryCache(dead), Source(open_at_once=False)
        reads = [asyncio.create_task(cache.read("one", source)) for _ in range(20)]
        await source.called.wait()
        source.gate.set()
        assert await asyncio.gather(*reads) == [b"1"] * 20
        assert await cache.read("other", source) is None
        assert source.asked == 1
        await cache.changed()
        assert not await cache.take_turn()
        await cache.renew(source)
        await cache.forget()
        assert await cache.read("one", source) == b"2"
