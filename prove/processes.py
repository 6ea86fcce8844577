"""Every HTTP process of a node asked by itself."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx

from prove.node import Node


@asynccontextmanager
async def clients(server: Node, connections: int) -> AsyncIterator[list[httpx.AsyncClient]]:
    """One for each HTTP process, by its own socket; each may use so many connections at once."""
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    async with AsyncExitStack() as stack:
        made = []
        for index in range(server.settings.workers):
            door = httpx.AsyncHTTPTransport(uds=str(server.folder / "run" / f"http-{index}.sock"), limits=limits)
            client = httpx.AsyncClient(transport=door, base_url=f"{server.url}/api/v1", timeout=30)
            made.append(await stack.enter_async_context(client))
        yield made
