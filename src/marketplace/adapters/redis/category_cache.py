import asyncio
import secrets
from contextlib import suppress
from typing import Any

from redis.asyncio import Redis

from marketplace.adapters.redis.client import CacheUnavailable, refusals
from marketplace.application.catalog.category_ports import Answers, CategoryCache, Compute

LIFE = 300.0
QUIET = 5.0
"""Seconds between two renewals because of changes."""
LOCK_LIFE = 6.0
"""Seconds, longer than a statement may take."""
POLL = 0.02
OWN_LIFE = 5.0
"""Seconds for which a process answers by itself after Valkey was away."""

_ANSWERS, _GENERATION, _LOCK = "categories:answers", "categories:generation", "categories:lock"
_CHANGED, _QUIET = "categories:changed", "categories:quiet"
_WHOLE = b"."
"""Stands in the hash beside the answers: without it nothing is kept."""

_KEEP = """
if redis.call('GET', KEYS[3]) == ARGV[3] then redis.call('DEL', KEYS[3]) end
if (redis.call('GET', KEYS[2]) or '0') ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
for i = 4, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
"""
_RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end"
_TAKE_TURN = """
if redis.call('EXISTS', KEYS[2]) == 1 or redis.call('DEL', KEYS[1]) == 0 then return 0 end
redis.call('SET', KEYS[2], '', 'PX', ARGV[1])
return 1
"""


class RedisCategoryCache(CategoryCache):
    """One hash for all answers. A generation, raised by `forget`, keeps out what was computed before it.

    While Valkey is away each process computes for itself, and keeps that for OWN_LIFE.
    """

    def __init__(self, redis: Redis, *, life: float = LIFE, quiet: float = QUIET) -> None:
        self._redis = redis
        self._life = life
        self._quiet = quiet
        self._keep = redis.register_script(_KEEP)
        self._release = redis.register_script(_RELEASE)
        self._take_turn = redis.register_script(_TAKE_TURN)
        self._alone = asyncio.Lock()
        self._own: Answers | None = None
        self._own_until = 0.0

    async def read(self, name: str, compute: Compute) -> bytes | None:
        while True:
            if (own := self._own_now()) is not None:
                return own.get(name)
            try:
                whole, answer = await self._kept(name)
                if whole:
                    return answer
                if (answers := await self._fill(compute)) is not None:
                    return answers.get(name)
            except CacheUnavailable:
                return (await self._without_valkey(compute)).get(name)
            await asyncio.sleep(POLL)

    async def changed(self) -> None:
        with suppress(CacheUnavailable), refusals():
            await self._redis.set(_CHANGED, b"", ex=int(LIFE))

    async def take_turn(self) -> bool:
        with suppress(CacheUnavailable), refusals():
            return bool(await self._take_turn(keys=[_CHANGED, _QUIET], args=[_milliseconds(self._quiet)]))
        return False

    async def renew(self, compute: Compute) -> None:
        try:
            with refusals():
                generation: Any = await self._redis.get(_GENERATION)
            answers = await compute()
            await self._write(answers, generation, "")
        except CacheUnavailable:
            return
        except Exception:
            await self.changed()
            raise

    async def forget(self) -> None:
        self._own = None
        with suppress(CacheUnavailable), refusals():
            async with self._redis.pipeline(transaction=True) as pipeline:
                pipeline.incr(_GENERATION)
                pipeline.delete(_ANSWERS, _LOCK)
                await pipeline.execute()

    async def _kept(self, name: str) -> tuple[bool, bytes | None]:
        with refusals():
            found: list[Any] = await self._redis.hmget(_ANSWERS, [_WHOLE, name])
        return found[0] is not None, found[1]

    async def _fill(self, compute: Compute) -> Answers | None:
        """None while somebody else computes or has done so just now, or when all was forgotten meanwhile."""
        token = secrets.token_hex(8)
        with refusals():
            async with self._redis.pipeline(transaction=True) as pipeline:
                pipeline.set(_LOCK, token, nx=True, px=_milliseconds(LOCK_LIFE))
                pipeline.get(_GENERATION)
                pipeline.hexists(_ANSWERS, _WHOLE)
                mine, generation, whole = await pipeline.execute()
            if mine and whole:
                await self._release(keys=[_LOCK], args=[token])
        if whole or not mine:
            return None
        try:
            answers = await compute()
        except BaseException:
            with suppress(CacheUnavailable), refusals():
                await self._release(keys=[_LOCK], args=[token])
            raise
        return answers if await self._write(answers, generation, token) else None

    async def _write(self, answers: Answers, generation: bytes | None, token: str) -> bool:
        pairs = [part for pair in answers.items() for part in pair]
        with refusals():
            kept = await self._keep(
                keys=[_ANSWERS, _GENERATION, _LOCK],
                args=[generation or b"0", _milliseconds(self._life), token, _WHOLE, b"", *pairs],
            )
        return bool(kept)

    def _own_now(self) -> Answers | None:
        return self._own if asyncio.get_running_loop().time() < self._own_until else None

    async def _without_valkey(self, compute: Compute) -> Answers:
        async with self._alone:
            if (own := self._own_now()) is not None:
                return own
            self._own = answers = await compute()
            self._own_until = asyncio.get_running_loop().time() + OWN_LIFE
            return answers


def _milliseconds(seconds: float) -> int:
    return int(seconds * 1000)
