from marketplace.adapters.sql.ordering.orders import LINES, order_of
from marketplace.adapters.sql.pool import Pool
from marketplace.application.ordering.ports import OrderQueries
from marketplace.application.ordering.views import OrderView, TransactionView
from marketplace.application.shared.actor import Actor, Permission
from marketplace.domain.ordering.order import Order, OrderNotFound
from marketplace.domain.shared.ids import OrderId

MAY_READ = "($2 IN (buyer_id, seller_id, assignee_id) OR $3)"
"""$2 who asks, $3 whether it is an administrator."""
_ORDER = f"SELECT *, {LINES} FROM ordering.orders WHERE id = $1 AND {MAY_READ}"  # noqa: S608 - our own words


class SqlOrderQueries(OrderQueries):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def order(self, actor: Actor, order_id: OrderId) -> OrderView:
        return OrderView.of(await self._order(actor, order_id))

    async def transaction(self, actor: Actor, order_id: OrderId) -> TransactionView:
        return TransactionView.of(await self._order(actor, order_id))

    async def _order(self, actor: Actor, order_id: OrderId) -> Order:
        async with self._pool.connection() as connection:
            row = await connection.fetchrow(_ORDER, order_id, actor.user, Permission.MANAGE_ORDERS in actor.permissions)
        if row is None:
            raise OrderNotFound("no such order", order_id=order_id)
        return order_of(row)
