"""What an acceptance wants done afterwards leaves with its commit, or not at all."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.ordering.orders import EXPIRE_ORDER
from marketplace.application.trading.offers import EXPIRE_OFFER, AcceptOffer, DeclineOffer, MakeOffer
from marketplace.domain.ordering.order import PAYMENT_TIME
from marketplace.domain.shared.errors import Conflict
from marketplace.domain.shared.ids import ListingId
from marketplace.domain.trading.negotiation import OfferId
from tests.builders.commerce import NOON, OFFERED, an_actor
from tests.integration.commerce.market import SqlMarket

WRITTEN = """
SELECT handler, lane, key, run_at FROM jobs.job WHERE id > $1 AND state = 'ready' ORDER BY handler, id
"""


@dataclass
class Rivals:
    """Two pending offers on one listing, and the last job that was written for them."""

    listing_id: ListingId
    offer: OfferId
    negotiation: UUID
    rival: OfferId
    rivals_negotiation: UUID
    last_job: int


@pytest.fixture
async def rivals(market: SqlMarket) -> Rivals:
    listing_id = await market.listed()
    won = await market.run(MakeOffer, market.buyer, listing_id, OFFERED)
    lost = await market.run(MakeOffer, an_actor(), listing_id, OFFERED)
    return Rivals(listing_id, won.id, won.negotiation_id, lost.id, lost.negotiation_id, await market.last_job())


async def timers_of(market: SqlMarket, *offers: OfferId) -> list[str]:
    rows = await market.all(
        "SELECT state FROM jobs.job WHERE handler = $1 AND key = ANY ($2)",
        EXPIRE_OFFER, [str(offer) for offer in offers],
    )  # fmt: skip
    return [row["state"] for row in rows]


async def test_an_acceptance_writes_its_jobs_and_clears_every_timer(market: SqlMarket, rivals: Rivals) -> None:
    assert await timers_of(market, rivals.offer, rivals.rival) == ["ready", "ready"]
    order_id = await market.accepted(rivals.offer)
    written = await market.all(WRITTEN, rivals.last_job)
    assert [(row["handler"], row["lane"], row["key"]) for row in written] == [
        ("notifications.offer_accepted", f"notifications:{rivals.negotiation}", None),
        ("notifications.offer_superseded", f"notifications:{rivals.rivals_negotiation}", None),
        ("notifications.order_placed", f"notifications:{order_id}", None),
        (EXPIRE_ORDER, None, str(order_id)),
    ]
    assert written[-1]["run_at"] == NOON + PAYMENT_TIME
    assert await timers_of(market, rivals.offer, rivals.rival) == ["cancelled", "cancelled"]


async def test_a_payment_writes_its_jobs_and_clears_every_timer(market: SqlMarket) -> None:
    order_id = await market.ordered()
    last = await market.last_job()
    await market.pay(order_id)
    written = await market.all(WRITTEN, last)
    assert [(row["handler"], row["lane"], row["key"]) for row in written] == [
        ("catalog.order_paid", f"catalog:{order_id}", None),
        ("notifications.payment_captured", f"notifications:{order_id}", None),
    ]
    set_still = "SELECT count(*) FROM jobs.job WHERE handler = $1 AND key = $2 AND state = 'ready'"
    assert await market.value(set_still, EXPIRE_ORDER, str(order_id)) == 0


async def test_an_offers_timer_rings_when_it_ends(market: SqlMarket, rivals: Rivals) -> None:
    rings: list[asyncpg.Record] = await market.all(
        "SELECT run_at, lane FROM jobs.job WHERE handler = $1 AND key = $2", EXPIRE_OFFER, str(rivals.offer)
    )
    assert [tuple(ring) for ring in rings] == [(NOON + timedelta(hours=24), None)]


async def test_a_commit_that_fails_writes_nothing(market: SqlMarket, rivals: Rivals) -> None:
    """It fails after the jobs were written, as late as can be."""

    async def fail(connection: asyncpg.Connection, _: object) -> None:
        assert await connection.fetchval("SELECT count(*) FROM jobs.job WHERE id > $1", rivals.last_job) == 4
        raise ZeroDivisionError

    async with market.container() as scope:
        (await scope.get(SqlTransaction)).before_commit(fail)
        with pytest.raises(ZeroDivisionError):
            await (await scope.get(AcceptOffer))(market.seller, rivals.offer)
    assert await market.all(WRITTEN, rivals.last_job) == []
    assert await timers_of(market, rivals.offer, rivals.rival) == ["ready", "ready"]
    assert await market.offer_statuses(rivals.listing_id) == ["pending", "pending"]


async def test_a_refusal_writes_nothing(market: SqlMarket, rivals: Rivals) -> None:
    await market.withdraw_listing(rivals.listing_id)
    last = await market.last_job()
    with pytest.raises(Conflict):
        await market.run(AcceptOffer, market.seller, rivals.offer)
    assert await market.all(WRITTEN, last) == []
    assert await timers_of(market, rivals.offer, rivals.rival) == ["ready", "ready"]
    await market.run(DeclineOffer, market.seller, rivals.offer)
    assert await market.jobs_since(last) == ["notifications.offer_declined"]
