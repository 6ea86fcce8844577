from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from tests.engines import Database
from tests.http.commerce.market import Market, running_market


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def market(database: Database, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Market]:
    async with Redis.from_url(redis_url) as redis:
        await redis.flushdb()
    async with running_market(database, redis_url, tmp_path_factory.mktemp("market")) as market:
        yield market


@pytest.fixture
async def fresh_market(fresh_database: Database, redis_url: str, redis: Redis, tmp_path: Path) -> AsyncIterator[Market]:
    async with running_market(fresh_database, redis_url, tmp_path) as market:
        yield market
