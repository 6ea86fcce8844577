"""Rooms over Valkey's publish and subscribe: one channel, which every HTTP process of every node hears."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import msgspec
import structlog
from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from marketplace.adapters.redis.client import PATIENCE, CacheUnavailable, refusals
from marketplace.application.shared.rooms import Expelled, RoomListening, RoomNews, Rooms, Told
from marketplace.domain.shared.ids import UserId

CHANNEL = "rooms"
PULSE = 5.0
"""Seconds between two proofs that a silent connection is alive, and the patience with each."""

_encode = msgspec.json.Encoder(decimal_format="number").encode
_decode = msgspec.json.Decoder(RoomNews).decode
_log = structlog.get_logger()


class RedisRooms(Rooms):
    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def tell(
        self, rooms: Sequence[str], name: str, data: Mapping[str, object], *, fades_to: str | None = None
    ) -> None:
        try:
            await self._publish(Told(tuple(rooms), name, msgspec.Raw(_encode(data)), fades_to))
        except CacheUnavailable:
            _log.warning("nobody in the rooms was told", event_name=name)

    async def expel(self, user: UserId, room: str) -> None:
        await self._publish(Expelled(user, room))

    async def _publish(self, news: RoomNews) -> None:
        with refusals():
            await self._redis.publish(CHANNEL, _encode(news))


class RedisRoomListening(RoomListening):
    """A connection of its own: redis-py's PubSub connects again by itself and does not say that it was away."""

    def __init__(self, url: str) -> None:
        self._pool = ConnectionPool.from_url(
            url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, retry=Retry(NoBackoff(), 0)
        )

    @asynccontextmanager
    async def listen(self, heard: Callable[[RoomNews], None]) -> AsyncIterator[Awaitable[None]]:
        connection: Any = self._pool.make_connection()  # type: ignore[no-untyped-call]
        with refusals():
            await connection.connect()
        try:
            with refusals():
                await connection.send_command("SUBSCRIBE", CHANNEL)
                await connection.read_response(push_request=True)
            reading = asyncio.create_task(_read(connection, heard))
            try:
                yield reading
            finally:
                reading.cancel()
        finally:
            await connection.disconnect(nowait=True)


async def _read(connection: Any, heard: Callable[[RoomNews], None]) -> None:
    """Until the connection is lost or silent."""
    is_asked = False
    with suppress(RedisError, OSError):
        while True:
            news = await connection.read_response(timeout=PULSE, disconnect_on_error=False, push_request=True)
            if news is None:
                if is_asked:
                    return
                await connection.send_command("PING")
            is_asked = news is None
            if isinstance(news, list) and news[0] == b"message":
                _pass_on(news[2], heard)


def _pass_on(payload: bytes, heard: Callable[[RoomNews], None]) -> None:
    try:
        news = _decode(payload)
    except msgspec.DecodeError:
        _log.error("the rooms heard something unreadable")
        return
    heard(news)
