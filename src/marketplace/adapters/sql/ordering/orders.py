from decimal import Decimal
from uuid import UUID

import asyncpg

from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.ordering.ports import Orders
from marketplace.domain.ordering.discount import Bearer, Discount
from marketplace.domain.ordering.fees import FeeLine, FeeScheduleId
from marketplace.domain.ordering.moves import OrderStatus
from marketplace.domain.ordering.order import Order, OrderLine, OrderNotFound, PaymentStatus
from marketplace.domain.shared.errors import StaleAggregate
from marketplace.domain.shared.ids import ListingId, OrderId
from marketplace.domain.shared.money import Money
from marketplace.domain.shared.subject import Subject, SubjectKind

LINES = """(
    SELECT jsonb_agg(jsonb_build_object(
        'kind', kind, 'subject', subject_id, 'quantity', quantity::text, 'unit', unit, 'amount', amount_minor,
        'discount', discount_minor, 'rule', fee_rule, 'basis_points', fee_basis_points, 'base', fee_base_minor,
        'fee', fee_minor, 'schedule', fee_schedule_id, 'fixed', fee_fixed_minor) ORDER BY line)
    FROM ordering.order_lines WHERE order_id = orders.id
) AS lines"""
_LOCK = f"SELECT *, {LINES} FROM ordering.orders WHERE id = $1 FOR UPDATE"  # noqa: S608 - our own words
ADD = """
WITH added AS (
    INSERT INTO ordering.orders (id, subject_kind, subject_id, negotiation_id, buyer_id, seller_id, amount_minor,
        currency, fee_minor, status, payment_status, payment_due_at, created_at, group_id, discount_minor,
        discount_bearer, promo_code_id, is_service, notes, scheduled_at, booking_id)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
    RETURNING id, number
), lines AS (
    INSERT INTO ordering.order_lines (order_id, line, kind, subject_id, quantity, unit, amount_minor, discount_minor,
        fee_rule, fee_basis_points, fee_base_minor, fee_minor, fee_schedule_id, fee_fixed_minor)
    SELECT added.id, line, kind, subject, quantity, unit, amount, discount, rule, basis_points, base, fee, schedule,
        fixed
    FROM added, unnest($22::text[], $23::uuid[], $24::numeric[], $25::text[], $26::bigint[], $27::bigint[],
        $28::text[], $29::int[], $30::bigint[], $31::bigint[], $32::uuid[], $33::bigint[]) WITH ORDINALITY
        one(kind, subject, quantity, unit, amount, discount, rule, basis_points, base, fee, schedule, fixed, line)
)
SELECT number FROM added
"""
_REPRICE = """
WITH lowered AS (
    UPDATE ordering.order_lines SET discount_minor = new.discount, fee_base_minor = new.base, fee_minor = new.fee
    FROM unnest($8::bigint[], $9::bigint[], $10::bigint[]) WITH ORDINALITY new(discount, base, fee, place)
    WHERE order_id = $1 AND line = new.place
)
UPDATE ordering.orders SET amount_minor = $3, fee_minor = $4, discount_minor = $5, discount_bearer = $6,
    promo_code_id = $7, version = version + 1
WHERE id = $1 AND version = $2
"""
_SAVE = """
WITH stepped AS (
    INSERT INTO ordering.order_steps (order_id, source, target, role, actor_id, reason, at)
    SELECT $1, * FROM unnest($9::text[], $10::text[], $11::text[], $12::uuid[], $13::text[], $14::timestamptz[])
)
UPDATE ordering.orders SET status = $3, payment_status = $4, assignee_id = $5, changes_asked = $6, delivered_at = $7,
    completed_at = $8, before_dispute = $15, version = version + 1
WHERE id = $1 AND version = $2
"""
"""The steps of a stale order are rolled back with the transaction."""
_ON_THE_WAY = "UPDATE ordering.orders SET status = $3 WHERE id = $1 AND version = $2"
"""The database checks every move: what was passed through on the way is written too."""


class SqlOrders(Orders):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def lock(self, order_id: OrderId) -> Order:
        row = await self._transaction.connection.fetchrow(_LOCK, order_id)
        if row is None:
            raise OrderNotFound("no such order", order_id=order_id)
        return order_of(row)

    async def add(self, order: Order) -> None:
        discount = order.discount
        order.number = await self._transaction.connection.fetchval(
            ADD, order.id, order.subject.kind.value, order.subject.id, order.negotiation_id, order.buyer, order.seller,
            order.amount.minor, order.amount.currency, order.fee.minor, order.status.value,
            order.payment_status.value, order.payment_due_at, order.created_at, order.group_id,
            discount.amount.minor if discount else 0, discount and discount.bearer.value, discount and discount.code_id,
            order.is_service, order.notes, order.scheduled_at, order.booking_id,
            *map(list, zip(*(_columns(line) for line in order.lines), strict=True)),
        )  # fmt: skip
        self._transaction.ship(order, order.id)

    async def save(self, order: Order) -> None:
        steps, before = order.steps, order.before_dispute
        for step in steps[:-1]:
            await self._transaction.connection.execute(_ON_THE_WAY, order.id, order.version, step.target.value)
        saved = await self._transaction.connection.execute(
            _SAVE, order.id, order.version, order.status.value, order.payment_status.value, order.assignee,
            order.changes_asked, order.delivered_at, order.completed_at, [step.source.value for step in steps],
            [step.target.value for step in steps], [step.by.role.value for step in steps],
            [step.by.user for step in steps], [step.reason for step in steps], [step.at for step in steps],
            before and before.value,
        )  # fmt: skip
        if saved != "UPDATE 1":
            raise StaleAggregate("the order changed meanwhile; load it again", order_id=order.id)
        order.version += 1
        order.steps = []
        self._transaction.ship(order, order.id)

    async def reprice(self, order: Order) -> None:
        discount = order.discount
        saved = await self._transaction.connection.execute(
            _REPRICE, order.id, order.version, order.amount.minor, order.fee.minor,
            discount.amount.minor if discount else 0, discount and discount.bearer.value, discount and discount.code_id,
            [line.discount.minor if line.discount else 0 for line in order.lines],
            [line.fee.base.minor for line in order.lines], [line.fee.amount.minor for line in order.lines],
        )  # fmt: skip
        if saved != "UPDATE 1":
            raise StaleAggregate("the order changed meanwhile; load it again", order_id=order.id)
        order.version += 1


def _columns(line: OrderLine) -> tuple[object, ...]:
    fee = line.fee
    return (
        line.kind.value, line.subject, line.quantity, line.unit, line.amount.minor,
        line.discount.minor if line.discount else 0, fee.rule, fee.basis_points, fee.base.minor, fee.amount.minor,
        fee.schedule, fee.fixed.minor,
    )  # fmt: skip


def order_of(row: asyncpg.Record) -> Order:
    lines = lines_of(row)
    kind, before = SubjectKind(row["subject_kind"]), row["before_dispute"]
    listings = tuple(ListingId(line.subject) for line in lines if line.kind is SubjectKind.LISTING)
    return Order(
        id=row["id"], number=row["number"], subject=Subject(kind=kind, id=row["subject_id"], listings=listings),
        negotiation_id=row["negotiation_id"], group_id=row["group_id"], buyer=row["buyer_id"], seller=row["seller_id"],
        lines=lines, discount=_discount(row), is_service=row["is_service"], notes=row["notes"],
        scheduled_at=row["scheduled_at"], booking_id=row["booking_id"], status=OrderStatus(row["status"]),
        payment_status=PaymentStatus(row["payment_status"]), assignee=row["assignee_id"],
        changes_asked=row["changes_asked"], payment_due_at=row["payment_due_at"], delivered_at=row["delivered_at"],
        completed_at=row["completed_at"], before_dispute=OrderStatus(before) if before else None,
        created_at=row["created_at"], version=row["version"],
    )  # fmt: skip


def _discount(row: asyncpg.Record) -> Discount | None:
    if row["promo_code_id"] is None:
        return None
    amount = Money(row["discount_minor"], row["currency"])
    return Discount(code_id=row["promo_code_id"], amount=amount, bearer=Bearer(row["discount_bearer"]))


def lines_of(row: asyncpg.Record) -> tuple[OrderLine, ...]:
    currency = row["currency"]
    return tuple(
        OrderLine(
            kind=SubjectKind(one["kind"]), subject=UUID(one["subject"]), quantity=plain(one["quantity"]),
            unit=one["unit"], amount=Money(one["amount"], currency),
            discount=Money(one["discount"], currency) if one["discount"] else None,
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
