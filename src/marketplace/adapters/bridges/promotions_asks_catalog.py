from collections.abc import Collection, Sequence
from uuid import UUID

from marketplace.adapters.sql.pool import Pool
from marketplace.application.promotions.ports import Shelf
from marketplace.application.shared.actor import Actor
from marketplace.domain.catalog.listing import ListingNotFound
from marketplace.domain.promotions.discount import Line
from marketplace.domain.shared.money import Money

CATEGORIES = """(
    WITH RECURSIVE above AS (
        SELECT slug, parent FROM catalog.categories WHERE slug = l.category
        UNION SELECT c.slug, c.parent FROM catalog.categories c JOIN above ON c.slug = above.parent
    )
    SELECT array_agg(slug) FROM above
) AS categories"""
"""Of a listing `l`: its own and those above it."""
LINES = f"""
SELECT l.id, l.seller_id, l.channel, l.price_minor, l.currency, {CATEGORIES}
FROM catalog.listings l JOIN catalog.listing_states s ON s.listing_id = l.id AND s.status = 'active'
WHERE l.id = ANY ($1) AND catalog.may_see($2, l.seller_id, l.audience)
"""  # noqa: S608 - our own words


class ShelfOfCatalog(Shelf):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def lines(self, actor: Actor, listings: Collection[UUID]) -> Sequence[Line]:
        async with self._pool.connection() as connection:
            rows = {row["id"]: row for row in await connection.fetch(LINES, list(listings), actor.user)}
        if missing := [one for one in listings if one not in rows]:
            raise ListingNotFound("no such product for sale", product_id=missing[0])
        return [
            Line(
                seller=rows[one]["seller_id"], amount=Money(rows[one]["price_minor"], rows[one]["currency"]),
                channel=rows[one]["channel"], categories=frozenset(rows[one]["categories"]), listing=one,
            )
            for one in listings
        ]  # fmt: skip
