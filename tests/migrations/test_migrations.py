"""The schema comes from the migrations alone, goes back and forth, and is what the code believes it is."""

import asyncio
import secrets
from collections.abc import AsyncIterator

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from marketplace.adapters.sql.migrate import configuration, migrate
from marketplace.adapters.sql.revisions import newest_revision
from marketplace.adapters.sql.tables import metadata
from tests.engines import Database, Engines

NOT_IN_CODE = {"transitions", "alembic_version"}
"""Written and read by migrations and triggers only."""


@pytest.fixture
async def empty_database(engines: Engines) -> AsyncIterator[Database]:
    name = f"empty_{secrets.token_hex(4)}"
    yield await engines.create(name)
    await engines.drop(name)


async def schemas(database: Database) -> list[str]:
    connection = await asyncpg.connect(database.owner_dsn)
    try:
        rows = await connection.fetch("SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema)'")
    finally:
        await connection.close()
    return sorted(row[0] for row in rows)


def test_there_is_one_head() -> None:
    assert ScriptDirectory.from_config(configuration()).get_heads() == [newest_revision()]


async def test_up_down_and_up_again(empty_database: Database, engines: Engines) -> None:
    await migrate(empty_database.owner_dsn, engines.app_role)
    full = await schemas(empty_database)
    await migrate(empty_database.owner_dsn, engines.app_role, to="base", down=True)
    assert await schemas(empty_database) == ["public"]
    await migrate(empty_database.owner_dsn, engines.app_role)
    assert await schemas(empty_database) == full
    assert {"catalog", "identity", "jobs", "notifications", "ordering", "payments", "trading"} <= set(full)


async def test_nodes_that_start_together_migrate_once(empty_database: Database, engines: Engines) -> None:
    await asyncio.gather(*(migrate(empty_database.owner_dsn, engines.app_role) for _ in range(4)))
    connection = await asyncpg.connect(empty_database.app_dsn)
    try:
        assert await connection.fetchval("SELECT version_num FROM public.alembic_version") == newest_revision()
    finally:
        await connection.close()


async def test_tables_in_code_are_the_tables_of_the_database(fresh_database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_schemas": True,
                "compare_type": True,
                "include_object": lambda _, name, kind, *__: kind != "table" or name not in NOT_IN_CODE,
            },
        )
        return list(compare_metadata(context, metadata))

    async def connect() -> asyncpg.Connection:
        return await asyncpg.connect(fresh_database.owner_dsn)

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect)
    try:
        async with engine.connect() as connection:
            assert await connection.run_sync(differences) == []
            await connection.exec_driver_sql("ALTER TABLE catalog.listings DROP COLUMN neighborhood")
            assert len(await connection.run_sync(differences)) == 1
    finally:
        await engine.dispose()


async def test_the_application_may_not_rewrite_the_books_nor_the_schema(fresh_database: Database) -> None:
    connection = await asyncpg.connect(fresh_database.app_dsn)
    try:
        for statement in (
            "UPDATE payments.ledger_entries SET minor = 1",
            "DELETE FROM payments.ledger_entries",
            "TRUNCATE payments.ledger_transactions",
            "DELETE FROM payments.payments",
            "UPDATE edge.transitions SET target = 'sold'",
            "CREATE TABLE public.mine (id int)",
            "ALTER TABLE payments.ledger_entries DISABLE TRIGGER ALL",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    finally:
        await connection.close()
