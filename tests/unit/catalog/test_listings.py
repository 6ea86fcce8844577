from decimal import Decimal

import pytest

from marketplace.application.shared.actor import MissingPermission, Permission
from marketplace.domain.catalog.listing import Channel, UnknownCategory
from marketplace.domain.catalog.media import Media
from marketplace.domain.catalog.standing import ListingStatus
from tests.builders.commerce import NOON, a_draft, aed, an_actor_who_may_not
from tests.fakes.market import Market
from tests.unit.catalog.test_listing import PLAYLIST


@pytest.fixture
def market() -> Market:
    return Market()


async def test_a_listed_product_is_active_and_shows_its_fee(market: Market) -> None:
    view = await market.list_product(market.seller, a_draft())
    assert (view.price, view.platform_fee, view.seller_payout) == (
        Decimal("850.00"), Decimal("42.50"), Decimal("807.50"),
    )  # fmt: skip
    assert (view.is_available, view.status, view.seller.id, view.created_at) == (
        True, "active", market.seller.user, NOON,
    )  # fmt: skip
    assert market.transaction.answer is view
    assert market.news == ["catalog.listing_published"]


async def test_the_discover_feed_costs_fifteen_percent(market: Market) -> None:
    draft = a_draft(channel=Channel.DISCOVER, price=aed(299), media=Media(video=PLAYLIST))
    view = await market.list_product(market.seller, draft)
    assert (view.platform_fee, view.seller_payout) == (Decimal("44.85"), Decimal("254.15"))


async def test_who_may_not_sell_lists_nothing(market: Market) -> None:
    with pytest.raises(MissingPermission):
        await market.list_product(an_actor_who_may_not(Permission.LIST_ITEMS), a_draft())
    assert not market.rows.listings


async def test_a_refused_draft_leaves_nothing(market: Market) -> None:
    with pytest.raises(UnknownCategory):
        await market.list_product(market.seller, a_draft(category="weapons"))
    assert not market.rows.listings
    assert market.news == []


async def test_a_listing_follows_its_order(market: Market) -> None:
    listing_id = await market.listed()
    for status in (
        ListingStatus.RESERVED,
        ListingStatus.ACTIVE,
        ListingStatus.RESERVED,
        ListingStatus.SOLD,
        ListingStatus.ACTIVE,
    ):
        await market.move_listing(listing_id, status)
        assert market.rows.listings[listing_id][0].status is status
