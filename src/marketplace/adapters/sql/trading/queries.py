from itertools import product
from uuid import UUID

from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.trading.negotiations import BY_IDS, OF_OFFER, negotiations_of
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import EXACT_TOTAL_LIMIT, Slice
from marketplace.application.shared.ports import Clock
from marketplace.application.trading.ports import OfferQueries, Wanted
from marketplace.application.trading.views import HistoryView, OfferView
from marketplace.domain.trading.negotiation import Negotiation
from marketplace.domain.trading.offer import OfferId, OfferNotFound, OfferStatus, Side

_LAST = UUID(int=2**128 - 1)
"""After every id."""


def _page(role: Side | None, of_product: bool) -> str:
    """$1 is whose they are, $2 the statuses, $3 what they come before, $4 what to skip, $5 the limit, $6 the product.

    Each status and side is read from an index in order, and no further than needed.
    """
    listing = "listing_id = $6" if of_product else "is_first"

    def every(limit: str) -> str:
        return " UNION ALL ".join(
            f"""
SELECT one.offer_id FROM unnest($2::text[]) wanted(status) CROSS JOIN LATERAL (
    SELECT offer_id FROM trading.listing_offers
    WHERE {side}_id = $1 AND status = wanted.status AND {listing} {limit}
) one"""  # noqa: S608 - our own words
            for side in ([role] if role else Side)
        )

    counted = f"LIMIT {EXACT_TOTAL_LIMIT + 1}"
    return f"""
SELECT offer_id AS id, (SELECT negotiation_id FROM trading.offers WHERE id = found.offer_id) AS negotiation_id,
    (SELECT count(*) FROM ({every(counted)} {counted}) counted) AS total
FROM (
    {every("AND offer_id < $3::uuid ORDER BY offer_id DESC LIMIT $4::int + $5::int")}
    ORDER BY offer_id DESC OFFSET $4::int LIMIT $5::int
) found
ORDER BY id DESC"""  # noqa: S608 - our own words


MINE = {(role, of_product): _page(role, of_product) for role, of_product in product([None, *Side], [False, True])}


class SqlOfferQueries(OfferQueries):
    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock

    async def offer(self, actor: Actor, offer_id: OfferId) -> OfferView:
        negotiation = await self._negotiation(actor, offer_id)
        return OfferView.of(negotiation, negotiation.find(offer_id))

    async def history(self, actor: Actor, offer_id: OfferId) -> HistoryView:
        return HistoryView.of(await self._negotiation(actor, offer_id))

    async def mine(
        self, actor: Actor, wanted: Wanted, *, after: OfferId | None, skip: int, limit: int
    ) -> Slice[OfferView]:
        statuses = [wanted.status.value] if wanted.status else [status.value for status in OfferStatus]
        asked = [actor.user, statuses, after or _LAST, skip, limit + 1]
        of_product = [] if wanted.product_id is None else [wanted.product_id]
        async with self._pool.connection() as connection:
            rows = await connection.fetch(MINE[wanted.role, bool(of_product)], *asked, *of_product)
            ids = list({row["negotiation_id"] for row in rows[:limit]})
            whole = {one.id: one for one in negotiations_of(await connection.fetch(BY_IDS, ids))} if ids else {}
        views = [
            OfferView.of(negotiation, negotiation.find(row["id"]))
            for row in rows[:limit]
            for negotiation in [whole[row["negotiation_id"]]]
        ]
        return Slice(views, rows[0]["total"] if rows else 0, len(rows) > limit)

    async def _negotiation(self, actor: Actor, offer_id: OfferId) -> Negotiation:
        async with self._pool.connection() as connection:
            rows = await connection.fetch(OF_OFFER, offer_id)
        for negotiation in negotiations_of(rows):
            negotiation.side_of(actor.user, self._clock.now())
            if negotiation.subject.listings:
                return negotiation
        raise OfferNotFound("no such offer")
