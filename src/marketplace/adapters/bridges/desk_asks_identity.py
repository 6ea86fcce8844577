from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.trading.desk_ports import PublicNames
from marketplace.domain.shared.ids import UserId

_NAME = "SELECT username FROM identity.public_profiles WHERE id = $1"


class PublicNamesOfIdentity(PublicNames):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def of(self, party: UserId) -> str | None:
        name: str | None = await self._transaction.connection.fetchval(_NAME, party)
        return name
