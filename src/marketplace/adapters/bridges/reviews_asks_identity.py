from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.reviews.ports import Reputations
from marketplace.domain.shared.ids import UserId

_SHOW = "UPDATE identity.users SET rating = $2 WHERE id = $1"


class ReputationsOfIdentity(Reputations):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def show(self, seller: UserId, average: float | None) -> None:
        await self._transaction.connection.execute(_SHOW, seller, average)
