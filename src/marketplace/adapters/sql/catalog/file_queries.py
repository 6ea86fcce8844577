"""What a seller reads of imports and exports: their own only."""

from uuid import UUID

import asyncpg

from marketplace.adapters.sql.catalog.queries import ANY_PRODUCTS, view_of
from marketplace.adapters.sql.pool import Pool
from marketplace.application.catalog.file_ports import FileQueries
from marketplace.application.catalog.file_views import ExportView, ImportProblemView, ImportView
from marketplace.application.catalog.views import ProductView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import EXACT_TOTAL_LIMIT, LARGEST_PER_PAGE, Slice
from marketplace.domain.catalog.imports import (
    ExportId,
    ExportNotFound,
    FileFormat,
    FileStatus,
    ImportId,
    ImportMode,
    ImportNotFound,
)
from marketplace.domain.shared.ids import ListingId, UserId

_MOST = LARGEST_PER_PAGE + 1
_IMPORT = """
SELECT id, status, mode, row_count, checked, imported, failed, created_at, finished_at FROM catalog.imports"""
_ONE_IMPORT = f"{_IMPORT} WHERE id = $1 AND seller_id = $2"
IMPORTS = {
    by_cursor: f"""
SELECT page.*, (
    SELECT count(*) FROM (SELECT FROM catalog.imports WHERE seller_id = $1 LIMIT {EXACT_TOTAL_LIMIT + 1}) mine
) AS total
FROM ({_IMPORT} WHERE seller_id = $1 {condition} ORDER BY id DESC {skip} LIMIT {_MOST}) page LIMIT $2"""  # noqa: S608 - our own words
    for by_cursor, condition, skip in ((True, "AND id < $3", ""), (False, "", "OFFSET $3::integer"))
}
PROBLEMS = f"""
SELECT row_number, field, code, message,
    (SELECT count(*) FROM catalog.import_problems WHERE import_id = $1) AS total
FROM catalog.import_problems
WHERE import_id = $1 AND row_number > $2 ORDER BY row_number OFFSET $3::integer LIMIT least($4, {_MOST})"""  # noqa: S608
"""At most some thousand belong to one import."""
_ONE_EXPORT = """
SELECT id, status, format, row_count, size, created_at, expires_at FROM catalog.exports
WHERE id = $1 AND seller_id = $2"""
OWN_PRODUCTS = f"""
SELECT l.id FROM catalog.listings l JOIN catalog.listing_states s ON s.listing_id = l.id
WHERE l.seller_id = $1 AND l.id > $2 AND l.kind = 'product' AND s.status NOT IN ('sold', 'rejected', 'removed')
ORDER BY l.id LIMIT {LARGEST_PER_PAGE}"""  # noqa: S608
_BEFORE_ALL = UUID(int=0)


class SqlFileQueries(FileQueries):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def import_(self, actor: Actor, import_id: ImportId) -> ImportView:
        async with self._pool.connection() as connection:
            row = await connection.fetchrow(_ONE_IMPORT, import_id, actor.user)
        if row is None:
            raise ImportNotFound("no such import of yours")
        return _import_view(row)

    async def imports(self, actor: Actor, *, after: ImportId | None, skip: int, limit: int) -> Slice[ImportView]:
        async with self._pool.connection() as connection:
            rows = await connection.fetch(IMPORTS[after is not None], actor.user, limit + 1, after or skip)
        total = rows[0]["total"] if rows else 0
        return Slice([_import_view(row) for row in rows[:limit]], total, len(rows) > limit)

    async def problems(
        self, actor: Actor, import_id: ImportId, *, after: int | None, skip: int, limit: int
    ) -> Slice[ImportProblemView]:
        async with self._pool.connection() as connection:
            if await connection.fetchrow(_ONE_IMPORT, import_id, actor.user) is None:
                raise ImportNotFound("no such import of yours")
            first = -1 if after is None else after
            rows = await connection.fetch(PROBLEMS, import_id, first, skip, limit + 1)
        total = rows[0]["total"] if rows else 0
        return Slice([_problem_view(row) for row in rows[:limit]], total, len(rows) > limit)

    async def export(self, actor: Actor, export_id: ExportId) -> ExportView:
        async with self._pool.connection() as connection:
            row = await connection.fetchrow(_ONE_EXPORT, export_id, actor.user)
        if row is None:
            raise ExportNotFound("no such export of yours")
        return ExportView(
            id=row["id"], status=FileStatus(row["status"]), format=FileFormat(row["format"]), rows=row["row_count"],
            size=row["size"], created_at=row["created_at"], expires_at=row["expires_at"],
        )  # fmt: skip

    async def products(self, seller: UserId, *, after: ListingId | None) -> list[ProductView]:
        async with self._pool.connection() as connection:
            found = await connection.fetch(OWN_PRODUCTS, seller, after or _BEFORE_ALL)
            rows = await ANY_PRODUCTS.all(connection, ids=[row["id"] for row in found])
        return sorted((view_of(row) for row in rows), key=lambda view: view.id)


def _import_view(row: asyncpg.Record) -> ImportView:
    return ImportView(
        id=row["id"], status=FileStatus(row["status"]), mode=ImportMode(row["mode"]), rows=row["row_count"],
        checked=row["checked"], imported=row["imported"], failed=row["failed"], created_at=row["created_at"],
        finished_at=row["finished_at"],
    )  # fmt: skip


def _problem_view(row: asyncpg.Record) -> ImportProblemView:
    return ImportProblemView(row["row_number"] or None, row["field"], row["code"], row["message"])
