from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.identity.permissions import PERMISSIONS
from marketplace.application.shared.actor import Permission
from marketplace.application.subscriptions.ports import Creators, CreatorUnavailable
from marketplace.domain.identity.user import Role
from marketplace.domain.shared.ids import UserId

_ROLE = "SELECT role FROM identity.users WHERE id = $1 AND status = 'active'"


class CreatorsOfIdentity(Creators):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def require(self, creator: UserId) -> None:
        role = await self._transaction.connection.fetchval(_ROLE, creator)
        if role is None or Permission.LIST_ITEMS not in PERMISSIONS[Role(role)]:
            raise CreatorUnavailable("this creator takes no subscribers now", creator_id=creator)
