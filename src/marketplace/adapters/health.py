from collections.abc import Awaitable, Callable, Mapping

from redis.asyncio import Redis
from redis.exceptions import RedisError

from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.revisions import newest_revision
from marketplace.application.shared.health import HealthChecks
from marketplace.domain.shared.errors import Unavailable

OK = "ok"


class EngineHealthChecks(HealthChecks):
    def __init__(self, pool: Pool, redis: Redis) -> None:
        self._pool = pool
        self._redis = redis
        self._newest = newest_revision()

    async def __call__(self) -> Mapping[str, str]:
        checks: dict[str, Callable[[], Awaitable[str]]] = {
            "database": self._database, "redis": self._valkey, "migrations": self._migrations,
        }  # fmt: skip
        return {name: await check() for name, check in checks.items()}

    async def _database(self) -> str:
        try:
            async with self._pool.connection() as connection:
                await connection.fetchval("SELECT 1")
        except Unavailable as error:
            return error.detail
        return OK

    async def _valkey(self) -> str:
        try:
            await self._redis.ping()
        except (RedisError, OSError) as error:
            return f"does not answer: {type(error).__name__}"
        return OK

    async def _migrations(self) -> str:
        try:
            async with self._pool.connection() as connection:
                current = await connection.fetchval("SELECT version_num FROM public.alembic_version")
        except Unavailable as error:
            return error.detail
        return OK if current == self._newest else f"at {current}, {self._newest} is needed: run `marketplace migrate`"
