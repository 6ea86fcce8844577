"""The fake of the unit tests and the SQL adapter keep one contract."""

from dataclasses import asdict, dataclass

import pytest

from marketplace.adapters.sql.ordering.orders import SqlOrders
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.ordering.ports import Orders
from marketplace.application.shared.ports import Transaction
from marketplace.domain.ordering.discount import Bearer, Discount
from marketplace.domain.ordering.fees import fee_on
from marketplace.domain.ordering.order import PAYMENT_TIME, Order, OrderNotFound
from marketplace.domain.shared.errors import StaleAggregate
from marketplace.domain.shared.ids import ListingId, OrderId
from marketplace.domain.shared.money import Money
from marketplace.domain.shared.subject import Subject
from tests.builders.commerce import NOON, a_line, a_placed_order, aed, an_order, new_id
from tests.fakes.world import MemoryOrders, MemoryTransaction


@dataclass
class Ordering:
    transaction: Transaction
    orders: Orders

    async def add(self, order: Order) -> None:
        async with self.transaction:
            await self.orders.add(order)

    async def lock(self, order_id: OrderId) -> Order:
        async with self.transaction:
            return await self.orders.lock(order_id)

    async def save(self, order: Order) -> None:
        async with self.transaction:
            await self.orders.save(order)


class OrdersContract:
    async def test_an_order_comes_back_as_saved(self, ordering: Ordering) -> None:
        lines = (
            a_line(new_id(), aed("750.01"), channel="discover", quantity="3"),
            a_line(new_id(), aed("0.01"), quantity="2.5"),
        )
        order = a_placed_order(subject=Subject.of_listings(*(ListingId(line.subject) for line in lines)), lines=lines)
        await ordering.add(order)
        loaded = await ordering.lock(order.id)
        assert asdict(loaded) == asdict(order)
        loaded.pay(NOON)
        await ordering.save(loaded)
        assert asdict(await ordering.lock(order.id)) == asdict(loaded)

    async def test_several_moves_are_saved_at_once(self, ordering: Ordering) -> None:
        order = a_placed_order()
        await ordering.add(order)
        loaded = await ordering.lock(order.id)
        loaded.pay(NOON)
        loaded.deliver(loaded.party(loaded.seller), NOON)
        await ordering.save(loaded)
        assert loaded.steps == []
        assert asdict(await ordering.lock(order.id)) == asdict(loaded)

    async def test_an_order_needs_no_negotiation(self, ordering: Ordering) -> None:
        order = an_order(negotiation_id=None)
        await ordering.add(order)
        assert asdict(await ordering.lock(order.id)) == asdict(order)

    async def test_an_unknown_order_is_not_found(self, ordering: Ordering) -> None:
        with pytest.raises(OrderNotFound):
            await ordering.lock(OrderId(new_id()))

    async def test_a_stale_copy_is_not_saved(self, ordering: Ordering) -> None:
        order = a_placed_order()
        await ordering.add(order)
        one, stale = await ordering.lock(order.id), await ordering.lock(order.id)
        one.pay(NOON)
        await ordering.save(one)
        stale.expire(NOON + PAYMENT_TIME)
        with pytest.raises(StaleAggregate):
            await ordering.save(stale)
        assert asdict(await ordering.lock(order.id)) == asdict(one)

    async def test_an_order_that_a_promo_code_lowered_comes_back_so(self, ordering: Ordering) -> None:
        lines = (a_line(new_id(), aed("100.00")), a_line(new_id(), aed("50.00")))
        order = a_placed_order(subject=Subject.of_listings(*(ListingId(line.subject) for line in lines)), lines=lines)
        await ordering.add(order)
        loaded, stale = await ordering.lock(order.id), await ordering.lock(order.id)
        off, fees = [aed("10.00"), Money(0, "AED")], [fee_on("community", aed("90.00")), lines[1].fee]
        for one in (loaded, stale):
            one.reduce(Discount(code_id=new_id(), amount=off[0], bearer=Bearer.SELLER), off, fees)
        async with ordering.transaction:
            await ordering.orders.reprice(loaded)
        assert asdict(await ordering.lock(order.id)) == asdict(loaded)
        assert (loaded.amount, loaded.fee) == (aed("140.00"), aed("7.00"))
        with pytest.raises(StaleAggregate):
            async with ordering.transaction:
                await ordering.orders.reprice(stale)

    async def test_a_failed_block_leaves_nothing(self, ordering: Ordering) -> None:
        kept, lost = a_placed_order(), a_placed_order()
        await ordering.add(kept)
        before = asdict(kept)
        with pytest.raises(ZeroDivisionError):
            async with ordering.transaction:
                await ordering.orders.add(lost)
                kept.pay(NOON)
                await ordering.orders.save(kept)
                raise ZeroDivisionError
        assert asdict(await ordering.lock(kept.id)) == before
        with pytest.raises(OrderNotFound):
            await ordering.lock(lost.id)


class TestMemoryOrders(OrdersContract):
    @pytest.fixture
    def ordering(self) -> Ordering:
        transaction = MemoryTransaction()
        return Ordering(transaction, MemoryOrders(transaction))


class TestSqlOrders(OrdersContract):
    @pytest.fixture
    def ordering(self, pool: Pool) -> Ordering:
        transaction = SqlTransaction(pool, {})
        return Ordering(transaction, SqlOrders(transaction))
