import asyncpg
from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert

from marketplace.adapters.sql.payments.provider_tables import click_transactions
from marketplace.adapters.sql.statement import Statement
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.payments.provider_ports import ClickTransactions
from marketplace.domain.payments.click import ClickState, ClickTransaction
from marketplace.domain.shared.ids import PaymentId

_table = click_transactions.c

_ADD = Statement(
    insert(click_transactions)
    .values({column.name: bindparam(column.name) for column in _table if column.name != "number"})
    .on_conflict_do_nothing(index_elements=[_table.id]).returning(_table.number)
)  # fmt: skip
_OF_PAYMENT = Statement(
    select(click_transactions).where(_table.payment_id == bindparam("payment")).with_for_update()
)  # fmt: skip
_SAVE = Statement(
    update(click_transactions)
    .where(_table.number == bindparam("our_number"))
    .values(
        status=bindparam("to"), error=bindparam("why"), refund_id=bindparam("refund"),
        completed_at=bindparam("completed"), cancelled_at=bindparam("cancelled"), reversed_at=bindparam("reversed"),
    )
)  # fmt: skip


class SqlClickTransactions(ClickTransactions):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def of_payment(self, payment_id: PaymentId) -> ClickTransaction | None:
        row = await _OF_PAYMENT.one(self._transaction.connection, payment=payment_id)
        return row and _of(row)

    async def add(self, transaction: ClickTransaction) -> bool:
        row = await _ADD.one(
            self._transaction.connection, id=transaction.id, payment_id=transaction.payment_id,
            paydoc_id=transaction.paydoc_id, status=transaction.state.value, error=transaction.error,
            refund_id=transaction.refund_id, prepared_at=transaction.prepared_at,
            completed_at=transaction.completed_at, cancelled_at=transaction.cancelled_at,
            reversed_at=transaction.reversed_at,
        )  # fmt: skip
        if row is not None:
            transaction.number = row["number"]
        return row is not None

    async def save(self, transaction: ClickTransaction) -> None:
        await _SAVE.run(
            self._transaction.connection, our_number=transaction.number, to=transaction.state.value,
            why=transaction.error, refund=transaction.refund_id, completed=transaction.completed_at,
            cancelled=transaction.cancelled_at, reversed=transaction.reversed_at,
        )  # fmt: skip


def _of(row: asyncpg.Record) -> ClickTransaction:
    return ClickTransaction(
        id=row["id"], number=row["number"], payment_id=row["payment_id"], paydoc_id=row["paydoc_id"],
        state=ClickState(row["status"]), error=row["error"], refund_id=row["refund_id"],
        prepared_at=row["prepared_at"], completed_at=row["completed_at"], cancelled_at=row["cancelled_at"],
        reversed_at=row["reversed_at"],
    )  # fmt: skip
