"""What offers on trades ask of the database and of other contexts: fake and adapter answer alike."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal

import pytest

from marketplace.adapters.bridges.desk_asks_identity import PublicNamesOfIdentity
from marketplace.adapters.bridges.desk_asks_inventory import SupplyOfInventory
from marketplace.adapters.sql.inventory.stocks import SqlStocks
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.trading.negotiations import SqlNegotiations
from marketplace.adapters.sql.trading.shortlist import SqlShortlist
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.inventory.ports import Stocks
from marketplace.application.shared.ports import Transaction
from marketplace.application.trading.desk_ports import PublicNames, Shortlist, Supply
from marketplace.application.trading.ports import Negotiations
from marketplace.domain.inventory.hold import Hold, HoldId, HoldReason
from marketplace.domain.shared.ids import NegotiationId, UserId
from marketplace.domain.shared.subject import SubjectKind
from tests.builders.commerce import HOUR, NOON, a_user_id, new_id
from tests.builders.trades import a_published_trade, offered, on_trade
from tests.engines import Database
from tests.fakes.desk import MemoryPublicNames, MemoryShortlist
from tests.fakes.inventory import MemoryStocks
from tests.fakes.world import MemoryNegotiations, MemoryTransaction
from tests.integration.commerce.market import add_user


@dataclass
class Desk:
    transaction: Transaction
    negotiations: Negotiations
    stocks: Stocks
    shortlist: Shortlist
    supply: Supply
    names: PublicNames
    listed: Callable[[NegotiationId], Awaitable[bool]]
    add_person: Callable[[UserId, str], Awaitable[None]]


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
            assert await desk.supply.left(trade.id, Decimal(500)) == 500
            await desk.stocks.take(hold, of=Decimal(500))
            assert await desk.supply.left(trade.id, Decimal(500)) == Decimal("379.5")

    async def test_a_person_has_a_public_name_and_who_is_not_there_has_none(self, desk: Desk) -> None:
        person = a_user_id()
        name = f"n{person.hex[:20]}"
        await desk.add_person(person, name)
        async with desk.transaction:
            assert await desk.names.of(person) == name
            assert await desk.names.of(a_user_id()) is None


class TestMemoryDeskPorts(DeskPortsContract):
    @pytest.fixture
    def desk(self) -> Desk:
        transaction = MemoryTransaction()
        stocks, shortlist, names = MemoryStocks(transaction), MemoryShortlist(transaction), MemoryPublicNames()

        async def listed(offer: NegotiationId) -> bool:
            return offer in transaction.inside.shortlist

        async def add_person(person: UserId, name: str) -> None:
            names.names[person] = name

        return Desk(
            transaction, MemoryNegotiations(transaction), stocks, shortlist, SupplyOfInventory(stocks), names, listed,
            add_person,
        )  # fmt: skip


class TestSqlDeskPorts(DeskPortsContract):
    @pytest.fixture
    def desk(self, pool: Pool, database: Database) -> Desk:
        transaction = SqlTransaction(pool, {})
        stocks = SqlStocks(transaction)

        async def listed(offer: NegotiationId) -> bool:
            row = await transaction.connection.fetchrow(
                "SELECT FROM trading.shortlist WHERE negotiation_id = $1", offer
            )
            return row is not None

        async def add_person(person: UserId, name: str) -> None:
            await add_user(database, person, name)

        return Desk(
            transaction, SqlNegotiations(transaction), stocks, SqlShortlist(transaction), SupplyOfInventory(stocks),
            PublicNamesOfIdentity(transaction), listed, add_person,
        )  # fmt: skip
