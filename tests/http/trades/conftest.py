from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from prove.ample_limits import AMPLE_LIMITS
from tests.engines import Database, Engines, copied_database
from tests.http.people.town import Town, running_town


@pytest.fixture(scope="module")
def database_of_town(engines: Engines, template: str) -> Iterator[Database]:
    """Its worker does all that is due, and finds no work of other tests in it."""
    with copied_database(engines, template) as database:
        yield database


@pytest.fixture
async def town(database_of_town: Database, redis_url: str, redis: Redis, tmp_path: Path) -> AsyncIterator[Town]:
    async with running_town(database_of_town, redis_url, tmp_path, **AMPLE_LIMITS) as town:
        yield town
