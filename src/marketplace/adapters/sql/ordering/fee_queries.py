from uuid import UUID

from marketplace.adapters.sql.ordering.fee_schedules import KnownFees, schedule_of
from marketplace.adapters.sql.paging import BOTH, newest, slice_of
from marketplace.adapters.sql.pool import Pool
from marketplace.application.ordering.fee_ports import FeeQueries
from marketplace.application.ordering.fee_views import FeePreview, FeeScheduleView, OrderFeeView
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.paging import Slice
from marketplace.application.shared.ports import Clock
from marketplace.domain.ordering.fees import FeeLine, Sale
from marketplace.domain.ordering.order import OrderNotFound
from marketplace.domain.shared.ids import OrderId
from marketplace.domain.shared.money import Money

PAGES = {by_cursor: newest("ordering.fee_schedules", "true", by_cursor=by_cursor) for by_cursor in BOTH}
OF_ORDER = """
SELECT o.currency, l.line, l.fee_schedule_id, l.fee_rule, l.fee_basis_points, l.fee_fixed_minor, l.fee_base_minor,
    l.fee_minor, s.note
FROM ordering.orders o
JOIN ordering.order_lines l ON l.order_id = o.id
JOIN ordering.fee_schedules s ON s.id = l.fee_schedule_id
WHERE o.id = $1 AND ($2 IN (o.buyer_id, o.seller_id) OR $3)
ORDER BY l.line
"""


class SqlFeeQueries(FeeQueries):
    def __init__(self, pool: Pool, known: KnownFees, clock: Clock) -> None:
        self._pool = pool
        self._known = known
        self._clock = clock

    async def newest(self, actor: Actor, *, after: UUID | None, skip: int, limit: int) -> Slice[FeeScheduleView]:
        actor.require(Permission.MANAGE_FEES)
        async with self._pool.connection() as connection:
            rows = await connection.fetch(PAGES[after is not None], after or skip, limit + 1)
        return slice_of(rows, limit, lambda row: FeeScheduleView.of(schedule_of(row)))

    async def preview(self, sale: Sale, language: str) -> FeePreview:
        async with self._pool.connection() as connection:
            book = await self._known.book(connection)
        return FeePreview.of(book.fee_on(sale, self._clock.now()), language)

    async def of_order(self, actor: Actor, order_id: OrderId, language: str) -> list[OrderFeeView]:
        manages = Permission.MANAGE_FEES in actor.permissions
        async with self._pool.connection() as connection:
            rows = await connection.fetch(OF_ORDER, order_id, actor.user, manages)
        if not rows:
            raise OrderNotFound("no such order", order_id=order_id)
        return [
            OrderFeeView.of(
                row["line"],
                FeeLine(
                    schedule=row["fee_schedule_id"], rule=row["fee_rule"], basis_points=row["fee_basis_points"],
                    fixed=Money(row["fee_fixed_minor"], row["currency"]),
                    base=Money(row["fee_base_minor"], row["currency"]),
                    amount=Money(row["fee_minor"], row["currency"]),
                ),
                row["note"],
                language,
            )
            for row in rows
        ]  # fmt: skip
