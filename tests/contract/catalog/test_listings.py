"""The fake of the unit tests and the SQL adapter keep one contract."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest

from marketplace.adapters.sql.catalog.listings import SqlListings
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.social.relations import SqlRelations
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.catalog.media_views import image_view
from marketplace.application.catalog.ports import Listings, Terms
from marketplace.application.catalog.views import LocationView
from marketplace.application.shared.ports import Transaction
from marketplace.domain.catalog.listing import Audience, Channel, Listing, ListingNotAvailable, ListingNotFound
from marketplace.domain.catalog.media import Media, UploadedImage
from marketplace.domain.catalog.standing import LISTING_MOVES, SHOWN, ListingStatus, Withheld
from marketplace.domain.catalog.terms import (
    Condition,
    Kind,
    LotTerms,
    Package,
    ProductTerms,
    ServiceTerms,
)
from marketplace.domain.shared.geo import Location
from marketplace.domain.shared.ids import ListingId, UserId
from marketplace.domain.social.relations import Block, Follow
from tests.builders.commerce import NOON, a_listing, a_published_listing, a_user_id, aed, new_id
from tests.engines import Database
from tests.fakes.world import MemoryListings, MemoryTransaction
from tests.integration.commerce.market import add_user

FEE = aed("42.50")
IMAGE = UploadedImage(UUID("0f3c8a31-d2e9-4b77-96a1-c0de4b3f2a17"), 1600, 900)


@dataclass
class Catalog:
    """`seller`: somebody with an account, who has blocked `blocked`."""

    transaction: Transaction
    listings: Listings
    seller: UserId
    follower: UserId
    blocked: UserId

    @property
    def viewers(self) -> dict[str, UserId]:
        return {
            "seller": self.seller, "follower": self.follower, "blocked": self.blocked, "stranger": a_user_id(),
        }  # fmt: skip

    async def sees(self, viewer: UserId, listing_id: ListingId) -> bool:
        async with self.transaction:
            return await self.listings.visible_to(viewer, listing_id)

    async def open(self, seller: UserId, most: int) -> int:
        async with self.transaction:
            return await self.listings.open_of(seller, most)

    async def add(self, listing: Listing) -> None:
        async with self.transaction:
            await self.listings.add(listing, FEE)

    async def terms(self, listing_id: ListingId) -> Terms:
        async with self.transaction:
            return await self.listings.terms_for_share(listing_id)

    async def move(self, listing_id: ListingId, to: ListingStatus) -> Terms:
        async with self.transaction:
            return await self.listings.move(listing_id, to)


class ListingsContract:
    async def test_a_listing_is_shown_as_it_was_added(self, catalog: Catalog) -> None:
        listing = a_published_listing(
            seller=catalog.seller, title="Камера \U0001f4f7", description="Two\nlines", price=aed("850.01"),
            terms=ProductTerms(condition=Condition.LIKE_NEW), channel=Channel.DISCOVER,
            location=Location(25.0657, -55.1713), neighborhood="Al Barsha", tags=("a", "b"),
            images=(IMAGE,),
            media=Media(
                images=("https://a.example/1", IMAGE.link), video="https://a.example/v.m3u8",
                video_thumbnail="https://a.example/t",
            ),
        )  # fmt: skip
        async with catalog.transaction:
            await catalog.listings.add(listing, FEE)
            view = await catalog.listings.shown(listing.id)
        assert view.seller.id == catalog.seller
        shown = msgspec.structs.asdict(view)
        del shown["seller"]
        assert shown == {
            "id": listing.id, "title": listing.title, "description": "Two\nlines", "price": listing.price.decimal,
            "currency": "AED", "category": "electronics", "kind": Kind.PRODUCT,
            "condition": Condition.LIKE_NEW, "audience": Audience.EVERYONE, "service": None, "lot": None,
            "feed_type": Channel.DISCOVER, "location": LocationView(25.0657, -55.1713),
            "neighborhood": "Al Barsha", "image_urls": ["https://a.example/1", IMAGE.link],
            "images": [image_view(IMAGE)],
            "video_url": "https://a.example/v.m3u8", "video_thumbnail_url": "https://a.example/t", "tags": ["a", "b"],
            "platform_fee": FEE.decimal, "seller_payout": (listing.price - FEE).decimal, "is_available": True,
            "status": "active", "created_at": NOON,
        }  # fmt: skip

    @pytest.mark.parametrize(
        "what",
        [
            {
                "channel": Channel.SERVICES, "category": "plumbing",
                "terms": ServiceTerms(
                    duration_minutes=90, area_km=12.5, time_zone="Asia/Tashkent",
                    packages=(Package(name="Basic", price=aed("99.50"), description="A tap", delivery_days=2),),
                ),
            },
            {
                "terms": LotTerms(
                    quantity=Decimal("500.25"), unit="bale", smallest=Decimal(50), quality={"staple_mm": "29"},
                    report="a-report",
                ),
            },
        ],
        ids=["service", "lot"],
    )  # fmt: skip
    async def test_every_kind_is_read_back_as_it_was_saved(self, catalog: Catalog, what: dict[str, Any]) -> None:
        listing = a_published_listing(seller=catalog.seller, **what)
        await catalog.add(listing)
        async with catalog.transaction:
            read = await catalog.listings.locked(listing.id)
            assert (read.terms, read.channel, read.version) == (listing.terms, listing.channel, 0)
            read.revise(NOON, title="Another title", price=aed("1.00"))
            read.add_image(IMAGE, NOON)
            read.reserve()
            await catalog.listings.save(read, aed("0.05"))
            view = await catalog.listings.shown(listing.id)
        assert (view.title, view.price, view.platform_fee, view.status) == (
            "Another title", Decimal("1.00"), Decimal("0.05"), "sold",
        )  # fmt: skip
        assert view.images == [image_view(IMAGE)]
        assert (view.service is None, view.lot is None) == (listing.kind is Kind.LOT, listing.kind is Kind.SERVICE)

    async def test_what_was_left_out_is_shown_as_nothing(self, catalog: Catalog) -> None:
        listing = a_published_listing(seller=catalog.seller, description="")
        await catalog.add(listing)
        async with catalog.transaction:
            view = await catalog.listings.shown(listing.id)
        assert (view.location, view.neighborhood, view.video_url, view.video_thumbnail_url) == (None,) * 4
        assert (view.image_urls, view.tags, view.description) == ([], [], "")

    @pytest.mark.parametrize("status", [ListingStatus.RESERVED, ListingStatus.SOLD])
    async def test_what_is_reserved_is_shown_as_sold(self, catalog: Catalog, status: ListingStatus) -> None:
        listing = a_listing(seller=catalog.seller, status=status)
        await catalog.add(listing)
        async with catalog.transaction:
            view = await catalog.listings.shown(listing.id)
        assert (view.status, view.is_available) == ("sold", False)

    async def test_terms_are_those_of_the_listing(self, catalog: Catalog) -> None:
        listing = a_published_listing(price=aed("1.23"))
        await catalog.add(listing)
        assert await catalog.terms(listing.id) == Terms(
            listing.seller,
            aed("1.23"),
            Channel.COMMUNITY,
            "electronics",
            Kind.PRODUCT,
            ListingStatus.ACTIVE,
            Audience.EVERYONE,
        )

    async def test_what_is_removed_or_never_was_is_not_found(self, catalog: Catalog) -> None:
        removed = a_listing(status=ListingStatus.REMOVED)
        await catalog.add(removed)
        unknown = ListingId(new_id())
        for listing_id in (removed.id, unknown):
            with pytest.raises(ListingNotFound):
                await catalog.terms(listing_id)
        with pytest.raises(ListingNotFound):
            async with catalog.transaction:
                await catalog.listings.shown(unknown)
        with pytest.raises(ListingNotAvailable):
            await catalog.move(unknown, ListingStatus.RESERVED)

    @pytest.mark.parametrize("status", ListingStatus)
    async def test_a_listing_is_visible_to_its_seller_and_to_those_it_is_shown_to(
        self, catalog: Catalog, status: ListingStatus
    ) -> None:
        for audience in Audience:
            listing = a_listing(seller=catalog.seller, status=status, audience=audience)
            await catalog.add(listing)
            shown = status in SHOWN
            seen = {viewer: await catalog.sees(one, listing.id) for viewer, one in catalog.viewers.items()}
            assert seen == {
                "seller": status is not ListingStatus.REMOVED, "follower": shown, "blocked": False,
                "stranger": shown and audience is Audience.EVERYONE,
            }  # fmt: skip
        assert not await catalog.sees(catalog.seller, ListingId(new_id()))

    async def test_what_is_neither_sold_nor_removed_is_open(self, catalog: Catalog) -> None:
        seller = a_user_id()
        listings = {status: a_listing(seller=seller, status=status) for status in ListingStatus}
        for listing in listings.values():
            await catalog.add(listing)
        await catalog.add(a_listing())
        assert await catalog.open(seller, 50) == len(ListingStatus) - 2
        assert await catalog.open(seller, 3) == 3
        await catalog.move(listings[ListingStatus.RESERVED].id, ListingStatus.SOLD)
        await catalog.move(listings[ListingStatus.DRAFT].id, ListingStatus.REMOVED)
        await catalog.move(listings[ListingStatus.ACTIVE].id, ListingStatus.PAUSED)
        assert await catalog.open(seller, 50) == len(ListingStatus) - 4

    async def test_a_state_is_written_without_the_rest(self, catalog: Catalog) -> None:
        listing = a_listing(seller=catalog.seller)
        await catalog.add(listing)
        async with catalog.transaction:
            read = await catalog.listings.locked(listing.id)
            read.publish(NOON)
            read.title = "Not written"
            await catalog.listings.restate(read)
            view = await catalog.listings.shown(listing.id)
        assert (view.title, view.status) == (listing.title, "active")

    @pytest.mark.parametrize("source", ListingStatus)
    async def test_only_legal_moves_happen(self, catalog: Catalog, source: ListingStatus) -> None:
        for to in ListingStatus:
            listing = a_listing(status=source)
            await catalog.add(listing)
            if to in LISTING_MOVES[source]:
                moved = await catalog.move(listing.id, to)
                assert moved == Terms(
                    listing.seller, listing.price, listing.channel, listing.category, Kind.PRODUCT, to, listing.audience
                )
                if to is not ListingStatus.REMOVED:
                    assert await catalog.terms(listing.id) == moved
            else:
                with pytest.raises(ListingNotAvailable):
                    await catalog.move(listing.id, to)
                if source is not ListingStatus.REMOVED:
                    assert (await catalog.terms(listing.id)).status is source

    async def test_a_failed_block_leaves_nothing(self, catalog: Catalog) -> None:
        kept, lost = a_published_listing(), a_published_listing()
        await catalog.add(kept)
        with pytest.raises(ZeroDivisionError):
            async with catalog.transaction:
                await catalog.listings.add(lost, FEE)
                await catalog.listings.move(kept.id, ListingStatus.RESERVED)
                raise ZeroDivisionError
        assert (await catalog.terms(kept.id)).status is ListingStatus.ACTIVE
        with pytest.raises(ListingNotFound):
            await catalog.terms(lost.id)


class TestMemoryListings(ListingsContract):
    @pytest.fixture
    def catalog(self) -> Catalog:
        transaction = MemoryTransaction()
        listings = MemoryListings(transaction)
        seller, follower, blocked = a_user_id(), a_user_id(), a_user_id()
        listings.follows = {(follower, seller), (blocked, seller)}
        listings.blocks = {(seller, blocked)}
        return Catalog(transaction, listings, seller, follower, blocked)


class TestSqlListings(ListingsContract):
    @pytest.fixture
    async def catalog(self, pool: Pool, database: Database) -> Catalog:
        seller = a_user_id()
        await add_user(database, seller, f"s{seller.hex[:20]}")
        transaction = SqlTransaction(pool, {})
        follower, blocked = a_user_id(), a_user_id()
        async with transaction:
            relations = SqlRelations(transaction)
            await relations.follow(Follow(follower=follower, followed=seller, created_at=NOON))
            await relations.block(Block(blocker=seller, blocked=blocked, created_at=NOON))
        return Catalog(transaction, SqlListings(transaction), seller, follower, blocked)

    async def test_what_comes_back_from_a_sale_is_withheld_while_its_seller_is(
        self, catalog: Catalog, database: Database
    ) -> None:
        listing = a_published_listing(seller=catalog.seller)
        await catalog.add(listing)
        for to in (ListingStatus.RESERVED, ListingStatus.SOLD):
            await catalog.move(listing.id, to)
        await suspend(database, catalog.seller)
        async with catalog.transaction:
            standing = await catalog.listings.standing(listing.id)
        assert (standing.status, standing.withheld) == (ListingStatus.SOLD, Withheld.SUSPENDED)
        assert standing.after_order(ListingStatus.ACTIVE) is ListingStatus.PAUSED


async def suspend(database: Database, user: UserId) -> None:
    owner = await asyncpg.connect(database.owner_dsn)
    try:
        await owner.execute("UPDATE identity.users SET status = 'suspended' WHERE id = $1", user)
    finally:
        await owner.close()
