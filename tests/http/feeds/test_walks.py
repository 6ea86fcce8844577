"""C7 at the size of every run: `prove feeds` is the full one."""

from pathlib import Path
from typing import Any

import httpx
from redis.asyncio import Redis

from prove.feeds import WALKS, Walked, all_walks, faults, walked
from tests.engines import Database
from tests.http.commerce.market import running_market


async def test_walks_while_listings_come_and_go(
    fresh_database: Database, redis_url: str, redis: Redis, tmp_path: Path
) -> None:
    async with running_market(fresh_database, redis_url, tmp_path) as market:
        walks = Walked(fresh_database.admin_dsn, market.seller.id, seed=1)
        await walks.fill(100)

        async def call(path: str, params: dict[str, Any]) -> httpx.Response:
            return await market.call("GET", path, params=params)

        assert await all_walks(call, walks, per_page=10, changes=10) == []
        assert walks.changes >= 1_000

        async def nothing() -> None: ...

        items, _ = await walked(call, WALKS[3], 50, nothing)
        stayed = walks.stable["community"]
        assert faults(WALKS[3], [*items, items[0]], stayed) == [
            "community, nearest: 1 shown twice", "community, nearest: out of order",
        ]  # fmt: skip
        assert faults(WALKS[3], items, [*stayed, market.seller.id]) == ["community, nearest: 1 left out"]
