from collections.abc import Collection, Mapping

from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.social.ports import People
from marketplace.application.trading.tested_lot_ports import Recipients
from marketplace.application.trading.trade_ports import Traders
from marketplace.domain.shared.ids import UserId

_NAMES = """
SELECT p.id, p.username FROM unnest($1::uuid[]) one
CROSS JOIN LATERAL (SELECT * FROM identity.public_profiles p WHERE p.id = one LIMIT 1) p WHERE p.is_active
"""


class RecipientsOfIdentity(Recipients):
    def __init__(self, people: People) -> None:
        self._people = people

    async def is_active(self, user_id: UserId) -> bool:
        return await self._people.is_active(user_id)


class TradersOfIdentity(Traders):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def names(self, people: Collection[UserId]) -> Mapping[UserId, str]:
        rows = await self._transaction.connection.fetch(_NAMES, list(people))
        return {row["id"]: row["username"] for row in rows}
