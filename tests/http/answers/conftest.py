from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.engines import Database
from tests.http.answers.house import House, running_house


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(database: Database, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """One of all tests of a file, which run in one loop."""
    async with running_house(database, redis_url, tmp_path_factory.mktemp("house")) as house:
        yield house
