from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from prove.ample_limits import AMPLE_LIMITS
from tests.engines import Database
from tests.http.people.town import Town, running_town


@pytest.fixture
async def town(database: Database, redis_url: str, redis: Redis, tmp_path: Path) -> AsyncIterator[Town]:
    async with running_town(database, redis_url, tmp_path, **AMPLE_LIMITS) as town:
        yield town
