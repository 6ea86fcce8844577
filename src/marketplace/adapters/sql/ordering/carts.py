"""Carts, and what of them is for sale now."""

from collections.abc import Collection

import asyncpg

from marketplace.adapters.sql.ordering.orders import LINES, order_of, plain
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.ordering.cart_ports import CartQueries, Carts, OrderGroupQueries, OrderGroups
from marketplace.application.ordering.cart_views import CartItemView, CartSellerView, CartView, OrderGroupView
from marketplace.application.shared.actor import Actor
from marketplace.domain.ordering.cart import Cart, CartItem, CartItemId, OrderGroup, OrderGroupNotFound
from marketplace.domain.shared.ids import OrderGroupId, UserId
from marketplace.domain.shared.money import Money, decimal_of

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('ordering.cart ' || $1::uuid::text, 0))"
READ = "SELECT * FROM ordering.cart_items WHERE owner_id = $1 ORDER BY id"
_PUT = """
INSERT INTO ordering.cart_items (id, owner_id, listing_id, quantity, amount_minor, currency, added_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (id) DO UPDATE SET quantity = excluded.quantity, amount_minor = excluded.amount_minor,
    currency = excluded.currency
"""
_REMOVE = "DELETE FROM ordering.cart_items WHERE owner_id = $1 AND id = ANY ($2::uuid[])"
_FORGET = "DELETE FROM ordering.cart_items WHERE owner_id = $1"
CART = """
SELECT i.id, i.listing_id, l.title, i.quantity, i.amount_minor AS was_minor, i.currency AS was_currency, l.currency,
    l.seller_id, coalesce(p.username, '') AS username, i.added_at,
    CASE l.kind WHEN 'lot' THEN l.terms ->> 'unit' ELSE 'piece' END AS unit,
    CASE l.kind WHEN 'lot' THEN round(l.price_minor * i.quantity / (l.terms ->> 'quantity')::numeric)::bigint
        ELSE l.price_minor END AS price_minor,
    s.status = 'active' AND coalesce(p.is_active, false) AND catalog.may_see(i.owner_id, l.seller_id, l.audience)
        AND (g.subject_id IS NULL OR g.total - g.held - g.sold >= i.quantity) AS is_available
FROM ordering.cart_items i
JOIN catalog.listings l ON l.id = i.listing_id
JOIN catalog.listing_states s ON s.listing_id = l.id
LEFT JOIN identity.public_profiles p ON p.id = l.seller_id
LEFT JOIN inventory.stocks g ON g.subject_id = l.id
WHERE i.owner_id = $1 ORDER BY i.id
"""
_ADD_GROUP = "INSERT INTO ordering.order_groups (id, buyer_id, created_at) VALUES ($1, $2, $3) RETURNING number"
_GROUP = "SELECT * FROM ordering.order_groups WHERE id = $1 AND buyer_id = $2"
ORDERS_OF_GROUP = f"SELECT *, {LINES} FROM ordering.orders WHERE group_id = $1 ORDER BY id"  # noqa: S608 - our own words


class SqlCarts(Carts):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def locked(self, owner: UserId) -> Cart:
        """Read in a statement after the lock, so that what came before is seen."""
        await self._transaction.connection.execute(_LOCK, owner)
        rows = await self._transaction.connection.fetch(READ, owner)
        return Cart(owner, [_item(row) for row in rows])

    async def put(self, owner: UserId, item: CartItem) -> None:
        await self._transaction.connection.execute(
            _PUT, item.id, owner, item.listing, item.quantity, item.amount.minor, item.amount.currency, item.added_at
        )

    async def remove(self, owner: UserId, items: Collection[CartItemId]) -> None:
        await self._transaction.connection.execute(_REMOVE, owner, list(items))

    async def forget(self, owner: UserId) -> None:
        await self._transaction.connection.execute(_FORGET, owner)

    async def shown(self, owner: UserId, item_id: CartItemId) -> CartItemView:
        rows = await self._transaction.connection.fetch(CART, owner)
        return next(_view(row) for row in rows if row["id"] == item_id)


class SqlCartQueries(CartQueries):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def cart(self, actor: Actor) -> CartView:
        async with self._pool.connection() as connection:
            return CartView.of([_view(row) for row in await connection.fetch(CART, actor.user)])


class SqlOrderGroups(OrderGroups):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def add(self, group: OrderGroup) -> None:
        group.number = await self._transaction.connection.fetchval(_ADD_GROUP, group.id, group.buyer, group.created_at)


class SqlOrderGroupQueries(OrderGroupQueries):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def group(self, actor: Actor, group_id: OrderGroupId) -> OrderGroupView:
        async with self._pool.connection() as connection:
            row = await connection.fetchrow(_GROUP, group_id, actor.user)
            if row is None:
                raise OrderGroupNotFound("no such group of orders", group_id=group_id)
            orders = await connection.fetch(ORDERS_OF_GROUP, group_id)
        group = OrderGroup(id=group_id, buyer=row["buyer_id"], created_at=row["created_at"], number=row["number"])
        return OrderGroupView.of(group, [order_of(one) for one in orders])


def _item(row: asyncpg.Record) -> CartItem:
    return CartItem(
        id=row["id"], listing=row["listing_id"], quantity=plain(str(row["quantity"])),
        amount=Money(row["amount_minor"], row["currency"]), added_at=row["added_at"],
    )  # fmt: skip


def _view(row: asyncpg.Record) -> CartItemView:
    was = decimal_of(row["was_minor"], row["was_currency"])
    if row["is_available"]:
        price, currency = decimal_of(row["price_minor"], row["currency"]), row["currency"]
    else:
        price, currency = was, row["was_currency"]
    return CartItemView(
        id=row["id"], product_id=row["listing_id"], title=row["title"], quantity=plain(str(row["quantity"])),
        unit=row["unit"], price=price, currency=currency, price_changed_from=None if price == was else was,
        seller=CartSellerView(row["seller_id"], row["username"]), is_available=row["is_available"],
        added_at=row["added_at"],
    )  # fmt: skip
