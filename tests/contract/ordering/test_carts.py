"""The fakes of the unit tests and the SQL adapters keep one contract."""

from dataclasses import dataclass, replace
from decimal import Decimal

import pytest

from marketplace.adapters.sql.ordering.carts import SqlCarts, SqlOrderGroups
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.ordering.cart_ports import Carts, OrderGroups
from marketplace.application.shared.ports import Transaction
from marketplace.domain.ordering.cart import CartItem, CartItemId, OrderGroup
from marketplace.domain.shared.ids import ListingId, OrderGroupId, UserId
from tests.builders.commerce import HOUR, NOON, a_user_id, aed, new_id
from tests.fakes.carts import MemoryCarts, MemoryOrderGroups
from tests.fakes.world import MemoryTransaction


@dataclass
class Shopping:
    transaction: Transaction
    carts: Carts
    groups: OrderGroups

    async def put(self, owner: UserId, *items: CartItem) -> None:
        async with self.transaction:
            for item in items:
                await self.carts.put(owner, item)

    async def items(self, owner: UserId) -> list[CartItem]:
        async with self.transaction:
            return (await self.carts.locked(owner)).items


def an_item() -> CartItem:
    return CartItem(
        id=CartItemId(new_id()), listing=ListingId(new_id()), quantity=Decimal("2.5"), amount=aed("12.50"),
        added_at=NOON,
    )  # fmt: skip


class CartsContract:
    async def test_items_come_back_as_put_in_the_order_of_their_ids(self, shopping: Shopping) -> None:
        owner, items = a_user_id(), [an_item() for _ in range(3)]
        assert await shopping.items(owner) == []
        await shopping.put(owner, items[2], items[0], items[1])
        await shopping.put(a_user_id(), an_item())
        assert await shopping.items(owner) == items
        changed = replace(items[1], quantity=Decimal(7), amount=aed("35.00"))
        await shopping.put(owner, changed)
        assert await shopping.items(owner) == [items[0], changed, items[2]]

    async def test_items_are_removed_from_the_cart_of_their_owner_only(self, shopping: Shopping) -> None:
        owner, other, (kept, gone) = a_user_id(), a_user_id(), (an_item(), an_item())
        await shopping.put(owner, kept, gone)
        async with shopping.transaction:
            await shopping.carts.remove(other, [kept.id])
            await shopping.carts.remove(owner, [gone.id])
            await shopping.carts.forget(other)
        assert await shopping.items(owner) == [kept]
        async with shopping.transaction:
            await shopping.carts.forget(owner)
        assert await shopping.items(owner) == []

    async def test_groups_are_numbered(self, shopping: Shopping) -> None:
        groups = [
            OrderGroup(id=OrderGroupId(new_id()), buyer=a_user_id(), created_at=NOON + number * HOUR)
            for number in range(2)
        ]
        async with shopping.transaction:
            for group in groups:
                await shopping.groups.add(group)
        first, second = (group.number for group in groups)
        assert first is not None
        assert second == first + 1


class TestMemoryCarts(CartsContract):
    @pytest.fixture
    def shopping(self) -> Shopping:
        transaction = MemoryTransaction()
        return Shopping(transaction, MemoryCarts(transaction), MemoryOrderGroups(transaction))


class TestSqlCarts(CartsContract):
    @pytest.fixture
    def shopping(self, pool: Pool) -> Shopping:
        transaction = SqlTransaction(pool, {})
        return Shopping(transaction, SqlCarts(transaction), SqlOrderGroups(transaction))
