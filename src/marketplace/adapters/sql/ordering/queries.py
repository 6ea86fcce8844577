import asyncpg
from sqlalchemy import bindparam, or_, select

from marketplace.adapters.sql.ordering.tables import orders
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.statement import Statement
from marketplace.application.ordering.ports import OrderQueries
from marketplace.application.ordering.views import FeeView, OrderView, TransactionView, public_status
from marketplace.application.shared.actor import Actor
from marketplace.domain.ordering.order import OrderNotFound, OrderStatus, PaymentStatus
from marketplace.domain.shared.ids import OrderId
from marketplace.domain.shared.money import Money

_ORDER = Statement(
    select(orders).where(
        orders.c.id == bindparam("order_id"),
        or_(orders.c.buyer_id == bindparam("actor"), orders.c.seller_id == bindparam("actor")),
    )
)


class SqlOrderQueries(OrderQueries):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def order(self, actor: Actor, order_id: OrderId) -> OrderView:
        row = await self._row(actor, order_id)
        currency = row["currency"]
        fee = Money(row["fee_minor"], currency).decimal
        base = Money(row["fee_base_minor"], currency).decimal
        return OrderView(
            id=row["id"], number=f"M-{row['number']:08d}", product_id=row["listing_id"], buyer_id=row["buyer_id"],
            seller_id=row["seller_id"], quantity=row["quantity"], amount=Money(row["amount_minor"], currency).decimal,
            currency=currency, platform_fee=fee,
            seller_payout=Money(row["amount_minor"] - row["fee_minor"], currency).decimal,
            fees=[FeeView(rule=row["fee_rule"], basis_points=row["fee_basis_points"], base=base, amount=fee)],
            status=public_status(OrderStatus(row["status"])), payment_status=PaymentStatus(row["payment_status"]),
            payment_due_at=row["payment_due_at"], created_at=row["created_at"],
        )  # fmt: skip

    async def transaction(self, actor: Actor, order_id: OrderId) -> TransactionView:
        row = await self._row(actor, order_id)
        currency = row["currency"]
        unpaid = row["payment_status"] == PaymentStatus.UNPAID
        return TransactionView(
            id=row["id"], product_id=row["listing_id"], buyer_id=row["buyer_id"], seller_id=row["seller_id"],
            amount=Money(row["amount_minor"], currency).decimal, currency=currency,
            platform_fee=Money(row["fee_minor"], currency).decimal,
            seller_payout=Money(row["amount_minor"] - row["fee_minor"], currency).decimal,
            status=public_status(OrderStatus(row["status"])) if unpaid else row["payment_status"],
            created_at=row["created_at"],
        )  # fmt: skip

    async def _row(self, actor: Actor, order_id: OrderId) -> asyncpg.Record:
        async with self._pool.connection() as connection:
            row = await _ORDER.one(connection, order_id=order_id, actor=actor.user)
        if row is None:
            raise OrderNotFound("no such order", order_id=order_id)
        return row
