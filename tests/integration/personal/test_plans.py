"""With 100,000 rows of each kind every list goes by an index, and a new listing reads few of the saved searches."""

from collections.abc import AsyncIterator, Iterator

import pytest

from marketplace.adapters.sql.catalog.category_tree import CENSUS, REMOVE
from marketplace.adapters.sql.catalog.favorites import FORGET_FAVORITES, FORGET_VIEWS
from marketplace.adapters.sql.catalog.personal_queries import FAVORITES, SAVED_SEARCHES, SEEN
from marketplace.adapters.sql.catalog.recent_views import WRITE
from marketplace.adapters.sql.catalog.saved_searches import (
    FORGET_MATCHES,
    FORGET_MATCHES_OF,
    FORGET_SEARCHES,
    MATCHING,
    TOLD,
)
from tests.builders.commerce import NOON
from tests.engines import Database, Engines
from tests.integration.plans import AN_ID, Planner, an_id, filled_database, planning

LISTINGS = 2_000
PAGE = 20
BIG = {"storefront", "favorites", "listing_views", "saved_searches", "search_matches", "follows", "blocks"}
FILL = (
    AN_ID,
    """
CREATE FUNCTION word(n int) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT 'xyzzyk' || translate(n::text, '0123456789', 'bcdfghjklm') $$""",
    """
INSERT INTO identity.users
    (id, email, email_key, username, username_skeleton, full_name, password_hash, password_changed_at, role,
     email_verified, created_at, version)
SELECT an_id(n), n || '@marketplace.example', n || '@marketplace.example', 'user' || n, 'user' || n, 'S', '',
    now(), 'seller', true, now(), 0
FROM generate_series(0, 99) n""",
    """
INSERT INTO catalog.listings
    (id, seller_id, title, description, price_minor, fee_minor, currency, category, condition, channel, kind,
     audience, image_urls, tags, created_at)
SELECT an_id(n), an_id(99), 'Vintage ' || word(n) || ' camera', repeat('words ', 30), 85000, 4250, 'AED',
    'electronics', 'good', 'community', 'product', 'everyone', '{}', '{}', now()
FROM generate_series(1, 2000) n""",
    "INSERT INTO catalog.listing_states (listing_id, status) SELECT id, 'active' FROM catalog.listings",
    "ALTER TABLE catalog.storefront DISABLE TRIGGER words_of_storefront",
    """
INSERT INTO catalog.storefront
    (listing_id, seller_id, kind, channel, category, condition, audience, price_minor, currency)
SELECT an_id(n), an_id(99), 'product', 'community', (ARRAY['electronics', 'books', 'home', 'toys'])[1 + n % 4],
    'good', 'everyone', 85000, 'AED'
FROM generate_series(10001, 110000) n""",
    """
INSERT INTO catalog.favorites (id, user_id, listing_id, created_at)
SELECT an_id(u * 10000 + n), an_id(u), an_id(n), now()
FROM generate_series(0, 49) u, generate_series(1, 2000) n""",
    """
INSERT INTO catalog.listing_views (user_id, listing_id, seen_at, counted_on)
SELECT an_id(u), an_id(n), now() - n * interval '1 minute', '2029-12-31'
FROM generate_series(0, 49) u, generate_series(1, 2000) n""",
    """
INSERT INTO catalog.saved_searches (id, user_id, name, q, category, notify, created_at)
SELECT an_id(n), an_id(n), 'x', CASE WHEN n % 10 = 0 THEN '' ELSE word(n % 3000) || ' camera' END,
    CASE WHEN n % 10 = 0 THEN 'vehicles' END, true, now()
FROM generate_series(1, 100000) n""",
    """
INSERT INTO catalog.search_matches (user_id, listing_id, search_id, matched_at)
SELECT an_id(n / 10), an_id(n), an_id(n), now() - n * interval '1 minute' FROM generate_series(1, 100000) n""",
    *(
        f"VACUUM ANALYZE catalog.{table}"
        for table in (
            "listings", "listing_states", "storefront", "favorites", "listing_views", "saved_searches",
            "search_matches",
        )
    ),
    "ANALYZE identity.users",
)  # fmt: skip


@pytest.fixture(scope="module")
def big_database(engines: Engines, template: str) -> Iterator[Database]:
    with filled_database(engines, template, *FILL) as database:
        yield database


@pytest.fixture
async def planner(big_database: Database) -> AsyncIterator[Planner]:
    async with planning(big_database, BIG) as planner:
        yield planner


async def test_a_deep_page_of_favourites_costs_no_more_than_the_first(planner: Planner) -> None:
    me = an_id(7)
    by_number = await planner.plan_of(FAVORITES[False], me, 0, PAGE + 1)
    first = await planner.plan_of(FAVORITES[True], me, an_id(72_000), PAGE + 1)
    deep = await planner.plan_of(FAVORITES[True], me, an_id(70_100), PAGE + 1)
    for plan in (by_number, first, deep):
        plan.requires(rows=PAGE + 1, most_pages=500)
    assert deep.pages <= 1.5 * first.pages


async def test_what_one_saw_and_searches_for(planner: Planner) -> None:
    (await planner.plan_of(SEEN, an_id(7), PAGE)).requires(rows=PAGE, most_pages=500)
    (await planner.plan_of(SAVED_SEARCHES, an_id(7))).requires(rows=1, most_pages=20)


async def test_views_are_written_by_their_keys(planner: Planner) -> None:
    people, listings = [an_id(n % 50) for n in range(200)], [an_id(1_900 + n) for n in range(200)]
    plan = await planner.plan_of(WRITE, people, listings, [NOON] * 200)
    plan.requires(rows=0, most_pages=60_000)


async def test_categories_are_counted_in_an_index_alone(planner: Planner) -> None:
    plan = await planner.plan_of(CENSUS)
    assert {node.get("Index Name") for node in plan.nodes} >= {"ix_storefront_counts"}
    plan.requires(rows=51, most_pages=1_500)


async def test_a_category_is_deleted_without_reading_its_listings(planner: Planner) -> None:
    (await planner.plan_of(REMOVE, "nails")).requires(rows=0, most_pages=60)


@pytest.mark.parametrize(("listing", "told"), [(1_234, 33), (2_000, 1)])
async def test_a_new_listing_finds_its_searches_among_a_hundred_thousand(
    planner: Planner, listing: int, told: int
) -> None:
    (await planner.plan_of(MATCHING, an_id(listing))).requires(rows=told, most_pages=1_500)


async def test_those_who_were_told_and_what_is_forgotten(planner: Planner) -> None:
    plan = await planner.plan_of(TOLD, an_id(777), NOON, [an_id(77), an_id(78)], [an_id(1), an_id(2)])
    plan.requires(rows=1, most_pages=60)
    (await planner.plan_of(FORGET_MATCHES, NOON.replace(year=2000), 100)).requires(rows=1, most_pages=60)
    for statement in (FORGET_FAVORITES, FORGET_VIEWS, FORGET_SEARCHES, FORGET_MATCHES_OF):
        (await planner.plan_of(statement, an_id(7), 10)).requires(rows=1, most_pages=300)
