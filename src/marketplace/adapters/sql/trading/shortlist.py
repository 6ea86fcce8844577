from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.trading.desk_ports import Shortlist
from marketplace.domain.shared.ids import NegotiationId

_ADD = "INSERT INTO trading.shortlist (negotiation_id) VALUES ($1) ON CONFLICT DO NOTHING"
_REMOVE = "DELETE FROM trading.shortlist WHERE negotiation_id = $1"


class SqlShortlist(Shortlist):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def add(self, offer: NegotiationId) -> None:
        await self._transaction.connection.execute(_ADD, offer)

    async def remove(self, offer: NegotiationId) -> None:
        await self._transaction.connection.execute(_REMOVE, offer)
