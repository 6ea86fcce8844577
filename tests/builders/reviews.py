"""People, and orders in the state that a test of reviews needs: written past their life."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from marketplace.domain.shared.ids import ListingId, OrderId, UserId
from tests.builders.commerce import NOON, a_user_id, new_id

_ADD_ORDER = """
INSERT INTO ordering.orders (id, subject_kind, subject_id, buyer_id, seller_id, amount_minor, currency, fee_minor,
    status, payment_status, payment_due_at, created_at, completed_at)
VALUES ($1, 'package', $1, $2, $3, 100, 'AED', 0, $4, $5, $6, $6, $7)
"""
_ADD_LINE = """
INSERT INTO ordering.order_lines (order_id, line, kind, subject_id, quantity, unit, amount_minor, fee_rule,
    fee_basis_points, fee_base_minor, fee_minor)
VALUES ($1, $2, 'listing', $3, 1, 'piece', 50, 'community_500bp', 500, 50, 0)
"""
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
    connection: asyncpg.Connection,
    buyer: UUID,
    seller: UUID,
    listings: Sequence[ListingId] = (),
    status: str = "completed",
    payment_status: str = "paid",
    completed_at: datetime = NOON,
) -> OrderId:
    """Completed at noon unless said otherwise."""
    order_id = OrderId(new_id())
    await connection.execute(
        _ADD_ORDER, order_id, buyer, seller, status, payment_status, completed_at - timedelta(days=1), completed_at
    )
    for line, listing in enumerate(listings, 1):
        await connection.execute(_ADD_LINE, order_id, line, listing)
    return order_id
