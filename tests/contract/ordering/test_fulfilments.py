"""The fakes of the unit tests and the SQL adapters keep one contract."""

from dataclasses import dataclass
from decimal import Decimal

import pytest

from marketplace.adapters.bridges.ordering_asks_identity import WorkersOfIdentity
from marketplace.adapters.sql.ordering.fulfilments import SqlFulfilments
from marketplace.adapters.sql.ordering.orders import SqlOrders
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.ordering.life_ports import Fulfilments
from marketplace.application.ordering.ports import Orders
from marketplace.application.shared.ports import Transaction
from marketplace.domain.ordering.fulfilment import Fulfilment, FulfilmentId, Shipment
from marketplace.domain.ordering.order import Order
from tests.builders.commerce import NOON, a_placed_order, a_user_id, new_id
from tests.engines import Database
from tests.fakes.orders import MemoryFulfilments, MemoryWorkers
from tests.fakes.world import MemoryOrders, MemoryTransaction
from tests.integration.commerce.market import add_user


@dataclass
class Shipping:
    transaction: Transaction
    orders: Orders
    fulfilments: Fulfilments

    async def an_order(self) -> Order:
        order = a_placed_order()
        async with self.transaction:
            await self.orders.add(order)
        return order


def a_fulfilment(order: Order, said: Shipment, *, round_: int = 0) -> Fulfilment:
    quantities = said.quantities or {}
    return Fulfilment(
        id=FulfilmentId(new_id()), order_id=order.id, by=order.seller, round=round_, shipment=said,
        quantities=quantities, shipped_at=NOON,
    )  # fmt: skip


class FulfilmentsContract:
    async def test_fulfilments_come_back_as_added_oldest_first(self, shipping: Shipping) -> None:
        order, other = await shipping.an_order(), await shipping.an_order()
        whole = Shipment(
            carrier="Aramex", tracking_number="1", tracking_url="https://carrier.example/1", note="In two boxes.",
            quantities={1: Decimal(1), 2: Decimal("2.5")}, shipped_at=NOON,
        )  # fmt: skip
        bare = Shipment(quantities={2: Decimal("0.000001")}, shipped_at=NOON)
        made = [a_fulfilment(order, whole), a_fulfilment(order, bare, round_=2)]
        async with shipping.transaction:
            for one in (*made, a_fulfilment(other, bare)):
                await shipping.fulfilments.add(one)
        async with shipping.transaction:
            assert await shipping.fulfilments.of(order.id) == made

    async def test_an_order_has_none_at_first(self, shipping: Shipping) -> None:
        order = await shipping.an_order()
        async with shipping.transaction:
            assert await shipping.fulfilments.of(order.id) == []


class TestMemoryFulfilments(FulfilmentsContract):
    @pytest.fixture
    def shipping(self) -> Shipping:
        transaction = MemoryTransaction()
        return Shipping(transaction, MemoryOrders(transaction), MemoryFulfilments(transaction))


class TestSqlFulfilments(FulfilmentsContract):
    @pytest.fixture
    def shipping(self, pool: Pool) -> Shipping:
        transaction = SqlTransaction(pool, {})
        return Shipping(transaction, SqlOrders(transaction), SqlFulfilments(transaction))


async def test_active_sellers_may_serve(database: Database, pool: Pool) -> None:
    seller, nobody = a_user_id(), a_user_id()
    await add_user(database, seller, f"w{seller.hex[:20]}")
    fake, transaction = MemoryWorkers(), SqlTransaction(pool, {})
    fake.active = {seller}
    async with transaction:
        for workers in (fake, WorkersOfIdentity(transaction)):
            assert await workers.may_serve(seller)
            assert not await workers.may_serve(nobody)
