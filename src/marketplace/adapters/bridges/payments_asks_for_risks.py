from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.payments.payout_ports import PayoutRisks
from marketplace.domain.payments.payout import HoldReason
from marketplace.domain.shared.ids import UserId

_OF = """
SELECT CASE
    WHEN EXISTS (SELECT FROM identity.users WHERE id = $1 AND status = 'suspended') THEN 'suspended'
    WHEN EXISTS (SELECT FROM payments.payments
        WHERE payee_id = $1 AND chargeback IN ('needs_response', 'under_review')) THEN 'chargeback'
END
"""


class RisksOfEverybody(PayoutRisks):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def of(self, seller: UserId) -> HoldReason | None:
        reason = await self._transaction.connection.fetchval(_OF, seller)
        return HoldReason(reason) if reason else None
