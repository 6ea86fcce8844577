"""Many at once over one trade on real PostgreSQL: never more of it is given than there is, and nothing half."""

import asyncio
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from marketplace.application.shared.actor import Actor
from marketplace.application.shared.ports import Transaction
from marketplace.application.trading.desk_awards import AcceptDeskOffer, AwardTrade, Share
from marketplace.application.trading.desk_offers import CounterDeskOffer, EndDeskOffer, OfferOnTrade
from marketplace.application.trading.ports import Trades
from marketplace.application.trading.proposal import Proposal
from marketplace.application.trading.trades import MoveTrade
from marketplace.domain.shared.errors import Conflict
from marketplace.domain.shared.ids import NegotiationId
from marketplace.domain.trading.negotiation import Negotiation
from marketplace.domain.trading.offer import NotYourTurn
from marketplace.domain.trading.trade import Trade
from tests.builders.commerce import an_actor
from tests.builders.trades import a_published_trade
from tests.integration.commerce.market import SqlMarket
from tests.integration.races import outcomes


async def a_trade_of(market: SqlMarket) -> Trade:
    """500 bales are wanted by the market's seller, who buys here."""
    trade = a_published_trade(owner=market.seller.user)
    async with market.container() as scope:
        trades = await scope.get(Trades)
        async with await scope.get(Transaction):
            await trades.add(trade)
    return trade


async def offered_on(market: SqlMarket, trade: Trade, bales: int, by: Actor | None = None) -> NegotiationId:
    proposal = Proposal(price=Decimal(62_000), quantity=Decimal(bales))
    offer_id: NegotiationId = (await market.run(OfferOnTrade, by or an_actor(), trade.id, proposal)).id
    return offer_id


async def given_away(market: SqlMarket, trade: Trade) -> tuple[int, int]:
    """How much of it is held, and by how many orders; both count the same."""
    held = await market.value("SELECT coalesce(sum(held), 0) FROM inventory.stocks WHERE subject_id = $1", trade.id)
    holds = await market.all(
        "SELECT quantity, reference FROM inventory.holds WHERE subject_id = $1 AND status = 'held'", trade.id
    )
    orders = await market.all("SELECT id FROM ordering.orders WHERE subject_id = $1", trade.id)
    assert sum(row["quantity"] for row in holds) == held
    assert {row["reference"] for row in holds} == {row["id"] for row in orders}
    return int(held), len(orders)


async def waiting_for(market: SqlMarket, row: str, id_: UUID, *calls: Any) -> list[Any]:
    """What came of calls that were all under way before the first could go past this row."""
    async with market.pool.connection() as blocker, blocker.transaction():
        await blocker.execute(f"SELECT FROM {row} WHERE id = $1 FOR UPDATE", id_)
        started = []
        for call in calls:
            started.append(asyncio.create_task(call))
            await market.waiters(len(started))
    return await outcomes(*started)


def lost(results: list[Any]) -> list[BaseException]:
    """Who came after a counter finds that it is not their turn."""
    failed = [result for result in results if isinstance(result, BaseException)]
    assert all(isinstance(one, Conflict | NotYourTurn) for one in failed), results
    return failed


async def test_of_two_acceptances_for_more_than_there_is_one_happens(market: SqlMarket) -> None:
    trade = await a_trade_of(market)
    offers = [await offered_on(market, trade, 300) for _ in range(2)]
    results = await waiting_for(
        market, "trading.trades", trade.id,
        *(market.run(AcceptDeskOffer, market.seller, Share(offer=offer)) for offer in offers),
    )  # fmt: skip
    (loser,) = lost(results)
    assert (loser.code, loser.facts["left"]) == ("nothing_left", 200)  # type: ignore[attr-defined]
    assert await given_away(market, trade) == (300, 1)
    assert sorted(await market.offer_statuses(trade.id)) == ["accepted", "pending"]  # type: ignore[arg-type]


async def test_of_sixteen_acceptances_at_once_as_many_happen_as_there_is_room_for(market: SqlMarket) -> None:
    trade = await a_trade_of(market)
    offers = [await offered_on(market, trade, 100) for _ in range(16)]
    results = await outcomes(*(market.run(AcceptDeskOffer, market.seller, Share(offer=offer)) for offer in offers))
    assert len(lost(results)) == 11
    assert await given_away(market, trade) == (500, 5)
    statuses = await market.offer_statuses(trade.id)  # type: ignore[arg-type]
    assert statuses == ["accepted"] * 5 + ["superseded"] * 11


async def test_of_an_acceptance_and_a_withdrawal_one_happens(market: SqlMarket) -> None:
    for withdrawn_first in (True, False):
        trade, author = await a_trade_of(market), an_actor()
        offer = await offered_on(market, trade, 500, author)
        calls = [
            market.run(EndDeskOffer, author, offer, Negotiation.withdraw),
            market.run(AcceptDeskOffer, market.seller, Share(offer=offer)),
        ]
        results = await waiting_for(
            market, "trading.negotiations", offer, *(calls if withdrawn_first else reversed(calls))
        )
        assert len(lost(results)) == 1
        accepted = results[1 if withdrawn_first else 0]
        is_accepted = not isinstance(accepted, BaseException)
        assert is_accepted is not withdrawn_first
        assert await given_away(market, trade) == ((500, 1) if is_accepted else (0, 0))


async def test_of_an_award_and_a_cancellation_one_happens(market: SqlMarket) -> None:
    for award_first in (True, False):
        trade = await a_trade_of(market)
        shares = [Share(offer=await offered_on(market, trade, 250)) for _ in range(2)]
        calls = [
            market.run(AwardTrade, market.seller, trade.id, shares),
            market.run(MoveTrade, market.seller, trade.id, Trade.cancel),
        ]
        results = await waiting_for(market, "trading.trades", trade.id, *(calls if award_first else reversed(calls)))
        assert len(lost(results)) == 1
        status = await market.value("SELECT status FROM trading.trades WHERE id = $1", trade.id)
        assert status == ("awarded" if award_first else "cancelled")
        assert await given_away(market, trade) == ((500, 2) if award_first else (0, 0))


@pytest.mark.parametrize("turn", range(3))
async def test_moves_of_everybody_at_once_leave_the_trade_whole(market: SqlMarket, turn: int) -> None:
    """No deadlock either: who waits too long for another is told 503, which is no Conflict."""
    trade, author = await a_trade_of(market), an_actor()
    first, second = await offered_on(market, trade, 300), await offered_on(market, trade, 300, author)
    third = await offered_on(market, trade, 200)
    calls = [
        market.run(AwardTrade, market.seller, trade.id, [Share(offer=third), Share(offer=first)]),
        market.run(AcceptDeskOffer, market.seller, Share(offer=second)),
        market.run(EndDeskOffer, author, second, Negotiation.withdraw),
        market.run(CounterDeskOffer, market.seller, first, Proposal(price=Decimal(60_000))),
        market.run(OfferOnTrade, an_actor(), trade.id, Proposal(price=Decimal(61_000), quantity=Decimal(10))),
    ]
    lost(await outcomes(*calls[turn:], *calls[:turn]))
    held, orders = await given_away(market, trade)
    assert held <= 500
    accepted = (await market.offer_statuses(trade.id)).count("accepted")  # type: ignore[arg-type]
    assert accepted == orders
