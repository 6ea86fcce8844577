from collections.abc import AsyncIterator

import pytest

from tests.engines import Database
from tests.integration.commerce.market import SqlMarket, a_market


@pytest.fixture
async def market(database: Database) -> AsyncIterator[SqlMarket]:
    async with a_market(database) as market:
        yield market
