"""People, and orders in the state that a test of reviews needs: written past their life."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from marketplace.adapters.sql.ordering.orders import SqlOrders
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.domain.ordering.moves import OrderStatus
from marketplace.domain.ordering.order import PaymentStatus
from marketplace.domain.shared.ids import ListingId, OrderId, UserId
from marketplace.domain.shared.subject import Subject
from tests.builders.commerce import NOON, a_line, a_user_id, aed, an_order, new_id

_ADD_USER = """
INSERT INTO identity.users (id, email, email_key, username, username_skeleton, full_name, password_changed_at, role,
    created_at, version)
VALUES ($1, $2 || '@marketplace.example', $2 || '@marketplace.example', $2, $2, $2, $3, 'seller', $3, 0)
"""


async def add_user(connection: asyncpg.Connection) -> UserId:
    user = a_user_id()
    await connection.execute(_ADD_USER, user, f"s{user.hex[-20:]}", NOON)
    return user


async def add_order(
    pool: Pool,
    buyer: UUID,
    seller: UUID,
    listings: Sequence[ListingId] = (),
    status: str = "completed",
    payment_status: str = "paid",
    completed_at: datetime = NOON,
) -> OrderId:
    """Completed at noon unless said otherwise; over a listing that nobody knows, unless some are named."""
    listings = listings or (ListingId(new_id()),)
    order = an_order(
        buyer=UserId(buyer), seller=UserId(seller), subject=Subject.of_listings(*listings),
        lines=tuple(a_line(one, aed(50)) for one in listings), status=OrderStatus(status),
        payment_status=PaymentStatus(payment_status),
    )  # fmt: skip
    transaction = SqlTransaction(pool, {})
    async with transaction:
        await SqlOrders(transaction).add(order)
        await transaction.connection.execute(
            "UPDATE ordering.orders SET completed_at = $2 WHERE id = $1", order.id, completed_at
        )
    return order.id
