from datetime import datetime
from fractions import Fraction

from sqlalchemy.dialects.postgresql import insert

from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.statement import Statement
from marketplace.adapters.sql.trading.rule_tables import agreements
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.trading.agreements import Agreements, Settled
from marketplace.application.trading.bargain import PastAgreements
from marketplace.domain.trading.bargain import Past

_NOTE = Statement(insert(agreements).on_conflict_do_nothing(index_elements=[agreements.c.negotiation_id]))
LATEST = """
SELECT price_minor, asked_minor, unit_price FROM trading.agreements
WHERE category = $1 AND subject_kind = 'listing' AND currency = $2 AND unit = $3 AND agreed_at >= $4 AND agreed_at < $5
ORDER BY agreed_at DESC LIMIT $6
"""


class SqlAgreements(Agreements):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def note(self, settled: Settled) -> None:
        await _NOTE.run(
            self._transaction.connection, negotiation_id=settled.negotiation_id, order_id=settled.order_id,
            subject_kind=settled.subject.kind.value, subject_id=settled.subject.id, category=settled.category,
            grade=settled.grade, price_minor=settled.amount.minor, asked_minor=settled.asked and settled.asked.minor,
            currency=settled.amount.currency, quantity=settled.quantity.amount, unit=settled.quantity.unit,
            unit_price=settled.unit_price, agreed_at=settled.agreed_at,
        )  # fmt: skip


class SqlPastAgreements(PastAgreements):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def latest(
        self, category: str, currency: str, unit: str, since: datetime, until: datetime, most: int
    ) -> list[Past]:
        async with self._pool.connection() as connection:
            rows = await connection.fetch(LATEST, category, currency, unit, since, until, most)
        return [Past(Fraction(row["price_minor"], row["asked_minor"]), row["unit_price"]) for row in rows]
