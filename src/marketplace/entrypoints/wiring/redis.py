from collections.abc import AsyncIterator

from dishka import Provider, Scope, provide
from redis.asyncio import Redis

from marketplace.adapters.redis.client import connect


class RedisProvider(Provider):
    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    @provide(scope=Scope.APP)
    async def redis(self) -> AsyncIterator[Redis]:
        redis = connect(self._url)
        yield redis
        await redis.aclose()
