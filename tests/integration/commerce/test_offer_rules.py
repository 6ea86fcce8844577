"""Rules on real PostgreSQL: they lose races cleanly and wait out quiet hours; past prices are read by index."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from datetime import time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from marketplace.adapters.sql.trading.agreements import LATEST
from marketplace.adapters.sql.trading.rules import _ON_LISTING
from marketplace.application.trading.offers import AcceptOffer, CounterOffer, DeclineOffer, WithdrawOffer
from marketplace.application.trading.proposal import Proposal
from marketplace.application.trading.rules import ANSWER_BY_RULES, AnswerByRules, SetOfferRules
from marketplace.domain.shared.errors import Conflict
from marketplace.domain.shared.ids import ListingId
from marketplace.domain.trading.bargain import MOST
from marketplace.domain.trading.offer import OfferId
from marketplace.domain.trading.quiet_hours import QuietHours
from marketplace.domain.trading.rules import OfferRules
from tests.builders.commerce import HOUR, NOON, OFFERED, aed, an_actor
from tests.engines import Database, Engines
from tests.integration.commerce.market import SqlMarket
from tests.integration.plans import AN_ID, an_id, filled_database, planning
from tests.integration.races import outcomes

FILL = (
    AN_ID,
    """
INSERT INTO trading.agreements (negotiation_id, order_id, subject_kind, subject_id, category, price_minor, asked_minor,
    currency, quantity, unit, unit_price, agreed_at)
SELECT an_id(n), an_id(n), CASE WHEN n % 8 < 6 THEN 'listing' ELSE 'trade' END, an_id(n),
    CASE WHEN n % 2 = 0 THEN 'electronics' ELSE 'books' END, 75000, 85000, 'AED', 1, 'piece', 750,
    '2030-01-01'::timestamptz - n * interval '1 minute'
FROM generate_series(1, 200000) n""",
    """
INSERT INTO trading.offer_rules (listing_id, seller_id) SELECT an_id(n), an_id(n % 1000)
FROM generate_series(1, 100000) n""",
    "INSERT INTO trading.rules_for_all (seller_id) SELECT an_id(n) FROM generate_series(1, 100000) n",
    "VACUUM ANALYZE trading.agreements",
    "VACUUM ANALYZE trading.offer_rules",
    "VACUUM ANALYZE trading.rules_for_all",
)

Move = Callable[[SqlMarket, OfferId], Coroutine[Any, Any, Any]]
MOVES: dict[str, Move] = {
    "withdrawn": lambda market, offer: market.run(WithdrawOffer, market.buyer, offer),
    "accepted": lambda market, offer: market.run(AcceptOffer, market.seller, offer),
    "declined": lambda market, offer: market.run(DeclineOffer, market.seller, offer),
    "countered": lambda market, offer: market.run(CounterOffer, market.seller, offer, Proposal(price=OFFERED + 50)),
    "expired": lambda market, offer: market.expire(offer),
}
OFFER = "SELECT status, by_rule FROM trading.offers WHERE id = $1"


async def ruled(market: SqlMarket, rules: OfferRules | None = None) -> ListingId:
    listing_id = await market.listed()
    rules = rules or OfferRules(auto_accept_at=aed(750), auto_decline_below=aed(500))
    await market.run(SetOfferRules, market.seller, listing_id, lambda _: rules)
    return listing_id


async def orders_over(market: SqlMarket, listing_id: ListingId) -> int:
    count: int = await market.value("SELECT count(*) FROM ordering.orders WHERE subject_id = $1", listing_id)
    return count


@pytest.mark.parametrize("move", MOVES)
async def test_of_a_rule_and_a_move_exactly_one_answers(market: SqlMarket, move: str) -> None:
    """Both have read the pending offer and wait for the same row before either may write."""
    for amount, by_rule in ((OFFERED, "accepted"), (Decimal(400), "declined")):
        for rule_first in (True, False):
            listing_id = await ruled(market)
            offer_id = await market.offered(listing_id, amount=amount)
            works = [market.run(AnswerByRules, offer_id), MOVES[move](market, offer_id)]
            async with market.pool.connection() as blocker, blocker.transaction():
                await blocker.execute("SELECT FROM trading.negotiations WHERE subject_id = $1 FOR UPDATE", listing_id)
                first = asyncio.create_task(works.pop(0 if rule_first else 1))
                await market.waiters(1)
                second = asyncio.create_task(works.pop())
                await market.waiters(2)
            results = await outcomes(first, second)
            rule, other = results if rule_first else results[::-1]
            assert rule is None, "a rule that comes too late is no failure"
            (offer,) = await market.all(OFFER, offer_id)
            won = offer["by_rule"] is not None
            assert isinstance(other, Conflict) is won, results
            assert offer["status"] == (by_rule if won else move)
            assert await orders_over(market, listing_id) == (offer["status"] == "accepted")


async def test_of_many_offers_that_rules_accept_at_once_one_gets_it(market: SqlMarket) -> None:
    listing_id = await ruled(market)
    offers = await asyncio.gather(*(market.offered(listing_id, an_actor()) for _ in range(8)))
    results = await outcomes(*(market.run(AnswerByRules, offer) for offer in (*offers, *offers)))
    assert results == [None] * 16
    assert await market.offer_statuses(listing_id) == ["accepted"] + ["superseded"] * 7
    assert await orders_over(market, listing_id) == 1


async def test_a_rule_against_the_acceptance_of_another_offer_leaves_one_order(market: SqlMarket) -> None:
    for _ in range(4):
        listing_id = await ruled(market)
        by_rule, by_hand = await market.offered(listing_id), await market.offered(listing_id, an_actor(), Decimal(600))
        rule, _ = await outcomes(
            market.run(AnswerByRules, by_rule), market.run(AcceptOffer, market.seller, by_hand)
        )  # fmt: skip
        assert rule is None
        assert await market.offer_statuses(listing_id) == ["accepted", "superseded"]
        assert await orders_over(market, listing_id) == 1


async def test_in_quiet_hours_the_rule_is_set_for_their_end_to_the_second(market: SqlMarket) -> None:
    quiet = QuietHours(begins=time(15), ends=time(20, 30), time_zone="Asia/Dubai")
    listing_id = await ruled(market, OfferRules(auto_accept_at=aed(750), quiet_hours=quiet))
    offer_id = await market.offered(listing_id)
    await market.run(AnswerByRules, offer_id)
    timer = "SELECT run_at FROM jobs.job WHERE handler = $1 AND key = $2 AND state = 'ready'"
    assert await market.value(timer, ANSWER_BY_RULES, str(offer_id)) == NOON + 4.5 * HOUR
    assert tuple((await market.all(OFFER, offer_id))[0]) == ("pending", None)
    market.clock.advance(4.5 * HOUR)
    await market.run(AnswerByRules, offer_id)
    assert tuple((await market.all(OFFER, offer_id))[0]) == ("accepted", "auto_accept")


@pytest.fixture(scope="module")
def big_database(engines: Engines, template: str) -> Iterator[Database]:
    with filled_database(engines, template, *FILL) as database:
        yield database


async def test_past_agreements_and_rules_are_read_by_index(big_database: Database) -> None:
    """The latest 1,000 of 75,000 that are like it, and a rule of 100,000."""
    async with planning(big_database, {"agreements", "offer_rules", "rules_for_all"}) as planner:
        until, since = NOON, NOON - timedelta(days=180)
        latest = await planner.plan_of(LATEST, "electronics", "AED", "piece", since, until, MOST)
        latest.requires(rows=MOST, most_pages=60)
        rare = await planner.plan_of(LATEST, "toys", "AED", "piece", since, until, MOST)
        rare.requires(rows=0, most_pages=10)
        rules = await planner.plan_of(_ON_LISTING, an_id(777), an_id(50_000))
        rules.requires(rows=1, most_pages=20)
