"""Offers on trades and awards, on the fakes: tested lots, shares, and what one commit ends."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from marketplace.adapters.bridges.holds_of_listings import ListingHolds
from marketplace.adapters.bridges.trading_asks_inventory import SuppliesOfInventory
from marketplace.adapters.bridges.trading_strikes_deals import DealsOfInventoryAndOrdering
from marketplace.application.ordering.placing import PlacingSteps
from marketplace.application.shared.actor import Actor
from marketplace.application.trading.desk_awards import (
    SUPERSEDE_AT_ONCE,
    SUPERSEDE_REST,
    AcceptDeskOffer,
    Awards,
    AwardTrade,
    Share,
)
from marketplace.application.trading.desk_offers import CounterDeskOffer, Deliverable, OfferOnTrade
from marketplace.application.trading.offers import EXPIRE_OFFER, CancelNegotiations
from marketplace.application.trading.proposal import Proposal
from marketplace.domain.inventory.hold import NothingLeft
from marketplace.domain.shared.ids import NegotiationId
from marketplace.domain.trading.lot import LotNotAvailable, LotNotFound, TestedLot
from marketplace.domain.trading.offer import NegotiationStatus
from marketplace.domain.trading.terms import InvalidTermSheet, LotId
from marketplace.domain.trading.trade import Trade, TradeStatus, Visibility
from tests.builders.commerce import NOON, an_actor
from tests.builders.lots import an_available_lot
from tests.builders.trades import a_published_trade, offered, on_trade
from tests.fakes.fees import MemoryFeeSchedules
from tests.fakes.inventory import MemoryStocks
from tests.fakes.lots import MemoryTestedLots
from tests.fakes.people import MemoryBlocks
from tests.fakes.trades import MemoryTraders, MemoryTrades
from tests.fakes.world import (
    FixedClock,
    MemoryListings,
    MemoryNegotiations,
    MemoryOrders,
    MemoryTimers,
    MemoryTransaction,
    SequentialIds,
)


class Desk:
    """The use cases, a trade that wants 500 bales, and who answers it."""

    def __init__(self, **changes: Any) -> None:
        self.clock, self.block, ids = FixedClock(NOON), MemoryTransaction(), SequentialIds()
        self.owner, self.author = an_actor(), an_actor()
        self.negotiations, self.trades = MemoryNegotiations(self.block), MemoryTrades(self.block)
        timers, stocks, lots = MemoryTimers(self.block), MemoryStocks(self.block), MemoryTestedLots(self.block)
        supplies, blocks, traders = SuppliesOfInventory(stocks), MemoryBlocks(), MemoryTraders()
        deliverable = Deliverable(lots, supplies)
        listings = MemoryListings(self.block)
        holds, placing = ListingHolds(listings, stocks, ids), PlacingSteps(MemoryOrders(self.block), timers)
        deals = DealsOfInventoryAndOrdering(listings, holds, stocks, placing, MemoryFeeSchedules(self.block), ids)
        awards = Awards(self.negotiations, self.trades, lots, supplies, deals, timers, self.clock, ids)
        common = (timers, self.block, self.clock, ids)
        self.offer_on_trade = OfferOnTrade(
            self.negotiations, self.trades, deliverable, supplies, blocks, traders, *common
        )  # fmt: skip
        self.counter = CounterDeskOffer(self.negotiations, self.trades, deliverable, blocks, *common)
        self.accept = AcceptDeskOffer(self.negotiations, self.trades, awards, self.block, self.clock)
        self.award = AwardTrade(self.negotiations, self.trades, awards, self.block, self.clock)
        self.cancel_rest = CancelNegotiations(self.negotiations, timers, self.block, self.clock)
        self.trade = a_published_trade(owner=self.owner.user, **changes)
        self.block.rows.trades[self.trade.id] = self.trade

    async def offered(self, bales: int, by: Actor | None = None, **changes: Any) -> NegotiationId:
        proposal = Proposal(price=Decimal(62_000), quantity=Decimal(bales), **changes)
        return (await self.offer_on_trade(by or self.author, self.trade.id, proposal)).id

    def lot(self, **changes: Any) -> LotId:
        lot: TestedLot = an_available_lot(**{"owner": self.author.user, "commodity": "Cotton", **changes})
        self.block.rows.lots[lot.id] = lot
        return lot.id

    @property
    def stored_trade(self) -> Trade:
        return self.block.rows.trades[self.trade.id]

    def held(self, subject: UUID) -> Decimal:
        stock = self.block.rows.stocks.get(subject)
        return stock.held if stock else Decimal(0)


async def test_a_tested_lot_is_the_sellers_own_available_and_large_enough() -> None:
    desk = Desk()
    lot = desk.lot()
    with pytest.raises(LotNotFound):
        await desk.offered(1, an_actor(), lot=lot)
    with pytest.raises(LotNotAvailable):
        await desk.offered(1, lot=desk.lot(commodity="wheat"))
    with pytest.raises(InvalidTermSheet, match="only 20 tonne of this lot is left"):
        await desk.offered(119, lot=lot)
    assert desk.block.rows.negotiations == {}


async def test_an_acceptance_holds_the_trade_and_the_lot_it_is_delivered_from() -> None:
    desk = Desk()
    lot = desk.lot()
    offer = await desk.offered(10, lot=lot)
    accepted = await desk.accept(desk.owner, Share(offer=offer, quantity=Decimal(5)))
    assert accepted.remaining_quantity == 495
    taken = desk.block.rows.negotiations[offer].offers[0].taken
    assert taken
    assert desk.held(desk.trade.id) == 5
    assert desk.held(lot) == taken.to(desk.block.rows.lots[lot].quantity.unit).amount
    (order,) = desk.block.rows.orders.values()
    assert (order.buyer, order.seller) == (desk.owner.user, desk.author.user)
    assert {hold.reference for hold, _ in desk.block.rows.holds.values()} == {order.id}


async def test_an_award_of_more_than_is_left_takes_nothing_from_anybody() -> None:
    desk = Desk()
    shares = [Share(offer=await desk.offered(300, an_actor())) for _ in range(2)]
    with pytest.raises(NothingLeft):
        await desk.award(desk.owner, desk.trade.id, shares)
    assert (desk.block.rows.orders, desk.block.rows.holds) == ({}, {})
    assert desk.stored_trade.status is TradeStatus.NEGOTIATING
    award = await desk.award(
        desk.owner, desk.trade.id, [shares[0], Share(offer=shares[1].offer, quantity=Decimal(200))]
    )
    assert award.status is TradeStatus.AWARDED
    assert award.remaining_quantity == 0


async def test_more_rivals_than_one_commit_ends_are_left_to_a_timer() -> None:
    desk = Desk()
    offer = await desk.offered(500)
    async with desk.block:
        for _ in range(SUPERSEDE_AT_ONCE + 5):
            negotiation = on_trade(desk.trade)
            offered(negotiation, "61000")
            await desk.negotiations.add(negotiation)
    await desk.accept(desk.owner, Share(offer=offer))
    statuses = [one.status for one in desk.block.rows.negotiations.values()]
    assert statuses.count(NegotiationStatus.OPEN) == 5
    assert desk.block.rows.timers[SUPERSEDE_REST, desk.trade.id] == NOON
    await desk.cancel_rest(desk.trade.id)
    assert {one.status for one in desk.block.rows.negotiations.values()} == {
        NegotiationStatus.AGREED, NegotiationStatus.CANCELLED,
    }  # fmt: skip


async def test_who_countered_may_be_accepted_by_the_author() -> None:
    desk = Desk()
    offer = await desk.offered(500)
    await desk.counter(desk.owner, offer, Proposal(price=Decimal(60_000)))
    accepted = await desk.accept(desk.author, Share(offer=offer))
    (order,) = desk.block.rows.orders.values()
    assert accepted.transaction_id == order.id
    assert order.amount.decimal == accepted.amount
    assert desk.stored_trade.status is TradeStatus.AWARDED


@pytest.mark.parametrize(("visibility", "more"), [(Visibility.OPEN, 0), (Visibility.SEALED, 7)])
async def test_offers_end_when_their_trade_must_be_decided(visibility: Visibility, more: int) -> None:
    """Those of a sealed trade are opened at its deadline, and may be accepted for a week."""
    desk = Desk(visibility=visibility)
    offer = await desk.offered(500)
    (made,) = desk.block.rows.negotiations[offer].offers
    assert made.expires_at == desk.trade.valid_until + timedelta(days=more)
    assert desk.block.rows.timers[EXPIRE_OFFER, made.id] == made.expires_at
    is_known = desk.stored_trade.status is TradeStatus.NEGOTIATING
    assert is_known is (visibility is Visibility.OPEN)
