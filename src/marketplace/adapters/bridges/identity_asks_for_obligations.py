from collections.abc import Sequence

from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.identity.people_ports import Obligations
from marketplace.application.shared.ports import Clock
from marketplace.domain.ordering.moves import ORDER_MOVES, OrderStatus
from marketplace.domain.shared.ids import UserId

_OVER = {status.value for status, moves in ORDER_MOVES.items() if not moves} | {OrderStatus.COMPLETED.value}
_OF = """
SELECT kind FROM (VALUES
    ('open_negotiations', EXISTS (SELECT FROM trading.negotiations WHERE buyer_id = $1 AND status = 'open'
            AND (opener = 'buyer' OR sealed_until IS NULL OR sealed_until <= $3))
        OR EXISTS (SELECT FROM trading.negotiations WHERE seller_id = $1 AND status = 'open'
            AND (opener = 'seller' OR sealed_until IS NULL OR sealed_until <= $3))),
    ('running_orders', EXISTS (SELECT FROM ordering.orders WHERE buyer_id = $1 AND status <> ALL ($2))
        OR EXISTS (SELECT FROM ordering.orders WHERE seller_id = $1 AND status <> ALL ($2))),
    ('money', EXISTS (SELECT FROM payments.ledger_accounts WHERE owner_id = $1 AND balance_minor <> 0))
) business (kind, is_open) WHERE is_open
"""


class ObligationsOfCommerce(Obligations):
    """A payment in flight is one of a running order. Of a sealed offer only its author hears before the deadline."""

    def __init__(self, transaction: SqlTransaction, clock: Clock) -> None:
        self._transaction = transaction
        self._clock = clock

    async def of(self, user_id: UserId) -> Sequence[str]:
        rows = await self._transaction.connection.fetch(_OF, user_id, sorted(_OVER), self._clock.now())
        return [row["kind"] for row in rows]
