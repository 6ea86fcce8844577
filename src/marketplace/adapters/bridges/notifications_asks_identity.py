from marketplace.adapters.bridges.messaging_asks_identity import USERNAME
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.notifications.ports import Names
from marketplace.domain.shared.ids import UserId


class NamesOfIdentity(Names):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def of(self, user: UserId) -> str | None:
        name: str | None = await self._transaction.connection.fetchval(USERNAME, user)
        return name
