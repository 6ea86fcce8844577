from sqlalchemy import Boolean, bindparam, or_, select

from marketplace.adapters.sql.payments.payments import payment_of
from marketplace.adapters.sql.payments.tables import payments
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.statement import Statement
from marketplace.application.payments.ports import PaymentQueries
from marketplace.application.payments.views import PaymentView
from marketplace.application.shared.actor import Actor, Permission
from marketplace.domain.payments.payment import PaymentNotFound
from marketplace.domain.shared.ids import PaymentId

_PAYMENT = Statement(
    select(payments).where(
        payments.c.id == bindparam("payment_id"),
        or_(
            payments.c.payer_id == bindparam("actor"),
            payments.c.payee_id == bindparam("actor"),
            bindparam("reads_all", type_=Boolean),
        ),
    )
)


class SqlPaymentQueries(PaymentQueries):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def payment(self, actor: Actor, payment_id: PaymentId) -> PaymentView:
        async with self._pool.connection() as connection:
            reads_all = Permission.READ_LEDGER in actor.permissions
            row = await _PAYMENT.one(connection, payment_id=payment_id, actor=actor.user, reads_all=reads_all)
        if row is None:
            raise PaymentNotFound("no such payment", payment_id=payment_id)
        return PaymentView.of(payment_of(row))
