"""The fake of the unit tests and the SQL adapter keep one contract; on PostgreSQL it holds under many hands too."""

import asyncio
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from marketplace.adapters.sql.inventory.stocks import SqlStocks
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.inventory.ports import Stocks
from marketplace.application.shared.ports import Transaction
from marketplace.domain.inventory.hold import Hold, HoldId, HoldReason, HoldStatus, NothingLeft, Stock
from marketplace.domain.shared.subject import SubjectKind
from tests.builders.commerce import HOUR, NOON, new_id
from tests.fakes.inventory import MemoryStocks
from tests.fakes.world import MemoryTransaction

TEN = Decimal(10)


@dataclass
class Store:
    transaction: Transaction
    stocks: Stocks

    async def take(self, *holds: Hold, of: Decimal = TEN) -> Stock:
        async with self.transaction:
            return [await self.stocks.take(hold, of=of) for hold in holds][-1]

    async def settle(self, hold: Hold, to: HoldStatus) -> Stock | None:
        async with self.transaction:
            return await self.stocks.settle(hold, to)

    async def of(self, subject: UUID) -> Stock | None:
        async with self.transaction:
            return await self.stocks.of(subject)

    async def held_for(self, reference: UUID) -> list[Hold]:
        async with self.transaction:
            return await self.stocks.held_for(reference)

    async def taken_for(self, reference: UUID) -> list[Hold]:
        async with self.transaction:
            return await self.stocks.taken_for(reference)


def a_hold(subject: UUID | None = None, quantity: str = "1", **changes: Any) -> Hold:
    given: dict[str, Any] = {
        "id": HoldId(new_id()), "kind": SubjectKind.LISTING, "reason": HoldReason.OFFER, "reference": new_id(),
        "until": NOON + HOUR,
    }  # fmt: skip
    return Hold(subject=subject or new_id(), quantity=Decimal(quantity), **{**given, **changes})


def a_stock(held: str, sold: str = "0") -> Stock:
    return Stock(total=TEN, held=Decimal(held), sold=Decimal(sold))


class StocksContract:
    async def test_what_was_never_held_has_no_stock(self, store: Store) -> None:
        assert await store.of(new_id()) is None
        assert await store.held_for(new_id()) == []

    async def test_takers_get_what_is_left_and_no_more(self, store: Store) -> None:
        subject = new_id()
        assert await store.take(a_hold(subject, "6.5")) == a_stock("6.5")
        with pytest.raises(NothingLeft) as refused:
            await store.take(a_hold(subject, "3.500001"))
        assert (refused.value.detail, refused.value.facts) == ("only 3.5 is left", {"left": Decimal("3.5")})
        assert await store.take(a_hold(subject, "3.5")) == a_stock("10")
        with pytest.raises(NothingLeft) as refused:
            await store.take(a_hold(subject, "0.000001"))
        assert (refused.value.detail, refused.value.facts) == ("nothing is left", {"left": 0})

    async def test_nobody_takes_more_than_there_ever_was(self, store: Store) -> None:
        hold = a_hold(quantity="11")
        with pytest.raises(NothingLeft) as refused:
            await store.take(hold)
        assert refused.value.facts == {"left": 10}
        assert await store.of(hold.subject) is None

    async def test_a_hold_is_settled_once(self, store: Store) -> None:
        subject = new_id()
        kept, sold = a_hold(subject, "4"), a_hold(subject, "3")
        await store.take(kept, sold)
        assert await store.settle(sold, HoldStatus.SOLD) == a_stock("4", "3")
        assert await store.settle(kept, HoldStatus.RELEASED) == a_stock("0", "3")
        for hold, to in ((kept, HoldStatus.SOLD), (kept, HoldStatus.RELEASED), (sold, HoldStatus.SOLD)):
            assert await store.settle(hold, to) is None
        assert await store.of(subject) == a_stock("0", "3")

    async def test_what_was_sold_comes_back_once(self, store: Store) -> None:
        subject = new_id()
        sold, other = a_hold(subject, "4"), a_hold(subject, "3")
        await store.take(sold, other)
        await store.settle(sold, HoldStatus.SOLD)
        assert await store.settle(sold, HoldStatus.RELEASED) == a_stock("3")
        for to in (HoldStatus.RELEASED, HoldStatus.SOLD):
            assert await store.settle(sold, to) is None
        assert (await store.of(subject), await store.taken_for(sold.reference)) == (a_stock("3"), [])

    async def test_it_is_sold_out_when_all_of_it_is_paid(self, store: Store) -> None:
        hold = a_hold(quantity="10")
        assert not (await store.take(hold)).is_sold_out
        stock = await store.settle(hold, HoldStatus.SOLD)
        assert stock is not None
        assert (stock.is_sold_out, stock.left) == (True, Decimal(0))

    async def test_what_is_held_for_an_order_comes_in_the_order_of_locks(self, store: Store) -> None:
        reference = new_id()
        holds = [a_hold(reference=reference, kind=kind) for kind in (SubjectKind.LISTING, SubjectKind.TRADE)]
        settled, elsewhere = a_hold(reference=reference), a_hold()
        for hold in (*reversed(holds), settled, elsewhere):
            await store.take(hold)
        await store.settle(settled, HoldStatus.RELEASED)
        assert await store.held_for(reference) == sorted(holds, key=lambda one: one.subject)
        await store.settle(holds[0], HoldStatus.SOLD)
        assert await store.held_for(reference) == [holds[1]]
        assert await store.taken_for(reference) == sorted(holds, key=lambda one: one.subject)
        async with store.transaction:
            assert await store.stocks.find(holds[0].id) is None
            assert await store.stocks.find(holds[1].id) == holds[1]
            assert await store.stocks.find(settled.id) is None
            assert await store.stocks.find(HoldId(new_id())) is None

    async def test_a_failed_block_holds_nothing(self, store: Store) -> None:
        hold = a_hold()
        with pytest.raises(ZeroDivisionError):
            async with store.transaction:
                await store.stocks.take(hold, of=TEN)
                raise ZeroDivisionError
        assert await store.of(hold.subject) is None

    async def test_a_seller_who_adds_to_it_has_more_to_be_taken(self, store: Store) -> None:
        subject = new_id()
        await store.take(a_hold(subject, "10"))
        assert (await store.take(a_hold(subject, "5"), of=Decimal(15))).left == 0


class TestMemoryStocks(StocksContract):
    @pytest.fixture
    def store(self) -> Store:
        transaction = MemoryTransaction()
        return Store(transaction, MemoryStocks(transaction))


def sql_store(pool: Pool) -> Store:
    transaction = SqlTransaction(pool, {})
    return Store(transaction, SqlStocks(transaction))


class TestSqlStocks(StocksContract):
    @pytest.fixture
    def store(self, pool: Pool) -> Store:
        return sql_store(pool)

    @pytest.mark.parametrize(("quantity", "of", "winners"), [("1", "1", 1), ("5", "10", 2), ("3", "10", 3)])
    async def test_of_eight_takers_at_once_as_many_win_as_there_is(
        self, pool: Pool, quantity: str, of: str, winners: int
    ) -> None:
        for _ in range(5):
            subject = new_id()
            results = await asyncio.gather(
                *(sql_store(pool).take(a_hold(subject, quantity), of=Decimal(of)) for _ in range(8)),
                return_exceptions=True,
            )
            assert sum(isinstance(one, Stock) for one in results) == winners
            lost = [one for one in results if isinstance(one, NothingLeft)]
            assert len(lost) == 8 - winners
            left = Decimal(of) - winners * Decimal(quantity)
            stock = await sql_store(pool).of(subject)
            assert stock is not None
            assert (stock.held, stock.left) == (winners * Decimal(quantity), left)
            assert lost[-1].facts == {"left": left}

    async def test_of_two_ends_of_one_hold_one_counts(self, pool: Pool) -> None:
        for _ in range(5):
            hold = a_hold(quantity="4")
            await sql_store(pool).take(hold)
            results = await asyncio.gather(
                *(sql_store(pool).settle(hold, to) for to in (HoldStatus.SOLD, HoldStatus.RELEASED) * 2)
            )
            ended = [one for one in results if one is not None]
            assert len(ended) in {1, 2}, "sold, given back, or one after the other"
            stock = await sql_store(pool).of(hold.subject)
            assert stock in ended
            assert stock == a_stock("0") or len(ended) == 1
