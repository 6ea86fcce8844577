"""What a commit wants done afterwards: one job for each subscriber, and none after a rollback."""

from typing import Any

import asyncpg
import pytest

from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.ordering.orders import EXPIRE_ORDER, ExpireOrder
from marketplace.application.trading.offers import EXPIRE_OFFER, AcceptOffer, CounterOffer
from marketplace.application.trading.proposal import Proposal
from marketplace.domain.catalog.listing import ListingNotAvailable
from marketplace.domain.ordering.order import PAYMENT_TIME
from tests.builders.commerce import NOON, OFFERED, SLOW_CARD, an_actor
from tests.integration.commerce.market import SqlMarket


async def test_an_acceptance_writes_one_job_for_each_subscriber(market: SqlMarket) -> None:
    listing_id = await market.listed()
    rival, offer_id = await market.offered(listing_id, an_actor()), await market.offered(listing_id)
    before = await market.last_job()
    order_id = await market.accepted(offer_id)
    rows = await market.all("SELECT * FROM jobs.job WHERE id > $1 ORDER BY handler", before)
    negotiation = await market.value("SELECT negotiation_id FROM trading.offers WHERE id = $1", offer_id)
    loser = await market.value("SELECT negotiation_id FROM trading.offers WHERE id = $1", rival)
    assert [(row["handler"], row["lane"], row["key"]) for row in rows] == [
        ("agreements.offer_accepted", f"agreements:{negotiation}", None),
        ("messaging.offer_accepted", f"messaging:{negotiation}", None),
        ("messaging.offer_superseded", f"messaging:{loser}", None),
        ("messaging.order_placed", f"messaging:{order_id}", None),
        ("notifications.offer_accepted", f"notifications:{negotiation}", None),
        ("notifications.offer_superseded", f"notifications:{loser}", None),
        ("notifications.order_placed", f"notifications:{order_id}", None),
        (EXPIRE_ORDER, None, str(order_id)),
    ]
    assert rows[7]["run_at"] == NOON + PAYMENT_TIME
    timers = await market.all(
        "SELECT state FROM jobs.job WHERE handler = $1 AND key = ANY ($2)",
        EXPIRE_OFFER, [str(offer_id), str(rival)],
    )  # fmt: skip
    assert [row["state"] for row in timers] == ["cancelled", "cancelled"]


async def test_a_counter_moves_the_timer_and_tells_of_both_offers(market: SqlMarket) -> None:
    offer_id = await market.offered()
    before = await market.last_job()
    new = await market.run(CounterOffer, market.seller, offer_id, Proposal(price=OFFERED + 50))
    assert await market.jobs_since(before) == [
        "messaging.offer_pending", "notifications.offer_countered", "notifications.offer_made", "rules.offer_made",
        EXPIRE_OFFER,
    ]  # fmt: skip
    ringing = await market.all("SELECT key FROM jobs.job WHERE handler = $1 AND state = 'ready'", EXPIRE_OFFER)
    assert str(offer_id) not in {row["key"] for row in ringing}
    assert str(new.id) in {row["key"] for row in ringing}


async def test_a_refused_acceptance_writes_none(market: SqlMarket) -> None:
    listing_id = await market.listed()
    offer_id = await market.offered(listing_id)
    await market.withdraw_listing(listing_id)
    before = await market.last_job()
    with pytest.raises(ListingNotAvailable):
        await market.accepted(offer_id)
    assert await market.last_job() == before


async def test_an_acceptance_that_fails_in_its_last_moment_leaves_nothing(market: SqlMarket) -> None:
    listing_id = await market.listed()
    offer_id = await market.offered(listing_id)
    before = await market.last_job()

    async def fail(_: asyncpg.Connection, answer: Any) -> None:
        assert answer.transaction_id
        raise ZeroDivisionError

    async with market.container() as scope:
        (await scope.get(SqlTransaction)).before_commit(fail)
        accept_offer = await scope.get(AcceptOffer)
        with pytest.raises(ZeroDivisionError):
            await accept_offer(market.seller, offer_id)
    assert await market.jobs_since(before) == []
    assert await market.offer_statuses(listing_id) == ["pending"]
    assert await market.value("SELECT count(*) FROM ordering.orders WHERE subject_id = $1", listing_id) == 0
    assert await market.value("SELECT status FROM catalog.listing_states WHERE listing_id = $1", listing_id) == "active"
    await market.accepted(offer_id)


async def test_an_order_that_waits_for_money_sets_its_timer_again(market: SqlMarket) -> None:
    order_id = await market.ordered()
    await market.pay(order_id, SLOW_CARD)
    market.clock.advance(PAYMENT_TIME)
    before = await market.last_job()
    await market.run(ExpireOrder, order_id)
    assert await market.value("SELECT status FROM ordering.orders WHERE id = $1", order_id) == "awaiting_payment"
    ringing = await market.all(
        "SELECT run_at FROM jobs.job WHERE handler = $1 AND key = $2 AND state = 'ready'", EXPIRE_ORDER, str(order_id)
    )
    assert [row["run_at"] > market.clock.at for row in ringing] == [True]
    assert before <= await market.last_job()
