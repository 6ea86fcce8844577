import asyncpg
from sqlalchemy import bindparam, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from marketplace.adapters.sql.payments.tables import payments
from marketplace.adapters.sql.statement import Statement, constant
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.payments.ports import Payments
from marketplace.domain.payments.chargeback import ChargebackStage
from marketplace.domain.payments.payment import (
    COLLECTED,
    Cause,
    CauseKind,
    Payment,
    PaymentInProgress,
    PaymentMethod,
    PaymentNotFound,
    PaymentState,
)
from marketplace.domain.payments.shares import Reversal, Share
from marketplace.domain.shared.errors import StaleAggregate
from marketplace.domain.shared.ids import PaymentId
from marketplace.domain.shared.money import Money

_ADD = Statement(
    upsert(payments)
    .on_conflict_do_nothing(
        index_elements=[payments.c.cause_id],
        index_where=literal_column("status NOT IN ('failed', 'cancelled', 'expired')"),
    )
    .returning(payments.c.id)
)
_FIND = Statement(select(payments).where(payments.c.id == bindparam("payment_id")))
_LOCK = Statement(select(payments).where(payments.c.id == bindparam("payment_id")).with_for_update())
_COLLECTED = Statement(
    select(payments)
    .where(payments.c.cause_id == bindparam("cause"), payments.c.status.in_(map(constant, sorted(COLLECTED))))
    .with_for_update()
)
_SAVE = Statement(
    update(payments)
    .where(payments.c.id == bindparam("payment_id"), payments.c.version == bindparam("seen"))
    .values(
        status=bindparam("to"), chargeback=bindparam("stage"), reference=bindparam("gateway_reference"),
        message=bindparam("gateway_message"), checkout_url=bindparam("url"), asked=bindparam("times_asked"),
        shares=bindparam("parts"), withdrawn_minor=bindparam("held"),
        refunding_minor=bindparam("promised"), refunded_minor=bindparam("sent"),
        is_settled=bindparam("settled"), is_frozen=bindparam("frozen"), version=payments.c.version + 1,
    )
)  # fmt: skip


class SqlPayments(Payments):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def add(self, payment: Payment) -> None:
        if await _ADD.value(self._transaction.connection, **_row(payment)) is None:
            raise PaymentInProgress(f"a payment of this {payment.cause.kind} is under way", cause_id=payment.cause.id)
        self._transaction.ship(payment, payment.cause.id)

    async def find(self, payment_id: PaymentId) -> Payment:
        return self._found(await _FIND.one(self._transaction.connection, payment_id=payment_id), payment_id)

    async def lock(self, payment_id: PaymentId) -> Payment:
        return self._found(await _LOCK.one(self._transaction.connection, payment_id=payment_id), payment_id)

    async def collected_for(self, cause: Cause) -> Payment | None:
        row = await _COLLECTED.one(self._transaction.connection, cause=cause.id)
        return row and payment_of(row)

    async def save(self, payment: Payment) -> None:
        saved = await _SAVE.run(
            self._transaction.connection, payment_id=payment.id, seen=payment.version, to=payment.status.value,
            stage=payment.chargeback.value, gateway_reference=payment.reference, gateway_message=payment.message,
            url=payment.checkout_url, times_asked=payment.asked, parts=_parts(payment.shares),
            held=payment.withdrawn.minor, promised=payment.refunding.minor, sent=payment.refunded.minor,
            settled=payment.is_settled, frozen=payment.is_frozen,
        )  # fmt: skip
        if not saved:
            raise StaleAggregate("the payment changed meanwhile; load it again", payment_id=payment.id)
        payment.version += 1
        self._transaction.ship(payment, payment.cause.id)

    def _found(self, row: asyncpg.Record | None, payment_id: PaymentId) -> Payment:
        if row is None:
            raise PaymentNotFound("no such payment", payment_id=payment_id)
        return payment_of(row)


def payment_of(row: asyncpg.Record) -> Payment:
    currency = row["currency"]
    return Payment(
        id=row["id"], cause=Cause(CauseKind(row["cause_kind"]), row["cause_id"]), payer=row["payer_id"],
        payee=row["payee_id"], shares=tuple(_share(currency, *part) for part in row["shares"]),
        method=PaymentMethod(row["method"]), provider=row["provider"], status=PaymentState(row["status"]),
        chargeback=ChargebackStage(row["chargeback"]), reference=row["reference"], message=row["message"],
        checkout_url=row["checkout_url"], asked=row["asked"], withdrawn=Money(row["withdrawn_minor"], currency),
        refunding=Money(row["refunding_minor"], currency),
        refunded=Money(row["refunded_minor"], currency), is_settled=row["is_settled"],
        is_frozen=row["is_frozen"],
        expires_at=row["expires_at"], created_at=row["created_at"], version=row["version"],
    )  # fmt: skip


def _share(currency: str, *minor: int) -> Share:
    amount, fee, subsidy, *back = (Money(one, currency) for one in minor)
    return Share(amount=amount, fee=fee, subsidy=subsidy, back=Reversal(amount=back[0], fee=back[1], subsidy=back[2]))


def _parts(shares: tuple[Share, ...]) -> list[list[int]]:
    """Amount, fee, subsidy, and what went back of each."""
    return [
        [
            share.amount.minor, share.fee.minor, share.subsidy.minor,
            share.back.amount.minor, share.back.fee.minor, share.back.subsidy.minor,
        ]
        for share in shares
    ]  # fmt: skip


def _row(payment: Payment) -> dict[str, object]:
    return {
        "id": payment.id, "cause_kind": payment.cause.kind.value, "cause_id": payment.cause.id,
        "payer_id": payment.payer, "payee_id": payment.payee,
        "amount_minor": payment.amount.minor, "fee_minor": payment.fee.minor,
        "subsidy_minor": payment.subsidy.minor, "currency": payment.amount.currency,
        "shares": _parts(payment.shares), "method": payment.method.value, "provider": payment.provider,
        "status": payment.status.value, "chargeback": payment.chargeback.value, "reference": payment.reference,
        "message": payment.message, "checkout_url": payment.checkout_url, "asked": payment.asked,
        "withdrawn_minor": payment.withdrawn.minor,
        "refunding_minor": payment.refunding.minor, "refunded_minor": payment.refunded.minor,
        "is_settled": payment.is_settled, "is_frozen": payment.is_frozen,
        "expires_at": payment.expires_at, "created_at": payment.created_at,
        "version": payment.version,
    }  # fmt: skip
