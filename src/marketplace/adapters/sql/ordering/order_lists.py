from typing import get_args
from uuid import UUID

import asyncpg

from marketplace.adapters.sql.paging import slice_of
from marketplace.adapters.sql.pool import Pool
from marketplace.application.ordering.life_ports import OrderLists, PublicStatus, Side
from marketplace.application.ordering.life_views import OrderItemView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import EXACT_TOTAL_LIMIT, LARGEST_PER_PAGE, Slice
from marketplace.domain.ordering.moves import OrderStatus
from marketplace.domain.ordering.order import AUTO_COMPLETE, PaymentStatus, number_of
from marketplace.domain.shared.ids import OrderId
from marketplace.domain.shared.money import decimal_of

LAST = OrderId(UUID(int=2**128 - 1))
"""After every order there is."""
MINE = {
    "buyer": ("buyer_id = $1",),
    "seller": ("seller_id = $1", "assignee_id = $1 AND assignee_id <> seller_id"),
}
_PRODUCT = """(
    SELECT subject_id FROM ordering.order_lines l WHERE l.order_id = found.id AND kind = 'listing'
    ORDER BY line LIMIT 1
)"""


def _page(side: Side | None, status: PublicStatus | None) -> str:
    """$1 who asks, $2 the cursor, $3 how many to skip, $4 the limit; the total in each row.

    Each part is brought to an end by its own index, and nobody is on both sides of an order.
    """
    mine = MINE[side] if side else (*MINE["buyer"], *MINE["seller"])
    wanted = [f" AND status = '{one}'" for one in OrderStatus if one.public == status] if status else [""]
    parts = [f"SELECT * FROM ordering.orders WHERE {whose}{one}" for whose in mine for one in wanted]  # noqa: S608
    rows = " UNION ALL ".join(
        f"({part} AND id < $2::uuid ORDER BY id DESC LIMIT $3::int + {LARGEST_PER_PAGE + 1})" for part in parts
    )
    total = " + ".join(f"(SELECT count(*) FROM ({part} LIMIT {EXACT_TOTAL_LIMIT + 1}) counted)" for part in parts)  # noqa: S608
    return f"""
SELECT *, {_PRODUCT} AS product_id, {total} AS total
FROM (SELECT * FROM ({rows}) every ORDER BY id DESC OFFSET $3::int LIMIT $4::int) found
ORDER BY id DESC"""  # noqa: S608


PAGES = {
    (side, status): _page(side, status)
    for side in (None, *get_args(Side))
    for status in (None, *get_args(PublicStatus))
}  # fmt: skip


class SqlOrderLists(OrderLists):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def own(
        self,
        actor: Actor,
        side: Side | None,
        status: PublicStatus | None,
        *,
        after: OrderId | None,
        skip: int,
        limit: int,
    ) -> Slice[OrderItemView]:
        async with self._pool.connection() as connection:
            rows = await connection.fetch(PAGES[side, status], actor.user, after or LAST, skip, limit + 1)
        return slice_of(rows, limit, _item)


def _item(row: asyncpg.Record) -> OrderItemView:
    status = OrderStatus(row["status"])
    is_delivered = status is OrderStatus.DELIVERED and row["delivered_at"] is not None
    return OrderItemView(
        id=row["id"], number=number_of(row["number"]), group_id=row["group_id"], product_id=row["product_id"],
        is_service=row["is_service"], buyer_id=row["buyer_id"], seller_id=row["seller_id"],
        assignee_id=row["assignee_id"], amount=decimal_of(row["amount_minor"], row["currency"]),
        currency=row["currency"], status=status.public, payment_status=PaymentStatus(row["payment_status"]),
        payment_due_at=row["payment_due_at"], delivered_at=row["delivered_at"],
        completes_at=row["delivered_at"] + AUTO_COMPLETE if is_delivered else None, created_at=row["created_at"],
    )  # fmt: skip
