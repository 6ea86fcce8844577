import secrets
from hashlib import sha256
from uuid import UUID

from redis.asyncio import Redis

from marketplace.adapters.redis.client import refusals
from marketplace.application.identity.ports import SessionToken, SocketTickets
from marketplace.domain.shared.ids import SessionId, UserId

LIFETIME = 30


class RedisSocketTickets(SocketTickets):
    """Stored by hash: who reads the store cannot use what is in it."""

    lifetime = LIFETIME

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def issue(self, token: SessionToken) -> str:
        ticket = secrets.token_urlsafe(32)
        with refusals():
            await self._redis.set(_place(ticket), token.user.bytes + token.session.bytes, ex=LIFETIME)
        return ticket

    async def take(self, ticket: str) -> SessionToken | None:
        with refusals():
            ids = await self._redis.getdel(_place(ticket))
        if not isinstance(ids, bytes):
            return None
        return SessionToken(UserId(UUID(bytes=ids[:16])), SessionId(UUID(bytes=ids[16:])))


def _place(ticket: str) -> str:
    return f"ticket:{sha256(ticket.encode('utf-8', 'surrogatepass')).hexdigest()}"
