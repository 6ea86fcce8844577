from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from prove.ample_limits import AMPLE_LIMITS
from tests.engines import Database
from tests.http.people.town import Town, running_town


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(database: Database, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """One for all tests of a module, on the database that many tests share: its worker is not to be used."""
    folder: Path = tmp_path_factory.mktemp("town")
    async with running_town(database, redis_url, folder, **AMPLE_LIMITS) as town:
        yield town


@pytest_asyncio.fixture(loop_scope="module")
async def fresh_town(fresh_database: Database, redis_url: str, redis: Redis, tmp_path: Path) -> AsyncIterator[Town]:
    async with running_town(fresh_database, redis_url, tmp_path, **AMPLE_LIMITS) as town:
        yield town
