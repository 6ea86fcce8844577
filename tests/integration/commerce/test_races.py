"""Many at once on real PostgreSQL: one wins, the losers are told so, nothing is left half done (M1, M2)."""

import asyncio
from collections.abc import Callable, Coroutine
from itertools import combinations_with_replacement
from typing import Any

import pytest

from marketplace.application.trading.offers import (
    EXPIRE_OFFER,
    AcceptOffer,
    CounterOffer,
    DeclineOffer,
    MakeOffer,
    WithdrawOffer,
)
from marketplace.application.trading.proposal import Proposal
from marketplace.domain.shared.errors import Conflict, NotFound
from marketplace.domain.shared.ids import ListingId
from marketplace.domain.trading.offer import OfferId
from tests.builders.commerce import OFFERED, an_actor
from tests.integration.commerce.market import SqlMarket
from tests.integration.races import outcomes

Move = Callable[[SqlMarket, OfferId], Coroutine[Any, Any, Any]]
MOVES: dict[str, Move] = {
    "accept": lambda market, offer: market.run(AcceptOffer, market.seller, offer),
    "decline": lambda market, offer: market.run(DeclineOffer, market.seller, offer),
    "counter": lambda market, offer: market.run(CounterOffer, market.seller, offer, Proposal(price=OFFERED + 50)),
    "withdraw": lambda market, offer: market.run(WithdrawOffer, market.buyer, offer),
    "expire": lambda market, offer: market.expire(offer),
}
LEFT_BY = {
    "accept": ["accepted"], "decline": ["declined"], "counter": ["countered", "pending"], "withdraw": ["withdrawn"],
    "expire": ["expired"],
}  # fmt: skip


async def orders_of(market: SqlMarket, listing_id: ListingId) -> int:
    count: int = await market.value("SELECT count(*) FROM ordering.orders WHERE subject_id = $1", listing_id)
    return count


async def ringing(market: SqlMarket, *offers: OfferId) -> int:
    """How many of their timers are still set."""
    count: int = await market.value(
        "SELECT count(*) FROM jobs.job WHERE handler = $1 AND key = ANY ($2) AND state = 'ready'",
        EXPIRE_OFFER, [str(offer) for offer in offers],
    )  # fmt: skip
    return count


@pytest.mark.parametrize("pair", list(combinations_with_replacement(MOVES, 2)), ids="-".join)
async def test_of_two_moves_on_one_offer_exactly_one_happens(market: SqlMarket, pair: tuple[str, str]) -> None:
    """Both have read the pending offer and wait for the same row before either may write."""
    for first, second in {pair, pair[::-1]}:
        listing_id = await market.listed()
        offer_id = await market.offered(listing_id)
        async with market.pool.connection() as blocker, blocker.transaction():
            await blocker.execute("SELECT FROM trading.negotiations WHERE subject_id = $1 FOR UPDATE", listing_id)
            one = asyncio.create_task(MOVES[first](market, offer_id))
            await market.waiters(1)
            other = asyncio.create_task(MOVES[second](market, offer_id))
            await market.waiters(2)
        results = await outcomes(one, other)
        lost = [result for result in results if isinstance(result, BaseException)]
        assert len(lost) == 1, results
        assert isinstance(lost[0], Conflict), results
        winner = second if results[0] is lost[0] else first
        assert await market.offer_statuses(listing_id) == LEFT_BY[winner]
        assert await orders_of(market, listing_id) == (winner == "accept")


async def test_of_many_acceptances_of_one_offer_one_wins(market: SqlMarket) -> None:
    listing_id = await market.listed()
    offer_id = await market.offered(listing_id)
    results = await outcomes(*(market.run(AcceptOffer, market.seller, offer_id) for _ in range(8)))
    assert sum(not isinstance(result, BaseException) for result in results) == 1
    assert all(isinstance(result, Conflict) for result in results if isinstance(result, BaseException)), results
    assert await orders_of(market, listing_id) == 1


@pytest.mark.parametrize("turn", range(3))
async def test_of_sixteen_buyers_accepted_at_once_one_gets_it(market: SqlMarket, turn: int) -> None:
    listing_id = await market.listed()
    offers = await asyncio.gather(*(market.offered(listing_id, an_actor()) for _ in range(16)))
    ordered = [*offers[turn:], *offers[:turn]]
    results = await outcomes(*(market.run(AcceptOffer, market.seller, offer) for offer in ordered))
    won = [result for result in results if not isinstance(result, BaseException)]
    assert len(won) == 1
    assert all(isinstance(result, Conflict) for result in results if isinstance(result, BaseException)), results
    assert await market.offer_statuses(listing_id) == ["accepted"] + ["superseded"] * 15
    order = (await market.all("SELECT * FROM ordering.orders WHERE subject_id = $1", listing_id))[0]
    assert order["id"] == won[0].transaction_id
    assert (order["amount_minor"], order["fee_minor"]) == (75_000, 3_750)
    assert await orders_of(market, listing_id) == 1
    assert await ringing(market, *offers) == 0


async def test_rivals_that_move_while_another_is_accepted_end_superseded_or_by_their_own_move(
    market: SqlMarket,
) -> None:
    for _ in range(6):
        listing_id = await market.listed()
        buyers = [an_actor() for _ in range(4)]
        offers = [await market.offered(listing_id, buyer) for buyer in buyers]
        won = await market.offered(listing_id)
        results = await outcomes(
            market.run(CounterOffer, market.seller, offers[0], Proposal(price=OFFERED + 1)),
            market.run(WithdrawOffer, buyers[1], offers[1]),
            market.run(DeclineOffer, market.seller, offers[2]),
            market.run(AcceptOffer, market.seller, won),
            market.expire(offers[3]),
        )
        assert all(isinstance(result, Conflict) for result in results if isinstance(result, BaseException)), results
        assert not isinstance(results[3], BaseException), results
        statuses = await market.offer_statuses(listing_id)
        assert "pending" not in statuses
        assert statuses.count("accepted") == 1
        assert await ringing(market, *offers, won) <= 1  # that of the offer whose own timer rang


async def test_an_offer_made_during_an_acceptance_is_superseded_or_refused(market: SqlMarket) -> None:
    for _ in range(6):
        listing_id = await market.listed()
        offer_id = await market.offered(listing_id)
        results = await outcomes(
            market.run(MakeOffer, an_actor(), (listing_id,), Proposal(price=OFFERED)),
            market.run(AcceptOffer, market.seller, offer_id),
            market.run(MakeOffer, an_actor(), (listing_id,), Proposal(price=OFFERED)),
        )
        assert not isinstance(results[1], BaseException), results
        assert all(isinstance(result, Conflict) for result in results if isinstance(result, BaseException)), results
        assert "pending" not in await market.offer_statuses(listing_id)


async def test_a_listing_that_is_withdrawn_during_an_acceptance_is_sold_or_gone(market: SqlMarket) -> None:
    for _ in range(4):
        listing_id = await market.listed()
        offer_id = await market.offered(listing_id)
        results = await outcomes(market.run(AcceptOffer, market.seller, offer_id), market.withdraw_listing(listing_id))
        assert all(
            isinstance(result, (Conflict, NotFound)) for result in results if isinstance(result, BaseException)
        ), results
        accepted = not isinstance(results[0], BaseException)
        assert await orders_of(market, listing_id) == accepted


async def test_a_buyer_who_offers_twice_at_once_opens_one_negotiation(market: SqlMarket) -> None:
    listing_id = await market.listed()
    results = await outcomes(
        *(market.run(MakeOffer, market.buyer, (listing_id,), Proposal(price=OFFERED)) for _ in range(8))
    )
    assert sum(not isinstance(result, BaseException) for result in results) == 1
    assert all(isinstance(result, Conflict) for result in results if isinstance(result, BaseException)), results
    assert await market.offer_statuses(listing_id) == ["pending"]
