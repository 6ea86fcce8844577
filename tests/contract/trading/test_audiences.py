"""The fake of the unit tests and the SQL adapter keep one contract."""

from dataclasses import asdict, dataclass
from decimal import Decimal

import pytest

from marketplace.adapters.sql.inventory.stocks import SqlStocks
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.trading.audiences import SqlAudiences
from marketplace.adapters.sql.trading.negotiations import SqlNegotiations
from marketplace.adapters.sql.trading.trades import SqlTrades
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.inventory.ports import Stocks
from marketplace.application.shared.ports import Transaction
from marketplace.application.trading.audience import Audiences, offers_at_deadline
from marketplace.application.trading.ports import Negotiations, Trades
from marketplace.domain.inventory.hold import Hold, HoldId, HoldReason
from marketplace.domain.shared.subject import SubjectKind
from marketplace.domain.trading.negotiation import Negotiation
from marketplace.domain.trading.offer import OfferId
from marketplace.domain.trading.trade import Trade, TradeId, TradeNotFound, Visibility
from tests.builders.commerce import HOUR, NOON, a_user_id, new_id
from tests.builders.trades import DEADLINE, a_published_trade, offered, on_trade, per_candy
from tests.fakes.inventory import MemoryStocks
from tests.fakes.trades import MemoryAudiences, MemoryTrades
from tests.fakes.world import MemoryNegotiations, MemoryTransaction


@dataclass
class Desk:
    transaction: Transaction
    trades: Trades
    negotiations: Negotiations
    stocks: Stocks
    audiences: Audiences

    async def add(self, trade: Trade, *negotiations: Negotiation) -> None:
        async with self.transaction:
            await self.trades.add(trade)
            for negotiation in negotiations:
                await self.negotiations.add(negotiation)

    async def hold(self, trade: Trade, bales: int) -> None:
        hold = Hold(
            id=HoldId(new_id()), kind=SubjectKind.TRADE, subject=trade.id, quantity=Decimal(bales),
            reason=HoldReason.AWARD, reference=new_id(), until=DEADLINE,
        )  # fmt: skip
        async with self.transaction:
            await self.stocks.take(hold, of=trade.need.quantity.amount)


@pytest.fixture(params=["memory", "sql"])
def desk(request: pytest.FixtureRequest) -> Desk:
    if request.param == "memory":
        memory = MemoryTransaction()
        return Desk(
            memory, MemoryTrades(memory), MemoryNegotiations(memory), MemoryStocks(memory), MemoryAudiences(memory)
        )
    pool: Pool = request.getfixturevalue("pool")
    sql = SqlTransaction(pool, {})
    return Desk(sql, SqlTrades(sql), SqlNegotiations(sql), SqlStocks(sql), SqlAudiences(pool))


async def test_an_unknown_trade_is_not_found(desk: Desk) -> None:
    with pytest.raises(TradeNotFound):
        await desk.audiences.of(TradeId(new_id()))


async def test_the_audience_is_owner_invited_and_whoever_made_an_offer(desk: Desk) -> None:
    asked, other = a_user_id(), a_user_id()
    trade = a_published_trade(visibility=Visibility.INVITED, invited=frozenset({asked, other}))
    gone, open_, elsewhere = on_trade(trade, asked), on_trade(trade, other), on_trade(a_published_trade())
    for negotiation in (gone, open_, elsewhere):
        offered(negotiation, "61000")
    gone.withdraw(gone.offers[0].id, by=gone.seller, now=NOON)
    await desk.add(trade, gone, open_, elsewhere)
    await desk.hold(trade, 120)
    audience = await desk.audiences.of(trade.id)
    assert asdict(audience.trade) == asdict(trade)
    assert (audience.left, audience.offerers) == (Decimal(380), frozenset({asked, other}))
    assert audience.everybody == [trade.owner, *sorted({asked, other})]


async def test_a_trade_without_offers_is_its_owners(desk: Desk) -> None:
    trade = a_published_trade()
    await desk.add(trade)
    audience = await desk.audiences.of(trade.id)
    assert (audience.left, audience.everybody) == (Decimal(500), [trade.owner])


async def test_at_the_deadline_the_last_offer_of_each_is_shown(desk: Desk) -> None:
    trade = a_published_trade(visibility=Visibility.SEALED)
    revised, withdrawn, countered = on_trade(trade), on_trade(trade), on_trade(trade)
    first = offered(revised, "63000")
    last = revised.replace(
        first.id, OfferId(new_id()), per_candy("62000"), by=revised.seller, message="final", now=NOON + HOUR
    )
    gone = offered(withdrawn, "60000")
    withdrawn.withdraw(gone.id, by=withdrawn.seller, now=NOON + HOUR)
    kept = offered(countered, "61000")
    countered.counter(kept.id, OfferId(new_id()), per_candy("60500"), by=trade.owner, message=None, now=DEADLINE + HOUR)
    await desk.add(trade, revised, withdrawn, countered)
    shown = offers_at_deadline(await desk.audiences.negotiations(trade.id))
    assert [(one.offer_id, one.terms, one.message, one.negotiates) for one in shown] == [
        (last.id, last.terms, "final", True), (kept.id, kept.terms, None, False),
    ]  # fmt: skip
    assert {(one.seller, one.sealed_until) for one in shown} == {
        (revised.seller, DEADLINE), (countered.seller, DEADLINE),
    }  # fmt: skip
