import hmac
import secrets
from datetime import timedelta

from redis.asyncio import Redis

from marketplace.adapters.redis.client import refusals
from marketplace.application.identity.ports import CodeCheck, CodePurpose, OneTimeCodes

_CHECK = """
local tries = redis.call('HINCRBY', KEYS[1], 'tries', 1)
local code = redis.call('HGET', KEYS[1], 'code')
local about = redis.call('HGET', KEYS[1], 'about') or ''
local most = tonumber(ARGV[2])
if code == ARGV[1] then
    redis.call('DEL', KEYS[1])
    return {1, 0, about}
end
if not code or tries >= most then
    redis.call('DEL', KEYS[1])
    return {0, 0, ''}
end
return {0, most - tries, ''}
"""
"""The counter is raised before anything is compared; being one script it runs alone (reliability rule D18)."""


class RedisOneTimeCodes(OneTimeCodes):
    """MACs are stored, of the subject as the key, of the code as the value, and what the code is about."""

    def __init__(self, redis: Redis, key: bytes, *, life: timedelta, tries: int) -> None:
        self._redis = redis
        self._key = key
        self._life = life
        self._tries = tries
        self._check = redis.register_script(_CHECK)

    async def make(self, purpose: CodePurpose, subject: str, about: str = "") -> str:
        code = f"{secrets.randbelow(1_000_000):06}"
        place = self._place(purpose, subject)
        with refusals():
            async with self._redis.pipeline(transaction=True) as pipeline:
                pipeline.hset(place, mapping={"code": self._mac(purpose, subject, code), "tries": 0, "about": about})
                pipeline.expire(place, self._life)
                await pipeline.execute()
        return code

    async def check(self, purpose: CodePurpose, subject: str, code: str) -> CodeCheck:
        with refusals():
            right, left, about = await self._check(
                keys=[self._place(purpose, subject)], args=[self._mac(purpose, subject, code), self._tries]
            )
        return CodeCheck(bool(right), left, about.decode())

    def _place(self, purpose: CodePurpose, subject: str) -> str:
        return f"otp:{self._mac(purpose, subject)}"

    def _mac(self, *parts: str) -> str:
        text = "\0".join(parts).encode("utf-8", "surrogatepass")
        return hmac.new(self._key, text, "sha256").hexdigest()
