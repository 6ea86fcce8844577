"""Among 100,000 promo codes and as many uses everything is found by an index."""

from collections.abc import AsyncIterator, Iterator

import pytest

from marketplace.adapters.bridges.identity_asks_for_records import RECORDS
from marketplace.adapters.bridges.promotions_asks_ordering import ANY_OF
from marketplace.adapters.sql.promotions.promo_codes import ACTIVE, ACTIVE_LOCKED, LOCKED
from marketplace.adapters.sql.promotions.queries import PAGES
from marketplace.adapters.sql.promotions.redemptions import LIVE, LOCK, REDEEM, RELEASE, TAKE, USES_OF
from tests.engines import Database, Engines, copied_database, execute
from tests.integration.plans import AN_ID, Planner, an_id, planning

PAGE = 20
CODES = 100_000
BIG = {"promo_codes", "customer_uses", "redemptions", "discounted_orders"}
FILL = (
    AN_ID,
    "ALTER TABLE promotions.customer_uses DROP CONSTRAINT fk_customer_uses_code_id_promo_codes",
    "ALTER TABLE promotions.redemptions DROP CONSTRAINT fk_redemptions_code_id_promo_codes",
    "ALTER TABLE promotions.discounted_orders DROP CONSTRAINT fk_discounted_orders_redemption_id_redemptions",
    """
INSERT INTO promotions.promo_codes (id, code, owner_id, bearer, basis_points, first_order_only, channels, categories,
    listing_ids, per_customer, used, starts_at, is_active, created_at)
SELECT an_id(n), 'CODE-' || n, an_id(n % 5), 'seller', 1500, false, '{}', '{}', '{}', 1, 1, now(), true, now()
FROM generate_series(1, 100000) n""",
    """
INSERT INTO promotions.customer_uses SELECT an_id(n / 100), an_id(n), 1 FROM generate_series(1, 100000) n""",
    """
INSERT INTO promotions.redemptions
SELECT an_id(n), an_id(n / 100), an_id(n), 100, 'AED', CASE WHEN n % 2 = 0 THEN 'reserved' ELSE 'redeemed' END, now()
FROM generate_series(1, 100000) n""",
    "INSERT INTO promotions.discounted_orders SELECT an_id(n), an_id(n) FROM generate_series(1, 100000) n",
    *(f"VACUUM ANALYZE promotions.{table}" for table in sorted(BIG)),
)


@pytest.fixture(scope="module")
def big_database(engines: Engines, template: str) -> Iterator[Database]:
    with copied_database(engines, template) as database:
        execute(database.owner_dsn, *FILL)
        yield database


@pytest.fixture
async def planner(big_database: Database) -> AsyncIterator[Planner]:
    async with planning(big_database, BIG) as planner:
        yield planner


@pytest.mark.parametrize("wanted", PAGES, ids=str)
async def test_a_list_reads_its_page_and_counts_in_an_index(planner: Planner, wanted: tuple[bool, bool]) -> None:
    places = (an_id(CODES), an_id(500)) if wanted[1] else (0,)
    for place in places:
        plan = await planner.plan_of(PAGES[wanted], place, PAGE + 1, an_id(1))
        plan.requires(rows=PAGE + 1, most_pages=200)


async def test_a_code_and_its_uses_are_found_by_their_keys(planner: Planner) -> None:
    (await planner.plan(ACTIVE, code="CODE-99000")).requires(rows=1, most_pages=6)
    (await planner.plan(ACTIVE_LOCKED, code="CODE-99000")).requires(rows=1, most_pages=12)
    (await planner.plan(LOCKED, id=an_id(99_000))).requires(rows=1, most_pages=12)
    (await planner.plan_of(USES_OF, an_id(900), an_id(90_000))).requires(rows=1, most_pages=6)
    (await planner.plan_of(LIVE, an_id(90_000))).requires(rows=1, most_pages=14)
    (await planner.plan_of(LOCK, an_id(90_000))).requires(rows=1, most_pages=14)
    (await planner.plan_of(REDEEM, an_id(90_000))).requires(rows=0, most_pages=150)
    (await planner.plan_of(RELEASE, an_id(90_000))).requires(rows=0, most_pages=150)
    (await planner.plan_of(ANY_OF, an_id(90_000), [an_id(1)])).requires(rows=1, most_pages=6)
    (await planner.plan_of(f"{RECORDS['promo_code_uses']} LIMIT 10", an_id(90_000))).requires(rows=1, most_pages=20)
    (await planner.plan_of(f"{RECORDS['promo_codes']} LIMIT 10", an_id(1))).requires(rows=10, most_pages=20)


async def test_a_use_is_taken_by_keys(planner: Planner) -> None:
    arguments = (an_id(200_000), an_id(99_000), an_id(7), [an_id(200_001)], 100, "AED", "reserved", "2030-01-01", 1)
    (await planner.plan_of(TAKE, *arguments)).requires(rows=0, most_pages=200)
