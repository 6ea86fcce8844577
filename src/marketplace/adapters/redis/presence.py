from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from redis.asyncio import Redis

from marketplace.adapters.redis.client import refusals
from marketplace.application.shared.presence import Presence
from marketplace.domain.shared.ids import UserId

ONLINE, NODES, NODE = "{presence}:online_users", "{presence}:nodes", "{presence}:node:"
_COUNT = """
local now = redis.call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
local function elsewhere(user)
    for _, node in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], now, '+inf')) do
        if redis.call('SISMEMBER', KEYS[3] .. node, user) == 1 then return true end
    end
    return false
end
"""
_CAME = f"""{_COUNT}
redis.call('ZADD', KEYS[2], now + ARGV[2], ARGV[1])
local new = {{}}
for place = 3, #ARGV do
    redis.call('SADD', KEYS[3] .. ARGV[1], ARGV[place])
    if redis.call('SADD', KEYS[1], ARGV[place]) == 1 then new[#new + 1] = ARGV[place] end
end
return new
"""
_WENT = f"""{_COUNT}
local gone = {{}}
for place = 3, #ARGV do
    redis.call('SREM', KEYS[3] .. ARGV[1], ARGV[place])
    if not elsewhere(ARGV[place]) and redis.call('SREM', KEYS[1], ARGV[place]) == 1 then
        gone[#gone + 1] = ARGV[place]
    end
end
return gone
"""
_BEAT = f"""{_COUNT}
redis.call('ZADD', KEYS[2], now + ARGV[2], ARGV[1])
local gone = {{}}
for _, node in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', '(' .. now)) do
    for _, user in ipairs(redis.call('SMEMBERS', KEYS[3] .. node)) do
        if not elsewhere(user) and redis.call('SREM', KEYS[1], user) == 1 then gone[#gone + 1] = user end
    end
    redis.call('DEL', KEYS[3] .. node)
    redis.call('ZREM', KEYS[2], node)
end
return {{redis.call('SCARD', KEYS[3] .. ARGV[1]), gone}}
"""
"""Being one script each runs alone. A node that is past its time counts for nothing."""


class RedisPresence(Presence):
    """`node` names this process; one that has not beaten for `life` is taken for dead."""

    def __init__(self, redis: Redis, node: UUID, life: timedelta) -> None:
        self._redis = redis
        self._own = (str(node), int(life.total_seconds() * 1000))
        self._came, self._went, self._beat = (redis.register_script(one) for one in (_CAME, _WENT, _BEAT))

    async def came(self, users: Collection[UserId]) -> set[UserId]:
        with refusals():
            return _users(await self._came(keys=[ONLINE, NODES, NODE], args=[*self._own, *map(str, users)]))

    async def went(self, users: Collection[UserId]) -> set[UserId]:
        with refusals():
            return _users(await self._went(keys=[ONLINE, NODES, NODE], args=[*self._own, *map(str, users)]))

    async def beat(self) -> tuple[int, set[UserId]]:
        with refusals():
            here, gone = await self._beat(keys=[ONLINE, NODES, NODE], args=[*self._own])
        return here, _users(gone)

    async def online(self, users: Collection[UserId]) -> set[UserId]:
        if not users:
            return set()
        asked = list(users)
        with refusals():
            are = await self._redis.smismember(ONLINE, [str(one) for one in asked])
        return {user for user, is_there in zip(asked, are, strict=True) if is_there}


def _users(found: list[bytes]) -> set[UserId]:
    return {UserId(UUID(one.decode())) for one in found}
