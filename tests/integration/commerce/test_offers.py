"""Parts of a lot from many hands at once, its whole life on PostgreSQL, and a price offered to all who watch."""

import asyncio
from decimal import Decimal
from typing import Any

from marketplace.application.catalog.personal import KeepFavorite
from marketplace.application.inventory.holds import SettleHolds
from marketplace.application.shared.actor import Actor
from marketplace.application.trading.broadcast import BroadcastOffer
from marketplace.application.trading.offers import AcceptOffer, MakeOffer, WithdrawOffer
from marketplace.application.trading.proposal import Proposal
from marketplace.application.trading.views import AcceptedView, BroadcastView
from marketplace.domain.catalog.terms import LotTerms
from marketplace.domain.inventory.hold import HoldStatus, NothingLeft
from marketplace.domain.shared.errors import Conflict
from marketplace.domain.shared.ids import ListingId
from marketplace.domain.trading.offer import NoAttemptsLeft, OfferId
from tests.builders.commerce import OFFERED, an_actor
from tests.engines import Database
from tests.integration.commerce.market import SqlMarket, add_user
from tests.integration.races import outcomes

COTTON: dict[str, Any] = {"terms": LotTerms(quantity=Decimal(1_000), unit="kg", smallest=Decimal(100))}
STOCK = "SELECT total::int, held::int, sold::int FROM inventory.stocks WHERE subject_id = $1"
STATUS = "SELECT status FROM catalog.listing_states WHERE listing_id = $1"


async def bid(market: SqlMarket, lot: ListingId, kilos: int, by: Actor | None = None) -> OfferId:
    wish = Proposal(price=Decimal(50), quantity=Decimal(kilos))
    offer: OfferId = (await market.run(MakeOffer, by or an_actor(), (lot,), wish)).id
    return offer


async def stock(market: SqlMarket, lot: ListingId) -> tuple[int, int, int]:
    """Total, held, sold."""
    total, held, sold = (await market.all(STOCK, lot))[0]
    return total, held, sold


async def test_a_lot_lives_through_parts_that_are_paid_and_parts_that_are_not(market: SqlMarket) -> None:
    lot = await market.listed(**COTTON)
    first = await market.accepted(await bid(market, lot, 600))
    second = await market.accepted(await bid(market, lot, 400, market.buyer))
    assert (await stock(market, lot), await market.value(STATUS, lot)) == ((1_000, 1_000, 0), "reserved")
    await market.pay(second)
    await market.run(SettleHolds, second, HoldStatus.SOLD)
    await market.expire_order(first)
    await market.run(SettleHolds, first, HoldStatus.RELEASED)
    assert (await stock(market, lot), await market.value(STATUS, lot)) == ((1_000, 0, 400), "active")
    last = await market.accepted(await bid(market, lot, 600, market.buyer))
    await market.pay(last)
    await market.run(SettleHolds, last, HoldStatus.SOLD)
    assert (await stock(market, lot), await market.value(STATUS, lot)) == ((1_000, 0, 1_000), "sold")
    await market.books_are_right()


async def test_of_eight_parts_accepted_at_once_as_many_are_sold_as_there_are(market: SqlMarket) -> None:
    for _ in range(3):
        lot = await market.listed(**COTTON)
        offers = [await bid(market, lot, 300) for _ in range(8)]
        results = await outcomes(*(market.run(AcceptOffer, market.seller, offer) for offer in offers))
        assert sum(isinstance(one, AcceptedView) for one in results) == 3
        lost = [one for one in results if isinstance(one, NothingLeft)]
        assert [one.facts for one in lost] == [{"left": 100}] * 5
        assert await stock(market, lot) == (1_000, 900, 0)
        assert await market.offer_statuses(lot) == ["accepted"] * 3 + ["pending"] * 5


async def test_ways_to_an_eleventh_offer_are_closed(market: SqlMarket) -> None:
    """The open one is withdrawn at the moment when others are made."""
    listing = await market.listed()
    for _ in range(8):
        await market.run(WithdrawOffer, market.buyer, await market.offered(listing))
    ninth = await market.offered(listing)
    results = await outcomes(
        market.offered(listing), market.run(WithdrawOffer, market.buyer, ninth), market.offered(listing),
        market.offered(listing),
    )  # fmt: skip
    assert all(isinstance(one, Conflict) for one in results if isinstance(one, BaseException)), results
    counted = "SELECT count(*) FROM trading.listing_offers WHERE listing_id = $1 AND buyer_id = $2"
    if await market.value(f"{counted} AND status = 'pending'", listing, market.buyer.user) == 0:
        await market.offered(listing)
    (last,) = await market.all(
        "SELECT offer_id FROM trading.listing_offers WHERE listing_id = $1 AND status = 'pending'", listing
    )
    await market.run(WithdrawOffer, market.buyer, last["offer_id"])
    refused = await outcomes(*(market.offered(listing) for _ in range(4)))
    assert [type(one) for one in refused] == [NoAttemptsLeft] * 4
    assert await market.value(counted, listing, market.buyer.user) == 10


async def test_many_watchers_get_one_offer_each_however_often_it_is_sent(market: SqlMarket, database: Database) -> None:
    listing, watchers = await market.listed(), [an_actor() for _ in range(30)]
    for one in watchers:
        await add_user(database, one.user, f"w{one.user.hex[-20:]}")
        await market.run(KeepFavorite, one, listing)
    sale = Proposal(price=OFFERED)
    results = await outcomes(
        *(market.run(BroadcastOffer, market.seller, listing, sale) for _ in range(3)),
        *(market.offered(listing, one) for one in watchers[:5]),
    )
    sent = [one for one in results if isinstance(one, BroadcastView)]
    assert sum(one.sent for one in sent) in range(25, 31)
    assert all(one.sent + one.skipped == 30 for one in sent)
    made = await market.all(
        "SELECT buyer_id, count(*) FROM trading.negotiations WHERE subject_id = $1 GROUP BY 1", listing
    )
    assert {row["buyer_id"]: row["count"] for row in made} == {one.user: 1 for one in watchers}
    assert (
        await asyncio.gather(*(market.run(BroadcastOffer, market.seller, listing, sale) for _ in range(2)))
        == [BroadcastView(sent=0, skipped=30)] * 2
    )
