from collections.abc import Sequence
from uuid import UUID

import asyncpg
import msgspec
from sqlalchemy import ARRAY, Text, any_, bindparam, insert, select, update

from marketplace.adapters.sql.catalog.queries import ANY_PRODUCTS, view_of
from marketplace.adapters.sql.catalog.tables import listing_states, listings
from marketplace.adapters.sql.catalog.terms import restored, stored
from marketplace.adapters.sql.statement import Statement
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.catalog.ports import Listings, Terms
from marketplace.application.catalog.views import ProductView
from marketplace.domain.catalog.listing import Audience, Channel, Listing, ListingNotAvailable, ListingNotFound
from marketplace.domain.catalog.media import Media, UploadedImage
from marketplace.domain.catalog.standing import LISTING_MOVES, SHOWN, ListingStatus, Standing, Withheld
from marketplace.domain.catalog.terms import Kind, LotTerms, ProductTerms
from marketplace.domain.shared.geo import Location
from marketplace.domain.shared.ids import ListingId, UserId
from marketplace.domain.shared.money import Money

_ADD_LISTING = Statement(insert(listings))
_ADD_STATE = Statement(insert(listing_states).values(listing_id=bindparam("id"), status=bindparam("status")))
_columns = ", ".join(listings.c.keys())
_ADD_LISTINGS = f"""
INSERT INTO catalog.listings ({_columns})
SELECT {_columns} FROM json_populate_recordset(NULL::catalog.listings, $1::text::json)
"""  # noqa: S608 - our own words
_ADD_STATES = "INSERT INTO catalog.listing_states (listing_id, status) SELECT * FROM unnest($1::uuid[], $2::text[])"
_terms = (
    listings.c.seller_id, listings.c.price_minor, listings.c.currency, listings.c.channel, listings.c.kind,
    listings.c.terms, listings.c.audience, listings.c.category,
)  # fmt: skip
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
_CLAIM = """
UPDATE catalog.listing_states s
SET status = CASE l.kind WHEN 'product' THEN 'reserved' ELSE s.status END, version = s.version + 1
FROM catalog.listings l WHERE s.listing_id = $1 AND s.status = 'active' AND l.id = s.listing_id
RETURNING l.seller_id, l.price_minor, l.currency, l.channel, l.kind, l.terms, l.audience, l.category, s.status
"""
_STANDING = """
SELECT s.listing_id, s.status, CASE WHEN s.status <> 'sold' THEN s.withheld
    WHEN EXISTS (SELECT FROM identity.public_profiles p WHERE p.id = l.seller_id AND NOT p.is_active) THEN 'suspended'
    END AS withheld
FROM catalog.listing_states s JOIN catalog.listings l ON l.id = s.listing_id
WHERE s.listing_id = $1 FOR UPDATE OF s
"""
"""A suspension passes by what is sold: whether it holds is looked up when it comes back."""
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
_LOCKED = Statement(
    select(listings, listing_states.c.status, listing_states.c.withheld, listing_states.c.version)
    .join(listing_states, listing_states.c.listing_id == listings.c.id)
    .where(listings.c.id == bindparam("id"))
    .with_for_update(of=listing_states)
)
_REWRITE = Statement(
    update(listings)
    .where(listings.c.id == bindparam("id"))
    .values({name: bindparam(name) for name in listings.c.keys() if name not in {"id", "seller_id", "created_at"}})  # noqa: SIM118 - a collection of columns
)
_RESTATE = """
UPDATE catalog.listing_states SET status = $2, withheld = $3, version = version + 1
WHERE listing_id = $1 AND (status, withheld) IS DISTINCT FROM ($2, $3)
"""
_OPEN = "SELECT catalog.open_listings_of($1, $2)"
_VISIBLE = f"""
SELECT FROM catalog.listings l
JOIN catalog.listing_states s ON s.listing_id = l.id
JOIN identity.public_profiles p ON p.id = l.seller_id AND p.is_active
WHERE l.id = $2 AND (
    (l.seller_id = $1 AND s.status <> 'removed')
    OR (s.status IN ({", ".join(f"'{status}'" for status in sorted(SHOWN))})
        AND catalog.may_see($1, l.seller_id, l.audience))
)
"""
_SOURCES = {to: [source.value for source, moves in LISTING_MOVES.items() if to in moves] for to in ListingStatus}


class SqlListings(Listings):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def open_of(self, seller: UserId, most: int) -> int:
        count: int = await self._transaction.connection.fetchval(_OPEN, seller, most)
        return count

    async def visible_to(self, viewer: UserId, listing_id: ListingId) -> bool:
        return bool(await self._transaction.connection.fetch(_VISIBLE, viewer, listing_id))

    async def add(self, listing: Listing, fee: Money) -> None:
        connection = self._transaction.connection
        await _ADD_LISTING.run(connection, **_row(listing, fee))
        await _ADD_STATE.run(connection, id=listing.id, status=listing.status.value)
        self._transaction.ship(listing, listing.id)

    async def add_many(self, listings: Sequence[tuple[Listing, Money]]) -> None:
        connection = self._transaction.connection
        rows = [_row(listing, fee) for listing, fee in listings]
        await connection.execute(_ADD_LISTINGS, msgspec.json.encode(rows).decode())
        await connection.execute(
            _ADD_STATES, [listing.id for listing, _ in listings], [listing.status.value for listing, _ in listings]
        )
        for listing, _ in listings:
            self._transaction.ship(listing, listing.id)

    async def locked(self, listing_id: ListingId) -> Listing:
        row = await _LOCKED.one(self._transaction.connection, id=listing_id)
        if row is None:
            raise ListingNotFound("no such product", product_id=listing_id)
        return _listing_of(row)

    async def save(self, listing: Listing, fee: Money) -> None:
        await _REWRITE.run(self._transaction.connection, **_row(listing, fee))
        await self.restate(listing)

    async def restate(self, listing: Listing) -> None:
        await self._transaction.connection.execute(
            _RESTATE, listing.id, listing.status.value, listing.withheld and listing.withheld.value
        )
        self._transaction.ship(listing, listing.id)

    async def shown(self, listing_id: ListingId) -> ProductView:
        row = await ANY_PRODUCTS.one(self._transaction.connection, ids=[listing_id])
        if row is None:
            raise ListingNotFound("no such product", product_id=listing_id)
        return view_of(row)

    async def terms_for_share(self, listing_id: ListingId) -> Terms:
        row = await _SHARE.one(self._transaction.connection, id=listing_id)
        if row is None or row["status"] == ListingStatus.REMOVED:
            raise ListingNotFound("no such product", product_id=listing_id)
        return _terms_of(row)

    async def claim(self, listing_id: ListingId) -> Terms:
        row = await self._transaction.connection.fetchrow(_CLAIM, listing_id)
        if row is None:
            raise ListingNotAvailable("the product is not available any more", product_id=listing_id)
        return _terms_of(row)

    async def move(self, listing_id: ListingId, to: ListingStatus) -> Terms:
        row = await _MOVE.one(self._transaction.connection, id=listing_id, to=to.value, sources=_SOURCES[to])
        if row is None:
            raise ListingNotAvailable("the product is not available any more", product_id=listing_id)
        return _terms_of(row)

    async def standing(self, listing_id: ListingId) -> Standing:
        row = await self._transaction.connection.fetchrow(_STANDING, listing_id)
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
    kind = Kind(row["kind"])
    lot = restored(kind, "", row["terms"], row["currency"]) if kind is Kind.LOT else None
    return Terms(
        seller=row["seller_id"], price=Money(row["price_minor"], row["currency"]), channel=Channel(row["channel"]),
        category=row["category"], kind=kind, status=ListingStatus(row["status"]), audience=Audience(row["audience"]),
        lot=lot if isinstance(lot, LotTerms) else None,
    )  # fmt: skip


def _listing_of(row: asyncpg.Record) -> Listing:
    media = Media(images=tuple(row["image_urls"]), video=row["video_url"], video_thumbnail=row["video_thumbnail_url"])
    return Listing(
        id=row["id"], seller=row["seller_id"], title=row["title"], description=row["description"],
        price=Money(row["price_minor"], row["currency"]), category=row["category"], channel=Channel(row["channel"]),
        terms=restored(Kind(row["kind"]), row["condition"], row["terms"], row["currency"]),
        audience=Audience(row["audience"]), media=media,
        images=tuple(UploadedImage(UUID(one["id"]), one["width"], one["height"]) for one in row["images"]),
        location=None if row["latitude"] is None else Location(row["latitude"], row["longitude"]),
        neighborhood=row["neighborhood"], tags=tuple(row["tags"]), status=ListingStatus(row["status"]),
        withheld=row["withheld"] and Withheld(row["withheld"]), created_at=row["created_at"], version=row["version"],
    )  # fmt: skip


def _row(listing: Listing, fee: Money) -> dict[str, object]:
    location = listing.location
    return {
        "id": listing.id, "seller_id": listing.seller, "title": listing.title, "description": listing.description,
        "price_minor": listing.price.minor, "fee_minor": fee.minor, "currency": listing.price.currency,
        "category": listing.category, "channel": listing.channel.value, "kind": listing.kind.value,
        "condition": listing.terms.condition.value if isinstance(listing.terms, ProductTerms) else None,
        "audience": listing.audience.value, "terms": stored(listing.terms),
        "image_urls": list(listing.media.images),
        "images": [{"id": str(one.id), "width": one.width, "height": one.height} for one in listing.images],
        "video_url": listing.media.video,
        "video_thumbnail_url": listing.media.video_thumbnail,
        "latitude": location.latitude if location else None, "longitude": location.longitude if location else None,
        "neighborhood": listing.neighborhood, "tags": list(listing.tags), "created_at": listing.created_at,
    }  # fmt: skip
