import asyncpg
from sqlalchemy import bindparam, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from marketplace.adapters.sql.payments.tables import refunds
from marketplace.adapters.sql.statement import Statement, constant
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.payments.ports import Refunds
from marketplace.domain.payments.payment import Cause, CauseKind
from marketplace.domain.payments.refund import Refund, RefundNotFound, RefundRequestOpen, RefundStatus
from marketplace.domain.payments.shares import Reversal
from marketplace.domain.shared.errors import StaleAggregate
from marketplace.domain.shared.ids import PaymentId, RefundId
from marketplace.domain.shared.money import Money

_ADD = Statement(
    upsert(refunds)
    .on_conflict_do_nothing(index_elements=[refunds.c.payment_id], index_where=literal_column("status = 'requested'"))
    .returning(refunds.c.id)
)
_FIND = Statement(select(refunds).where(refunds.c.id == bindparam("refund_id")))
_LOCK = Statement(select(refunds).where(refunds.c.id == bindparam("refund_id")).with_for_update())
_UNDER_WAY = Statement(
    select(refunds)
    .where(refunds.c.payment_id == bindparam("payment_id"), refunds.c.status == constant("processing"))
    .order_by(refunds.c.id)
    .limit(1)
    .with_for_update()
)
_SAVE = Statement(
    update(refunds)
    .where(refunds.c.id == bindparam("refund_id"), refunds.c.version == bindparam("seen"))
    .values(
        status=bindparam("to"), fee_minor=bindparam("fee"), subsidy_minor=bindparam("subsidy"),
        decided_by=bindparam("decider"), answer=bindparam("words"), reference=bindparam("gateway_reference"),
        message=bindparam("gateway_message"), asked=bindparam("times_asked"), amount_minor=bindparam("agreed"),
        escalated_at=bindparam("escalated"), version=refunds.c.version + 1,
    )
)  # fmt: skip


class SqlRefunds(Refunds):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def add(self, refund: Refund) -> None:
        if await _ADD.value(self._transaction.connection, **_row(refund)) is None:
            raise RefundRequestOpen("a request for this payment waits for an answer", payment_id=refund.payment_id)
        self._transaction.ship(refund, refund.cause.id)

    async def find(self, refund_id: RefundId) -> Refund:
        return self._found(await _FIND.one(self._transaction.connection, refund_id=refund_id), refund_id)

    async def lock(self, refund_id: RefundId) -> Refund:
        return self._found(await _LOCK.one(self._transaction.connection, refund_id=refund_id), refund_id)

    async def under_way(self, payment_id: PaymentId) -> Refund | None:
        row = await _UNDER_WAY.one(self._transaction.connection, payment_id=payment_id)
        return row and refund_of(row)

    async def save(self, refund: Refund) -> None:
        fee, subsidy = _given_back(refund)
        saved = await _SAVE.run(
            self._transaction.connection, refund_id=refund.id, seen=refund.version, to=refund.status.value, fee=fee,
            subsidy=subsidy, decider=refund.decided_by, words=refund.answer, gateway_reference=refund.reference,
            gateway_message=refund.message, times_asked=refund.asked, agreed=refund.amount.minor,
            escalated=refund.escalated_at,
        )  # fmt: skip
        if not saved:
            raise StaleAggregate("the refund changed meanwhile; load it again", refund_id=refund.id)
        refund.version += 1
        self._transaction.ship(refund, refund.cause.id)

    def _found(self, row: asyncpg.Record | None, refund_id: RefundId) -> Refund:
        if row is None:
            raise RefundNotFound("no such refund", refund_id=refund_id)
        return refund_of(row)


def refund_of(row: asyncpg.Record) -> Refund:
    currency, amount = row["currency"], Money(row["amount_minor"], row["currency"])
    reversal = None
    if row["fee_minor"] is not None:
        fee, subsidy = Money(row["fee_minor"], currency), Money(row["subsidy_minor"], currency)
        reversal = Reversal(amount=amount, fee=fee, subsidy=subsidy)
    return Refund(
        id=row["id"], payment_id=row["payment_id"], cause=Cause(CauseKind(row["cause_kind"]), row["cause_id"]),
        payer=row["payer_id"], payee=row["payee_id"], amount=amount, reversal=reversal, reason=row["reason"],
        requested_by=row["requested_by"], decided_by=row["decided_by"], answer=row["answer"],
        status=RefundStatus(row["status"]), reference=row["reference"], message=row["message"], asked=row["asked"],
        escalated_at=row["escalated_at"], created_at=row["created_at"], version=row["version"],
    )  # fmt: skip


def _given_back(refund: Refund) -> tuple[int | None, int | None]:
    return (refund.reversal.fee.minor, refund.reversal.subsidy.minor) if refund.reversal else (None, None)


def _row(refund: Refund) -> dict[str, object]:
    fee, subsidy = _given_back(refund)
    return {
        "id": refund.id, "payment_id": refund.payment_id, "cause_kind": refund.cause.kind.value,
        "cause_id": refund.cause.id, "payer_id": refund.payer, "payee_id": refund.payee,
        "amount_minor": refund.amount.minor, "currency": refund.amount.currency, "fee_minor": fee,
        "subsidy_minor": subsidy, "reason": refund.reason, "requested_by": refund.requested_by,
        "decided_by": refund.decided_by, "answer": refund.answer, "status": refund.status.value,
        "reference": refund.reference, "message": refund.message, "asked": refund.asked,
        "escalated_at": refund.escalated_at, "created_at": refund.created_at, "version": refund.version,
    }  # fmt: skip
