"""One server for all campaigns that only add people and deals to it."""

from collections.abc import AsyncIterator

import pytest_asyncio

from prove.node import Node, node


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def server() -> AsyncIterator[Node]:
    """For tests with `loop_scope="session"`. Do not kill its processes."""
    async with node() as server:
        yield server
