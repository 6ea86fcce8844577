from collections.abc import Sequence

import asyncpg
from sqlalchemy import bindparam, insert, select, update

from marketplace.adapters.sql.payments.provider_tables import payme_transactions
from marketplace.adapters.sql.statement import Statement
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.payments.provider_ports import PaymeTransactions
from marketplace.domain.payments.payme import PaymeState, PaymeTransaction
from marketplace.domain.shared.ids import PaymentId

_table = payme_transactions.c

_ADD = Statement(insert(payme_transactions))
_FIND = Statement(select(payme_transactions).where(_table.id == bindparam("transaction_id")))
_OF_PAYMENT = Statement(
    select(payme_transactions).where(_table.payment_id == bindparam("payment")).with_for_update()
)  # fmt: skip
_BETWEEN = Statement(
    select(payme_transactions)
    .where(_table.time >= bindparam("since"), _table.time <= bindparam("until"))
    .order_by(_table.time, _table.id)
)
_SAVE = Statement(
    update(payme_transactions)
    .where(_table.id == bindparam("transaction_id"))
    .values(
        perform_time=bindparam("performed"), cancel_time=bindparam("cancelled"), status=bindparam("to"),
        reason=bindparam("why"), refund_id=bindparam("refund"), fiscal=bindparam("receipts"),
    )
)  # fmt: skip


class SqlPaymeTransactions(PaymeTransactions):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def find(self, transaction_id: str) -> PaymeTransaction | None:
        row = await _FIND.one(self._transaction.connection, transaction_id=transaction_id)
        return row and _of(row)

    async def of_payment(self, payment_id: PaymentId) -> PaymeTransaction | None:
        row = await _OF_PAYMENT.one(self._transaction.connection, payment=payment_id)
        return row and _of(row)

    async def between(self, since: int, until: int) -> Sequence[PaymeTransaction]:
        return [_of(row) for row in await _BETWEEN.all(self._transaction.connection, since=since, until=until)]

    async def add(self, transaction: PaymeTransaction) -> None:
        await _ADD.run(
            self._transaction.connection, id=transaction.id, payment_id=transaction.payment_id,
            amount_minor=transaction.amount_minor, time=transaction.time, create_time=transaction.created_at,
            perform_time=transaction.performed_at, cancel_time=transaction.cancelled_at,
            status=transaction.state.value, reason=transaction.reason, refund_id=transaction.refund_id,
            fiscal=transaction.fiscal,
        )  # fmt: skip

    async def save(self, transaction: PaymeTransaction) -> None:
        await _SAVE.run(
            self._transaction.connection, transaction_id=transaction.id, performed=transaction.performed_at,
            cancelled=transaction.cancelled_at, to=transaction.state.value, why=transaction.reason,
            refund=transaction.refund_id, receipts=transaction.fiscal,
        )  # fmt: skip


def _of(row: asyncpg.Record) -> PaymeTransaction:
    return PaymeTransaction(
        id=row["id"], payment_id=row["payment_id"], amount_minor=row["amount_minor"], time=row["time"],
        created_at=row["create_time"], performed_at=row["perform_time"], cancelled_at=row["cancel_time"],
        state=PaymeState(row["status"]), reason=row["reason"], refund_id=row["refund_id"], fiscal=row["fiscal"],
    )  # fmt: skip
