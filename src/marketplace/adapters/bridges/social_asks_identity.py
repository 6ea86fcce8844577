from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.social.ports import People
from marketplace.domain.shared.ids import UserId

_IS_ACTIVE = "SELECT EXISTS (SELECT FROM identity.public_profiles WHERE id = $1 AND is_active)"


class PeopleOfIdentity(People):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def is_active(self, user_id: UserId) -> bool:
        return bool(await self._transaction.connection.fetchval(_IS_ACTIVE, user_id))
