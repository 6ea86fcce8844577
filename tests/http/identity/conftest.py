from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from tests.engines import Database
from tests.http.identity.house import House, running_house


@pytest.fixture
async def house(database: Database, redis_url: str, redis: Redis, tmp_path: Path) -> AsyncIterator[House]:
    """On the database that many tests share: its worker is not to be used."""
    async with running_house(database, redis_url, tmp_path) as house:
        yield house


@pytest.fixture
async def fresh_house(fresh_database: Database, redis_url: str, redis: Redis, tmp_path: Path) -> AsyncIterator[House]:
    async with running_house(fresh_database, redis_url, tmp_path) as house:
        yield house
