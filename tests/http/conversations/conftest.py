from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from tests.engines import Database
from tests.http.conversations.thread import Thread
from tests.http.people.town import running_town


@pytest.fixture
async def thread(database: Database, redis_url: str, redis: Redis, tmp_path: Path) -> AsyncIterator[Thread]:
    async with running_town(database, redis_url, tmp_path) as town:
        yield await Thread.between_new_people(town)


@pytest.fixture
async def fresh_thread(fresh_database: Database, redis_url: str, redis: Redis, tmp_path: Path) -> AsyncIterator[Thread]:
    """Whose worker may be used."""
    async with running_town(fresh_database, redis_url, tmp_path) as town:
        yield await Thread.between_new_people(town)
