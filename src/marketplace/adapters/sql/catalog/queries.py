from typing import Literal

import asyncpg
from sqlalchemy import ARRAY, ColumnElement, Integer, Uuid, and_, any_, bindparam, case, func, literal_column, select

from marketplace.adapters.sql.catalog.tables import listing_states, listings, profiles
from marketplace.adapters.sql.coalesce import CoalescedRead
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.statement import Statement, constant
from marketplace.application.catalog.ports import ProductQueries
from marketplace.application.catalog.views import LocationView, ProductView, SellerView
from marketplace.application.shared.paging import EXACT_TOTAL_LIMIT, LARGEST_PER_PAGE, Slice
from marketplace.domain.catalog.listing import Channel, Condition, ListingNotFound, ListingStatus
from marketplace.domain.shared.ids import ListingId, UserId
from marketplace.domain.shared.money import decimal_of

SHOWN = ("active", "reserved", "sold")
PublicStatus = Literal["active", "sold", "paused", "removed"]
_CONDITIONS = {condition.value: condition for condition in Condition}
_CHANNELS = {channel.value: channel for channel in Channel}
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
    .join(profiles, and_(profiles.c.id == listings.c.seller_id, profiles.c.is_active))
)  # fmt: skip
_MOST = literal_column(str(LARGEST_PER_PAGE + 1), Integer)
_EXACT = literal_column(str(EXACT_TOTAL_LIMIT), Integer)
_ESTIMATE: ColumnElement[int] = literal_column(
    "(SELECT reltuples::bigint FROM pg_class WHERE oid = 'catalog.ix_listing_states_active'::regclass)"
)
SHOWN_PRODUCTS = Statement(
    _product.where(
        listings.c.id == any_(bindparam("ids", type_=ARRAY(Uuid))), listing_states.c.status.in_(map(constant, SHOWN))
    )
)


def _of_seller(*, by_cursor: bool) -> Statement:
    mine = (listings.c.seller_id == bindparam("seller"), listing_states.c.status == constant(ListingStatus.ACTIVE))
    first = (
        select(literal_column("1"))
        .select_from(listings.join(listing_states, listing_states.c.listing_id == listings.c.id))
        .where(*mine)
        .limit(literal_column(str(EXACT_TOTAL_LIMIT + 1), Integer))
        .subquery()
    )
    total = select(func.count()).select_from(first).scalar_subquery()
    page = _product.add_columns(total.label("total")).where(*mine)
    if by_cursor:
        page = page.where(listings.c.id < bindparam("after", type_=Uuid))
    else:
        page = page.offset(bindparam("skip", type_=Integer))
    return Statement(page.order_by(listings.c.id.desc()).limit(bindparam("limit", type_=Integer)))


OF_SELLER = {by_cursor: _of_seller(by_cursor=by_cursor) for by_cursor in (False, True)}


def _newest(*, by_category: bool, by_cursor: bool) -> Statement:
    """The page is picked in the narrow table by its index, and only its rows are joined; each row carries the total.

    What the planner must know stands in the SQL: with a bound limit it would expect a tenth of the table.
    """
    wanted = [listing_states.c.status == constant(ListingStatus.ACTIVE)]
    if by_category:
        wanted.append(listing_states.c.category == bindparam("category"))
    page = select(listing_states.c.listing_id).where(*wanted)
    if by_cursor:
        page = page.where(listing_states.c.listing_id < bindparam("after", type_=Uuid))
    else:
        page = page.offset(bindparam("skip", type_=Integer))
    ids = page.order_by(listing_states.c.listing_id.desc()).limit(_MOST).subquery()
    first = (
        select(literal_column("1")).where(*wanted).limit(literal_column(str(EXACT_TOTAL_LIMIT + 1), Integer)).subquery()
    )
    counted = select(func.count()).select_from(first).scalar_subquery()
    total = counted if by_category else case((_ESTIMATE > _EXACT, _ESTIMATE), else_=counted)
    return Statement(
        _product.add_columns(total.label("total"))
        .join(ids, ids.c.listing_id == listings.c.id)
        .order_by(listings.c.id.desc())
        .limit(bindparam("limit", type_=Integer))
    )


NEWEST = {
    (by_category, by_cursor): _newest(by_category=by_category, by_cursor=by_cursor)
    for by_category in (False, True)
    for by_cursor in (False, True)
}


class SqlProductQueries(ProductQueries):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._shown = CoalescedRead(pool, SHOWN_PRODUCTS)

    async def product(self, listing_id: ListingId) -> ProductView:
        row = await self._shown.one(listing_id)
        if row is None:
            raise ListingNotFound("no such product", product_id=listing_id)
        return view_of(row)

    async def newest(
        self, *, after: ListingId | None, skip: int, limit: int, category: str | None
    ) -> Slice[ProductView]:
        statement = NEWEST[category is not None, after is not None]
        async with self._pool.connection() as connection:
            rows = await statement.all(connection, after=after, skip=skip, limit=limit + 1, category=category)
        return _slice(rows, limit)

    async def of_seller(self, seller: UserId, *, after: ListingId | None, skip: int, limit: int) -> Slice[ProductView]:
        async with self._pool.connection() as connection:
            rows = await OF_SELLER[after is not None].all(
                connection, seller=seller, after=after, skip=skip, limit=limit + 1
            )
        return _slice(rows, limit)


def _slice(rows: list[asyncpg.Record], limit: int) -> Slice[ProductView]:
    return Slice([view_of(row) for row in rows[:limit]], rows[0]["total"] if rows else 0, len(rows) > limit)


def view_of(row: asyncpg.Record) -> ProductView:
    (
        id_, title, description, price, fee, currency, category, condition, channel, images, video, thumbnail,
        latitude, longitude, neighborhood, tags, created_at, status, seller_id, username, avatar, verified, rating, *_,
    ) = row  # fmt: skip
    return ProductView(
        id=id_, title=title, description=description, price=decimal_of(price, currency), currency=currency,
        category=category, condition=_CONDITIONS[condition], feed_type=_CHANNELS[channel],
        location=None if latitude is None else LocationView(latitude, longitude), neighborhood=neighborhood,
        image_urls=images, video_url=video, video_thumbnail_url=thumbnail, tags=tags,
        platform_fee=decimal_of(fee, currency), seller_payout=decimal_of(price - fee, currency),
        is_available=status == "active", status=_PUBLIC_STATUS[status],
        seller=SellerView(seller_id, username, avatar, verified, rating), created_at=created_at,
    )  # fmt: skip
