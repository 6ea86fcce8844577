from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from tests.engines import Database
from tests.http.identity.house import House, running_house
from tests.http.lots.desk import Desk, opened_desk


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(database: Database, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """One for all tests of a module, on the database that many tests share: its worker is not to be used."""
    folder: Path = tmp_path_factory.mktemp("house")
    async with running_house(database, redis_url, folder) as house:
        yield house


@pytest_asyncio.fixture(loop_scope="module")
async def desk(house: House, database: Database) -> Desk:
    return await opened_desk(house, database.admin_dsn)


@pytest_asyncio.fixture(loop_scope="module")
async def fresh_desk(fresh_database: Database, redis_url: str, redis: Redis, tmp_path: Path) -> AsyncIterator[Desk]:
    """In a house and a database of its own."""
    async with running_house(fresh_database, redis_url, tmp_path) as house:
        yield await opened_desk(house, fresh_database.admin_dsn)
