from collections.abc import Collection

from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.promotions.ports import PastOrders
from marketplace.domain.shared.ids import OrderId, UserId

ANY_OF = """
SELECT EXISTS (
    SELECT FROM ordering.orders
    WHERE buyer_id = $1 AND id <> ALL ($2) AND status NOT IN ('draft', 'cancelled', 'expired')
)
"""


class PastOrdersOfOrdering(PastOrders):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def any_of(self, customer: UserId, but: Collection[OrderId] = ()) -> bool:
        return bool(await self._transaction.connection.fetchval(ANY_OF, customer, list(but)))
