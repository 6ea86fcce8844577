"""A price offered to everybody who watches a listing."""

from datetime import timedelta
from decimal import Decimal

import pytest

from marketplace.application.shared.actor import Actor, MissingPermission, Permission
from marketplace.application.trading.broadcast import MOST_WATCHERS
from marketplace.application.trading.offers import EXPIRE_OFFER
from marketplace.application.trading.proposal import Proposal
from marketplace.application.trading.views import BroadcastView
from marketplace.domain.catalog.listing import ListingNotAvailable, ListingNotFound, NotYourListing
from marketplace.domain.shared.ids import ListingId, UserId
from marketplace.domain.trading.offer import OFFER_LIFE, OfferAbovePrice, OfferId, OfferStatus, Side
from marketplace.domain.trading.rules import OfferRules
from tests.builders.commerce import NOON, OFFERED, aed, an_actor, an_actor_who_may_not, new_id
from tests.builders.personal import a_favorite
from tests.fakes.market import Market

SALE = Proposal(price=OFFERED, message="For those who watch it.")


@pytest.fixture
def market() -> Market:
    return Market()


async def watched(market: Market, listing: ListingId, number: int = 1) -> list[Actor]:
    people = [an_actor() for _ in range(number)]
    async with market.transaction:
        for one in people:
            await market.favorites.keep(a_favorite(listing, user=one.user))
    return people


def offers_to(market: Market, buyer: UserId) -> list[OfferId]:
    return [offer.id for one in market.rows.negotiations.values() if one.buyer == buyer for offer in one.offers]


async def test_each_who_watches_gets_an_offer_of_the_seller_and_may_take_it(market: Market) -> None:
    listing, other = await market.listed(), await market.listed()
    one, two = await watched(market, listing, 2)
    await watched(market, other)
    market.forget_news()
    assert await market.broadcast(market.seller, listing, SALE) == BroadcastView(sent=2, skipped=0)
    assert market.news == ["trading.offer_made"] * 2
    (offer,) = offers_to(market, one.user)
    negotiation = market.negotiation_of(offer)
    assert (negotiation.opener, negotiation.find(offer).side, negotiation.seller) == (
        Side.SELLER, Side.SELLER, market.seller.user,
    )  # fmt: skip
    assert market.rows.timers[EXPIRE_OFFER, offer] == NOON + OFFER_LIFE

    countered = await market.counter_offer(two, offers_to(market, two.user)[0], Proposal(price=Decimal(700)))
    order = market.rows.orders[(await market.accept_offer(one, offer)).transaction_id]
    assert (order.buyer, order.amount.decimal) == (one.user, OFFERED)
    assert market.negotiation_of(countered.id).find(countered.id).status is OfferStatus.SUPERSEDED


async def test_who_negotiates_or_got_one_today_is_left_out(market: Market) -> None:
    listing = await market.listed()
    negotiates, declined = await watched(market, listing, 2)
    await market.offered(listing, negotiates)
    assert await market.broadcast(market.seller, listing, SALE) == BroadcastView(sent=1, skipped=1)
    await market.decline_offer(declined, *offers_to(market, declined.user))
    (late,) = await watched(market, listing)
    assert await market.broadcast(market.seller, listing, SALE) == BroadcastView(sent=1, skipped=2)
    assert len(offers_to(market, late.user)) == len(offers_to(market, declined.user)) == 1

    market.clock.advance(timedelta(hours=24))
    assert await market.broadcast(market.seller, listing, SALE) == BroadcastView(sent=1, skipped=2)
    assert len(offers_to(market, declined.user)) == 2


async def test_those_who_kept_it_last_are_told(market: Market) -> None:
    listing = await market.listed()
    (first,) = await watched(market, listing)
    await watched(market, listing, MOST_WATCHERS)
    assert await market.broadcast(market.seller, listing, SALE) == BroadcastView(sent=MOST_WATCHERS, skipped=0)
    assert offers_to(market, first.user) == []


async def test_offers_made_before_count_against_the_cap(market: Market) -> None:
    listing = await market.listed()
    (watcher,) = await watched(market, listing)
    for _ in range(2):
        await market.withdraw_offer(watcher, await market.offered(listing, watcher))
    await market.broadcast(market.seller, listing, SALE)
    assert market.negotiation_of(offers_to(market, watcher.user)[-1]).attempts == 2


async def test_the_step_that_the_seller_asks_for_holds_in_the_answers(market: Market) -> None:
    listing = await market.listed()
    (watcher,) = await watched(market, listing)
    async with market.transaction:
        await market.rules.put(listing, market.seller.user, OfferRules(minimum_step=aed(20)))
    await market.broadcast(market.seller, listing, SALE)
    assert market.negotiation_of(offers_to(market, watcher.user)[0]).step == aed(20)


async def test_only_its_seller_and_only_what_is_for_sale(market: Market) -> None:
    listing = await market.listed()
    await watched(market, listing)
    with pytest.raises(NotYourListing):
        await market.broadcast(market.stranger, listing, SALE)
    with pytest.raises(ListingNotFound):
        await market.broadcast(market.seller, ListingId(new_id()), SALE)
    with pytest.raises(MissingPermission):
        await market.broadcast(an_actor_who_may_not(Permission.LIST_ITEMS, market.seller.user), listing, SALE)
    with pytest.raises(OfferAbovePrice):
        await market.broadcast(market.seller, listing, Proposal(price=Decimal(851)))
    await market.accept_offer(market.seller, await market.offered(listing))
    with pytest.raises(ListingNotAvailable):
        await market.broadcast(market.seller, listing, SALE)
    assert len(market.rows.negotiations) == 1
