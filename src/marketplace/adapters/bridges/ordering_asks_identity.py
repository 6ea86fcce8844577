from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.identity.permissions import PERMISSIONS
from marketplace.application.ordering.life_ports import Workers
from marketplace.application.shared.actor import Permission
from marketplace.domain.identity.user import Role
from marketplace.domain.shared.ids import UserId

_ROLE = "SELECT role FROM identity.users WHERE id = $1 AND status = 'active'"


class WorkersOfIdentity(Workers):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def may_serve(self, user: UserId) -> bool:
        role = await self._transaction.connection.fetchval(_ROLE, user)
        return role is not None and Permission.LIST_ITEMS in PERMISSIONS[Role(role)]
