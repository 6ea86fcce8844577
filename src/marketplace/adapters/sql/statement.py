"""Core statements compiled once, at their first use, and run on a bare asyncpg connection (docs/adr/0003)."""

from collections.abc import Mapping, Sequence
from functools import cached_property

import asyncpg
from sqlalchemy import ColumnElement, Executable, literal_column
from sqlalchemy.dialects.postgresql import asyncpg as postgresql_asyncpg
from sqlalchemy.sql.compiler import SQLCompiler

_DIALECT = postgresql_asyncpg.dialect()  # type: ignore[no-untyped-call]


def constant(value: str) -> ColumnElement[str]:
    """A word of ours written into the SQL, so that the planner sees it (partial indexes)."""
    return literal_column(f"'{value}'")


class Statement:
    """A Core construct as SQL text with positional arguments; call it with the construct's bind names.

    A list is passed as an array (`column == any_(bindparam(...))`), an enum as its value; values written into the
    construct itself stay as defaults.
    """

    def __init__(self, construct: Executable) -> None:
        self._construct = construct

    @cached_property
    def _compiled(self) -> SQLCompiler:
        compiled: SQLCompiler = self._construct.compile(dialect=_DIALECT)  # type: ignore[attr-defined]
        return compiled

    @cached_property
    def sql(self) -> str:
        return self._compiled.string

    @cached_property
    def _names(self) -> Sequence[str]:
        return self._compiled.positiontup or ()

    @cached_property
    def _defaults(self) -> Mapping[str, object]:
        defaults: Mapping[str, object] = self._compiled.params
        return defaults

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
