"""The server in this process, writing down what it asks of the database."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
from dishka import Provider, Scope, provide

from benchmarks.replay import Recorded
from marketplace.adapters.sql.pool import Pool
from marketplace.entrypoints.http.app import create_app
from marketplace.entrypoints.http.gate import Gate
from marketplace.entrypoints.wiring.container import build
from marketplace.entrypoints.wiring.settings import Settings


class RecordingPool(Pool):
    def __init__(self, dsn: str) -> None:
        super().__init__(dsn, size=1)
        self.recorded: Recorded = []

    async def take(self) -> asyncpg.Connection:
        connection = await super().take()
        connection.add_query_logger(self._note)
        return connection

    def give(self, connection: asyncpg.Connection) -> None:
        connection.remove_query_logger(self._note)
        super().give(connection)

    def _note(self, query: Any) -> None:
        self.recorded.append((query.query, query.args))


class Recording(Provider):
    def __init__(self, pool: Pool) -> None:
        super().__init__()
        self._pool = pool

    @provide(scope=Scope.APP, override=True)
    def pool(self) -> Pool:
        return self._pool


@asynccontextmanager
async def in_process(settings: Settings, pool: Pool, headers: Mapping[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    container = build(settings, Recording(pool))
    gate = Gate(create_app(container, settings), allowed_hosts=frozenset(), new_id=uuid4)
    transport = httpx.ASGITransport(gate)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers) as client:
        yield client
    await container.close()
