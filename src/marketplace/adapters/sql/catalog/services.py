"""Lists of services: the page is picked in the storefront, where an index soon brings it to an end."""

from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Integer, Text, Uuid, bindparam, text
from sqlalchemy.types import TypeEngine

from marketplace.adapters.sql.catalog.queries import products_of, slice_of
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.statement import Statement
from marketplace.application.catalog.ports import ProductQueries
from marketplace.application.catalog.service_ports import ServiceFilter, ServiceQueries
from marketplace.application.catalog.service_views import ServiceView
from marketplace.application.shared.actor import Viewer
from marketplace.application.shared.paging import EXACT_TOTAL_LIMIT, LARGEST_PER_PAGE, Slice
from marketplace.domain.shared.ids import ListingId

LAST = UUID(int=2**128 - 1)
"""After which, as a cursor, comes everything."""
_BINDS: dict[str, TypeEngine[Any]] = {
    "after": Uuid(), "skip": Integer(), "category": Text(), "seller": Uuid(), "currency": Text(),
    "least": BigInteger(), "most": BigInteger(),
}  # fmt: skip

_PUBLIC = "audience = 'everyone'"
_SHOWN = f"kind = 'service' AND {_PUBLIC}"
_PRICED = "currency = :currency AND price_minor BETWEEN :least AND :most"
_FIRST = f"AND listing_id < :after ORDER BY listing_id DESC LIMIT :skip + {LARGEST_PER_PAGE + 1}"
_PAGE = f"ORDER BY listing_id DESC OFFSET :skip LIMIT {LARGEST_PER_PAGE + 1}"
_BELOW = """below AS (
    SELECT slug FROM catalog.categories WHERE kind = 'service' AND (slug = :category OR :category IS NULL)
    UNION SELECT c.slug FROM catalog.categories c JOIN below ON c.parent = below.slug
)"""
_SOME = f"LIMIT {EXACT_TOTAL_LIMIT + 1}"


def _statement(sql: str) -> Statement:
    """Of SQL that gives the ids of one page, each with the total."""
    binds = (bindparam(name, type_=kind) for name, kind in _BINDS.items() if f":{name}" in sql)
    ids = text(sql).bindparams(*binds).columns(listing_id=Uuid, total=Integer).subquery()
    return products_of(ids, ids.c.total)


def _all_of(shown: str) -> Statement:
    rows = f"FROM catalog.storefront WHERE {shown}"
    return _statement(f"""
SELECT listing_id, (SELECT count(*) FROM (SELECT {rows} ORDER BY listing_id DESC {_SOME}) counted) AS total
{rows} AND listing_id < :after {_PAGE}""")  # noqa: S608 - our own words


NEWEST = _all_of(_SHOWN)
GIGS = _all_of(f"is_gig AND {_PUBLIC}")

_THEIRS = f"""FROM catalog.storefront WHERE seller_id = :seller AND {_SHOWN}
    AND (:category IS NULL OR category IN (SELECT slug FROM below))
    AND (:currency IS NULL OR {_PRICED})"""  # noqa: S608
OF_SELLER = _statement(f"""
WITH RECURSIVE {_BELOW}
SELECT listing_id, (SELECT count(*) FROM (SELECT {_THEIRS} {_SOME}) counted) AS total
{_THEIRS} AND listing_id < :after {_PAGE}""")  # noqa: S608
"""One person has only so many: the rest is asked of each of them."""

_IN_EACH = "FROM below CROSS JOIN LATERAL (SELECT listing_id FROM catalog.storefront WHERE category = slug AND"
OF_CATEGORY = _statement(f"""
WITH RECURSIVE {_BELOW}
SELECT listing_id, (
    SELECT count(*) FROM (SELECT {_IN_EACH} {_PUBLIC} ORDER BY listing_id DESC {_SOME}) one {_SOME}) counted
) AS total
{_IN_EACH} {_PUBLIC} {_FIRST}) one {_PAGE}""")  # noqa: S608
"""The newest of each category below, and of these the newest. The order and the limit of what is counted keep the
planner from reading the whole table at once."""

PRICED = _statement(f"""
WITH RECURSIVE {_BELOW}, few AS MATERIALIZED (
    SELECT listing_id {_IN_EACH} {_SHOWN} AND {_PRICED} ORDER BY price_minor {_SOME}) one {_SOME}
), found AS MATERIALIZED (SELECT count(*) AS total, count(*) > {EXACT_TOTAL_LIMIT} AS are_many FROM few)
SELECT listing_id, (SELECT total FROM found) AS total FROM (
    (SELECT listing_id FROM few WHERE NOT (SELECT are_many FROM found))
    UNION ALL
    (SELECT listing_id FROM catalog.storefront
     WHERE (SELECT are_many FROM found) AND {_SHOWN} AND {_PRICED} AND category IN (SELECT slug FROM below) {_FIRST})
) either WHERE listing_id < :after {_PAGE}""")  # noqa: S608
"""By the index of prices, all that fit, as long as they are few; of many, the newest are soon met with by age."""


class SqlServiceQueries(ServiceQueries):
    def __init__(self, pool: Pool, products: ProductQueries) -> None:
        self._pool = pool
        self._products = products

    async def service(self, viewer: Viewer, service_id: ListingId) -> ServiceView:
        return ServiceView.of(await self._products.product(viewer, service_id))

    async def newest(
        self, wanted: ServiceFilter, *, after: ListingId | None, skip: int, limit: int
    ) -> Slice[ServiceView]:
        statement = NEWEST
        if wanted.seller:
            statement = OF_SELLER
        elif wanted.prices:
            statement = PRICED
        elif wanted.category:
            statement = OF_CATEGORY
        prices = wanted.prices
        return await self._page(
            statement, after=after or LAST, skip=skip, limit=limit, category=wanted.category, seller=wanted.seller,
            currency=prices and prices.currency, least=prices and prices.least, most=prices and prices.most,
        )  # fmt: skip

    async def gigs(self, *, after: ListingId | None, skip: int, limit: int) -> Slice[ServiceView]:
        return await self._page(GIGS, after=after or LAST, skip=skip, limit=limit)

    async def _page(self, statement: Statement, *, limit: int, **values: object) -> Slice[ServiceView]:
        async with self._pool.connection() as connection:
            rows = await statement.all(connection, limit=limit + 1, **values)
        found = slice_of(rows, limit)
        return Slice([ServiceView.of(view) for view in found.items], found.total, found.has_more)
