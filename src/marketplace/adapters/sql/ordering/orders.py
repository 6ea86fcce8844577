from decimal import Decimal
from uuid import UUID

import asyncpg

from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.ordering.ports import Orders
from marketplace.domain.ordering.fees import FeeLine, FeeScheduleId
from marketplace.domain.ordering.order import Order, OrderLine, OrderNotFound, OrderStatus, PaymentStatus
from marketplace.domain.shared.errors import StaleAggregate
from marketplace.domain.shared.ids import ListingId, OrderId
from marketplace.domain.shared.money import Money
from marketplace.domain.shared.subject import Subject, SubjectKind

LINES = """(
    SELECT jsonb_agg(jsonb_build_object(
        'kind', kind, 'subject', subject_id, 'quantity', quantity::text, 'unit', unit, 'amount', amount_minor,
        'rule', fee_rule, 'basis_points', fee_basis_points, 'base', fee_base_minor, 'fee', fee_minor,
        'schedule', fee_schedule_id, 'fixed', fee_fixed_minor) ORDER BY line)
    FROM ordering.order_lines WHERE order_id = orders.id
) AS lines"""
_LOCK = f"SELECT *, {LINES} FROM ordering.orders WHERE id = $1 FOR UPDATE"  # noqa: S608 - our own words
ADD = """
WITH added AS (
    INSERT INTO ordering.orders (id, subject_kind, subject_id, negotiation_id, buyer_id, seller_id, amount_minor,
        currency, fee_minor, status, payment_status, payment_due_at, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
    RETURNING id
)
INSERT INTO ordering.order_lines (order_id, line, kind, subject_id, quantity, unit, amount_minor, fee_rule,
    fee_basis_points, fee_base_minor, fee_minor, fee_schedule_id, fee_fixed_minor)
SELECT added.id, line, kind, subject, quantity, unit, amount, rule, basis_points, base, fee, schedule, fixed
FROM added, unnest($14::text[], $15::uuid[], $16::numeric[], $17::text[], $18::bigint[], $19::text[], $20::int[],
    $21::bigint[], $22::bigint[], $23::uuid[], $24::bigint[]) WITH ORDINALITY
    one(kind, subject, quantity, unit, amount, rule, basis_points, base, fee, schedule, fixed, line)
"""
_SAVE = """
UPDATE ordering.orders SET status = $3, payment_status = $4, version = version + 1 WHERE id = $1 AND version = $2
"""


class SqlOrders(Orders):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def lock(self, order_id: OrderId) -> Order:
        row = await self._transaction.connection.fetchrow(_LOCK, order_id)
        if row is None:
            raise OrderNotFound("no such order", order_id=order_id)
        return _order(row)

    async def add(self, order: Order) -> None:
        await self._transaction.connection.execute(
            ADD, order.id, order.subject.kind.value, order.subject.id, order.negotiation_id, order.buyer, order.seller,
            order.amount.minor, order.amount.currency, order.fee.minor, order.status.value,
            order.payment_status.value, order.payment_due_at, order.created_at,
            *map(list, zip(*(_columns(line) for line in order.lines), strict=True)),
        )  # fmt: skip
        self._transaction.ship(order, order.id)

    async def save(self, order: Order) -> None:
        saved = await self._transaction.connection.execute(
            _SAVE, order.id, order.version, order.status.value, order.payment_status.value
        )
        if saved != "UPDATE 1":
            raise StaleAggregate("the order changed meanwhile; load it again", order_id=order.id)
        order.version += 1
        self._transaction.ship(order, order.id)


def _columns(line: OrderLine) -> tuple[object, ...]:
    fee = line.fee
    return (
        line.kind.value, line.subject, line.quantity, line.unit, line.amount.minor, fee.rule, fee.basis_points,
        fee.base.minor, fee.amount.minor, fee.schedule, fee.fixed.minor,
    )  # fmt: skip


def _order(row: asyncpg.Record) -> Order:
    lines = lines_of(row)
    kind = SubjectKind(row["subject_kind"])
    listings = tuple(ListingId(line.subject) for line in lines if line.kind is SubjectKind.LISTING)
    return Order(
        id=row["id"], subject=Subject(kind=kind, id=row["subject_id"], listings=listings),
        negotiation_id=row["negotiation_id"], buyer=row["buyer_id"], seller=row["seller_id"], lines=lines,
        status=OrderStatus(row["status"]), payment_status=PaymentStatus(row["payment_status"]),
        payment_due_at=row["payment_due_at"], created_at=row["created_at"], version=row["version"],
    )  # fmt: skip


def lines_of(row: asyncpg.Record) -> tuple[OrderLine, ...]:
    currency = row["currency"]
    return tuple(
        OrderLine(
            kind=SubjectKind(one["kind"]), subject=UUID(one["subject"]), quantity=plain(one["quantity"]),
            unit=one["unit"], amount=Money(one["amount"], currency),
            fee=FeeLine(
                rule=one["rule"], basis_points=one["basis_points"], base=Money(one["base"], currency),
                amount=Money(one["fee"], currency), schedule=FeeScheduleId(UUID(one["schedule"])),
                fixed=Money(one["fixed"], currency),
            ),
        )
        for one in row["lines"]
    )  # fmt: skip


def plain(amount: str) -> Decimal:
    """Without the zeros that the column's scale adds."""
    return Decimal(amount.rstrip("0").rstrip(".") if "." in amount else amount)
