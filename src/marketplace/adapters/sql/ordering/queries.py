from collections.abc import Sequence
from decimal import Decimal

import asyncpg

from marketplace.adapters.sql.ordering.orders import LINES, lines_of
from marketplace.adapters.sql.pool import Pool
from marketplace.application.ordering.ports import OrderQueries
from marketplace.application.ordering.views import FeeView, OrderLineView, OrderView, TransactionView, public_status
from marketplace.application.shared.actor import Actor
from marketplace.domain.ordering.moves import OrderStatus
from marketplace.domain.ordering.order import OrderLine, OrderNotFound, PaymentStatus, number_of
from marketplace.domain.shared.ids import ListingId, OrderId
from marketplace.domain.shared.money import decimal_of
from marketplace.domain.shared.subject import SubjectKind

_ORDER = f"""
SELECT *, {LINES} FROM ordering.orders WHERE id = $1 AND $2 IN (buyer_id, seller_id)
"""  # noqa: S608 - our own words


class SqlOrderQueries(OrderQueries):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def order(self, actor: Actor, order_id: OrderId) -> OrderView:
        row = await self._row(actor, order_id)
        currency, lines = row["currency"], lines_of(row)
        views = [
            OrderLineView(
                line.kind, line.subject, line.quantity, line.unit, line.amount.decimal,
                FeeView(line.fee.rule, line.fee.basis_points, line.fee.base.decimal, line.fee.amount.decimal),
            )
            for line in lines
        ]  # fmt: skip
        return OrderView(
            id=row["id"], number=number_of(row["number"]), product_id=_product(lines), buyer_id=row["buyer_id"],
            seller_id=row["seller_id"], quantity=lines[0].quantity if len(lines) == 1 else Decimal(1),
            amount=decimal_of(row["amount_minor"], currency), currency=currency,
            platform_fee=decimal_of(row["fee_minor"], currency),
            seller_payout=decimal_of(row["amount_minor"] - row["fee_minor"], currency),
            fees=[view.fee for view in views], lines=views,
            status=public_status(OrderStatus(row["status"])), payment_status=PaymentStatus(row["payment_status"]),
            payment_due_at=row["payment_due_at"], created_at=row["created_at"],
        )  # fmt: skip

    async def transaction(self, actor: Actor, order_id: OrderId) -> TransactionView:
        row = await self._row(actor, order_id)
        currency = row["currency"]
        unpaid = row["payment_status"] == PaymentStatus.UNPAID
        return TransactionView(
            id=row["id"], product_id=_product(lines_of(row)), buyer_id=row["buyer_id"], seller_id=row["seller_id"],
            amount=decimal_of(row["amount_minor"], currency), currency=currency,
            platform_fee=decimal_of(row["fee_minor"], currency),
            seller_payout=decimal_of(row["amount_minor"] - row["fee_minor"], currency),
            status=public_status(OrderStatus(row["status"])) if unpaid else row["payment_status"],
            created_at=row["created_at"],
        )  # fmt: skip

    async def _row(self, actor: Actor, order_id: OrderId) -> asyncpg.Record:
        async with self._pool.connection() as connection:
            row = await connection.fetchrow(_ORDER, order_id, actor.user)
        if row is None:
            raise OrderNotFound("no such order", order_id=order_id)
        return row


def _product(lines: Sequence[OrderLine]) -> ListingId | None:
    return next((ListingId(line.subject) for line in lines if line.kind is SubjectKind.LISTING), None)
