from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    FromClause,
    Integer,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
)

from marketplace.adapters.sql.catalog.tables import listing_states, listings, profiles, storefront
from marketplace.adapters.sql.catalog.terms import lot_details, service_details
from marketplace.adapters.sql.coalesce import CoalescedRead
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.statement import Statement, constant
from marketplace.application.catalog.media_views import ImageView, image_view
from marketplace.application.catalog.ports import ProductQueries
from marketplace.application.catalog.views import LocationView, ProductView, PublicStatus, SellerView
from marketplace.application.shared.actor import Viewer
from marketplace.application.shared.paging import EXACT_TOTAL_LIMIT, LARGEST_PER_PAGE, Slice
from marketplace.domain.catalog.listing import Audience, Channel, ListingNotFound
from marketplace.domain.catalog.media import UploadedImage
from marketplace.domain.catalog.standing import SHOWN, ListingStatus
from marketplace.domain.catalog.terms import Condition, Kind
from marketplace.domain.shared.ids import ListingId, UserId
from marketplace.domain.shared.money import decimal_of

_CONDITIONS: dict[str | None, Condition | None] = {None: None, **{one.value: one for one in Condition}}
_KINDS = {kind.value: kind for kind in Kind}
_AUDIENCES = {audience.value: audience for audience in Audience}
_CHANNELS = {channel.value: channel for channel in Channel}
PUBLIC_STATUS: dict[str, PublicStatus] = {
    "draft": "draft", "pending_review": "pending_review", "rejected": "rejected", "active": "active",
    "paused": "paused", "reserved": "sold", "sold": "sold", "removed": "removed",
}  # fmt: skip

_product = (
    select(
        listings.c.id, listings.c.title, listings.c.description, listings.c.price_minor, listings.c.fee_minor,
        listings.c.currency, listings.c.category, listings.c.condition, listings.c.channel, listings.c.image_urls,
        listings.c.video_url, listings.c.video_thumbnail_url, listings.c.latitude, listings.c.longitude,
        listings.c.neighborhood, listings.c.tags, listings.c.created_at, listing_states.c.status,
        profiles.c.id.label("seller_id"), profiles.c.username, profiles.c.avatar_url, profiles.c.is_verified,
        profiles.c.rating, listings.c.kind, listings.c.audience, listings.c.terms, listings.c.images,
    )
    .join(listing_states, listing_states.c.listing_id == listings.c.id)
    .join(profiles, and_(profiles.c.id == listings.c.seller_id, profiles.c.is_active))
)  # fmt: skip
PRODUCT_OF_PAGE = Statement(_product.where(listings.c.id == literal_column("page.listing_id", Uuid))).sql
"""Joined sideways to a page of ids."""
_MOST = literal_column(str(LARGEST_PER_PAGE + 1), Integer)
_EXACT = literal_column(str(EXACT_TOTAL_LIMIT), Integer)
_ESTIMATE: ColumnElement[int] = literal_column(
    "(SELECT reltuples::bigint FROM pg_class WHERE oid = 'catalog.storefront'::regclass)"
)
ANY_PRODUCTS = Statement(_product.where(listings.c.id == any_(bindparam("ids", type_=ARRAY(Uuid)))))
is_shown = listing_states.c.status.in_(map(constant, sorted(SHOWN)))
SHOWN_PRODUCTS = Statement(
    _product.where(
        listings.c.id == any_(bindparam("ids", type_=ARRAY(Uuid))), is_shown,
        listings.c.audience == constant(Audience.EVERYONE),
    )
)  # fmt: skip
_viewer: ColumnElement[UUID] = bindparam("viewer", type_=Uuid)
PRODUCT_FOR = Statement(
    _product.where(
        listings.c.id == bindparam("id"),
        or_(
            and_(listings.c.seller_id == _viewer, listing_states.c.status != constant(ListingStatus.REMOVED)),
            and_(is_shown, func.catalog.may_see(_viewer, listings.c.seller_id, listings.c.audience)),
        ),
    )
)


Wanted = tuple[ColumnElement[bool], ...]
_FOR_EVERYONE: Wanted = (storefront.c.audience == constant(Audience.EVERYONE),)


def _of_seller(*, by_cursor: bool) -> Statement:
    mine = (storefront.c.seller_id == bindparam("seller"), *_FOR_EVERYONE)
    return _page(mine, _counted(mine), by_cursor=by_cursor)


def _newest(*, by_category: bool, by_cursor: bool) -> Statement:
    wanted = (*_FOR_EVERYONE, *([storefront.c.category == bindparam("category")] if by_category else []))
    counted = _counted(wanted)
    total = counted if by_category else case((_ESTIMATE > _EXACT, _ESTIMATE), else_=counted)
    return _page(wanted, total, by_cursor=by_cursor)


def _counted(wanted: Wanted) -> ColumnElement[int]:
    first = (
        select(literal_column("1")).where(*wanted).limit(literal_column(str(EXACT_TOTAL_LIMIT + 1), Integer)).subquery()
    )
    return select(func.count()).select_from(first).scalar_subquery()


def _page(wanted: Wanted, total: ColumnElement[int], *, by_cursor: bool) -> Statement:
    """The page is picked in the storefront by an index, and only its rows are joined; each row carries the total.

    What the planner must know stands in the SQL: with a bound limit it would expect a tenth of the table.
    """
    page = select(storefront.c.listing_id).where(*wanted)
    if by_cursor:
        page = page.where(storefront.c.listing_id < bindparam("after", type_=Uuid))
    else:
        page = page.offset(bindparam("skip", type_=Integer))
    return products_of(page.order_by(storefront.c.listing_id.desc()).limit(_MOST).subquery(), total)


def products_of(ids: FromClause, total: ColumnElement[int]) -> Statement:
    """The first of these listings (`listing_id`), youngest first; binds `limit`."""
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


OF_SELLER = {by_cursor: _of_seller(by_cursor=by_cursor) for by_cursor in (False, True)}


class SqlProductQueries(ProductQueries):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._shown = CoalescedRead(pool, SHOWN_PRODUCTS)

    async def product(self, viewer: Viewer, listing_id: ListingId) -> ProductView:
        if viewer.user is None:
            row = await self._shown.one(listing_id)
        else:
            async with self._pool.connection() as connection:
                row = await PRODUCT_FOR.one(connection, viewer=viewer.user, id=listing_id)
        if row is None:
            raise ListingNotFound("no such product", product_id=listing_id)
        return view_of(row)

    async def newest(
        self, *, after: ListingId | None, skip: int, limit: int, category: str | None
    ) -> Slice[ProductView]:
        statement = NEWEST[category is not None, after is not None]
        async with self._pool.connection() as connection:
            rows = await statement.all(connection, after=after, skip=skip, limit=limit + 1, category=category)
        return slice_of(rows, limit)

    async def of_seller(self, seller: UserId, *, after: ListingId | None, skip: int, limit: int) -> Slice[ProductView]:
        async with self._pool.connection() as connection:
            rows = await OF_SELLER[after is not None].all(
                connection, seller=seller, after=after, skip=skip, limit=limit + 1
            )
        return slice_of(rows, limit)


def slice_of(rows: list[asyncpg.Record], limit: int) -> Slice[ProductView]:
    return Slice([view_of(row) for row in rows[:limit]], rows[0]["total"] if rows else 0, len(rows) > limit)


def image_of(stored: dict[str, Any]) -> ImageView:
    return image_view(UploadedImage(UUID(stored["id"]), stored["width"], stored["height"]))


def view_of(row: asyncpg.Record) -> ProductView:
    (
        id_, title, description, price, fee, currency, category, condition, channel, links, video, thumbnail,
        latitude, longitude, neighborhood, tags, created_at, status, seller_id, username, avatar, verified, rating,
        kind, audience, terms, images, *_,
    ) = row  # fmt: skip
    return ProductView(
        id=id_, title=title, description=description, price=decimal_of(price, currency), currency=currency,
        category=category, kind=_KINDS[kind], condition=_CONDITIONS[condition], feed_type=_CHANNELS[channel],
        location=None if latitude is None else LocationView(latitude, longitude), neighborhood=neighborhood,
        image_urls=links, images=[image_of(one) for one in images] if images else [], video_url=video,
        video_thumbnail_url=thumbnail, tags=tags, platform_fee=decimal_of(fee, currency),
        seller_payout=decimal_of(price - fee, currency),
        is_available=status == "active", status=PUBLIC_STATUS[status],
        audience=_AUDIENCES[audience], seller=SellerView(seller_id, username, avatar, verified, rating),
        created_at=created_at, service=service_details(terms, currency) if kind == "service" else None,
        lot=lot_details(terms) if kind == "lot" else None,
    )  # fmt: skip
