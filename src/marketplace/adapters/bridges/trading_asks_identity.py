from collections.abc import Collection, Mapping

from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.trading.ports import Traders
from marketplace.domain.shared.ids import UserId

_NAMES = """
SELECT p.id, p.username FROM unnest($1::uuid[]) one
CROSS JOIN LATERAL (SELECT * FROM identity.public_profiles p WHERE p.id = one LIMIT 1) p WHERE p.is_active
"""


class TradersOfIdentity(Traders):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def names(self, people: Collection[UserId]) -> Mapping[UserId, str]:
        rows = await self._transaction.connection.fetch(_NAMES, list(people))
        return {row["id"]: row["username"] for row in rows}
