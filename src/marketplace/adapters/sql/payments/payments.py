import asyncpg
from sqlalchemy import bindparam, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from marketplace.adapters.sql.payments.tables import payments
from marketplace.adapters.sql.statement import Statement
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.payments.ports import Payments
from marketplace.domain.payments.payment import (
    Payment,
    PaymentInProgress,
    PaymentMethod,
    PaymentNotFound,
    PaymentState,
)
from marketplace.domain.shared.errors import StaleAggregate
from marketplace.domain.shared.ids import OrderId, PaymentId
from marketplace.domain.shared.money import Money

_ADD = Statement(
    upsert(payments)
    .on_conflict_do_nothing(
        index_elements=[payments.c.order_id],
        index_where=literal_column("status NOT IN ('failed', 'cancelled', 'expired')"),
    )
    .returning(payments.c.id)
)
_ORDER_OF = Statement(select(payments.c.order_id).where(payments.c.id == bindparam("payment_id")))
_LOCK = Statement(select(payments).where(payments.c.id == bindparam("payment_id")).with_for_update())
_SAVE = Statement(
    update(payments)
    .where(payments.c.id == bindparam("payment_id"), payments.c.version == bindparam("seen"))
    .values(
        status=bindparam("to"), reference=bindparam("gateway_reference"), message=bindparam("gateway_message"),
        asked=bindparam("times_asked"), version=payments.c.version + 1,
    )
)  # fmt: skip


class SqlPayments(Payments):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def add(self, payment: Payment) -> None:
        if await _ADD.value(self._transaction.connection, **_row(payment)) is None:
            raise PaymentInProgress("a payment of this order is under way", order_id=payment.order_id)
        self._transaction.ship(payment, payment.order_id)

    async def order_of(self, payment_id: PaymentId) -> OrderId:
        row = await _ORDER_OF.one(self._transaction.connection, payment_id=payment_id)
        if row is None:
            raise PaymentNotFound("no such payment", payment_id=payment_id)
        return OrderId(row["order_id"])

    async def lock(self, payment_id: PaymentId) -> Payment:
        row = await _LOCK.one(self._transaction.connection, payment_id=payment_id)
        if row is None:
            raise PaymentNotFound("no such payment", payment_id=payment_id)
        return payment_of(row)

    async def save(self, payment: Payment) -> None:
        saved = await _SAVE.run(
            self._transaction.connection, payment_id=payment.id, seen=payment.version, to=payment.status.value,
            gateway_reference=payment.reference, gateway_message=payment.message, times_asked=payment.asked,
        )  # fmt: skip
        if not saved:
            raise StaleAggregate("the payment changed meanwhile; load it again", payment_id=payment.id)
        payment.version += 1
        self._transaction.ship(payment, payment.order_id)


def payment_of(row: asyncpg.Record) -> Payment:
    currency = row["currency"]
    return Payment(
        id=row["id"], order_id=row["order_id"], payer=row["payer_id"], payee=row["payee_id"],
        amount=Money(row["amount_minor"], currency), fee=Money(row["fee_minor"], currency),
        method=PaymentMethod(row["method"]), status=PaymentState(row["status"]), reference=row["reference"],
        message=row["message"], asked=row["asked"], created_at=row["created_at"], version=row["version"],
    )  # fmt: skip


def _row(payment: Payment) -> dict[str, object]:
    return {
        "id": payment.id, "order_id": payment.order_id, "payer_id": payment.payer, "payee_id": payment.payee,
        "amount_minor": payment.amount.minor, "fee_minor": payment.fee.minor, "currency": payment.amount.currency,
        "method": payment.method.value, "status": payment.status.value, "reference": payment.reference,
        "message": payment.message, "asked": payment.asked, "created_at": payment.created_at,
        "version": payment.version,
    }  # fmt: skip
