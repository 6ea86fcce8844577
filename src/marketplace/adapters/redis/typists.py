from uuid import UUID

from redis.asyncio import Redis

from marketplace.adapters.redis.client import refusals
from marketplace.application.messaging.presence import Typists
from marketplace.application.shared.rooms import FADED_AFTER
from marketplace.domain.messaging.message import ConversationId
from marketplace.domain.shared.ids import UserId

_LIFE = int(FADED_AFTER * 1000)
_NOW = """
local now = redis.call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
"""
_BEGINS = f"""{_NOW}
local until_ = redis.call('ZSCORE', KEYS[1], ARGV[1])
if until_ and tonumber(until_) > now + {_LIFE} - 1000 then return 0 end
redis.call('ZADD', KEYS[1], now + {_LIFE}, ARGV[1])
redis.call('PEXPIRE', KEYS[1], {_LIFE} + 1000)
return 1
"""
_OF = f"{_NOW} return redis.call('ZRANGE', KEYS[1], 0, -1)"


class RedisTypists(Typists):
    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._begins, self._of = redis.register_script(_BEGINS), redis.register_script(_OF)

    async def begins(self, conversation_id: ConversationId, user: UserId) -> bool:
        with refusals():
            return bool(await self._begins(keys=[_key(conversation_id)], args=[str(user)]))

    async def ends(self, conversation_id: ConversationId, user: UserId) -> bool:
        with refusals():
            return bool(await self._redis.zrem(_key(conversation_id), str(user)))

    async def of(self, conversation_id: ConversationId) -> set[UserId]:
        with refusals():
            return {UserId(UUID(one.decode())) for one in await self._of(keys=[_key(conversation_id)])}


def _key(conversation_id: ConversationId) -> str:
    return f"typing:{{{conversation_id}}}"
