from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.promotions.promo_codes import promo_code_of
from marketplace.application.promotions.codes import manages_all
from marketplace.application.promotions.ports import PromoCodeQueries
from marketplace.application.promotions.views import PromoCodeView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import EXACT_TOTAL_LIMIT, LARGEST_PER_PAGE, Slice
from marketplace.domain.promotions.discount import PromoCodeId


def _page(*, is_any: bool, by_cursor: bool) -> str:
    """$1 the owner, $2 what to skip or the cursor, $3 the limit; each has its own text, because a generic plan is made
    for what stands in it."""
    where = "$1::uuid IS NOT NULL" if is_any else "owner_id = $1"
    after, skip = (" AND id < $2", "") if by_cursor else ("", "OFFSET $2::int")
    return f"""
SELECT page.*, (
    SELECT count(*) FROM (
        SELECT FROM promotions.promo_codes WHERE {where} ORDER BY id DESC LIMIT {EXACT_TOTAL_LIMIT + 1}
    ) counted
) AS total
FROM (
    SELECT * FROM promotions.promo_codes WHERE {where}{after} ORDER BY id DESC LIMIT {LARGEST_PER_PAGE + 1} {skip}
) page
ORDER BY id DESC LIMIT $3"""  # noqa: S608 - our own words


BOTH = (False, True)
PAGES = {(is_any, by_cursor): _page(is_any=is_any, by_cursor=by_cursor) for is_any in BOTH for by_cursor in BOTH}


class SqlPromoCodeQueries(PromoCodeQueries):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def codes(self, actor: Actor, *, after: PromoCodeId | None, skip: int, limit: int) -> Slice[PromoCodeView]:
        page = PAGES[manages_all(actor), after is not None]
        async with self._pool.connection() as connection:
            rows = await connection.fetch(page, actor.user, after or skip, limit + 1)
        views = [PromoCodeView.of(promo_code_of(row)) for row in rows[:limit]]
        return Slice(views, rows[0]["total"] if rows else 0, len(rows) > limit)
