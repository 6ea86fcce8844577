"""What offers on trades ask of the database and of other contexts: fake and adapter answer alike."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from decimal import Decimal

import pytest

from marketplace.adapters.bridges.trading_asks_inventory import SuppliesOfInventory
from marketplace.adapters.sql.inventory.stocks import SqlStocks
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.trading.negotiations import SqlNegotiations
from marketplace.adapters.sql.trading.shortlist import SqlShortlist
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.inventory.ports import Stocks
from marketplace.application.shared.ports import Transaction
from marketplace.application.trading.desk_ports import Shortlist
from marketplace.application.trading.ports import Negotiations, Supplies, Supply
from marketplace.domain.inventory.hold import Hold, HoldId, HoldReason
from marketplace.domain.shared.ids import NegotiationId
from marketplace.domain.shared.subject import SubjectKind
from tests.builders.commerce import HOUR, NOON, new_id
from tests.builders.trades import BALES, a_published_trade, offered, on_trade
from tests.fakes.inventory import MemoryStocks
from tests.fakes.trades import MemoryShortlist
from tests.fakes.world import MemoryNegotiations, MemoryTransaction


@dataclass
class Desk:
    transaction: Transaction
    negotiations: Negotiations
    stocks: Stocks
    shortlist: Shortlist
    supplies: Supplies
    listed: Callable[[NegotiationId], Awaitable[bool]]


class DeskPortsContract:
    async def test_marking_twice_marks_and_unmarking_twice_unmarks(self, desk: Desk) -> None:
        negotiation = on_trade(a_published_trade())
        offered(negotiation, "62000")
        async with desk.transaction:
            await desk.negotiations.add(negotiation)
        for mark, is_listed in ((desk.shortlist.add, True), (desk.shortlist.remove, False)):
            for _ in range(2):
                async with desk.transaction:
                    await mark(negotiation.id)
                    assert await desk.listed(negotiation.id) is is_listed

    async def test_what_is_left_is_what_nobody_holds(self, desk: Desk) -> None:
        trade = a_published_trade()
        hold = Hold(
            id=HoldId(new_id()), kind=SubjectKind.TRADE, subject=trade.id, quantity=Decimal("120.5"),
            reason=HoldReason.AWARD, reference=new_id(), until=NOON + HOUR,
        )  # fmt: skip
        async with desk.transaction:
            assert await desk.supplies.of(trade.id, BALES) == Supply(left=Decimal(500))
            await desk.stocks.take(hold, of=BALES.amount)
            held = Supply(left=Decimal("379.5"), held=Decimal("120.5"))
            assert await desk.supplies.of(trade.id, BALES) == held
            await desk.stocks.take(replace(hold, id=HoldId(new_id()), quantity=held.left), of=BALES.amount)
            assert await desk.supplies.of(trade.id, BALES) == Supply(left=Decimal(0), held=Decimal(500))


class TestMemoryDeskPorts(DeskPortsContract):
    @pytest.fixture
    def desk(self) -> Desk:
        transaction = MemoryTransaction()
        stocks, shortlist = MemoryStocks(transaction), MemoryShortlist(transaction)

        async def listed(offer: NegotiationId) -> bool:
            return offer in transaction.inside.shortlist

        negotiations = MemoryNegotiations(transaction)
        return Desk(transaction, negotiations, stocks, shortlist, SuppliesOfInventory(stocks), listed)


class TestSqlDeskPorts(DeskPortsContract):
    @pytest.fixture
    def desk(self, pool: Pool) -> Desk:
        transaction = SqlTransaction(pool, {})
        stocks = SqlStocks(transaction)

        async def listed(offer: NegotiationId) -> bool:
            row = await transaction.connection.fetchrow(
                "SELECT FROM trading.shortlist WHERE negotiation_id = $1", offer
            )
            return row is not None

        negotiations, shortlist = SqlNegotiations(transaction), SqlShortlist(transaction)
        return Desk(transaction, negotiations, stocks, shortlist, SuppliesOfInventory(stocks), listed)
