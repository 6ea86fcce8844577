from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from tests.engines import Database
from tests.http.desk.desk import Desk, running_desk


@pytest.fixture
async def desk(database: Database, redis_url: str, redis: Redis, tmp_path: Path) -> AsyncIterator[Desk]:
    async with running_desk(database, redis_url, tmp_path) as desk:
        yield desk
