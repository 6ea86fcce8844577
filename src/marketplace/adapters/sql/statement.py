"""Core statements compiled once at import and run on a bare asyncpg connection (docs/adr/0003)."""

from collections.abc import Mapping

import asyncpg
from sqlalchemy import ColumnElement, Executable, literal_column
from sqlalchemy.dialects.postgresql import asyncpg as postgresql_asyncpg

_DIALECT = postgresql_asyncpg.dialect()  # type: ignore[no-untyped-call]


def constant(value: str) -> ColumnElement[str]:
    """A word of ours written into the SQL, so that the planner sees it (partial indexes)."""
    return literal_column(f"'{value}'")


class Statement:
    """A Core construct as SQL text with positional arguments; call it with the construct's bind names.

    A list is passed as an array (`column == any_(bindparam(...))`), an enum as its value; values written into the
    construct itself stay as defaults.
    """

    __slots__ = ("_defaults", "_names", "sql")

    def __init__(self, construct: Executable) -> None:
        compiled = construct.compile(dialect=_DIALECT)  # type: ignore[attr-defined]
        self.sql: str = compiled.string
        self._names = tuple(compiled.positiontup or ())
        self._defaults: Mapping[str, object] = {
            name: value for name, value in compiled.params.items() if name in self._names
        }

    def _arguments(self, values: Mapping[str, object]) -> list[object]:
        return [values[name] if name in values else self._defaults[name] for name in self._names]

    async def all(self, connection: asyncpg.Connection, **values: object) -> list[asyncpg.Record]:
        rows: list[asyncpg.Record] = await connection.fetch(self.sql, *self._arguments(values))
        return rows

    async def one(self, connection: asyncpg.Connection, **values: object) -> asyncpg.Record | None:
        return await connection.fetchrow(self.sql, *self._arguments(values))

    async def value(self, connection: asyncpg.Connection, **values: object) -> object:
        return await connection.fetchval(self.sql, *self._arguments(values))

    async def run(self, connection: asyncpg.Connection, **values: object) -> int:
        """How many rows were touched."""
        status: str = await connection.execute(self.sql, *self._arguments(values))
        count = status.rsplit(" ", 1)[-1]
        return int(count) if count.isdigit() else 0
