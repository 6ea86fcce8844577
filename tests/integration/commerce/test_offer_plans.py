"""Among 100,000 offers every list goes by an index, and so do the cap of attempts and the watchers of a listing."""

from collections.abc import AsyncIterator, Iterator
from uuid import UUID

import pytest

from marketplace.adapters.sql.catalog.favorites import WATCHERS
from marketplace.adapters.sql.trading.negotiations import PAST
from marketplace.adapters.sql.trading.queries import MINE
from marketplace.domain.trading.offer import OfferStatus, Side
from tests.engines import Database, Engines
from tests.integration.plans import AN_ID, Planner, an_id, filled_database, planning

PAGE = 20
BIG = {"negotiations", "offers", "listing_offers", "favorites"}
SELLER, BUYER, LOT = an_id(999_999), an_id(3), an_id(1)
"""The seller has all 100,000 offers, half of them on one lot; the buyer one in a hundred."""
ALL = [status.value for status in OfferStatus]
END = UUID(int=2**128 - 1)
FILL = (
    AN_ID,
    """
INSERT INTO trading.negotiations (id, subject_kind, subject_id, listing_ids, buyer_id, seller_id, opener, currency,
    asked_minor, asked_quantity, asked_unit, asked_is_ceiling, attempts, status)
SELECT an_id(n), 'listing', l, ARRAY[l], an_id(n % 100), an_id(999999), 'buyer', 'AED', 85000, 1, 'piece', true, 0,
    'closed'
FROM generate_series(1, 100000) n, LATERAL (SELECT an_id(CASE n % 2 WHEN 0 THEN 1 ELSE n END) AS l) listing""",
    "ALTER TABLE trading.offers DISABLE TRIGGER listing_offers_of_new",
    """
INSERT INTO trading.offers (id, negotiation_id, side, price_minor, quantity, unit, status, created_at, expires_at)
SELECT an_id(n), an_id(n), 'buyer', 75000, 1, 'piece', CASE WHEN n % 1000 < 10 THEN 'accepted' ELSE 'declined' END,
    now(), now()
FROM generate_series(1, 100000) n""",
    """
INSERT INTO trading.listing_offers (offer_id, listing_id, is_first, buyer_id, seller_id, status)
SELECT o.id, n.subject_id, true, n.buyer_id, n.seller_id, o.status
FROM trading.offers o JOIN trading.negotiations n USING (id)""",
    """
INSERT INTO catalog.listings (id, seller_id, title, description, price_minor, fee_minor, currency, category, condition,
    channel, kind, audience, image_urls, tags, created_at)
SELECT an_id(n), an_id(999999), 'Camera', '', 85000, 4250, 'AED', 'books', 'good', 'community', 'product', 'everyone',
    '{}', '{}', now()
FROM generate_series(1, 100) n""",
    """
INSERT INTO catalog.favorites (id, user_id, listing_id, created_at)
SELECT an_id(n), an_id(n), an_id(1 + n % 100), now() FROM generate_series(1, 30000) n""",
    "VACUUM ANALYZE trading.negotiations",
    "VACUUM ANALYZE trading.offers",
    "VACUUM ANALYZE trading.listing_offers",
    "VACUUM ANALYZE catalog.favorites",
)


@pytest.fixture(scope="module")
def big_database(engines: Engines, template: str) -> Iterator[Database]:
    with filled_database(engines, template, *FILL) as database:
        yield database


@pytest.fixture
async def planner(big_database: Database) -> AsyncIterator[Planner]:
    async with planning(big_database, BIG) as planner:
        yield planner


@pytest.mark.parametrize(("whose", "role", "product", "statuses"), [
    (BUYER, Side.BUYER, None, ALL), (BUYER, None, None, ALL), (SELLER, Side.SELLER, None, ALL),
    (SELLER, Side.SELLER, None, ["accepted"]), (SELLER, None, LOT, ALL), (SELLER, None, LOT, ["accepted"]),
    (an_id(2), Side.BUYER, LOT, ALL),
])  # fmt: skip
async def test_a_deep_page_of_offers_costs_no_more_than_the_first(
    planner: Planner, whose: UUID, role: Side | None, product: UUID | None, statuses: list[str]
) -> None:
    """But for counting them, up to the limit of a total."""
    statement, of_product = MINE[role, product is not None], [product] if product else []
    first = await planner.plan_of(statement, whose, statuses, END, 0, PAGE + 1, *of_product)
    deep = await planner.plan_of(statement, whose, statuses, an_id(50_000), 0, PAGE + 1, *of_product)
    first.requires(rows=PAGE + 1, most_pages=400)
    deep.requires(rows=PAGE + 1, most_pages=400)
    assert deep.pages <= 1.2 * first.pages


@pytest.mark.parametrize("product", [None, LOT])
async def test_a_stranger_reads_nothing_of_others(planner: Planner, product: UUID | None) -> None:
    of_product = [product] if product else []
    plan = await planner.plan_of(MINE[None, bool(product)], an_id(5_555_555), ALL, END, 0, PAGE + 1, *of_product)
    plan.requires(rows=0, most_pages=120)


async def test_what_a_buyer_has_negotiated_over_a_lot_with_fifty_thousand_offers(planner: Planner) -> None:
    (await planner.plan_of(PAST, LOT, [an_id(5_555_555)])).requires(rows=0, most_pages=20)
    one = await planner.plan_of(PAST, an_id(77), [an_id(77)])
    one.requires(rows=1, most_pages=20)


async def test_the_watchers_of_a_listing(planner: Planner) -> None:
    """200 of 300; that they may see it is asked of each."""
    plan = await planner.plan_of(WATCHERS, an_id(7), 200)
    plan.requires(rows=200, most_pages=200 * 12)
