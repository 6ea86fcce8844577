"""At 100,000 listings a search goes by the index of words and reads a bounded number of pages, common word or rare."""

from collections.abc import AsyncIterator, Iterator

import pytest

from marketplace.adapters.sql.catalog.search import EVERYTHING
from marketplace.adapters.sql.catalog.search_sql import search
from marketplace.adapters.sql.catalog.search_steps import newest
from marketplace.adapters.sql.catalog.search_words import ALIKE, BEGUN, KNOW, SLIPPED
from marketplace.adapters.sql.catalog.suggestions import TITLES
from marketplace.application.catalog.search import MOST_CANDIDATES, Sort
from tests.engines import Database, Engines
from tests.integration.plans import Plan, Planner, filled_database, planning

LISTINGS = 100_000
BIG = {"listings", "listing_states", "storefront", "search_words", "search_lexemes"}
MOST_PAGES = 6 * MOST_CANDIDATES
"""Of 1,000 candidates: their rows, and what is done with their listings."""
FILL = (
    "ALTER TABLE catalog.storefront DISABLE TRIGGER words_of_storefront",
    "DROP INDEX catalog.ix_storefront_words",
    """
INSERT INTO catalog.storefront (listing_id, seller_id, kind, channel, category, condition, audience, price_minor,
    currency, place, words)
SELECT ('01970000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, '01970000-0000-7000-8000-000000000000',
    'product', 'community', 'electronics', 'good', 'everyone', 100 + n, 'AED', n,
    setweight(to_tsvector('simple', 'camera word' || n % 1000 || ' rare' || n / 10), 'A')
        || array_to_tsvector(ARRAY['#s', '#a' || (n >> 7), '#b' || (n >> 10), '#c' || (n >> 13), '#d' || (n >> 17)])
FROM generate_series(1, 100000) n""",
    "CREATE INDEX ix_storefront_words ON catalog.storefront USING gin (words) WITH (fastupdate = off)",
    """
INSERT INTO catalog.search_words (word, latin, pass, listings)
SELECT 'c' || translate(to_hex(n * 7919), '0123456789', 'ghijklmnop'),
    'c' || translate(to_hex(n * 7919), '0123456789', 'ghijklmnop'), 1, n FROM generate_series(1, 20000) n""",
    "INSERT INTO catalog.search_lexemes (lexeme, pass, listings) SELECT word, 1, 1 FROM catalog.search_words",
    "VACUUM ANALYZE catalog.storefront",
    "VACUUM ANALYZE catalog.search_words",
    "VACUUM ANALYZE catalog.search_lexemes",
)  # fmt: skip
TABLES = {"storefront", "listing_signals", "listings", "search_words", "search_lexemes"}


@pytest.fixture(scope="module")
def big_database(engines: Engines, template: str) -> Iterator[Database]:
    with filled_database(engines, template, *FILL) as database:
        yield database


@pytest.fixture
async def planner(big_database: Database) -> AsyncIterator[Planner]:
    async with planning(big_database, BIG) as planner:
        yield planner


def bounded(plan: Plan, most_pages: int) -> None:
    read = {node["Relation Name"] for node in plan.nodes if node["Node Type"] == "Seq Scan" and node["Actual Loops"]}
    assert read & TABLES == set()
    assert plan.pages <= most_pages, f"{plan.pages} pages"


async def plan_of(planner: Planner, word: str, parts: list[str], sort: Sort = Sort.RELEVANCE, skip: int = 0) -> Plan:
    nothing = [None] * 11
    statement = search(sort, signed_in=False, queries=1)
    return await planner.plan_of(
        statement, parts, [f"'{word}'"], [1.0], *nothing, 1_900_000_000, None, None, skip, 21, f"'{word}'"
    )


@pytest.mark.parametrize("sort", [Sort.RELEVANCE, Sort.NEWEST])
async def test_a_common_word_costs_no_more_than_its_candidates(planner: Planner, sort: Sort) -> None:
    first = await plan_of(planner, "camera", newest(LISTINGS), sort)
    deep = await plan_of(planner, "camera", newest(LISTINGS), sort, skip=979)
    assert first.rows == deep.rows == 21
    for plan in (first, deep):
        bounded(plan, MOST_PAGES)
    assert deep.pages <= 1.5 * first.pages


async def test_a_rare_word_is_looked_for_in_everything_at_once(planner: Planner) -> None:
    plan = await plan_of(planner, "rare77", [EVERYTHING])
    assert plan.rows == 10
    bounded(plan, 200)


async def test_a_word_in_between_is_found_part_by_part(planner: Planner) -> None:
    plan = await plan_of(planner, "word77", newest(LISTINGS))
    assert plan.rows == 21
    bounded(plan, 2_000)


async def test_words_are_looked_up(planner: Planner) -> None:
    bounded(await planner.plan_of(KNOW, "cfb camera"), 400)
    for letters, beginning in ((1, "c"), (2, "cf"), (3, "cfbi")):
        bounded(await planner.plan_of(BEGUN[letters], beginning), 60)
    bounded(await planner.plan_of(SLIPPED, "cfbgla"), 400)
    bounded(await planner.plan_of(ALIKE, "cfbgla"), 600)


async def test_titles_are_suggested_from_the_newest(planner: Planner) -> None:
    bounded(await planner.plan_of(TITLES, "'camera':A", newest(LISTINGS, "a")), 1_000)
