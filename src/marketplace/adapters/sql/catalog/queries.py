from typing import Literal
from uuid import UUID

import asyncpg
from sqlalchemy import Integer, Select, Uuid, bindparam, select

from marketplace.adapters.sql.catalog.tables import listing_states, listings, profiles
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.statement import Statement, constant
from marketplace.application.catalog.ports import ProductQueries
from marketplace.application.catalog.views import LocationView, ProductView, SellerView
from marketplace.application.shared.paging import EXACT_TOTAL_LIMIT, Slice
from marketplace.domain.catalog.listing import Channel, Condition, ListingNotFound, ListingStatus
from marketplace.domain.shared.ids import ListingId
from marketplace.domain.shared.money import Money

SHOWN = ("active", "reserved", "sold")
PublicStatus = Literal["active", "sold", "paused", "removed"]
_PUBLIC_STATUS: dict[str, PublicStatus] = {"active": "active", "reserved": "sold", "sold": "sold"}

_product = (
    select(
        listings.c.id, listings.c.title, listings.c.description, listings.c.price_minor, listings.c.fee_minor,
        listings.c.currency, listings.c.category, listings.c.condition, listings.c.channel, listings.c.image_urls,
        listings.c.video_url, listings.c.video_thumbnail_url, listings.c.latitude, listings.c.longitude,
        listings.c.neighborhood, listings.c.tags, listings.c.created_at, listing_states.c.status,
        profiles.c.id.label("seller_id"), profiles.c.username, profiles.c.avatar_url, profiles.c.is_verified,
        profiles.c.rating,
    )
    .join(listing_states, listing_states.c.listing_id == listings.c.id)
    .join(profiles, profiles.c.id == listings.c.seller_id)
)  # fmt: skip
SHOWN_PRODUCT = Statement(_product.where(listings.c.id == bindparam("id"), listing_states.c.status.in_(map(constant, SHOWN))))


def _newest(*, by_category: bool, by_cursor: bool) -> Statement:
    """The page is picked in the narrow table by its index, and only its rows are joined."""
    page: Select[tuple[UUID]] = select(listing_states.c.listing_id).where(listing_states.c.status == constant(ListingStatus.ACTIVE))
    if by_category:
        page = page.where(listing_states.c.category == bindparam("category"))
    if by_cursor:
        page = page.where(listing_states.c.listing_id < bindparam("after", type_=Uuid))
    else:
        page = page.offset(bindparam("skip", type_=Integer))
    ids = page.order_by(listing_states.c.listing_id.desc()).limit(bindparam("limit", type_=Integer)).subquery()
    return Statement(_product.join(ids, ids.c.listing_id == listings.c.id).order_by(listings.c.id.desc()))


NEWEST = {
    (by_category, by_cursor): _newest(by_category=by_category, by_cursor=by_cursor)
    for by_category in (False, True)
    for by_cursor in (False, True)
}

_TOTAL = f"""
SELECT CASE WHEN $1::text IS NULL AND estimate > {EXACT_TOTAL_LIMIT} THEN estimate ELSE (
    SELECT count(*) FROM (
        SELECT 1 FROM catalog.listing_states
        WHERE status = 'active' AND ($1 IS NULL OR category = $1) LIMIT {EXACT_TOTAL_LIMIT + 1}
    ) counted
) END
FROM (SELECT reltuples::bigint AS estimate FROM pg_class WHERE oid = 'catalog.ix_listing_states_active'::regclass) e
"""  # noqa: S608 - constants only


class SqlProductQueries(ProductQueries):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def product(self, listing_id: ListingId) -> ProductView:
        async with self._pool.connection() as connection:
            row = await SHOWN_PRODUCT.one(connection, id=listing_id)
        if row is None:
            raise ListingNotFound("no such product", product_id=listing_id)
        return view_of(row)

    async def newest(self, *, after: ListingId | None, skip: int, limit: int, category: str | None) -> Slice[ProductView]:
        statement = NEWEST[category is not None, after is not None]
        async with self._pool.connection() as connection:
            rows = await statement.all(connection, after=after, skip=skip, limit=limit + 1, category=category)
            total: int = await connection.fetchval(_TOTAL, category)
        return Slice([view_of(row) for row in rows[:limit]], total, len(rows) > limit)


def view_of(row: asyncpg.Record) -> ProductView:
    (
        id_, title, description, price, fee, currency, category, condition, channel, images, video, thumbnail,
        latitude, longitude, neighborhood, tags, created_at, status, seller_id, username, avatar, verified, rating,
    ) = row  # fmt: skip
    return ProductView(
        id=id_, title=title, description=description, price=Money(price, currency).decimal, currency=currency,
        category=category, condition=Condition(condition), feed_type=Channel(channel),
        location=None if latitude is None else LocationView(latitude, longitude), neighborhood=neighborhood,
        image_urls=images, video_url=video, video_thumbnail_url=thumbnail, tags=tags,
        platform_fee=Money(fee, currency).decimal, seller_payout=Money(price - fee, currency).decimal,
        is_available=status == ListingStatus.ACTIVE, status=_PUBLIC_STATUS[status],
        seller=SellerView(seller_id, username, avatar, verified, rating), created_at=created_at,
    )  # fmt: skip
