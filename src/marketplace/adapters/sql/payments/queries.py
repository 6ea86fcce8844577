from decimal import Decimal

from sqlalchemy import Boolean, bindparam, or_, select

from marketplace.adapters.sql.payments.payments import payment_of
from marketplace.adapters.sql.payments.tables import payments
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.statement import Statement
from marketplace.application.payments.ports import LedgerQueries, PaymentQueries
from marketplace.application.payments.views import AccountBalanceView, PaymentView, TrialBalanceView
from marketplace.application.shared.actor import Actor, Permission
from marketplace.domain.payments.ledger import AccountKind
from marketplace.domain.payments.payment import PaymentNotFound
from marketplace.domain.shared.ids import PaymentId
from marketplace.domain.shared.money import Money

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
_TRIAL_BALANCE = """
SELECT a.id, a.kind, a.owner_id, a.provider, a.currency, a.balance_minor, coalesce(e.minor, 0) AS entries_minor
FROM payments.ledger_accounts a
LEFT JOIN (SELECT account_id, sum(minor)::bigint AS minor FROM payments.ledger_entries GROUP BY account_id) e
    ON e.account_id = a.id
ORDER BY a.currency, a.kind, a.id
"""


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


class SqlLedgerQueries(LedgerQueries):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def trial_balance(self, actor: Actor) -> TrialBalanceView:
        actor.require(Permission.READ_LEDGER)
        async with self._pool.connection() as connection:
            rows = await connection.fetch(_TRIAL_BALANCE)
        totals: dict[str, Money] = {}
        for row in rows:
            balance = Money(row["balance_minor"], row["currency"])
            totals[balance.currency] = totals.get(balance.currency, Money(0, balance.currency)) + balance
        return TrialBalanceView(
            accounts=[
                AccountBalanceView(
                    account_id=row["id"], kind=AccountKind(row["kind"]), owner_id=row["owner_id"],
                    provider=row["provider"], currency=row["currency"],
                    balance=Money(row["balance_minor"], row["currency"]).decimal,
                )
                for row in rows
            ],
            totals={currency: total.decimal for currency, total in totals.items()},
            balanced=all(total.decimal == Decimal(0) for total in totals.values())
            and all(row["balance_minor"] == row["entries_minor"] for row in rows),
        )  # fmt: skip
