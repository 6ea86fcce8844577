"""The fakes of the unit tests and the SQL adapters keep one contract."""

from dataclasses import asdict, dataclass
from decimal import Decimal

import asyncpg
import pytest

from marketplace.adapters.bridges.trading_asks_identity import TradersOfIdentity
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.trading.trades import SqlTrades
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.shared.ports import Transaction
from marketplace.application.trading.ports import Traders, Trades
from marketplace.domain.shared.errors import StaleAggregate
from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.money import Money
from marketplace.domain.trading.trade import Trade, TradeId, TradeNotFound, TradeSide, Visibility
from marketplace.domain.trading.units import Quantity
from tests.builders.commerce import NOON, a_user_id, new_id
from tests.builders.trades import DAY, a_need, a_published_trade, a_trade
from tests.engines import Database
from tests.fakes.trades import MemoryTraders, MemoryTrades
from tests.fakes.world import MemoryTransaction


@dataclass
class Desk:
    transaction: Transaction
    trades: Trades

    async def add(self, *added: Trade) -> None:
        async with self.transaction:
            for trade in added:
                await self.trades.add(trade)

    async def locked(self, trade_id: TradeId) -> Trade:
        async with self.transaction:
            return await self.trades.locked(trade_id)

    async def save(self, trade: Trade) -> None:
        async with self.transaction:
            await self.trades.save(trade)


class TradesContract:
    async def test_every_field_comes_back_as_saved(self, desk: Desk) -> None:
        need = a_need(
            grade="Shankar-6", quality={"staple_length": "min 29 mm", "влажность": "8 %"},
            quantity=Quantity(Decimal("0.000001"), "kilogram"), price_unit="kilogram",
            target=Money.price(Decimal("1.001"), "KWD"), currency="KWD", delivery_place="Guntur",
            delivery_terms="ex-works", delivery_days=0, payment_terms="on delivery",
        )  # fmt: skip
        full = a_trade(
            need=need, side=TradeSide.SELL, visibility=Visibility.SEALED, invited=frozenset({a_user_id(), a_user_id()})
        )
        bare = a_trade(need=a_need(grade=None))
        await desk.add(full, bare)
        for trade in (full, bare):
            assert asdict(await desk.locked(trade.id)) == asdict(trade)
            async with desk.transaction:
                assert asdict(await desk.trades.shared(trade.id)) == asdict(trade)
        full.revise(NOON, need=a_need(), side=TradeSide.BUY, invited=frozenset(), valid_until=NOON + DAY)
        full.publish(NOON)
        await desk.save(full)
        assert asdict(await desk.locked(full.id)) == asdict(full)

    async def test_an_unknown_trade_is_not_found(self, desk: Desk) -> None:
        async with desk.transaction:
            for read in (desk.trades.locked, desk.trades.shared):
                with pytest.raises(TradeNotFound):
                    await read(TradeId(new_id()))

    async def test_a_stale_copy_is_not_saved(self, desk: Desk) -> None:
        trade = a_published_trade()
        await desk.add(trade)
        one, stale = await desk.locked(trade.id), await desk.locked(trade.id)
        one.note_offer(NOON)
        await desk.save(one)
        stale.cancel(NOON)
        with pytest.raises(StaleAggregate):
            await desk.save(stale)
        assert asdict(await desk.locked(trade.id)) == asdict(one)

    async def test_a_failed_block_leaves_nothing(self, desk: Desk) -> None:
        kept, lost = a_published_trade(), a_published_trade()
        await desk.add(kept)
        before = asdict(kept)
        with pytest.raises(ZeroDivisionError):
            async with desk.transaction:
                await desk.trades.add(lost)
                kept.cancel(NOON)
                await desk.trades.save(kept)
                raise ZeroDivisionError
        assert asdict(await desk.locked(kept.id)) == before
        with pytest.raises(TradeNotFound):
            await desk.locked(lost.id)

    async def test_the_open_trades_of_an_owner_come_by_their_end_up_to_a_number(self, desk: Desk) -> None:
        owner = a_user_id()
        late = a_published_trade(owner=owner)
        soon = a_published_trade(owner=owner, valid_until=NOON + DAY)
        soon.note_offer(NOON)
        cancelled = a_published_trade(owner=owner)
        cancelled.cancel(NOON)
        await desk.add(late, soon, cancelled, a_trade(owner=owner), a_published_trade())
        async with desk.transaction:
            found = await desk.trades.open_of(owner, 9)
            assert [asdict(one) for one in found] == [asdict(soon), asdict(late)]
            assert [one.id for one in await desk.trades.open_of(owner, 1)] == [soon.id]


class TestMemoryTrades(TradesContract):
    @pytest.fixture
    def desk(self) -> Desk:
        transaction = MemoryTransaction()
        return Desk(transaction, MemoryTrades(transaction))


class TestSqlTrades(TradesContract):
    @pytest.fixture
    def desk(self, pool: Pool) -> Desk:
        transaction = SqlTransaction(pool, {})
        return Desk(transaction, SqlTrades(transaction))


@dataclass
class People:
    transaction: Transaction
    traders: Traders
    one: UserId
    other: UserId
    gone: UserId


class TradersContract:
    async def test_the_names_of_those_who_are_active(self, people: People) -> None:
        asked = {people.one, people.other, people.gone}
        async with people.transaction:
            names = await people.traders.names(asked)
            assert names.keys() == {people.one, people.other}
            assert names[people.one] == f"user_{people.one.hex[-12:]}"
            assert await people.traders.names([]) == {}


class TestMemoryTraders(TradersContract):
    @pytest.fixture
    def people(self) -> People:
        traders, gone = MemoryTraders(), a_user_id()
        traders.gone.add(gone)
        return People(MemoryTransaction(), traders, a_user_id(), a_user_id(), gone)


_PERSON = """
INSERT INTO identity.users
    (id, email, email_key, username, username_skeleton, full_name, password_hash, password_changed_at, role, status,
     created_at, version)
VALUES ($1, $2 || '@marketplace.example', $2 || '@marketplace.example', $2, $2, '', '', now(), 'buyer', $3, now(), 0)
"""


class TestTradersOfIdentity(TradersContract):
    @pytest.fixture
    async def people(self, pool: Pool, database: Database) -> People:
        ids = [a_user_id() for _ in range(3)]
        connection = await asyncpg.connect(database.admin_dsn)
        for one, status in zip(ids, ("active", "active", "suspended"), strict=True):
            await connection.execute(_PERSON, one, f"user_{one.hex[-12:]}", status)
        await connection.close()
        transaction = SqlTransaction(pool, {})
        return People(transaction, TradersOfIdentity(transaction), *ids)
