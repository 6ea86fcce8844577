from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from tests.engines import Database, Engines, copied_database
from tests.http.feeds.square import Square, running_square


@pytest.fixture(scope="package")
def square_database(engines: Engines, template: str) -> Iterator[Database]:
    with copied_database(engines, template) as database:
        yield database


@pytest.fixture
async def square(square_database: Database, redis_url: str, redis: Redis, tmp_path: Path) -> AsyncIterator[Square]:
    """With nothing for sale yet."""
    async with running_square(square_database, redis_url, tmp_path) as square:
        yield square
