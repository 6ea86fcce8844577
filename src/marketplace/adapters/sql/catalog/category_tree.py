from collections.abc import Iterable, Mapping

import asyncpg

from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.catalog.category_ports import CategoryCensus, CategoryTrees, Count
from marketplace.domain.catalog.category import Category, CategoryInUse, CategoryKind, CategoryTree

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('catalog.categories', 0))"
_ALL = "SELECT * FROM catalog.categories"
_ADD = """
INSERT INTO catalog.categories (slug, kind, parent, names, icon, color, secondary_color, position)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"""
_SAVE = """
UPDATE catalog.categories
SET kind = $2, parent = $3, names = $4, icon = $5, color = $6, secondary_color = $7, position = $8 WHERE slug = $1"""
REMOVE = "DELETE FROM catalog.categories WHERE slug = $1"
CENSUS = """
WITH counted AS (
    SELECT category, count(*) FILTER (WHERE kind = 'product') AS products, count(*) AS listings
    FROM catalog.storefront WHERE audience = 'everyone' GROUP BY category
), shown_live AS (
    SELECT f.category, count(*) AS live
    FROM catalog.listing_signals s JOIN LATERAL (
        SELECT category FROM catalog.storefront WHERE listing_id = s.listing_id AND audience = 'everyone' LIMIT 1
    ) f ON true
    WHERE s.is_live GROUP BY f.category
)
SELECT c.*, products, listings, coalesce(live, 0) AS live
FROM catalog.categories c
LEFT JOIN counted ON counted.category = c.slug LEFT JOIN shown_live ON shown_live.category = c.slug"""
"""Counted in an index alone."""


class SqlCategoryTrees(CategoryTrees):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def locked(self) -> CategoryTree:
        connection = self._transaction.connection
        await connection.execute(_LOCK)
        return _tree(await connection.fetch(_ALL))

    async def add(self, category: Category) -> None:
        await self._transaction.connection.execute(_ADD, *_row(category))

    async def save(self, category: Category) -> None:
        await self._transaction.connection.execute(_SAVE, *_row(category))

    async def remove(self, slug: str) -> None:
        try:
            await self._transaction.connection.execute(REMOVE, slug)
        except asyncpg.ForeignKeyViolationError:
            raise CategoryInUse("listings are in it: a category that was used stays", slug=slug) from None


class SqlCategoryCensus(CategoryCensus):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def taken(self) -> tuple[CategoryTree, Mapping[str, Count]]:
        async with self._pool.connection() as connection:
            rows = await connection.fetch(CENSUS)
        counts = {row["slug"]: Count(row["products"], row["listings"], row["live"]) for row in rows if row["listings"]}
        return _tree(rows), counts


def _tree(rows: Iterable[asyncpg.Record]) -> CategoryTree:
    return CategoryTree(
        Category(
            slug=row["slug"], kind=CategoryKind(row["kind"]), parent=row["parent"], names=row["names"],
            icon=row["icon"], color=row["color"], secondary_color=row["secondary_color"], position=row["position"],
        )
        for row in rows
    )  # fmt: skip


def _row(category: Category) -> tuple[object, ...]:
    return (
        category.slug, category.kind, category.parent, dict(category.names), category.icon, category.color,
        category.secondary_color, category.position,
    )  # fmt: skip
