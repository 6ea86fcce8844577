from marketplace.adapters.sql.identity.roles import may
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.shared.actor import Permission
from marketplace.application.subscriptions.ports import Creators, CreatorUnavailable
from marketplace.domain.shared.ids import UserId


class CreatorsOfIdentity(Creators):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def require(self, creator: UserId) -> None:
        if not await may(self._transaction.connection, creator, Permission.LIST_ITEMS):
            raise CreatorUnavailable("this creator takes no subscribers now", creator_id=creator)
