"""With 100,000 reviews, most of them of one seller, every list and tally goes by an index."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest

from marketplace.adapters.bridges.identity_asks_for_records import RECORDS
from marketplace.adapters.bridges.reviews_asks_ordering import _REVIEWS
from marketplace.adapters.sql.catalog.queries import NEWEST
from marketplace.adapters.sql.reviews.exchanges import _LOCK
from marketplace.adapters.sql.reviews.queries import ABOUT, REPORTED
from marketplace.adapters.sql.reviews.ratings import COUNT, DISCOUNT
from tests.builders.commerce import NOON
from tests.engines import Database, Engines, copied_database, execute
from tests.integration.plans import AN_ID, Planner, an_id, planning

PAGE = 20
MOST_PAGES_OF_A_LIST = 300
"""101 rows are picked in one index; 21 reviews and their authors are looked up."""
MOST_PAGES_BY_ID = 60
BIG = {"exchanges", "reviews", "shown", "ratings", "reports", "moderation_items"}
SELLER = an_id(0)
FILL = (
    AN_ID,
    "SET session_replication_role = replica",
    """
INSERT INTO reviews.exchanges (order_id, buyer_id, seller_id, listings, closes_at, status, published_at)
SELECT an_id(n), an_id(n), an_id(0), '{}', now(), 'published', now() FROM generate_series(1, 20000) n""",
    """
INSERT INTO reviews.reviews (id, order_id, side, author_id, about_id, rating, aspects, text, listings, written_at,
    reply, replied_at)
SELECT an_id(n), an_id(n), 'buyer', an_id(n), an_id(CASE WHEN n > 40000 THEN 0 ELSE n % 20000 END), 1 + n % 5, '{}',
    'Fine.', '{}', now(), 'Thanks.', now()
FROM generate_series(1, 100001) n""",
    """
INSERT INTO reviews.shown (review_id, rated_id, role, stars, published_at)
SELECT id, about_id, 'seller', rating, timestamptz '2026-01-01' + row_number() OVER () * interval '1 second'
FROM reviews.reviews WHERE id <= an_id(100000)""",
    """
INSERT INTO reviews.ratings (rated_id, role, one, two, three, four, five)
SELECT rated_id, role, count(*), count(*), count(*), count(*), count(*) FROM reviews.shown GROUP BY 1, 2""",
    """
INSERT INTO catalog.moderation_items (id, kind, review_id, listing_id, opened_at, reports)
SELECT an_id(n), 'feedback', an_id(n), NULL, now(), 1 FROM generate_series(1, 20000) n
UNION ALL SELECT an_id(n), 'reports', NULL, an_id(n), now(), 1 FROM generate_series(20001, 40000) n""",
    """
INSERT INTO reviews.reports (review_id, reporter_id, item_id, reason, reported_at)
SELECT an_id(n), an_id(n), an_id(n), 'spam', now() FROM generate_series(1, 20000) n""",
    "VACUUM ANALYZE reviews.exchanges, reviews.reviews, reviews.shown, reviews.ratings, reviews.reports,"
    " catalog.moderation_items",
)
"""The seller has 60,001 reviews, the newest of which is not public yet."""


@pytest.fixture(scope="module")
def big_database(engines: Engines, template: str) -> Iterator[Database]:
    with copied_database(engines, template) as database:
        execute(database.admin_dsn, *FILL)
        yield database


@pytest.fixture
async def planner(big_database: Database) -> AsyncIterator[Planner]:
    async with planning(big_database, BIG) as planner:
        yield planner


@pytest.mark.parametrize("stars", [None, 4])
async def test_a_deep_page_of_reviews_costs_no_more_than_the_first(planner: Planner, stars: int | None) -> None:
    whose, filters = (SELLER, "seller", PAGE + 1), () if stars is None else (stars,)
    by_number = await planner.plan_of(ABOUT[stars is not None, False], *whose, 0, *filters)
    positions = [("2030-01-01", an_id(0)), ("2026-01-01 20:00", an_id(0))]
    first, deep = [await planner.plan_of(ABOUT[stars is not None, True], *whose, *at, *filters) for at in positions]
    for plan in (by_number, first, deep):
        plan.requires(rows=PAGE + 1, most_pages=MOST_PAGES_OF_A_LIST)
    assert deep.pages <= 1.5 * first.pages


async def test_who_has_no_reviews_costs_next_to_nothing(planner: Planner) -> None:
    plan = await planner.plan_of(ABOUT[False, False], an_id(777_777), "seller", PAGE + 1, 0)
    plan.requires(rows=1, most_pages=MOST_PAGES_BY_ID)


async def test_the_review_of_a_busy_seller_is_counted_and_discounted(planner: Planner) -> None:
    counting = await planner.plan_of(
        COUNT, [an_id(100_001)] * 2, [SELLER, an_id(7)], ["seller", "listing"], [5, 5], NOON + timedelta(days=1)
    )
    counting.requires(rows=2, most_pages=4 * MOST_PAGES_BY_ID)
    (await planner.plan_of(DISCOUNT, an_id(77_777))).requires(rows=1, most_pages=MOST_PAGES_BY_ID)


async def test_one_order_and_what_a_person_wrote(planner: Planner) -> None:
    (await planner.plan_of(_LOCK, an_id(777))).requires(rows=1, most_pages=MOST_PAGES_BY_ID)
    (await planner.plan_of(_REVIEWS, an_id(777))).requires(rows=1, most_pages=MOST_PAGES_BY_ID)
    (await planner.plan_of(RECORDS["reviews"], an_id(777))).requires(rows=3, most_pages=MOST_PAGES_BY_ID)


@pytest.mark.parametrize("by_cursor", [False, True])
async def test_a_full_queue_of_reported_reviews(planner: Planner, by_cursor: bool) -> None:
    plan = await planner.plan_of(REPORTED[by_cursor], an_id(10_000) if by_cursor else 0, PAGE + 1)
    plan.requires(rows=PAGE + 1, most_pages=2_500)


async def test_a_list_of_products_reads_no_reviews_for_the_ratings_of_their_sellers(planner: Planner) -> None:
    plan = await planner.plan(NEWEST[False, False], skip=0, after=None, limit=PAGE + 1, category=None)
    touched = {node.get("Relation Name") for node in plan.nodes}
    assert "users" in touched
    assert touched.isdisjoint(BIG)
