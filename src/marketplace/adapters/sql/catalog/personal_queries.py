from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from marketplace.adapters.sql.catalog.favorites import visible
from marketplace.adapters.sql.catalog.queries import ANY_PRODUCTS, view_of
from marketplace.adapters.sql.pool import Pool
from marketplace.application.catalog.personal_ports import MOST_SEEN, PersonalQueries
from marketplace.application.catalog.personal_views import FavoriteView, SavedSearchView, SeenView
from marketplace.application.catalog.views import ProductView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import EXACT_TOTAL_LIMIT, Slice
from marketplace.domain.catalog.terms import Condition, Kind
from marketplace.domain.shared.ids import ListingId
from marketplace.domain.shared.money import decimal_of


def _favorites(pick: str) -> str:
    """$1 is whose list it is, $2 the cursor or what to skip, $3 the limit. Row by row, and no further than needed."""
    return f"""
SELECT f.id, f.listing_id, f.created_at, (
    SELECT count(*) FROM (
        SELECT FROM catalog.favorites WHERE user_id = $1 AND NOT taken_back LIMIT {EXACT_TOTAL_LIMIT + 1}
    ) kept
) AS total
FROM catalog.favorites f JOIN LATERAL ({visible("f.listing_id", "$1")}) shown ON true
WHERE f.user_id = $1 AND NOT f.taken_back {pick} LIMIT $3::int"""  # noqa: S608 - our own words


FAVORITES = {
    True: _favorites("AND f.id < $2 ORDER BY f.id DESC"),
    False: _favorites("ORDER BY f.id DESC OFFSET $2::int"),
}
"""By cursor, and by number."""
SEEN = f"""
SELECT v.listing_id, v.seen_at
FROM catalog.listing_views v JOIN LATERAL ({visible("v.listing_id", "$1")}) shown ON true
WHERE v.user_id = $1 AND v.seen_at IS NOT NULL
ORDER BY v.seen_at DESC LIMIT least($2::int, {MOST_SEEN})"""  # noqa: S608 - our own words
SAVED_SEARCHES = "SELECT * FROM catalog.saved_searches WHERE user_id = $1 ORDER BY id DESC"


class SqlPersonalQueries(PersonalQueries):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def favorites(self, actor: Actor, *, after: UUID | None, skip: int, limit: int) -> Slice[FavoriteView]:
        async with self._pool.connection() as connection:
            rows = await connection.fetch(FAVORITES[after is not None], actor.user, after or skip, limit + 1)
            products = await _products(connection, rows[:limit])
        views = [
            FavoriteView(row["id"], row["created_at"], products[row["listing_id"]])
            for row in rows[:limit]
            if row["listing_id"] in products
        ]
        return Slice(views, rows[0]["total"] if rows else 0, len(rows) > limit)

    async def recently_seen(self, actor: Actor, limit: int) -> list[SeenView]:
        async with self._pool.connection() as connection:
            rows = await connection.fetch(SEEN, actor.user, limit)
            products = await _products(connection, rows)
        seen: list[tuple[datetime, ListingId]] = [(row["seen_at"], row["listing_id"]) for row in rows]
        return [SeenView(at, products[listing_id]) for at, listing_id in seen if listing_id in products]

    async def saved_searches(self, actor: Actor) -> list[SavedSearchView]:
        async with self._pool.connection() as connection:
            rows = await connection.fetch(SAVED_SEARCHES, actor.user)
        return [_saved_search(row) for row in rows]


async def _products(connection: asyncpg.Connection, rows: Sequence[asyncpg.Record]) -> dict[ListingId, ProductView]:
    if not rows:
        return {}
    found = await ANY_PRODUCTS.all(connection, ids=[row["listing_id"] for row in rows])
    return {row["id"]: view_of(row) for row in found}


def _saved_search(row: asyncpg.Record) -> SavedSearchView:
    currency = row["currency"]
    lowest, highest = (
        None if minor is None else decimal_of(minor, currency) for minor in (row["min_minor"], row["max_minor"])
    )
    return SavedSearchView(
        id=row["id"], name=row["name"], q=row["q"] or None, category=row["category"],
        kind=row["kind"] and Kind(row["kind"]), condition=row["condition"] and Condition(row["condition"]),
        min_price=lowest, max_price=highest, currency=currency, latitude=row["latitude"],
        longitude=row["longitude"], radius_km=row["radius_km"], notify=row["notify"], created_at=row["created_at"],
    )  # fmt: skip
