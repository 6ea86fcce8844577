from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from tests.engines import Database, Engines, copied_database
from tests.http.people.town import Town, running_town


@pytest.fixture(scope="module")
def own_database(engines: Engines, template: str) -> Iterator[Database]:
    """Of the tests of one file, whose worker does nobody else's work."""
    with copied_database(engines, template) as database:
        yield database


@pytest.fixture
async def town(own_database: Database, redis_url: str, redis: Redis, tmp_path: Path) -> AsyncIterator[Town]:
    async with running_town(own_database, redis_url, tmp_path) as town:
        yield town
