from datetime import datetime

import asyncpg

from marketplace.adapters.sql.catalog.favorites import forget
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.catalog.personal_ports import SavedSearches
from marketplace.domain.catalog.listing import UnknownCategory
from marketplace.domain.catalog.saved_search import (
    MOST_SAVED_SEARCHES,
    Matches,
    SavedSearch,
    SavedSearchId,
    SavedSearchNotFound,
    TooManySavedSearches,
)
from marketplace.domain.shared.ids import ListingId, UserId

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('catalog.saved_searches' || $1::uuid, 0))"
_COUNT = "SELECT count(*) FROM catalog.saved_searches WHERE user_id = $1"
_ADD = """
INSERT INTO catalog.saved_searches (
    id, user_id, name, q, category, kind, condition, min_minor, max_minor, currency, latitude, longitude, radius_km,
    notify, created_at
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)"""
_REMOVE = "DELETE FROM catalog.saved_searches WHERE id = $1 AND user_id = $2 RETURNING id"

MATCHING = """
WITH listing AS MATERIALIZED (
    SELECT f.seller_id, f.audience, f.category, f.kind, f.condition, f.currency, f.price_minor, f.latitude,
        f.longitude, l.title,
        catalog.query_words(concat_ws(' ', l.title, l.description, array_to_string(l.tags, ' '))) AS words
    FROM catalog.storefront f JOIN catalog.listings l ON l.id = f.listing_id
    WHERE f.listing_id = $1
), anchored AS MATERIALIZED (
    SELECT unnest(words || ARRAY['#category/' || category, '#kind/' || kind, '#']) AS anchor FROM listing
), found AS MATERIALIZED (
    SELECT DISTINCT ON (s.user_id) s.user_id, s.id
    FROM listing, anchored JOIN catalog.saved_searches s ON s.anchor = anchored.anchor
    WHERE s.notify AND s.user_id <> listing.seller_id AND s.words <@ listing.words
      AND (s.q = '' OR s.words <> '{}')
      AND (s.category IS NULL OR s.category = listing.category)
      AND (s.kind IS NULL OR s.kind = listing.kind)
      AND (s.condition IS NULL OR s.condition = listing.condition)
      AND (s.currency IS NULL OR s.currency = listing.currency)
      AND (s.min_minor IS NULL OR s.min_minor <= listing.price_minor)
      AND (s.max_minor IS NULL OR s.max_minor >= listing.price_minor)
      AND (s.radius_km IS NULL OR public.cube_distance(
          catalog.on_earth(s.latitude, s.longitude), catalog.on_earth(listing.latitude, listing.longitude)
      ) <= 2 * sin(s.radius_km / 2 / 6371))
    ORDER BY s.user_id, s.id
)
SELECT listing.title, found.user_id, found.id FROM listing LEFT JOIN LATERAL (
    SELECT * FROM found WHERE catalog.may_see(found.user_id, listing.seller_id, listing.audience)
) found ON true
ORDER BY found.user_id
"""
"""The searches that wait under a word of the listing, its category, its kind or '#' are few; those are compared.

The chord of the unit sphere over so many kilometres of ground is 2 sin(km / 2R).
"""
TOLD = """
INSERT INTO catalog.search_matches (user_id, listing_id, search_id, matched_at)
SELECT user_id, $1, search_id, $2 FROM unnest($3::uuid[], $4::uuid[]) one(user_id, search_id) ORDER BY user_id
ON CONFLICT (user_id, listing_id) DO NOTHING RETURNING user_id, search_id"""
FORGET_SEARCHES = forget("saved_searches", "id")
FORGET_MATCHES_OF = forget("search_matches", "listing_id")
FORGET_MATCHES = """
WITH gone AS (
    DELETE FROM catalog.search_matches WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM catalog.search_matches WHERE matched_at < $1 ORDER BY matched_at LIMIT $2
    )) RETURNING 1
)
SELECT count(*) FROM gone"""


class SqlSavedSearches(SavedSearches):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def add(self, search: SavedSearch) -> None:
        connection = self._transaction.connection
        await connection.execute(_LOCK, search.user)
        if await connection.fetchval(_COUNT, search.user) >= MOST_SAVED_SEARCHES:
            raise TooManySavedSearches
        try:
            await connection.execute(_ADD, *_row(search))
        except asyncpg.ForeignKeyViolationError:
            raise UnknownCategory("no category has this slug", field="category") from None

    async def remove(self, user: UserId, search_id: SavedSearchId) -> None:
        if not await self._transaction.connection.fetchval(_REMOVE, search_id, user):
            raise SavedSearchNotFound

    async def matching(self, listing_id: ListingId) -> Matches:
        rows = await self._transaction.connection.fetch(MATCHING, listing_id)
        found = tuple((row["user_id"], row["id"]) for row in rows if row["user_id"])
        return Matches(listing_id=listing_id, title=rows[0]["title"] if rows else "", found=found)

    async def tell(self, matches: Matches, now: datetime) -> None:
        people, searches = zip(*matches.found, strict=True)
        rows = await self._transaction.connection.fetch(TOLD, matches.listing_id, now, people, searches)
        if rows:
            news = Matches(listing_id=matches.listing_id, title=matches.title, found=tuple(map(tuple, rows)))
            news.tell(now)
            self._transaction.ship(news, matches.listing_id)

    async def forget(self, user: UserId, limit: int) -> int:
        connection = self._transaction.connection
        searches: int = await connection.fetchval(FORGET_SEARCHES, user, limit)
        matches: int = await connection.fetchval(FORGET_MATCHES_OF, user, limit)
        return searches + matches

    async def forget_matches(self, before: datetime, limit: int) -> int:
        gone: int = await self._transaction.connection.fetchval(FORGET_MATCHES, before, limit)
        return gone


def _row(search: SavedSearch) -> tuple[object, ...]:
    area = search.area
    return (
        search.id, search.user, search.name, search.words, search.category, search.kind, search.condition,
        search.lowest and search.lowest.minor, search.highest and search.highest.minor, search.currency,
        area and area.center.latitude, area and area.center.longitude, area and area.radius_km, search.notify,
        search.created_at,
    )  # fmt: skip
