from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from tests.engines import Database
from tests.http.disputes.court import Court
from tests.http.orders.shop import running_shop


@pytest.fixture
async def court(fresh_database: Database, redis_url: str, redis: Redis, tmp_path: Path) -> AsyncIterator[Court]:
    """Alone: of many moderators only some are told."""
    async with running_shop(fresh_database, redis_url, tmp_path) as shop:
        yield await Court.beside(shop)
