from marketplace.adapters.sql.paging import BOTH, newest, slice_of
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.promotions.promo_codes import promo_code_of
from marketplace.application.promotions.codes import manages_all
from marketplace.application.promotions.ports import PromoCodeQueries
from marketplace.application.promotions.views import PromoCodeView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import Slice
from marketplace.domain.promotions.discount import PromoCodeId

PAGES = {
    (is_any, by_cursor): newest(
        "promotions.promo_codes", "$3::uuid IS NOT NULL" if is_any else "owner_id = $3", by_cursor=by_cursor
    )
    for is_any in BOTH
    for by_cursor in BOTH
}
"""$3 is the owner."""


class SqlPromoCodeQueries(PromoCodeQueries):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def codes(self, actor: Actor, *, after: PromoCodeId | None, skip: int, limit: int) -> Slice[PromoCodeView]:
        page = PAGES[manages_all(actor), after is not None]
        async with self._pool.connection() as connection:
            rows = await connection.fetch(page, after or skip, limit + 1, actor.user)
        return slice_of(rows, limit, lambda row: PromoCodeView.of(promo_code_of(row)))
