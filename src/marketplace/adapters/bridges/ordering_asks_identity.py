from marketplace.adapters.sql.identity.roles import may
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.ordering.life_ports import Workers
from marketplace.application.shared.actor import Permission
from marketplace.domain.shared.ids import UserId


class WorkersOfIdentity(Workers):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def may_serve(self, user: UserId) -> bool:
        return await may(self._transaction.connection, user, Permission.LIST_ITEMS)
