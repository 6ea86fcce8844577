"""Sellers, moderators and buyers at the same listing, or the same seller's cap, at the same moment."""

from marketplace.application.catalog.listings import ListItem, MoveOwnListing, ReviseListing
from marketplace.application.catalog.moderation import DecideItem, ReportListing
from marketplace.application.catalog.views import ProductView
from marketplace.application.trading.offers import AcceptOffer
from marketplace.domain.catalog.listing import Listing, ListingNotAvailable, TooManyProducts
from marketplace.domain.catalog.moderation import Decision, ModerationItemNotFound, ReportReason
from tests.builders.commerce import a_draft, an_actor
from tests.integration.commerce.market import SqlMarket
from tests.integration.races import outcomes

HELD = "Call +971 50 123 4567"
OPEN = "SELECT count(*) FROM catalog.own_listings WHERE seller_id = $1 AND is_open"


async def test_the_last_place_under_the_cap_is_taken_once(market: SqlMarket) -> None:
    """64 at once, by a seller who has 49 of 50."""
    await market.all(
        """
WITH added AS (
    INSERT INTO catalog.listings SELECT (jsonb_populate_record(l, jsonb_build_object('id', gen_random_uuid()))).*
    FROM catalog.listings l, generate_series(1, 48) WHERE l.id = $1 RETURNING id
)
INSERT INTO catalog.listing_states (listing_id, status) SELECT id, 'draft' FROM added""",
        await market.listed(),
    )
    assert await market.value(OPEN, market.seller.user) == 49
    made = await outcomes(*(market.run(ListItem, market.seller, a_draft()) for _ in range(64)))
    assert [type(one) for one in made].count(ProductView) == 1
    assert [type(one) for one in made].count(TooManyProducts) == 63
    assert await market.value(OPEN, market.seller.user) == 50


async def test_a_listing_is_either_sold_or_removed(market: SqlMarket) -> None:
    for _ in range(8):
        offer = await market.offered(listing := await market.listed())
        sold, removed = await outcomes(
            market.run(AcceptOffer, market.seller, offer),
            market.run(MoveOwnListing, market.seller, listing, Listing.remove),
        )
        assert isinstance(sold, ListingNotAvailable) is not isinstance(removed, ListingNotAvailable)
        status = await market.value("SELECT status FROM catalog.listing_states WHERE listing_id = $1", listing)
        assert status == ("removed" if isinstance(sold, ListingNotAvailable) else "reserved")


async def test_moderators_decide_once_and_over_the_text_they_saw(market: SqlMarket) -> None:
    for _ in range(8):
        listing = await market.listed(description=HELD)
        item = await market.value("SELECT id FROM catalog.moderation_items WHERE listing_id = $1", listing)
        one, other, edited = await outcomes(
            market.run(DecideItem, an_actor(), item, Decision.APPROVE, None),
            market.run(DecideItem, an_actor(), item, Decision.REJECT, "No."),
            market.run(ReviseListing, market.seller, listing, {"description": "t.me/shop"}),
        )
        decided = [result for result in (one, other) if not isinstance(result, ModerationItemNotFound)]
        assert len(decided) + isinstance(edited, ProductView) == 1
        left = await market.value("SELECT count(*) FROM catalog.moderation_items WHERE listing_id = $1", listing)
        assert left == isinstance(edited, ProductView)


async def test_reports_at_the_same_moment_are_all_counted_once(market: SqlMarket) -> None:
    listing, people = await market.listed(), [an_actor() for _ in range(8)]
    made = await outcomes(
        *(market.run(ReportListing, one, listing, ReportReason.SPAM, None) for one in people for _ in range(2))
    )
    assert [one for one in made if isinstance(one, Exception)] == []
    items = await market.all("SELECT reports FROM catalog.moderation_items WHERE listing_id = $1", listing)
    assert [tuple(row) for row in items] == [(8,)]
