import secrets
from hashlib import sha256

import msgspec
from redis.asyncio import Redis

from marketplace.adapters.redis.client import refusals
from marketplace.application.identity.outside import SignInAttempt, SignInAttempts

LIFETIME = 600
"""Seconds."""

_DECODER = msgspec.json.Decoder(SignInAttempt)


class RedisSignInAttempts(SignInAttempts):
    """Stored under the hash of the state: who reads the store cannot finish a sign-in."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def begin(self, redirect_uri: str) -> tuple[str, SignInAttempt]:
        state = secrets.token_urlsafe(32)
        attempt = SignInAttempt(redirect_uri, secrets.token_urlsafe(32), secrets.token_urlsafe(48))
        with refusals():
            await self._redis.set(_place(state), msgspec.json.encode(attempt), ex=LIFETIME)
        return state, attempt

    async def take(self, state: str) -> SignInAttempt | None:
        with refusals():
            found = await self._redis.getdel(_place(state))
        return _DECODER.decode(found) if isinstance(found, bytes) else None


def _place(state: str) -> str:
    return f"openid:{sha256(state.encode('utf-8', 'surrogatepass')).hexdigest()}"
