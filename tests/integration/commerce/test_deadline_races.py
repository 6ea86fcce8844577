"""Who waits for a lock until a deadline has passed is too late, whatever the clock said when they came."""

import asyncio
from collections.abc import Awaitable
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from marketplace.application.shared.ports import Transaction
from marketplace.application.trading.desk_awards import AcceptDeskOffer, AwardTrade, Share
from marketplace.application.trading.desk_offers import CounterDeskOffer, OfferOnTrade, ReviseDeskOffer
from marketplace.application.trading.lots import SHORT_RESERVATION, InvalidReservation, ReserveLot
from marketplace.application.trading.offers import AcceptOffer
from marketplace.application.trading.proposal import Proposal
from marketplace.application.trading.tested_lot_ports import TestedLots
from marketplace.domain.trading.lot import TestedLot
from marketplace.domain.trading.offer import OFFER_LIFE, OfferNotOpen
from marketplace.domain.trading.trade import TradeNotOpen
from tests.builders.commerce import NOON, an_actor
from tests.builders.lots import an_available_lot
from tests.integration.commerce.market import SqlMarket
from tests.integration.commerce.test_desk_races import a_trade_of, given_away, offered_on
from tests.integration.races import outcomes


async def waiting_until(
    market: SqlMarket, at: datetime, table: str, key: str, id_: UUID, *calls: Awaitable[Any]
) -> Any:
    """What came of calls that reached this locked row before the time, and got it then."""
    async with market.pool.connection() as blocker:
        transaction = blocker.transaction()
        await transaction.start()
        await blocker.execute(f"SELECT FROM {table} WHERE {key} = $1 FOR UPDATE", id_)
        waiting = asyncio.ensure_future(outcomes(*calls))
        await market.waiters(len(calls))
        market.clock.at = at
        await transaction.rollback()
    return await waiting


async def test_what_waited_for_the_trade_past_its_end_is_refused(market: SqlMarket) -> None:
    trade, author = await a_trade_of(market), an_actor()
    revised, accepted = await offered_on(market, trade, 100, author), await offered_on(market, trade, 100)
    countered, awarded = await offered_on(market, trade, 100), await offered_on(market, trade, 100)
    lower = Proposal(price=Decimal(61_000), quantity=Decimal(90))
    results = await waiting_until(
        market, trade.valid_until, "trading.trades", "id", trade.id,
        market.run(OfferOnTrade, an_actor(), trade.id, lower),
        market.run(ReviseDeskOffer, author, revised, lower),
        market.run(CounterDeskOffer, market.seller, countered, lower),
        market.run(AcceptDeskOffer, market.seller, Share(offer=accepted)),
        market.run(AwardTrade, market.seller, trade.id, [Share(offer=awarded)]),
    )  # fmt: skip
    assert all(isinstance(one, (TradeNotOpen, OfferNotOpen)) for one in results), results
    assert await given_away(market, trade) == (0, 0)
    assert await market.offer_statuses(trade.id) == ["pending"] * 4  # type: ignore[arg-type]


async def test_an_award_that_waited_for_the_goods_past_the_end_is_refused(market: SqlMarket) -> None:
    trade = await a_trade_of(market)
    first, second = await offered_on(market, trade, 100), await offered_on(market, trade, 100)
    await market.run(AcceptDeskOffer, market.seller, Share(offer=first))
    (late,) = await waiting_until(
        market, trade.valid_until, "inventory.stocks", "subject_id", trade.id,
        market.run(AcceptDeskOffer, market.seller, Share(offer=second)),
    )  # fmt: skip
    assert isinstance(late, TradeNotOpen)
    assert await given_away(market, trade) == (100, 1)


async def test_an_acceptance_that_waited_for_the_listing_past_the_offers_life_is_refused(market: SqlMarket) -> None:
    listing = await market.listed()
    offer = await market.offered(listing)
    (late,) = await waiting_until(
        market, NOON + OFFER_LIFE, "catalog.listing_states", "listing_id", listing,
        market.run(AcceptOffer, market.seller, offer),
    )  # fmt: skip
    assert isinstance(late, OfferNotOpen)
    assert await market.offer_statuses(listing) == ["pending"]
    assert await market.value("SELECT status FROM catalog.listing_states WHERE listing_id = $1", listing) == "active"
    assert await market.all("SELECT FROM ordering.orders WHERE subject_id = $1", listing) == []


async def test_a_reservation_that_waited_for_the_lot_past_its_own_end_is_refused(market: SqlMarket) -> None:
    lot = an_available_lot(owner=market.seller.user)
    async with market.container() as scope:
        lots = await scope.get(TestedLots)
        async with await scope.get(Transaction):
            await lots.add(lot)
    until = NOON + SHORT_RESERVATION
    (late,) = await waiting_until(
        market, until, "trading.tested_lots", "id", lot.id, reserved(market, lot, until),
    )  # fmt: skip
    assert isinstance(late, InvalidReservation)
    assert await market.all("SELECT FROM inventory.holds WHERE subject_id = $1", lot.id) == []


async def reserved(market: SqlMarket, lot: TestedLot, until: datetime) -> None:
    async with market.container() as scope:
        reserve = await scope.get(ReserveLot)
        await reserve(market.seller, lot.id, lot.quantity, until=until)
