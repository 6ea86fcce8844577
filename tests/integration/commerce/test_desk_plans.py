"""With 100,000 negotiations, half of them over one trade, its offers are still read by indexes."""

from collections.abc import AsyncIterator, Iterator

import pytest

from marketplace.adapters.sql.trading.desk_offer_queries import ALL_PAGES, COMPARED, OFFERS, OWN_PAGES
from marketplace.adapters.sql.trading.negotiations import _LOCK_OPEN_OVER as LOCK_OPEN_OVER
from marketplace.application.trading.desk_views import MOST_COMPARED
from tests.engines import Database, Engines
from tests.integration.plans import AN_ID, Planner, an_id, filled_database, planning

BUSY, OWNER = an_id(1), an_id(3)
PAGE = 20
FILL = (
    AN_ID,
    """
INSERT INTO trading.negotiations (id, subject_kind, subject_id, listing_ids, buyer_id, seller_id, opener, currency,
    attempts, status)
SELECT an_id(n), 'trade', CASE WHEN n % 2 = 0 THEN an_id(1) ELSE an_id(n % 1000 + 1) END, '{}', an_id(3),
    an_id(n % 1000 + 1000000), 'seller', 'INR', 0, CASE WHEN n <= 1000 THEN 'agreed' ELSE 'closed' END
FROM generate_series(1, 100000) n""",
    """
INSERT INTO trading.offers (id, negotiation_id, side, price_minor, price_unit, quantity, unit, status, created_at,
    expires_at)
SELECT an_id(n), an_id(n), 'seller', 6200000, 'candy', 300, 'bale', 'declined', now(), now()
FROM generate_series(1, 100000) n""",
    "VACUUM ANALYZE trading.negotiations, trading.offers, trading.shortlist",
)


@pytest.fixture(scope="module")
def busy(engines: Engines, template: str) -> Iterator[Database]:
    with filled_database(engines, template, *FILL) as database:
        yield database


@pytest.fixture
async def planner(busy: Database) -> AsyncIterator[Planner]:
    async with planning(busy, {"negotiations", "offers"}) as planner:
        yield planner


@pytest.mark.parametrize("by_cursor", [True, False])
async def test_a_page_of_all_offers_on_a_trade(planner: Planner, *, by_cursor: bool) -> None:
    first = an_id(50_000) if by_cursor else 9_000
    plan = await planner.plan_of(ALL_PAGES[by_cursor], BUSY, first, PAGE)
    plan.requires(rows=PAGE, most_pages=700)


@pytest.mark.parametrize("by_cursor", [True, False])
async def test_a_page_of_the_offers_of_one_author(planner: Planner, *, by_cursor: bool) -> None:
    first = an_id(50_000) if by_cursor else 0
    plan = await planner.plan_of(OWN_PAGES[by_cursor], BUSY, first, PAGE, OWNER, an_id(1_000_002))
    plan.requires(rows=PAGE, most_pages=60)


async def test_the_offers_to_compare(planner: Planner) -> None:
    plan = await planner.plan_of(COMPARED, BUSY)
    plan.requires(rows=MOST_COMPARED + 1, most_pages=900)


async def test_the_offers_of_a_page(planner: Planner) -> None:
    plan = await planner.plan_of(OFFERS, [an_id(n * 1_000) for n in range(1, PAGE + 1)])
    plan.requires(rows=PAGE, most_pages=250)


async def test_the_offers_to_supersede(planner: Planner) -> None:
    plan = await planner.plan_of(LOCK_OPEN_OVER, BUSY, 100)
    assert plan.whole_tables_read == set()
