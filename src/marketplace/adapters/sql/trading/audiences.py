from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.trading.negotiations import WHOLE, negotiations_of
from marketplace.adapters.sql.trading.trades import trade_of
from marketplace.application.trading.audience import Audience, Audiences
from marketplace.domain.shared.ids import UserId
from marketplace.domain.trading.negotiation import Negotiation
from marketplace.domain.trading.trade import TradeId, TradeNotFound
from marketplace.domain.trading.units import plain

AUDIENCE = """
SELECT t.*, t.quantity - coalesce(s.held + s.sold, 0) AS "left", ARRAY(
    SELECT CASE t.owner_id WHEN n.buyer_id THEN n.seller_id ELSE n.buyer_id END
    FROM trading.negotiations n WHERE n.subject_id = t.id
) AS offerers
FROM trading.trades t LEFT JOIN inventory.stocks s ON s.subject_id = t.id
WHERE t.id = $1
"""
OVER_TRADE = f"{WHOLE} WHERE n.subject_id = $1 ORDER BY n.id, o.id"


class SqlAudiences(Audiences):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def of(self, trade_id: TradeId) -> Audience:
        async with self._pool.connection() as connection:
            row = await connection.fetchrow(AUDIENCE, trade_id)
        if row is None:
            raise TradeNotFound("no such trade", trade_id=trade_id)
        return Audience(trade_of(row), plain(row["left"]), frozenset(UserId(one) for one in row["offerers"]))

    async def negotiations(self, trade_id: TradeId) -> list[Negotiation]:
        async with self._pool.connection() as connection:
            return list(negotiations_of(await connection.fetch(OVER_TRADE, trade_id)))
