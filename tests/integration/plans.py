"""What a statement costs on many rows: its plan as the service would run it."""

import json
from collections.abc import AsyncIterator, Iterator, Set
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from marketplace.adapters.sql.pool import connect
from marketplace.adapters.sql.statement import Statement
from tests.engines import Database, Engines, copied_database, execute

AN_ID = """
CREATE FUNCTION an_id(n int) RETURNS uuid LANGUAGE sql IMMUTABLE AS
$$ SELECT ('01970000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid $$
"""

UNCHECKED = """
DO $$ DECLARE found record; BEGIN
    FOR found IN SELECT tgrelid::regclass AS its_table, tgname FROM pg_trigger WHERE NOT tgisinternal LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', found.its_table, found.tgname);
    END LOOP;
END $$;
SET session_replication_role = replica
"""
"""The session's rows need not refer to others. Our own triggers work as ever."""


@contextmanager
def filled_database(engines: Engines, template: str, *statements: str) -> Iterator[Database]:
    """A copy with the rows of these statements, of which no foreign key is looked up."""
    with copied_database(engines, template) as database:
        execute(database.admin_dsn, UNCHECKED, *statements)
        yield database


def an_id(n: int) -> UUID:
    """Of the n-th listing, and of the n-th of everything else."""
    return UUID(f"01970000-0000-7000-8000-{n:012x}")


@dataclass(frozen=True)
class Plan:
    """`big`: tables that no step may read whole."""

    nodes: list[dict[str, Any]]
    big: Set[str]

    @property
    def pages(self) -> int:
        """Shared buffers, found in memory or not."""
        top = self.nodes[0]
        return int(top["Shared Hit Blocks"]) + int(top["Shared Read Blocks"])

    @property
    def rows(self) -> int:
        return int(self.nodes[0]["Actual Rows"])

    @property
    def whole_tables_read(self) -> set[str]:
        """By a step that was run: the total of a long list is the estimate, and its count is left out."""
        scans = (node for node in self.nodes if node["Node Type"] == "Seq Scan" and node["Actual Loops"])
        return {node["Relation Name"] for node in scans} & self.big

    @property
    def locks(self) -> bool:
        return any(node["Node Type"] == "LockRows" for node in self.nodes)

    def requires(self, *, rows: int, most_pages: int) -> None:
        assert self.whole_tables_read == set(), f"reads all of {self.whole_tables_read}"
        assert self.rows == rows, f"{self.rows} rows"
        assert self.pages <= most_pages, f"{self.pages} pages"


def nodes_of(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes_of(child)


@dataclass(frozen=True)
class Planner:
    """A connection of the application's settings: generic plans, as in the service."""

    connection: asyncpg.Connection
    big: Set[str]

    async def plan(self, statement: Statement, **values: object) -> Plan:
        return await self.plan_of(statement.sql, *statement._arguments(values))

    async def plan_of(self, sql: str, *arguments: object) -> Plan:
        """Prepared, run with these arguments and taken back."""
        given = f"({', '.join(map(literal, arguments))})" if arguments else ""
        await self.connection.execute(f"PREPARE tried AS {sql}")
        tried = self.connection.transaction()
        await tried.start()
        try:
            text = await self.connection.fetchval(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE tried{given}")
        finally:
            await tried.rollback()
            await self.connection.execute("DEALLOCATE tried")
        return Plan(list(nodes_of(json.loads(text)[0]["Plan"])), self.big)


def literal(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, (list, tuple)):
        return f"ARRAY[{', '.join(map(literal, value))}]::text[]::{array_type(value)}"
    text = value.isoformat() if isinstance(value, datetime) else str(value).replace("'", "''")
    return f"'{text}'"


def array_type(values: list[object] | tuple[object, ...]) -> str:
    if values and all(isinstance(value, int) for value in values):
        return "bigint[]"
    if any(isinstance(value, float) for value in values):
        return "float8[]"
    if any(isinstance(value, UUID) for value in values):
        return "uuid[]"
    return "timestamptz[]" if any(isinstance(value, datetime) for value in values) else "text[]"


@asynccontextmanager
async def planning(database: Database, big: Set[str]) -> AsyncIterator[Planner]:
    connection = await connect(database.app_dsn)
    try:
        assert await connection.fetchval("SHOW plan_cache_mode") == "force_generic_plan"
        yield Planner(connection, big)
    finally:
        await connection.close()
