"""Bring a database to the newest revision, safely from several nodes at once."""

from typing import Any

import asyncpg
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from marketplace.adapters.sql.revisions import MIGRATIONS

LOCK = 0x6D61726B
"""The advisory lock that lets one node at a time migrate."""


def configuration(**attributes: Any) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes.update(attributes)
    return config


async def migrate(owner_dsn: str, app_role: str, *, to: str = "head", down: bool = False) -> None:
    """Run the migrations as the owner and grant `app_role` what the application needs.

    `to` is an Alembic revision. Waits while another node migrates.
    """

    async def connect() -> asyncpg.Connection:
        return await asyncpg.connect(owner_dsn, timeout=10, server_settings={"lock_timeout": "5000"})

    def run(connection: Connection) -> None:
        config = configuration(connection=connection, app_role=app_role)
        (command.downgrade if down else command.upgrade)(config, to)

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect)
    guard = await asyncpg.connect(owner_dsn, timeout=10)
    try:
        await guard.execute("SELECT pg_advisory_lock($1)", LOCK)
        async with engine.begin() as connection:
            await connection.run_sync(run)
    finally:
        await guard.close()
        await engine.dispose()
