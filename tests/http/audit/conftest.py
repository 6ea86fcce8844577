from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from redis.asyncio import Redis

from marketplace.application.shared.audit import Refusals, SealAuditTrail
from tests.engines import Database
from tests.http.commerce.market import Market, data, running_market


@dataclass
class Trail:
    """An application of its own, with an administrator who reads its trail."""

    market: Market

    async def call(self, path: str, **query: Any) -> httpx.Response:
        return await self.market.call("GET", f"/audit-logs{path}", self.market.admin, params=query)

    async def read(self, **query: Any) -> dict[str, Any]:
        page: dict[str, Any] = data(await self.call("", **query))
        return page

    async def actions(self) -> list[str]:
        """Of everything in the trail but refusals, oldest first."""
        rows = await self.market.fetch("SELECT action FROM audit.entries WHERE outcome = 'done' ORDER BY id")
        return [row["action"] for row in rows]

    async def seal(self) -> None:
        await (await self.market.app.state.dishka_container.get(SealAuditTrail))()

    async def settled(self) -> None:
        """Everything that was refused is written."""
        await (await self.market.app.state.dishka_container.get(Refusals)).close()

    async def tamper(self, statement: str) -> None:
        """As a superuser, past the triggers."""
        connection = await asyncpg.connect(self.market.dsn)
        try:
            await connection.execute("SET session_replication_role = replica")
            await connection.execute(statement)
        finally:
            await connection.close()


@pytest.fixture
async def trail(fresh_database: Database, redis_url: str, redis: Redis, tmp_path: Path) -> AsyncIterator[Trail]:
    async with running_market(fresh_database, redis_url, tmp_path) as market:
        yield Trail(market)
