from sqlalchemy import bindparam, exists, select

from marketplace.adapters.sql.payments.tables import payments
from marketplace.adapters.sql.statement import Statement, constant
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.ordering.ports import MoneyInFlight
from marketplace.domain.payments.payment import IN_FLIGHT
from marketplace.domain.shared.ids import OrderId

_IN_FLIGHT = Statement(
    select(
        exists().where(
            payments.c.cause_id == bindparam("order_id"), payments.c.status.in_(map(constant, sorted(IN_FLIGHT)))
        )
    )
)


class MoneyInFlightOfPayments(MoneyInFlight):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def towards(self, order_id: OrderId) -> bool:
        return bool(await _IN_FLIGHT.value(self._transaction.connection, order_id=order_id))
