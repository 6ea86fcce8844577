"""What becomes of listings whose seller is suspended or gone."""

import pytest

from marketplace.domain.catalog.standing import LISTING_MOVES, ListingStatus, Standing, Withheld
from marketplace.domain.shared.ids import ListingId
from tests.builders.commerce import a_draft, a_user_id, an_actor, new_id
from tests.fakes.market import Market

S = ListingStatus


def standing(status: ListingStatus, withheld: Withheld | None = None) -> Standing:
    return Standing(listing_id=ListingId(new_id()), status=status, withheld=withheld)


@pytest.mark.parametrize("why", Withheld)
@pytest.mark.parametrize("status", ListingStatus)
def test_withholding_makes_legal_moves_only_and_leaves_nothing_for_sale(status: ListingStatus, why: Withheld) -> None:
    one = standing(status)
    one.withhold(why)
    assert one.status is status or one.status in LISTING_MOVES[status]
    assert one.status is not S.ACTIVE


@pytest.mark.parametrize("status", ListingStatus)
def test_a_suspension_that_is_lifted_leaves_everything_as_it_was(status: ListingStatus) -> None:
    one = standing(status)
    one.withhold(Withheld.SUSPENDED)
    one.give_back()
    assert (one.status, one.withheld) == (status, None)


def test_what_is_closed_is_not_given_back() -> None:
    one = standing(S.ACTIVE)
    one.withhold(Withheld.SUSPENDED)
    one.withhold(Withheld.CLOSED)
    one.give_back()
    assert (one.status, one.withheld) == (S.REMOVED, Withheld.CLOSED)


@pytest.mark.parametrize(
    ("status", "withheld", "wanted", "becomes"),
    [
        (S.RESERVED, None, S.ACTIVE, S.ACTIVE), (S.RESERVED, Withheld.SUSPENDED, S.ACTIVE, S.PAUSED),
        (S.RESERVED, Withheld.CLOSED, S.ACTIVE, S.REMOVED), (S.RESERVED, Withheld.SUSPENDED, S.SOLD, S.SOLD),
        (S.REMOVED, None, S.ACTIVE, None), (S.REMOVED, None, S.SOLD, None), (S.PAUSED, None, S.ACTIVE, None),
        (S.PAUSED, None, S.SOLD, None), (S.PAUSED, None, S.REMOVED, S.REMOVED),
    ],
)  # fmt: skip
def test_after_its_order(
    status: ListingStatus, withheld: Withheld | None, wanted: ListingStatus, becomes: ListingStatus | None
) -> None:
    assert standing(status, withheld).after_order(wanted) is becomes


async def test_an_order_that_ends_does_not_bring_back_what_was_withdrawn() -> None:
    market = Market()
    listing_id = await market.listed()
    await market.move_listing(listing_id, S.REMOVED)
    for status in (S.ACTIVE, S.SOLD):
        await market.move_listing(listing_id, status)
    assert market.rows.listings[listing_id][0].status is S.REMOVED


async def test_the_listings_of_one_seller_are_withheld_and_given_back() -> None:
    market = Market()
    mine = [await market.listed() for _ in range(3)]
    other = (await market.list_product(an_actor(), a_draft())).id
    await market.move_listing(mine[2], S.RESERVED)
    await market.withhold_listings(market.seller.user, Withheld.SUSPENDED)
    await market.withhold_listings(market.seller.user, Withheld.SUSPENDED)
    assert statuses(market, *mine, other) == [S.PAUSED, S.PAUSED, S.RESERVED, S.ACTIVE]
    await market.move_listing(mine[2], S.ACTIVE)
    assert statuses(market, mine[2]) == [S.PAUSED]
    await market.give_listings_back(market.seller.user)
    assert statuses(market, *mine) == [S.ACTIVE] * 3
    await market.withhold_listings(market.seller.user, Withheld.CLOSED)
    await market.give_listings_back(market.seller.user)
    assert statuses(market, *mine, other) == [S.REMOVED, S.REMOVED, S.REMOVED, S.ACTIVE]
    await market.withhold_listings(a_user_id(), Withheld.CLOSED)


def statuses(market: Market, *listing_ids: ListingId) -> list[ListingStatus]:
    return [market.rows.listings[listing_id][0].status for listing_id in listing_ids]
