from sqlalchemy import bindparam, exists, select

from marketplace.adapters.sql.payments.tables import payments
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.statement import Statement, constant
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.ordering.life_ports import MoneyTrail
from marketplace.application.ordering.life_views import MoneyFact
from marketplace.application.ordering.ports import MoneyInFlight
from marketplace.application.payments.views import PUBLIC_STATUS
from marketplace.application.shared.actor import Actor
from marketplace.domain.payments.payment import IN_FLIGHT, PaymentState
from marketplace.domain.shared.ids import OrderId
from marketplace.domain.shared.money import decimal_of

_IN_FLIGHT = Statement(
    select(
        exists().where(
            payments.c.cause_id == bindparam("order_id"), payments.c.status.in_(map(constant, sorted(IN_FLIGHT)))
        )
    )
)
MOST_ATTEMPTS = 100
"""That are told, the latest ones."""
PAYMENTS = f"""
SELECT * FROM (
    SELECT id, amount_minor, currency, status, created_at FROM payments.payments
    WHERE cause_id = $1 AND (payer_id = $2 OR status IN ('captured', 'partially_refunded', 'refunded'))
    ORDER BY id DESC LIMIT {MOST_ATTEMPTS}
) latest ORDER BY id
"""  # noqa: S608 - our own words
REFUNDS = """
SELECT r.id, r.amount_minor, r.currency, r.status, r.created_at
FROM payments.payments p JOIN payments.refunds r ON r.payment_id = p.id
WHERE p.cause_id = $1 AND p.status IN ('captured', 'partially_refunded', 'refunded') ORDER BY r.id
"""


class MoneyInFlightOfPayments(MoneyInFlight):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def towards(self, order_id: OrderId) -> bool:
        return bool(await _IN_FLIGHT.value(self._transaction.connection, order_id=order_id))


class MoneyTrailOfPayments(MoneyTrail):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def of(self, actor: Actor, order_id: OrderId) -> list[MoneyFact]:
        async with self._pool.connection() as connection:
            paid = await connection.fetch(PAYMENTS, order_id, actor.user)
            returned = await connection.fetch(REFUNDS, order_id)
        facts = [
            MoneyFact(
                "payment", row["id"], decimal_of(row["amount_minor"], row["currency"]), row["currency"],
                PUBLIC_STATUS[PaymentState(row["status"])], row["created_at"],
            )
            for row in paid
        ]  # fmt: skip
        facts += [
            MoneyFact(
                "refund", row["id"], decimal_of(row["amount_minor"], row["currency"]), row["currency"], row["status"],
                row["created_at"],
            )
            for row in returned
        ]  # fmt: skip
        return sorted(facts, key=lambda fact: fact.at)
