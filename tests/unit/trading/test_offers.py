from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from marketplace.application.ordering.orders import EXPIRE_ORDER
from marketplace.application.shared.actor import Actor, MissingPermission, Permission
from marketplace.application.trading.offers import CLOSE_AT_ONCE, EXPIRE_OFFER
from marketplace.application.trading.proposal import Proposal
from marketplace.domain.catalog.listing import ListingNotAvailable, ListingNotFound
from marketplace.domain.catalog.standing import ListingStatus
from marketplace.domain.ordering.moves import OrderStatus
from marketplace.domain.ordering.order import PAYMENT_TIME
from marketplace.domain.shared.ids import ListingId
from marketplace.domain.shared.money import InvalidAmount
from marketplace.domain.trading.offer import (
    OFFER_LIFE,
    Blocked,
    NegotiationAlreadyOpen,
    NegotiationStatus,
    NotYourOffer,
    NotYourTurn,
    OfferAbovePrice,
    OfferId,
    OfferNotFound,
    OfferNotOpen,
    OfferStatus,
    OwnListing,
    Side,
)
from tests.builders.commerce import HOUR, NOON, OFFERED, an_actor, an_actor_who_may_not, new_id
from tests.fakes.market import Market

Answer = Callable[[Market, Actor, OfferId], Awaitable[Any]]


def decline(market: Market, actor: Actor, offer_id: OfferId) -> Awaitable[Any]:
    return market.decline_offer(actor, offer_id)


def counter(market: Market, actor: Actor, offer_id: OfferId) -> Awaitable[Any]:
    return market.counter_offer(actor, offer_id, Proposal(price=Decimal(800)))


def accept(market: Market, actor: Actor, offer_id: OfferId) -> Awaitable[Any]:
    return market.accept_offer(actor, offer_id)


def withdraw(market: Market, actor: Actor, offer_id: OfferId) -> Awaitable[Any]:
    return market.withdraw_offer(actor, offer_id)


ANSWERS = [accept, decline, counter]


@pytest.fixture
def market() -> Market:
    return Market()


async def test_an_offer_opens_a_negotiation_and_sets_its_timer(market: Market) -> None:
    listing_id = await market.listed()
    view = await market.make_offer(market.buyer, (listing_id,), Proposal(price=OFFERED, message="today?"))
    assert (view.status, view.side, view.offered_price, view.original_price, view.currency, view.message) == (
        OfferStatus.PENDING, Side.BUYER, Decimal("750.00"), Decimal("850.00"), "AED", "today?",
    )  # fmt: skip
    assert market.rows.timers == {(EXPIRE_OFFER, view.id): NOON + OFFER_LIFE}
    assert market.news == ["catalog.listing_published", "trading.offer_made"]
    assert market.transaction.answer is view


async def test_nobody_bids_on_his_own_listing(market: Market) -> None:
    listing_id = await market.listed()
    with pytest.raises(OwnListing):
        await market.make_offer(market.seller, (listing_id,), Proposal(price=OFFERED))
    assert not market.rows.negotiations


async def test_there_is_one_open_negotiation_of_a_buyer_over_a_listing(market: Market) -> None:
    listing_id = await market.listed()
    offer_id = await market.offered(listing_id)
    with pytest.raises(NegotiationAlreadyOpen):
        await market.offered(listing_id)
    assert len(market.rows.negotiations) == 1
    await market.withdraw_offer(market.buyer, offer_id)
    await market.offered(listing_id)


async def test_an_unknown_listing_gets_no_offer(market: Market) -> None:
    with pytest.raises(ListingNotFound):
        await market.make_offer(market.buyer, (ListingId(new_id()),), Proposal(price=OFFERED))


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (ListingStatus.RESERVED, ListingNotAvailable),
        (ListingStatus.PAUSED, ListingNotAvailable),
        (ListingStatus.REMOVED, ListingNotFound),
    ],
)
async def test_what_is_not_for_sale_gets_no_offer(
    market: Market, status: ListingStatus, error: type[Exception]
) -> None:
    listing_id = await market.listed()
    await market.move_listing(listing_id, status)
    with pytest.raises(error):
        await market.make_offer(market.buyer, (listing_id,), Proposal(price=OFFERED))


@pytest.mark.parametrize(
    ("amount", "error"),
    [
        ("0", InvalidAmount), ("-5", InvalidAmount), ("NaN", InvalidAmount), ("Infinity", InvalidAmount),
        ("750.001", InvalidAmount), ("850.01", OfferAbovePrice),
    ],
)  # fmt: skip
async def test_a_bad_price_leaves_nothing(market: Market, amount: str, error: type[InvalidAmount]) -> None:
    listing_id = await market.listed()
    with pytest.raises(error) as refusal:
        await market.make_offer(market.buyer, (listing_id,), Proposal(price=Decimal(amount)))
    assert refusal.value.field == "offered_price"
    assert not market.rows.negotiations
    assert not market.rows.timers


async def test_acceptance_reserves_the_listing_and_places_the_order(market: Market) -> None:
    listing_id = await market.listed()
    offer_id = await market.offered(listing_id)
    market.forget_news()
    view = await market.accept_offer(market.seller, offer_id)

    order = market.rows.orders[view.transaction_id]
    assert view.status is OfferStatus.ACCEPTED
    assert market.rows.listings[listing_id][0].status is ListingStatus.RESERVED
    assert (order.status, order.buyer, order.seller) == (
        OrderStatus.AWAITING_PAYMENT, market.buyer.user, market.seller.user,
    )  # fmt: skip
    assert (order.amount.decimal, order.fee.decimal, order.payout.decimal, order.lines[0].fee.rule) == (
        Decimal("750.00"), Decimal("37.50"), Decimal("712.50"), "community_500bp",
    )  # fmt: skip
    assert market.rows.timers == {(EXPIRE_ORDER, order.id): NOON + PAYMENT_TIME}
    assert market.news == ["ordering.order_placed", "trading.offer_accepted"]
    assert market.transaction.answer is view


async def test_every_rival_is_superseded_by_the_acceptance(market: Market) -> None:
    listing_id = await market.listed()
    rivals = [await market.offered(listing_id, an_actor()) for _ in range(3)]
    await market.counter_offer(market.seller, rivals[0], Proposal(price=Decimal(840)))
    elsewhere = await market.offered()
    won = await market.offered(listing_id)
    market.forget_news()
    await market.accept_offer(market.seller, won)

    ended = [market.negotiation_of(rival) for rival in rivals]
    assert {rival.status for rival in ended} == {NegotiationStatus.CANCELLED}
    assert [rival.offers[-1].status for rival in ended] == [OfferStatus.SUPERSEDED] * 3
    assert market.negotiation_of(elsewhere).status is NegotiationStatus.OPEN
    assert market.timers(EXPIRE_OFFER) == [elsewhere]
    assert market.news.count("trading.offer_superseded") == 3


async def test_an_offer_is_accepted_once(market: Market) -> None:
    listing_id = await market.listed()
    first, second = await market.offered(listing_id), await market.offered(listing_id, an_actor())
    await market.accept_offer(market.seller, first)
    for offer_id in (first, second):
        with pytest.raises(OfferNotOpen):
            await market.accept_offer(market.seller, offer_id)
    assert len(market.rows.orders) == 1


async def test_a_listing_that_is_gone_undoes_the_acceptance(market: Market) -> None:
    listing_id = await market.listed()
    offer_id = await market.offered(listing_id)
    await market.move_listing(listing_id, ListingStatus.PAUSED)
    with pytest.raises(ListingNotAvailable):
        await market.accept_offer(market.seller, offer_id)
    assert market.negotiation_of(offer_id).status is NegotiationStatus.OPEN
    assert not market.rows.orders


async def test_a_counter_moves_the_turn_and_the_timer(market: Market) -> None:
    first = await market.offered()
    market.clock.advance(HOUR)
    view = await market.counter_offer(market.seller, first, Proposal(price=Decimal("800"), message="meet me there"))
    assert (view.side, view.offered_price, view.status) == (Side.SELLER, Decimal("800.00"), OfferStatus.PENDING)
    assert market.rows.timers == {(EXPIRE_OFFER, view.id): NOON + HOUR + OFFER_LIFE}
    with pytest.raises(NotYourTurn):
        await market.accept_offer(market.seller, view.id)
    accepted = await market.accept_offer(market.buyer, view.id)
    assert market.rows.orders[accepted.transaction_id].amount.decimal == Decimal("800.00")


async def test_declined_and_withdrawn_offers_ring_no_more(market: Market) -> None:
    declined, withdrawn = await market.offered(), await market.offered()
    assert (await market.decline_offer(market.seller, declined)).status is OfferStatus.DECLINED
    assert (await market.withdraw_offer(market.buyer, withdrawn)).status is OfferStatus.WITHDRAWN
    assert not market.rows.timers


@pytest.mark.parametrize("answer", [*ANSWERS, withdraw])
async def test_a_stranger_finds_no_offer(market: Market, answer: Answer) -> None:
    offer_id = await market.offered()
    with pytest.raises(OfferNotFound):
        await answer(market, market.stranger, offer_id)
    with pytest.raises(OfferNotFound):
        await answer(market, market.seller, OfferId(new_id()))
    assert market.negotiation_of(offer_id).offers[0].status is OfferStatus.PENDING


@pytest.mark.parametrize("answer", ANSWERS)
async def test_nobody_answers_his_own_offer(market: Market, answer: Answer) -> None:
    offer_id = await market.offered()
    with pytest.raises(NotYourTurn):
        await answer(market, market.buyer, offer_id)


async def test_nobody_withdraws_the_offer_of_another(market: Market) -> None:
    offer_id = await market.offered()
    with pytest.raises(NotYourOffer):
        await market.withdraw_offer(market.seller, offer_id)


@pytest.mark.parametrize("answer", [*ANSWERS, withdraw])
async def test_answering_needs_the_permission(market: Market, answer: Answer) -> None:
    offer_id = await market.offered()
    with pytest.raises(MissingPermission):
        await answer(market, an_actor_who_may_not(Permission.ANSWER_OFFERS, market.seller.user), offer_id)


async def test_offering_needs_the_permission(market: Market) -> None:
    listing_id = await market.listed()
    with pytest.raises(MissingPermission):
        await market.make_offer(an_actor_who_may_not(Permission.MAKE_OFFERS), (listing_id,), Proposal(price=OFFERED))


@pytest.mark.parametrize("answer", [*ANSWERS, withdraw])
async def test_what_ran_out_is_not_answered(market: Market, answer: Answer) -> None:
    offer_id = await market.offered()
    market.clock.advance(OFFER_LIFE)
    with pytest.raises(OfferNotOpen):
        await answer(market, market.buyer if answer is withdraw else market.seller, offer_id)


async def test_the_timer_expires_an_offer_that_nobody_answered(market: Market) -> None:
    offer_id = await market.offered()
    market.clock.advance(OFFER_LIFE - timedelta(microseconds=1))
    await market.expire_offer(offer_id)
    assert market.negotiation_of(offer_id).status is NegotiationStatus.OPEN
    market.clock.advance(timedelta(microseconds=1))
    market.forget_news()
    await market.expire_offer(offer_id)
    await market.expire_offer(offer_id)
    assert market.negotiation_of(offer_id).status is NegotiationStatus.EXPIRED
    assert market.news == ["trading.offer_expired"]


async def test_the_timer_leaves_an_answered_offer_alone(market: Market) -> None:
    offer_id = await market.offered()
    await market.decline_offer(market.seller, offer_id)
    market.clock.advance(OFFER_LIFE)
    await market.expire_offer(offer_id)
    assert market.negotiation_of(offer_id).offers[0].status is OfferStatus.DECLINED


async def test_who_is_blocked_makes_neither_offers_nor_counter_offers(market: Market) -> None:
    offer_id = await market.offered()
    listing_id = await market.listed()
    market.blocks.add(market.seller.user, market.buyer.user)
    with pytest.raises(Blocked):
        await market.make_offer(market.buyer, (listing_id,), Proposal(price=OFFERED))
    with pytest.raises(Blocked):
        await market.counter_offer(market.seller, offer_id, Proposal(price=Decimal(800)))
    assert [offer.status for offer in market.negotiation_of(offer_id).offers] == [OfferStatus.PENDING]
    await market.decline_offer(market.seller, offer_id)


async def test_a_party_that_leaves_has_no_open_negotiation(market: Market) -> None:
    stays = await market.offered(by=market.stranger)
    bought = [await market.offered() for _ in range(CLOSE_AT_ONCE + 1)]
    market.forget_news()
    await market.close_negotiations(market.buyer.user)
    assert {market.negotiation_of(one).status for one in bought} == {NegotiationStatus.CANCELLED}
    assert market.news == ["trading.offer_superseded"] * len(bought)
    assert market.timers(EXPIRE_OFFER) == [stays]
    await market.close_negotiations(market.buyer.user)
    assert market.news == []
    await market.close_negotiations(market.seller.user)
    assert market.negotiation_of(stays).status is NegotiationStatus.CANCELLED
