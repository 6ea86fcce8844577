from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from tests.engines import Database
from tests.http.people.town import running_town
from tests.http.reviews.deals import Deals


@pytest.fixture
async def deals(database: Database, redis_url: str, redis: Redis, tmp_path: Path) -> AsyncIterator[Deals]:
    """On the database that many tests share: its worker is not to be used."""
    async with running_town(database, redis_url, tmp_path) as town:
        yield await Deals.between_new_people(town)


@pytest.fixture
async def fresh_deals(fresh_database: Database, redis_url: str, redis: Redis, tmp_path: Path) -> AsyncIterator[Deals]:
    async with running_town(fresh_database, redis_url, tmp_path) as town:
        yield await Deals.between_new_people(town)
