from datetime import datetime

import structlog
from sqlalchemy import insert

from marketplace.adapters.sql.payments.provider_tables import provider_calls
from marketplace.adapters.sql.statement import Statement
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.payments.provider_ports import Alarms, ProviderCall, ProviderCalls
from marketplace.application.shared.audit import AuditEntry, AuditTrail
from marketplace.domain.payments.payment import Payment

_ADD = Statement(insert(provider_calls))
_FORGET = """
DELETE FROM payments.provider_calls WHERE id = ANY (ARRAY(
    SELECT id FROM payments.provider_calls WHERE received_at < $1 ORDER BY received_at LIMIT $2))
"""


class SqlProviderCalls(ProviderCalls):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def add(self, call: ProviderCall) -> None:
        await _ADD.run(
            self._transaction.connection, id=call.id, provider=call.provider, received_at=call.received_at,
            address=call.address, headers=dict(call.headers), body=call.body, answer=call.answer,
        )  # fmt: skip

    async def forget(self, before: datetime, limit: int) -> int:
        status: str = await self._transaction.connection.execute(_FORGET, before, limit)
        return int(status.rsplit(" ", 1)[-1])


class LoggedAlarms(Alarms):
    def __init__(self, trail: AuditTrail) -> None:
        self._trail = trail

    def cancelled(self, payment: Payment, provider: str, stage: str) -> None:
        facts = {"provider": provider, "stage": stage}
        structlog.get_logger().error("payment cancelled by its provider", payment_id=str(payment.id), **facts)
        action = "payments.cancelled_by_provider"
        self._trail.note(AuditEntry(action=action, subject_kind="payment", subject=payment.id, facts=facts))
