from collections.abc import Collection
from datetime import timedelta
from typing import Any
from uuid import UUID

from redis.asyncio import Redis
from redis.commands.core import AsyncScript

from marketplace.adapters.redis.client import CacheUnavailable, refusals
from marketplace.application.shared.presence import REAPED_AT_ONCE, Presence
from marketplace.domain.shared.ids import UserId

ONLINE, NODES, NODE = "{presence}:online_users", "{presence}:nodes", "{presence}:node:"
"""The last is followed by the node, and holds who is there."""

_NOW = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
"""
_OWN = f"""{_NOW}
redis.call('ZADD', KEYS[2], now + ARGV[2], ARGV[1])
local here = KEYS[3] .. ARGV[1]
"""
_LEAVE = """
local live = redis.call('ZRANGEBYSCORE', KEYS[2], now, '+inf')
local function is_somewhere(user)
    for _, node in ipairs(live) do
        if redis.call('SISMEMBER', KEYS[3] .. node, user) == 1 then return true end
    end
    return false
end
local gone = {}
local function leave(user)
    if is_somewhere(user) then return end
    redis.call('SREM', KEYS[1], user)
    gone[#gone + 1] = user
end
"""
_CAME = f"""{_OWN}
local new = {{}}
for place = 3, #ARGV do
    redis.call('SADD', here, ARGV[place])
    if redis.call('SADD', KEYS[1], ARGV[place]) == 1 then new[#new + 1] = ARGV[place] end
end
return new
"""
_WENT = f"""{_OWN}{_LEAVE}
for place = 3, #ARGV do
    redis.call('SREM', here, ARGV[place])
    leave(ARGV[place])
end
return gone
"""
_BEAT = f"{_OWN} return redis.call('SCARD', here)"
_REAP = f"""{_NOW}{_LEAVE}
local dead = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', '(' .. now, 'LIMIT', 0, 1)[1]
if not dead then return false end
local left = redis.call('SPOP', KEYS[3] .. dead, {REAPED_AT_ONCE})
if #left == 0 then redis.call('ZREM', KEYS[2], dead) end
for _, user in ipairs(left) do leave(user) end
return gone
"""
"""Each script runs alone, and costs what it was asked about times the nodes."""


class RedisPresence(Presence):
    """`node` names this process; one that has not been heard of for `life` is dead."""

    def __init__(self, redis: Redis, node: UUID, life: timedelta) -> None:
        self._redis = redis
        self._own = [str(node), str(life // timedelta(milliseconds=1))]
        self._came, self._went, self._beat, self._reap = map(redis.register_script, (_CAME, _WENT, _BEAT, _REAP))

    async def came(self, users: Collection[UserId]) -> set[UserId]:
        return _users(await _run(self._came, *self._own, *map(str, users)))

    async def went(self, users: Collection[UserId]) -> set[UserId]:
        return _users(await _run(self._went, *self._own, *map(str, users)))

    async def beat(self) -> int:
        return int(await _run(self._beat, *self._own))

    async def reap(self) -> set[UserId] | None:
        gone = await _run(self._reap)
        return None if gone is None else _users(gone)

    async def online(self, users: Collection[UserId]) -> set[UserId] | None:
        if not users:
            return set()
        asked = list(users)
        try:
            with refusals():
                found = await self._redis.smismember(ONLINE, [str(one) for one in asked])
        except CacheUnavailable:
            return None
        return {user for user, is_there in zip(asked, found, strict=True) if is_there}


async def _run(script: AsyncScript, *arguments: str) -> Any:
    with refusals():
        return await script(keys=[ONLINE, NODES, NODE], args=arguments)


def _users(found: list[bytes]) -> set[UserId]:
    return {UserId(UUID(one.decode())) for one in found}
