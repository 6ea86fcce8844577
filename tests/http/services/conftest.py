from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from tests.engines import Database
from tests.http.commerce.market import Market, running_market


@pytest.fixture
async def market(database: Database, redis_url: str, redis: Redis, tmp_path: Path) -> AsyncIterator[Market]:
    async with running_market(database, redis_url, tmp_path) as market:
        yield market
