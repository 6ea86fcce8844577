from collections.abc import Sequence

import asyncpg
from sqlalchemy import ARRAY, Text, any_, bindparam, insert, select, update

from marketplace.adapters.sql.catalog.queries import SHOWN_PRODUCTS, view_of
from marketplace.adapters.sql.catalog.tables import listing_states, listings
from marketplace.adapters.sql.statement import Statement
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.catalog.ports import Listings, Terms
from marketplace.application.catalog.views import ProductView
from marketplace.domain.catalog.listing import (
    LISTING_MOVES,
    Channel,
    Listing,
    ListingNotAvailable,
    ListingNotFound,
    ListingStatus,
    Standing,
    Withheld,
)
from marketplace.domain.shared.ids import ListingId, UserId
from marketplace.domain.shared.money import Money

_ADD_LISTING = Statement(insert(listings))
_ADD_STATE = Statement(
    insert(listing_states).values(
        listing_id=bindparam("id"), category=bindparam("category"), status=bindparam("status")
    )
)
_terms = (listings.c.seller_id, listings.c.price_minor, listings.c.currency, listings.c.channel)
_SHARE = Statement(
    select(*_terms, listing_states.c.status)
    .join(listing_states, listing_states.c.listing_id == listings.c.id)
    .where(listings.c.id == bindparam("id"))
    .with_for_update(read=True, of=listing_states)
)
_MOVE = Statement(
    update(listing_states)
    .where(
        listing_states.c.listing_id == bindparam("id"),
        listing_states.c.status == any_(bindparam("sources", type_=ARRAY(Text))),
        listings.c.id == listing_states.c.listing_id,
    )
    .values(status=bindparam("to"), version=listing_states.c.version + 1)
    .returning(*_terms, listing_states.c.status)
)
_STANDING = Statement(
    select(listing_states.c.listing_id, listing_states.c.status, listing_states.c.withheld)
    .where(listing_states.c.listing_id == bindparam("id"))
    .with_for_update()
)
_STANDINGS = """
SELECT s.listing_id, s.status, s.withheld FROM catalog.listing_states s
JOIN catalog.listings l ON l.id = s.listing_id
WHERE l.seller_id = $1 AND ($2::uuid IS NULL OR l.id > $2) AND s.status NOT IN ('sold', 'removed')
ORDER BY l.id LIMIT $3 FOR UPDATE OF s
"""
_STAND = """
UPDATE catalog.listing_states s SET status = new.status, withheld = new.withheld, version = s.version + 1
FROM unnest($1::uuid[], $2::text[], $3::text[]) new(id, status, withheld)
WHERE s.listing_id = new.id AND (s.status, s.withheld) IS DISTINCT FROM (new.status, new.withheld)
"""
_SOURCES = {to: [source.value for source, moves in LISTING_MOVES.items() if to in moves] for to in ListingStatus}


class SqlListings(Listings):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def add(self, listing: Listing, fee: Money) -> None:
        connection = self._transaction.connection
        await _ADD_LISTING.run(connection, **_row(listing, fee))
        await _ADD_STATE.run(connection, id=listing.id, category=listing.category, status=listing.status.value)
        self._transaction.ship(listing, listing.id)

    async def shown(self, listing_id: ListingId) -> ProductView:
        row = await SHOWN_PRODUCTS.one(self._transaction.connection, ids=[listing_id])
        if row is None:
            raise ListingNotFound("no such product", product_id=listing_id)
        return view_of(row)

    async def terms_for_share(self, listing_id: ListingId) -> Terms:
        row = await _SHARE.one(self._transaction.connection, id=listing_id)
        if row is None or row["status"] == ListingStatus.REMOVED:
            raise ListingNotFound("no such product", product_id=listing_id)
        return _terms_of(row)

    async def move(self, listing_id: ListingId, to: ListingStatus) -> Terms:
        row = await _MOVE.one(self._transaction.connection, id=listing_id, to=to.value, sources=_SOURCES[to])
        if row is None:
            raise ListingNotAvailable("the product is not available any more", product_id=listing_id)
        return _terms_of(row)

    async def standing(self, listing_id: ListingId) -> Standing:
        row = await _STANDING.one(self._transaction.connection, id=listing_id)
        if row is None:
            raise ListingNotAvailable("the product is not available any more", product_id=listing_id)
        return _standing_of(row)

    async def standings_of(self, seller: UserId, *, after: ListingId | None, limit: int) -> list[Standing]:
        rows = await self._transaction.connection.fetch(_STANDINGS, seller, after, limit)
        return [_standing_of(row) for row in rows]

    async def stand(self, standings: Sequence[Standing]) -> None:
        await self._transaction.connection.execute(
            _STAND, [one.listing_id for one in standings], [one.status for one in standings],
            [one.withheld for one in standings],
        )  # fmt: skip


def _standing_of(row: asyncpg.Record) -> Standing:
    return Standing(
        listing_id=row["listing_id"], status=ListingStatus(row["status"]),
        withheld=row["withheld"] and Withheld(row["withheld"]),
    )  # fmt: skip


def _terms_of(row: asyncpg.Record) -> Terms:
    return Terms(
        seller=row["seller_id"], price=Money(row["price_minor"], row["currency"]), channel=Channel(row["channel"]),
        status=ListingStatus(row["status"]),
    )  # fmt: skip


def _row(listing: Listing, fee: Money) -> dict[str, object]:
    location = listing.location
    return {
        "id": listing.id, "seller_id": listing.seller, "title": listing.title, "description": listing.description,
        "price_minor": listing.price.minor, "fee_minor": fee.minor, "currency": listing.price.currency,
        "category": listing.category, "condition": listing.condition.value, "channel": listing.channel.value,
        "image_urls": list(listing.media.images), "video_url": listing.media.video,
        "video_thumbnail_url": listing.media.video_thumbnail,
        "latitude": location.latitude if location else None, "longitude": location.longitude if location else None,
        "neighborhood": listing.neighborhood, "tags": list(listing.tags), "created_at": listing.created_at,
    }  # fmt: skip
