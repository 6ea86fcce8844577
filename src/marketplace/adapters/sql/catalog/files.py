"""Imports and exports of products."""

from collections.abc import Sequence

import asyncpg
from sqlalchemy import bindparam, insert, update

from marketplace.adapters.sql.catalog.file_tables import exports, imports
from marketplace.adapters.sql.statement import Statement
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.catalog.file_ports import Export, Exports, Imports, Room
from marketplace.application.catalog.ports import SellerCap
from marketplace.domain.catalog.imports import (
    ExportId,
    ExportNotFound,
    FileFormat,
    FileStatus,
    ImportId,
    ImportMode,
    ImportNotFound,
    ListingImport,
    Problem,
)
from marketplace.domain.shared.ids import UserId

_ADD = Statement(insert(imports))
_LOCKED = "SELECT * FROM catalog.imports WHERE id = $1 FOR UPDATE"
_CHANGING = ("status", "row_count", "checked", "imported", "failed", "finished_at", "version")
_SAVE = Statement(
    update(imports).where(imports.c.id == bindparam("import_id")).values({name: bindparam(name) for name in _CHANGING})
)
_REPORT = """
INSERT INTO catalog.import_problems (import_id, row_number, field, code, message)
SELECT $1, * FROM unnest($2::integer[], $3::text[], $4::text[], $5::text[])
"""
_ADD_EXPORT = Statement(insert(exports))
_EXPORT = "SELECT * FROM catalog.exports WHERE id = $1"
_SAVE_EXPORT = "UPDATE catalog.exports SET status = $2, row_count = $3, size = $4 WHERE id = $1"
_LEFT = """
SELECT CASE WHEN is_active THEN $2 - catalog.open_listings_of($1, $2) ELSE 0 END
FROM identity.public_profiles WHERE id = $1
"""


class SqlImports(Imports):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def add(self, one: ListingImport) -> None:
        await _ADD.run(self._transaction.connection, **_row(one))

    async def locked(self, import_id: ImportId) -> ListingImport:
        row = await self._transaction.connection.fetchrow(_LOCKED, import_id)
        if row is None:
            raise ImportNotFound("no such import")
        return _import_of(row)

    async def save(self, one: ListingImport) -> None:
        await _SAVE.run(self._transaction.connection, import_id=one.id, **(_row(one) | {"version": one.version + 1}))

    async def report(self, import_id: ImportId, problems: Sequence[Problem]) -> None:
        await self._transaction.connection.execute(
            _REPORT, import_id, [one.row for one in problems], [one.field for one in problems],
            [one.code for one in problems], [one.message for one in problems],
        )  # fmt: skip

    async def delete(self, import_id: ImportId) -> None:
        await self._transaction.connection.execute("DELETE FROM catalog.imports WHERE id = $1", import_id)


class SqlExports(Exports):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def add(self, one: Export) -> None:
        await _ADD_EXPORT.run(
            self._transaction.connection, id=one.id, seller_id=one.seller, format=one.format.value,
            status=one.status.value, row_count=one.rows, size=one.size, created_at=one.created_at,
            expires_at=one.expires_at,
        )  # fmt: skip

    async def get(self, export_id: ExportId) -> Export:
        row = await self._transaction.connection.fetchrow(_EXPORT, export_id)
        if row is None:
            raise ExportNotFound("no such export")
        return Export(
            id=row["id"], seller=row["seller_id"], format=FileFormat(row["format"]), status=FileStatus(row["status"]),
            rows=row["row_count"], size=row["size"], created_at=row["created_at"], expires_at=row["expires_at"],
        )  # fmt: skip

    async def save(self, one: Export) -> None:
        await self._transaction.connection.execute(_SAVE_EXPORT, one.id, one.status.value, one.rows, one.size)

    async def delete(self, export_id: ExportId) -> None:
        await self._transaction.connection.execute("DELETE FROM catalog.exports WHERE id = $1", export_id)


class SqlRoom(Room):
    def __init__(self, transaction: SqlTransaction, cap: SellerCap) -> None:
        self._transaction = transaction
        self._most = cap.most

    async def left(self, seller: UserId) -> int:
        return await self._transaction.connection.fetchval(_LEFT, seller, self._most) or 0


def _row(one: ListingImport) -> dict[str, object]:
    return {
        "id": one.id, "seller_id": one.seller, "mode": one.mode.value, "status": one.status.value,
        "row_count": one.rows, "checked": one.checked, "imported": one.imported, "failed": one.failed,
        "created_at": one.created_at, "finished_at": one.finished_at, "version": one.version,
    }  # fmt: skip


def _import_of(row: asyncpg.Record) -> ListingImport:
    return ListingImport(
        id=row["id"], seller=row["seller_id"], mode=ImportMode(row["mode"]), status=FileStatus(row["status"]),
        rows=row["row_count"], checked=row["checked"], imported=row["imported"], failed=row["failed"],
        created_at=row["created_at"], finished_at=row["finished_at"], version=row["version"],
    )  # fmt: skip
