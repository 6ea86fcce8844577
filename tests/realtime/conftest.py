from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.engines import Database
from tests.realtime.harness import Node, running_node, settings


@pytest.fixture
async def node(database: Database, redis_url: str, tmp_path: Path) -> AsyncIterator[Node]:
    async with running_node(settings(database, redis_url, tmp_path)) as node:
        yield node


@pytest.fixture
async def fresh_node(fresh_database: Database, redis_url: str, tmp_path: Path) -> AsyncIterator[Node]:
    async with running_node(settings(fresh_database, redis_url, tmp_path)) as node:
        yield node
