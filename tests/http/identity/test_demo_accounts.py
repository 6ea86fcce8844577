"""The accounts nobody registers."""

import asyncio
from pathlib import Path

import pytest
from redis.asyncio import Redis

from marketplace.adapters.sql.pool import Pool
from marketplace.domain.identity.password import WeakPassword
from marketplace.domain.identity.user import AccountExists
from marketplace.entrypoints.wiring.accounts import DEMO_ACCOUNTS, create_admin, seed
from tests.engines import Database
from tests.http.identity.house import settings_of

COUNT = "SELECT count(*) FILTER (WHERE is_verified) FROM identity.users"


async def test_demo_accounts_are_made_once_and_in_development_only(
    fresh_database: Database, fresh_pool: Pool, redis_url: str, tmp_path: Path
) -> None:
    settings = settings_of(fresh_database, redis_url, tmp_path)
    await asyncio.gather(seed(settings), seed(settings))
    await seed(settings)
    async with fresh_pool.connection() as connection:
        assert await connection.fetchval(COUNT) == len(DEMO_ACCOUNTS) == 3
    with pytest.raises(RuntimeError):
        await seed(settings_of(fresh_database, redis_url, tmp_path, "production"))


async def test_the_first_administrator_is_made_by_hand(
    fresh_database: Database, fresh_pool: Pool, redis: Redis, redis_url: str, tmp_path: Path
) -> None:
    settings = settings_of(fresh_database, redis_url, tmp_path, "production")
    with pytest.raises(WeakPassword):
        await create_admin(settings, "root@marketplace.example", "root", "weak")
    user_id = await create_admin(settings, "root@marketplace.example", "root", "Correct-Horse-7")
    with pytest.raises(AccountExists):
        await create_admin(settings, "root@marketplace.example", "root2", "Correct-Horse-7")
    async with fresh_pool.connection() as connection:
        row = await connection.fetchrow("SELECT id, role, is_verified FROM identity.users")
    assert tuple(row) == (user_id, "admin", True)
