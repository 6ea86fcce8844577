"""The discover feed: a page is the best of a few streams, each read in the order of an index (docs/adr/0020).

A stream is everybody's listings, those of one followed seller, or those of one liked category. What it adds to a score
is the same for all its rows, so a cursor is a place in each of them.
"""

from dataclasses import dataclass
from typing import get_args

import asyncpg
import msgspec
from sqlalchemy import text

from marketplace.adapters.sql.catalog.feed_columns import DISCOVER, EVERYONE
from marketplace.adapters.sql.catalog.queries import PRODUCT_OF_PAGE, view_of
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.statement import Statement
from marketplace.application.catalog.feeds import (
    FOLLOWED,
    FRESH_SECONDS,
    LIKED,
    POINT,
    Affinities,
    Affinity,
    DiscoverFeed,
    DiscoverItem,
    DiscoverPlace,
    DiscoverQueries,
    DiscoverSort,
    Score,
    Why,
)
from marketplace.application.shared.actor import Viewer
from marketplace.application.shared.paging import EXACT_TOTAL_LIMIT, LARGEST_PER_PAGE, Slice

UNBLOCKED = "seller_id <> ALL (CAST(:hidden AS uuid[]))"
AS_OF = "pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
_BOOST = f"""CASE WHEN seller_id = ANY (CAST(:sellers AS uuid[])) THEN {FOLLOWED}
        WHEN category = ANY (CAST(:liked AS text[])) THEN {LIKED} ELSE 0 END"""
_ESTIMATE = "(SELECT reltuples::bigint FROM pg_class WHERE oid = 'catalog.ix_storefront_discover'::regclass)"


@dataclass(frozen=True, slots=True)
class _Kind:
    """Of a page: its statement is compiled once."""

    sort: DiscoverSort
    by_category: bool
    by_cursor: bool

    @property
    def most(self) -> int:
        return LARGEST_PER_PAGE + 1 + (0 if self.by_cursor else EXACT_TOTAL_LIMIT)

    @property
    def category(self) -> str:
        return "AND category = :category" if self.by_category else ""

    @property
    def key(self) -> str:
        return "is_live, listing_id" if self.sort == "recent" else "is_live, hotness, listing_id"

    def after(self, boost: int) -> str:
        """Where a stream goes on, and what of it was shown already because another lifted it higher.

        The second is told by numbers: of two comparisons with `is_live` the index would begin at the weaker one.
        """
        if not self.by_cursor:
            return ""
        if self.sort == "recent":
            return "AND settled < :as_of AND (is_live, listing_id) < (:is_live, :id)"
        return f"""AND settled < :as_of
        AND (is_live, hotness, listing_id) < (:is_live, CAST(:score AS bigint) - {boost}, :id)
        AND (is_live::int, hotness + {_BOOST}, listing_id) < (CAST(:is_live AS boolean)::int, :score, :id)"""

    def stream(self, wanted: str, boost: int = 0) -> str:
        """What the planner must know stands in the SQL: with a bound limit it would expect a tenth of the table."""
        order = ", ".join(f"{name} DESC" for name in self.key.split(", "))
        return f"""
    SELECT * FROM (
        SELECT listing_id, is_live, hotness, engagement, {_BOOST} AS boost FROM catalog.storefront
        WHERE {wanted} {self.category} {self.after(boost)} AND {UNBLOCKED}
        ORDER BY {order} LIMIT {self.most}
    ) best LIMIT CAST(:skip AS bigint) + CAST(:limit AS bigint)"""  # noqa: S608 - our own words

    def streams(self) -> list[str]:
        of_sellers = "unnest(CAST(:sellers AS uuid[])) followed(id)"
        if self.sort == "recent":
            theirs = self.stream(f"{DISCOVER} AND audience = 'followers' AND seller_id = followed.id")
            return [self.stream(EVERYONE), _each(of_sellers, theirs)]
        theirs = self.stream(f"{DISCOVER} AND seller_id = followed.id", FOLLOWED)
        streams = [self.stream(EVERYONE), _each(of_sellers, theirs)]
        if not self.by_category:
            liked = self.stream(f"{EVERYONE} AND category = liked.slug", LIKED)
            streams.append(_each("unnest(CAST(:liked AS text[])) liked(slug)", liked))
        return streams

    @property
    def total(self) -> str:
        """Counted for the first page and then kept in the cursor; in the order of an index, so that one is used."""
        if self.by_cursor:
            return ":total"
        counted = f"""
        (SELECT count(*) FROM (
            SELECT FROM catalog.storefront WHERE {EVERYONE} {self.category}
            ORDER BY is_live, hotness LIMIT {EXACT_TOTAL_LIMIT + 1}) one)
        - (SELECT count(*) FROM catalog.storefront WHERE {EVERYONE} {self.category} 
            AND seller_id = ANY (CAST(:hidden AS uuid[])))
        + (SELECT count(*) FROM catalog.storefront WHERE {DISCOVER} AND audience = 'followers' {self.category}
            AND seller_id = ANY (CAST(:sellers AS uuid[])))"""  # noqa: S608 - our own words
        if self.by_category:
            return counted
        return f"CASE WHEN {_ESTIMATE} > {EXACT_TOTAL_LIMIT} THEN {_ESTIMATE} ELSE {counted} END"

    def statement(self) -> Statement:
        key = self.key.replace("hotness", "score").split(", ")
        order = ", ".join(f"page.{name} DESC" for name in key)
        return Statement(
            text(f"""
WITH found AS ({" UNION ".join(f"({stream})" for stream in self.streams())}
), page AS MATERIALIZED (
    SELECT * FROM (SELECT *, hotness + boost AS score FROM found) page ORDER BY {order} OFFSET :skip LIMIT :limit
)
SELECT product.*, page.listing_id, page.is_live, page.score, page.engagement, page.boost,
    page.hotness - page.engagement - (extract(epoch FROM now()) * {POINT} / {FRESH_SECONDS})::bigint AS freshness,
    {AS_OF} AS as_of, ({self.total})::bigint AS total
FROM page LEFT JOIN LATERAL ({PRODUCT_OF_PAGE} LIMIT 1) product ON true
ORDER BY {order}""")  # noqa: S608 - our own words
        )


def _each(of: str, stream: str) -> str:
    return f"SELECT one.* FROM {of} CROSS JOIN LATERAL ({stream}) one"  # noqa: S608 - our own words


_SORTS: tuple[DiscoverSort, ...] = get_args(DiscoverSort)
PAGES = {
    (sort, by_category, by_cursor): _Kind(sort, by_category, by_cursor).statement()
    for sort in _SORTS
    for by_category in (False, True)
    for by_cursor in (False, True)
}


class SqlDiscoverQueries(DiscoverQueries):
    def __init__(self, pool: Pool, affinities: Affinities) -> None:
        self._pool = pool
        self._affinities = affinities

    async def page(
        self,
        viewer: Viewer,
        *,
        sort: DiscoverSort,
        after: DiscoverPlace | None,
        skip: int,
        limit: int,
        category: str | None,
        explain: bool,
    ) -> DiscoverFeed:
        affinity = await self._affinities.of(viewer.user) if viewer.user else Affinity()
        place = {} if after is None else msgspec.structs.asdict(after)
        async with self._pool.connection() as connection:
            rows = await PAGES[sort, category is not None, after is not None].all(
                connection, category=category, skip=skip, limit=limit + 1, **place,
                sellers=affinity.sellers, hidden=affinity.hidden,
                liked=[] if category else affinity.categories,
            )  # fmt: skip
        total = after.total if after else (rows[0]["total"] if rows else 0)
        items = [_item(row, explain) for row in rows[:limit] if row["id"] is not None]
        found = Slice(items, total, len(rows) > limit)
        if not found.has_more:
            return DiscoverFeed(found, None)
        last = rows[limit - 1]
        as_of = after.as_of if after else last["as_of"]
        return DiscoverFeed(found, DiscoverPlace(last["is_live"], last["score"], last["listing_id"], as_of, total))


def _item(row: asyncpg.Record, explain: bool) -> DiscoverItem:
    view = view_of(row)
    images = view.image_urls
    return DiscoverItem(
        **msgspec.structs.asdict(view), is_live=row["is_live"],
        thumbnail_url=view.video_thumbnail_url or (images[0] if images else None),
        score=_score(row) if explain else msgspec.UNSET,
    )  # fmt: skip


def _score(row: asyncpg.Record) -> Score:
    live, freshness, engagement, boost = row["is_live"], row["freshness"], row["engagement"], row["boost"]
    reasons: dict[Why, bool] = {
        "live": live, "followed_seller": boost == FOLLOWED, "liked_category": boost == LIKED,
        "fresh": freshness > -POINT, "popular": engagement >= POINT,
    }  # fmt: skip
    total = freshness + engagement + boost
    points = (round(part / POINT, 3) + 0.0 for part in (freshness, engagement, boost))
    freshness, engagement, affinity = points
    return Score(
        round(total / POINT, 3) + 0.0, live, freshness, engagement, affinity, [why for why, so in reasons.items() if so]
    )
