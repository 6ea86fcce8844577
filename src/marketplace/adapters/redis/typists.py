from uuid import UUID

import structlog
from redis.asyncio import Redis

from marketplace.adapters.redis.client import CacheUnavailable, refusals
from marketplace.application.messaging.presence import Typists
from marketplace.application.shared.rooms import FADED_AFTER
from marketplace.domain.shared.ids import ConversationId, UserId

PAUSE = 1.0

_NOW = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
"""
_BEGINS = f"""{_NOW}
if not redis.call('SET', KEYS[2], 1, 'NX', 'PX', ARGV[3]) then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
"""
_OF = f"{_NOW} return redis.call('ZRANGE', KEYS[1], 0, -1)"

_log = structlog.get_logger()


class RedisTypists(Typists):
    """`life` and `pause` are seconds."""

    def __init__(self, redis: Redis, life: float = FADED_AFTER, pause: float = PAUSE) -> None:
        self._redis = redis
        self._times = (int(life * 1000), int(pause * 1000))
        self._begins, self._of = redis.register_script(_BEGINS), redis.register_script(_OF)

    async def begins(self, conversation_id: ConversationId, user: UserId) -> bool:
        key = _key(conversation_id)
        try:
            with refusals():
                return bool(await self._begins(keys=[key, f"{key}:{user}"], args=[str(user), *self._times]))
        except CacheUnavailable:
            _log.warning("nobody is told who is typing")
            return False

    async def ends(self, conversation_id: ConversationId, user: UserId) -> bool:
        try:
            with refusals():
                return bool(await self._redis.zrem(_key(conversation_id), str(user)))
        except CacheUnavailable:
            return False

    async def of(self, conversation_id: ConversationId) -> set[UserId]:
        try:
            with refusals():
                return {UserId(UUID(one.decode())) for one in await self._of(keys=[_key(conversation_id)])}
        except CacheUnavailable:
            return set()


def _key(conversation_id: ConversationId) -> str:
    return f"typing:{{{conversation_id}}}"
