from marketplace.adapters.sql.pool import Pool
from marketplace.application.catalog.feeds import Negotiating
from marketplace.application.shared.paging import EXACT_TOTAL_LIMIT
from marketplace.domain.shared.ids import ListingId

OPEN = f"""
SELECT count(*) FROM (
    SELECT FROM trading.negotiations WHERE subject_id = $1 AND status = 'open' LIMIT {EXACT_TOTAL_LIMIT}
) open
"""  # noqa: S608 - our own words


class NegotiatingOfTrading(Negotiating):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def over(self, listing_id: ListingId) -> int:
        async with self._pool.connection() as connection:
            found: int = await connection.fetchval(OPEN, listing_id)
        return found
