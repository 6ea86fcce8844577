import secrets
from hashlib import sha256
from uuid import UUID

from redis.asyncio import Redis

from marketplace.adapters.redis.client import refusals
from marketplace.application.identity.factor_ports import Ceremony, Challenges

LIFETIME = 300
LENGTH = 32


class RedisChallenges(Challenges):
    """The key is a hash of all that must be the same again, so taking is one DEL, which finds it once."""

    lifetime = LIFETIME

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def issue(self, ceremony: Ceremony, subject: UUID | None) -> bytes:
        challenge = secrets.token_bytes(LENGTH)
        with refusals():
            await self._redis.set(_place(ceremony, subject, challenge), b"", ex=LIFETIME)
        return challenge

    async def take(self, ceremony: Ceremony, subject: UUID | None, challenge: bytes) -> bool:
        with refusals():
            return bool(await self._redis.delete(_place(ceremony, subject, challenge)))


def _place(ceremony: Ceremony, subject: UUID | None, challenge: bytes) -> str:
    return f"challenge:{sha256(f'{ceremony}:{subject}:'.encode() + challenge).hexdigest()}"
