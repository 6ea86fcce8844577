from collections.abc import Awaitable, Callable
from datetime import time
from decimal import Decimal
from typing import Any

import pytest

from marketplace.application.trading.offers import EXPIRE_OFFER
from marketplace.application.trading.proposal import Proposal
from marketplace.application.trading.rules import ANSWER_BY_RULES
from marketplace.domain.catalog.listing import Listing
from marketplace.domain.catalog.standing import ListingStatus
from marketplace.domain.shared.ids import ListingId
from marketplace.domain.trading.offer import OfferBelowStep, OfferId, OfferStatus, Rule, Side
from marketplace.domain.trading.quiet_hours import QuietHours
from marketplace.domain.trading.rules import OfferRules, RulesForAll
from tests.builders.commerce import HOUR, NOON, aed, an_actor, new_id
from tests.fakes.market import Market

RULES = OfferRules(auto_accept_at=aed(750), auto_decline_below=aed(500), minimum_step=aed(20))
QUIET = QuietHours(begins=time(11), ends=time(14), time_zone="UTC")


@pytest.fixture
def market() -> Market:
    return Market()


async def ruled(market: Market, rules: OfferRules = RULES) -> ListingId:
    listing_id = await market.listed()
    async with market.transaction:
        await market.rules.put(listing_id, market.seller.user, rules)
    return listing_id


def answer_to(market: Market, offer_id: OfferId) -> tuple[OfferStatus, Rule | None]:
    offer = market.negotiation_of(offer_id).find(offer_id)
    return offer.status, offer.by_rule


async def test_a_good_offer_is_accepted_with_all_that_belongs_to_a_deal(market: Market) -> None:
    listing_id = await ruled(market)
    rival = await market.offered(listing_id, an_actor(), Decimal(600))
    offer_id = await market.offered(listing_id)
    market.forget_news()
    await market.answer_by_rules(offer_id)
    assert answer_to(market, offer_id) == (OfferStatus.ACCEPTED, Rule.AUTO_ACCEPT)
    assert answer_to(market, rival) == (OfferStatus.SUPERSEDED, None)
    (order,) = market.rows.orders.values()
    assert (order.buyer, order.seller, order.amount) == (market.buyer.user, market.seller.user, aed(750))
    assert market.rows.listings[listing_id][0].status is ListingStatus.RESERVED
    assert market.news == ["ordering.order_placed", "trading.offer_accepted", "trading.offer_superseded"]
    assert market.timers(EXPIRE_OFFER) == []


async def test_a_low_offer_is_declined(market: Market) -> None:
    offer_id = await market.offered(await ruled(market), amount=Decimal("499.99"))
    market.forget_news()
    await market.answer_by_rules(offer_id)
    assert answer_to(market, offer_id) == (OfferStatus.DECLINED, Rule.AUTO_DECLINE)
    assert market.news == ["trading.offer_declined"]
    assert market.timers(EXPIRE_OFFER) == []


async def test_what_lies_between_and_what_has_no_rules_waits_for_a_person(market: Market) -> None:
    for listing_id in (await ruled(market), await market.listed()):
        offer_id = await market.offered(listing_id, amount=Decimal(600))
        await market.answer_by_rules(offer_id)
        assert answer_to(market, offer_id) == (OfferStatus.PENDING, None)


async def test_a_counter_of_the_buyer_is_answered_and_one_of_the_seller_never(market: Market) -> None:
    offer_id = await market.offered(await ruled(market), amount=Decimal(600))
    theirs = await market.counter_offer(market.seller, offer_id, Proposal(price=Decimal(800)))
    await market.answer_by_rules(theirs.id)
    assert answer_to(market, theirs.id) == (OfferStatus.PENDING, None)
    ours = await market.counter_offer(market.buyer, theirs.id, Proposal(price=Decimal(760)))
    await market.answer_by_rules(ours.id)
    assert answer_to(market, ours.id) == (OfferStatus.ACCEPTED, Rule.AUTO_ACCEPT)


async def test_the_rules_of_a_listing_win_over_those_for_all_as_a_whole(market: Market) -> None:
    async with market.transaction:
        await market.rules.put_for_all(market.seller.user, RulesForAll(auto_accept_at_percent=50))
    by_all = await market.offered(await market.listed())
    by_its_own = await market.offered(await ruled(market, OfferRules(auto_decline_below=aed(100))))
    for offer_id in (by_all, by_its_own):
        await market.answer_by_rules(offer_id)
    assert answer_to(market, by_all) == (OfferStatus.ACCEPTED, Rule.AUTO_ACCEPT)
    assert answer_to(market, by_its_own) == (OfferStatus.PENDING, None)


async def test_in_quiet_hours_an_offer_waits_for_their_end(market: Market) -> None:
    listing_id = await ruled(market, OfferRules(auto_accept_at=aed(750), quiet_hours=QUIET))
    offer_id = await market.offered(listing_id)
    await market.answer_by_rules(offer_id)
    assert answer_to(market, offer_id) == (OfferStatus.PENDING, None)
    assert market.rows.timers[ANSWER_BY_RULES, offer_id] == NOON + 2 * HOUR
    market.clock.advance(2 * HOUR)
    await market.answer_by_rules(offer_id)
    assert answer_to(market, offer_id) == (OfferStatus.ACCEPTED, Rule.AUTO_ACCEPT)


async def test_the_step_is_that_of_the_moment_a_negotiation_begins(market: Market) -> None:
    listing_id = await ruled(market)
    offer_id = await market.offered(listing_id, amount=Decimal(600))
    async with market.transaction:
        await market.rules.put(listing_id, market.seller.user, OfferRules(minimum_step=aed(1)))
    theirs = await market.counter_offer(market.seller, offer_id, Proposal(price=Decimal(800)))
    with pytest.raises(OfferBelowStep, match=r"620\.00"):
        await market.counter_offer(market.buyer, theirs.id, Proposal(price=Decimal("619.99")))
    await market.counter_offer(market.buyer, theirs.id, Proposal(price=Decimal(620)))


async def answered(market: Market, _: ListingId, offer_id: OfferId) -> None:
    await market.answer_by_rules(offer_id)


async def withdrawn(market: Market, _: ListingId, offer_id: OfferId) -> None:
    await market.withdraw_offer(market.buyer, offer_id)


async def declined(market: Market, _: ListingId, offer_id: OfferId) -> None:
    await market.decline_offer(market.seller, offer_id)


async def sold(market: Market, listing_id: ListingId, _: OfferId) -> None:
    market.rows.listings[listing_id][0].status = ListingStatus.RESERVED


async def removed(market: Market, listing_id: ListingId, _: OfferId) -> None:
    await market.move_own(market.seller, listing_id, Listing.remove)


async def blocked(market: Market, _: ListingId, __: OfferId) -> None:
    market.blocks.add(market.seller.user, market.buyer.user)


async def expired(market: Market, _: ListingId, __: OfferId) -> None:
    market.clock.advance(25 * HOUR)


@pytest.mark.parametrize("meanwhile", [answered, withdrawn, declined, sold, removed, blocked, expired])
async def test_what_came_first_stands_and_nothing_is_told_of(
    market: Market, meanwhile: Callable[[Market, ListingId, OfferId], Awaitable[Any]]
) -> None:
    listing_id = await ruled(market)
    offer_id = await market.offered(listing_id)
    await meanwhile(market, listing_id, offer_id)
    before, orders = answer_to(market, offer_id), len(market.rows.orders)
    market.forget_news()
    await market.answer_by_rules(offer_id)
    assert (answer_to(market, offer_id), len(market.rows.orders), market.news) == (before, orders, [])


async def test_an_offer_that_never_was_is_nothing_to_answer(market: Market) -> None:
    await market.answer_by_rules(OfferId(new_id()))
    assert market.news == []


async def test_only_the_side_that_did_not_make_an_offer_has_its_rules_asked(market: Market) -> None:
    """Rules of somebody who sells and here buys."""
    listing_id = await market.listed()
    async with market.transaction:
        await market.rules.put_for_all(market.buyer.user, RulesForAll(auto_accept_at_percent=1))
    offer_id = await market.offered(listing_id, amount=Decimal(600))
    await market.answer_by_rules(offer_id)
    assert answer_to(market, offer_id) == (OfferStatus.PENDING, None)
    assert market.negotiation_of(offer_id).turn is Side.SELLER
