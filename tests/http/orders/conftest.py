from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from tests.engines import Database, Engines, copied_database
from tests.http.orders.shop import Shop, running_shop


@pytest.fixture(scope="module")
def database_of_shop(engines: Engines, template: str) -> Iterator[Database]:
    """Its worker does all that is due, and finds no work of other tests in it."""
    with copied_database(engines, template) as database:
        yield database


@pytest.fixture
async def shop(database_of_shop: Database, redis_url: str, redis: Redis, tmp_path: Path) -> AsyncIterator[Shop]:
    async with running_shop(database_of_shop, redis_url, tmp_path) as shop:
        yield shop
