"""What a seller does with listings: edits, pauses, removes, and what is written down of it."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from marketplace.application.catalog.history import Author, FieldChange
from marketplace.application.shared.actor import MissingPermission, Permission
from marketplace.domain.catalog.listing import (
    Audience,
    Listing,
    ListingNotAvailable,
    ListingNotFound,
    ListingWithheld,
    NotYourListing,
    TextNotAllowed,
    TooManyProducts,
    UnknownCategory,
)
from marketplace.domain.catalog.media import Media
from marketplace.domain.catalog.standing import ListingStatus, Withheld
from marketplace.domain.shared.ids import ListingId
from marketplace.domain.trading.offer import NegotiationStatus
from tests.builders.commerce import NOON, a_draft, a_user_id, aed, an_actor, an_actor_who_may_not
from tests.fakes.market import Market

S = ListingStatus
HELD = {"description": "Call +971 50 123 4567"}


@pytest.fixture
def market() -> Market:
    return Market()


def status(market: Market, listing_id: ListingId) -> ListingStatus:
    return market.rows.listings[listing_id][0].status


def moves(market: Market) -> list[tuple[ListingStatus | None, ListingStatus]]:
    return [(one.former, one.status) for one in market.rows.revisions]


async def test_a_draft_is_published_when_its_seller_says_so(market: Market) -> None:
    view = await market.list_product(market.seller, a_draft(), publish=False)
    assert (view.status, market.news) == ("draft", [])
    assert (await market.move_own(market.seller, view.id, Listing.publish)).status == "active"
    assert market.news == ["catalog.listing_published"]
    assert moves(market) == [(None, S.DRAFT), (S.DRAFT, S.ACTIVE)]
    assert {(one.by, one.actor, one.at) for one in market.rows.revisions} == {(Author.SELLER, market.seller.user, NOON)}
    with pytest.raises(ListingNotAvailable):
        await market.move_own(market.seller, view.id, Listing.publish)


async def test_paused_and_resumed(market: Market) -> None:
    listing_id = await market.listed()
    for move, after in ((Listing.pause, "paused"), (Listing.resume, "active")):
        assert (await market.move_own(market.seller, listing_id, move)).status == after
        with pytest.raises(ListingNotAvailable):
            await market.move_own(market.seller, listing_id, move)
    assert market.news == ["catalog.listing_published", "catalog.listing_paused", "catalog.listing_resumed"]


async def test_what_a_suspension_has_paused_is_not_resumed(market: Market) -> None:
    listing_id = await market.listed()
    await market.withhold_listings(market.seller.user, Withheld.SUSPENDED)
    with pytest.raises(ListingWithheld):
        await market.move_own(market.seller, listing_id, Listing.resume)
    await market.give_listings_back(market.seller.user)
    assert [(one.by, one.former, one.status, one.reason) for one in market.rows.revisions[1:]] == [
        (Author.SYSTEM, S.ACTIVE, S.PAUSED, "account suspended"),
        (Author.SYSTEM, S.PAUSED, S.ACTIVE, "account activated"),
    ]


async def test_removing_ends_the_negotiations(market: Market) -> None:
    listing_id = await market.listed()
    other = await market.offered(await market.listed())
    offers = [await market.offered(listing_id, by=an_actor()) for _ in range(3)]
    market.forget_news()
    await market.move_own(market.seller, listing_id, Listing.remove)
    assert market.news == ["catalog.listing_removed"]
    await market.cancel_negotiations(listing_id)
    assert market.news == ["trading.offer_superseded"] * 3
    assert {market.negotiation_of(offer).status for offer in offers} == {NegotiationStatus.CANCELLED}
    assert market.negotiation_of(other).status is NegotiationStatus.OPEN
    assert market.timers("trading.expire_offer") == [other]
    await market.cancel_negotiations(listing_id)
    assert market.news == []
    with pytest.raises(ListingNotFound):
        await market.move_own(market.seller, listing_id, Listing.remove)


async def test_nothing_is_agreed_over_a_paused_listing(market: Market) -> None:
    listing_id = await market.listed()
    offer = await market.offered(listing_id)
    await market.move_own(market.seller, listing_id, Listing.pause)
    with pytest.raises(ListingNotAvailable):
        await market.accept_offer(market.seller, offer)
    assert market.negotiation_of(offer).status is NegotiationStatus.OPEN
    await market.move_own(market.seller, listing_id, Listing.resume)
    await market.accept_offer(market.seller, offer)
    assert status(market, listing_id) is S.RESERVED


@pytest.mark.parametrize("at", [S.RESERVED, S.SOLD])
async def test_what_is_reserved_or_sold_is_neither_removed_nor_edited(market: Market, at: ListingStatus) -> None:
    listing_id = await market.listed()
    market.rows.listings[listing_id][0].status = at
    for call in (
        market.move_own(market.seller, listing_id, Listing.remove),
        market.revise_listing(market.seller, listing_id, {"title": "Another"}),
    ):
        with pytest.raises(ListingNotAvailable):
            await call
    assert status(market, listing_id) is at


async def test_an_edit_is_written_down_in_the_words_of_the_api(market: Market) -> None:
    listing_id = await market.listed(media=Media(images=("https://a.example/1",)))
    view = await market.revise_listing(
        market.seller, listing_id,
        {
            "price": lambda old: aed(799), "title": "Film camera", "neighborhood": None,
            "media": lambda old: replace(old, images=()),
        },
    )  # fmt: skip
    assert (view.price, view.platform_fee, view.title, view.image_urls) == (
        Decimal("799.00"), Decimal("39.95"), "Film camera", [],
    )  # fmt: skip
    (edit,) = market.rows.revisions[1:]
    assert (edit.former, edit.status, edit.fields) == (
        S.ACTIVE, S.ACTIVE,
        {
            "title": FieldChange("Vintage film camera", "Film camera"),
            "price": FieldChange(Decimal("850.00"), Decimal("799.00")),
            "image_urls": FieldChange(["https://a.example/1"], []),
        },
    )  # fmt: skip


async def test_what_changes_nothing_is_not_written_down(market: Market) -> None:
    listing_id = await market.listed()
    await market.revise_listing(market.seller, listing_id, {"title": "Vintage film camera"})
    assert len(market.rows.revisions) == 1


@pytest.mark.parametrize(
    ("changes", "error"),
    [({"category": "weapons"}, UnknownCategory), (HELD, TextNotAllowed), ({"tags": ("t.me/x",)}, TextNotAllowed)],
)
async def test_a_refused_edit_leaves_nothing(market: Market, changes: dict[str, Any], error: type[Exception]) -> None:
    listing_id = await market.listed()
    market.forget_news()
    with pytest.raises(error):
        await market.revise_listing(market.seller, listing_id, {"title": "Another", **changes})
    assert market.rows.listings[listing_id][0].title == "Vintage film camera"
    assert (market.news, len(market.rows.revisions)) == ([], 1)


@pytest.mark.parametrize("move", [Listing.publish, Listing.pause, Listing.resume, Listing.remove])
async def test_others_do_nothing_and_learn_of_what_they_may_see_only(market: Market, move: Any) -> None:
    shown, hidden = await market.listed(), await market.listed(audience=Audience.FOLLOWERS)
    for listing_id, error in ((shown, NotYourListing), (hidden, ListingNotFound)):
        with pytest.raises(error):
            await market.move_own(market.stranger, listing_id, move)
        with pytest.raises(error):
            await market.revise_listing(market.stranger, listing_id, {"title": "Mine now"})
    market.listings.follows.add((market.stranger.user, market.seller.user))
    market.listings.blocks.add((market.buyer.user, market.seller.user))
    with pytest.raises(NotYourListing):
        await market.move_own(market.stranger, hidden, move)
    with pytest.raises(ListingNotFound):
        await market.move_own(market.buyer, shown, move)
    with pytest.raises(MissingPermission):
        await market.move_own(an_actor_who_may_not(Permission.LIST_ITEMS, market.seller.user), shown, move)
    assert (status(market, shown), status(market, hidden)) == (S.ACTIVE, S.ACTIVE)


async def test_a_seller_has_so_many_listings_at_a_time() -> None:
    market = Market(products_per_seller=3)
    first = await market.listed()
    await market.list_product(market.seller, a_draft(), publish=False)
    await market.listed(**HELD)
    with pytest.raises(TooManyProducts):
        await market.listed()
    assert len(market.rows.listings) == 3
    await market.list_product(an_actor(), a_draft())
    await market.move_own(market.seller, first, Listing.remove)
    await market.listed()
    with pytest.raises(TooManyProducts):
        await market.list_product(market.seller, a_draft(), publish=False)


async def test_what_an_order_does_is_written_down(market: Market) -> None:
    listing_id = await market.listed()
    for to in (S.RESERVED, S.ACTIVE, S.RESERVED, S.SOLD):
        await market.move_listing(listing_id, to)
    assert moves(market)[1:] == [(S.ACTIVE, S.RESERVED), (S.RESERVED, S.ACTIVE), (S.ACTIVE, S.RESERVED),
                                 (S.RESERVED, S.SOLD)]  # fmt: skip
    assert {(one.by, one.actor, one.reason) for one in market.rows.revisions[1:]} == {(Author.SYSTEM, None, "order")}


async def test_a_listing_that_never_was_is_not_found(market: Market) -> None:
    for call in (
        market.move_own(market.seller, ListingId(a_user_id()), Listing.pause),
        market.revise_listing(market.seller, ListingId(a_user_id()), {}),
    ):
        with pytest.raises(ListingNotFound):
            await call
