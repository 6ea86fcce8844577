"""C7 at the size of every run: `prove feeds` is the full one."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from redis.asyncio import Redis

from prove.feeds import WALKS, Walked, all_walks, faults, walked
from tests.engines import Database
from tests.http.commerce.market import running_market


@pytest.mark.parametrize("seed", [1])
async def test_walks_while_listings_come_and_go(
    fresh_database: Database, redis_url: str, redis: Redis, tmp_path: Path, seed: int
) -> None:
    async with running_market(fresh_database, redis_url, tmp_path) as market:
        walks = Walked(fresh_database.admin_dsn, market.seller.id, seed)
        await walks.fill(100)

        async def call(path: str, params: dict[str, Any]) -> httpx.Response:
            return await market.call("GET", path, params=params)

        assert await all_walks(call, walks, rounds=1, per_page=7, writers=2, changes=1_000) == []
        assert walks.changes > 100
        items, _ = await walked(call, WALKS[3], 50)
        stayed = walks.stable["community"]
        assert faults(WALKS[3], [*items, items[0]], stayed) == [
            "community, nearest: 1 shown twice", "community, nearest: out of order",
        ]  # fmt: skip
        assert faults(WALKS[3], items, [*stayed, market.seller.id]) == ["community, nearest: 1 left out"]
