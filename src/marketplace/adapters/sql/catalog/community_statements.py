"""The statements of the community feed: a disc, a ring, what is newest within a radius (docs/adr/0020)."""

from collections.abc import Callable

from sqlalchemy import text

from marketplace.adapters.sql.catalog.discover import AS_OF, UNBLOCKED
from marketplace.adapters.sql.catalog.feed_columns import COMMUNITY
from marketplace.adapters.sql.catalog.queries import PRODUCT_OF_PAGE
from marketplace.adapters.sql.statement import Statement
from marketplace.application.shared.paging import EXACT_TOTAL_LIMIT, LARGEST_PER_PAGE

MOST_WALKED = 20_000
"""Of the newest of everywhere, read to find those within a radius that holds many."""
_NEARBY = "CAST(:category AS text) IS NULL OR category = :category"


_CENTRE = "centre AS MATERIALIZED (SELECT catalog.on_earth(:latitude, :longitude) AS middle)"
_OF_SELLERS = f"""
    SELECT listing_id, point <-> centre.middle AS chord, settled
    FROM centre, unnest(CAST(:sellers AS uuid[])) followed(id) JOIN catalog.storefront ON seller_id = followed.id
    WHERE audience = 'followers' AND channel = 'community' AND point IS NOT NULL AND ({_NEARBY})"""  # noqa: S608


def _in_cells(by_category: bool) -> str:
    """At most :most rows of the ranges."""
    category = "AND category = :category" if by_category else ""
    return f"""
    SELECT one.listing_id, one.chord, one.settled, one.seller_id
    FROM centre, unnest(CAST(:firsts AS bigint[]), CAST(:lasts AS bigint[])) cells(first, last)
    CROSS JOIN LATERAL (
        SELECT listing_id, point <-> centre.middle AS chord, settled, seller_id FROM catalog.storefront
        WHERE {COMMUNITY} {category} AND cell BETWEEN cells.first AND cells.last
    ) one LIMIT :most"""  # noqa: S608 - our own words


def _page(found: str, order: str, more: str = "NULL::bigint AS read") -> Statement:
    """`found` gives listing_id, chord and settled."""
    of_page = order.replace("chord", "page.chord").replace("listing_id", "page.listing_id")
    sql = f"""
WITH {_CENTRE}, {found}, page AS MATERIALIZED (
    SELECT * FROM found ORDER BY {order} OFFSET :skip LIMIT :limit
)
SELECT product.*, page.listing_id, page.chord, {AS_OF} AS as_of, {more}
FROM (VALUES (1)) always LEFT JOIN page ON true LEFT JOIN LATERAL ({PRODUCT_OF_PAGE} LIMIT 1) product ON true
ORDER BY {of_page}"""  # noqa: S608 - our own words
    return Statement(text(sql))


def _nearest(by_category: bool, most: int) -> Statement:
    """The nearest of all, and of them those within the radius: a condition inside would hide the order of the index."""
    category = "AND category = :category" if by_category else ""
    found = f"""found AS (
    SELECT * FROM (
        SELECT near.* FROM centre CROSS JOIN LATERAL (
            SELECT listing_id, point <-> centre.middle AS chord, settled FROM catalog.storefront
            WHERE {COMMUNITY} {category} AND {UNBLOCKED}
            ORDER BY point <-> centre.middle, listing_id LIMIT {most}
        ) near LIMIT CAST(:skip AS bigint) + CAST(:limit AS bigint)
    ) nearest WHERE chord <= :outer
    UNION ALL SELECT * FROM ({_OF_SELLERS}) theirs WHERE chord <= :outer
)"""  # noqa: S608 - our own words
    return _page(found, "chord, listing_id")


def _ring(by_category: bool) -> Statement:
    found = f"""candidate AS MATERIALIZED ({_in_cells(by_category)}), found AS (
    SELECT listing_id, chord, settled FROM candidate
    WHERE chord <= :outer AND (chord, listing_id) > (:chord, :id) AND settled < :as_of AND {UNBLOCKED}
    UNION ALL SELECT * FROM ({_OF_SELLERS}) theirs
    WHERE chord <= :outer AND (chord, listing_id) > (:chord, :id) AND settled < :as_of
)"""  # noqa: S608 - our own words
    return _page(found, "chord, listing_id", "(SELECT count(*) FROM candidate) AS read")


def _newest_in_cells(by_category: bool) -> Statement:
    found = f"""candidate AS MATERIALIZED ({_in_cells(by_category)}), found AS (
    SELECT listing_id, chord, settled FROM candidate WHERE chord <= :outer AND listing_id < :id AND {UNBLOCKED}
    UNION ALL SELECT * FROM ({_OF_SELLERS}) theirs WHERE chord <= :outer AND listing_id < :id
)"""  # noqa: S608 - our own words
    return _page(found, "listing_id DESC", "(SELECT count(*) FROM candidate) AS read")


def _newest_of_all(by_category: bool) -> Statement:
    category = "AND category = :category" if by_category else ""
    found = f"""found AS (
    (SELECT newest.listing_id, point <-> centre.middle AS chord, settled FROM centre CROSS JOIN LATERAL (
        SELECT listing_id, point, settled, seller_id FROM catalog.storefront
        WHERE {COMMUNITY} {category} AND listing_id < :id ORDER BY listing_id DESC LIMIT {MOST_WALKED}
    ) newest
    WHERE point <-> centre.middle <= :outer AND {UNBLOCKED} LIMIT CAST(:skip AS bigint) + CAST(:limit AS bigint))
    UNION ALL SELECT * FROM ({_OF_SELLERS}) theirs WHERE chord <= :outer AND listing_id < :id
)"""  # noqa: S608 - our own words
    return _page(found, "listing_id DESC")


def _total(by_category: bool) -> Statement:
    sql = f"""
WITH {_CENTRE}
SELECT (SELECT count(*) FROM (
        SELECT FROM ({_in_cells(by_category)}) one WHERE chord <= :outer AND {UNBLOCKED} LIMIT {EXACT_TOTAL_LIMIT + 1}
    ) counted) + (SELECT count(*) FROM ({_OF_SELLERS}) theirs WHERE chord <= :outer)"""  # noqa: S608 - our own words
    return Statement(text(sql))


def _both(make: Callable[[bool], Statement]) -> dict[bool, Statement]:
    """Without and with a category."""
    return {by_category: make(by_category) for by_category in (False, True)}


NEAREST = _both(lambda by_category: _nearest(by_category, LARGEST_PER_PAGE + 1))
FARTHER = _both(lambda by_category: _nearest(by_category, LARGEST_PER_PAGE + 1 + EXACT_TOTAL_LIMIT))
RING, TOTAL = _both(_ring), _both(_total)
NEWEST_IN_CELLS, NEWEST_OF_ALL = _both(_newest_in_cells), _both(_newest_of_all)
