from collections.abc import AsyncIterator, Mapping

from dishka import Provider, Scope, provide
from redis.asyncio import Redis

from marketplace.adapters.memory.rate_limits import LocalRateLimits, halved
from marketplace.adapters.redis.client import connect
from marketplace.adapters.redis.rate_limits import RedisRateLimits
from marketplace.application.shared.limits import Limit, RateLimit, RateLimits


class RedisProvider(Provider):
    scope = Scope.APP

    def __init__(self, url: str, rate_limit_key: bytes, rules: Mapping[Limit, RateLimit]) -> None:
        super().__init__()
        self._url = url
        self._rate_limit_key = rate_limit_key
        self._rules = rules

    @provide
    async def redis(self) -> AsyncIterator[Redis]:
        redis = connect(self._url)
        yield redis
        await redis.aclose()

    @provide
    async def rate_limits(self, redis: Redis) -> AsyncIterator[RateLimits]:
        limits = RedisRateLimits(redis, self._rate_limit_key, self._rules, LocalRateLimits(halved(self._rules)))
        yield limits
        await limits.close()
