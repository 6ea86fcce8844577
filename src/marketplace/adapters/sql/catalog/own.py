import asyncpg

from marketplace.adapters.sql.catalog.queries import ANY_PRODUCTS, view_of
from marketplace.adapters.sql.pool import Pool
from marketplace.application.catalog.own import OwnProductQueries, OwnStatus
from marketplace.application.catalog.views import ProductView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import EXACT_TOTAL_LIMIT, LARGEST_PER_PAGE, Slice
from marketplace.domain.shared.ids import ListingId

_STATE = "SELECT status FROM catalog.listing_states one WHERE one.listing_id = own.listing_id LIMIT 1"
"""Row by row: a join of its own choice would read every state there is."""


def _pages(status: OwnStatus | None) -> dict[bool, str]:
    """By number and by cursor: $1 the seller, $2 what to skip or the cursor, $3 the limit; the total in each row.

    Those that are open are few, and the others are sold: whatever the filter, only few are passed over.
    """
    own = "FROM catalog.own_listings own"
    where = "WHERE own.seller_id = $1"
    if status is not None:
        statuses = "'sold', 'reserved'" if status == "sold" else f"'{status}'"
        own += f" JOIN LATERAL ({_STATE}) s ON s.status IN ({statuses})"
        where += "" if status == "sold" else " AND own.is_open"
    picks = {False: "OFFSET $2::int", True: ""}
    return {
        by_cursor: f"""
SELECT listing_id, (SELECT count(*) FROM (SELECT {own} {where} LIMIT {EXACT_TOTAL_LIMIT + 1}) counted) AS total
FROM (
    SELECT own.listing_id {own} {where} {"AND own.listing_id < $2" if by_cursor else ""}
    ORDER BY own.listing_id DESC LIMIT {LARGEST_PER_PAGE + 1} {pick}
) page
ORDER BY listing_id DESC LIMIT $3"""  # noqa: S608 - our own words
        for by_cursor, pick in picks.items()
    }


STATUSES: tuple[OwnStatus | None, ...] = (None, "draft", "pending_review", "rejected", "active", "paused", "sold")
PAGES = {status: _pages(status) for status in STATUSES}


class SqlOwnProductQueries(OwnProductQueries):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def own(
        self, actor: Actor, status: OwnStatus | None, *, after: ListingId | None, skip: int, limit: int
    ) -> Slice[ProductView]:
        async with self._pool.connection() as connection:
            rows = await connection.fetch(PAGES[status][after is not None], actor.user, after or skip, limit + 1)
            ids = [row["listing_id"] for row in rows[:limit]]
            products = await ANY_PRODUCTS.all(connection, ids=ids)
        return Slice(_newest_first(products), rows[0]["total"] if rows else 0, len(rows) > limit)


def _newest_first(rows: list[asyncpg.Record]) -> list[ProductView]:
    return [view_of(row) for row in sorted(rows, key=lambda row: row["id"], reverse=True)]
