import asyncpg
from sqlalchemy import bindparam, insert, select, update

from marketplace.adapters.sql.ordering.tables import orders
from marketplace.adapters.sql.statement import Statement
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.ordering.ports import Orders
from marketplace.domain.ordering.fees import FeeLine
from marketplace.domain.ordering.order import Order, OrderNotFound, OrderStatus, PaymentStatus
from marketplace.domain.shared.errors import StaleAggregate
from marketplace.domain.shared.ids import OrderId
from marketplace.domain.shared.money import Money

_LOCK = Statement(select(orders).where(orders.c.id == bindparam("order_id")).with_for_update())
_ADD = Statement(
    insert(orders).values({column.name: bindparam(column.name) for column in orders.c if column.name != "number"})
)
_SAVE = Statement(
    update(orders)
    .where(orders.c.id == bindparam("order_id"), orders.c.version == bindparam("seen"))
    .values(status=bindparam("to"), payment_status=bindparam("paid"), version=orders.c.version + 1)
)


class SqlOrders(Orders):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def lock(self, order_id: OrderId) -> Order:
        row = await _LOCK.one(self._transaction.connection, order_id=order_id)
        if row is None:
            raise OrderNotFound("no such order", order_id=order_id)
        return _order(row)

    async def add(self, order: Order) -> None:
        await _ADD.run(self._transaction.connection, **_row(order))
        self._transaction.ship(order, order.id)

    async def save(self, order: Order) -> None:
        saved = await _SAVE.run(
            self._transaction.connection, order_id=order.id, seen=order.version, to=order.status.value,
            paid=order.payment_status.value,
        )  # fmt: skip
        if not saved:
            raise StaleAggregate("the order changed meanwhile; load it again", order_id=order.id)
        order.version += 1
        self._transaction.ship(order, order.id)


def _order(row: asyncpg.Record) -> Order:
    currency = row["currency"]
    return Order(
        id=row["id"], listing_id=row["listing_id"], negotiation_id=row["negotiation_id"], buyer=row["buyer_id"],
        seller=row["seller_id"], quantity=row["quantity"], amount=Money(row["amount_minor"], currency),
        fee=FeeLine(
            rule=row["fee_rule"], basis_points=row["fee_basis_points"], base=Money(row["fee_base_minor"], currency),
            amount=Money(row["fee_minor"], currency),
        ),
        status=OrderStatus(row["status"]), payment_status=PaymentStatus(row["payment_status"]),
        payment_due_at=row["payment_due_at"], created_at=row["created_at"], version=row["version"],
    )  # fmt: skip


def _row(order: Order) -> dict[str, object]:
    return {
        "id": order.id, "listing_id": order.listing_id, "negotiation_id": order.negotiation_id,
        "buyer_id": order.buyer, "seller_id": order.seller, "quantity": order.quantity,
        "amount_minor": order.amount.minor, "currency": order.amount.currency, "fee_rule": order.fee.rule,
        "fee_basis_points": order.fee.basis_points, "fee_base_minor": order.fee.base.minor,
        "fee_minor": order.fee.amount.minor, "status": order.status.value,
        "payment_status": order.payment_status.value, "payment_due_at": order.payment_due_at,
        "created_at": order.created_at, "version": order.version,
    }  # fmt: skip
