"""With 100,000 people every list and search goes by an index and reads a bounded number of pages."""

from collections.abc import AsyncIterator, Iterator
from uuid import UUID

import pytest

from marketplace.adapters.sql.identity.workers import WORKERS
from marketplace.adapters.sql.social.queries import (
    BLOCKED,
    BY_ID,
    FOLLOWERS,
    FOLLOWING,
    NEWEST,
    SEARCH_BEGINNINGS,
    SEARCH_LIKENESS,
)
from marketplace.adapters.sql.social.relations import _BLOCKED_BETWEEN, _FOLLOW, _FORGET_FOLLOWS, _UNFOLLOW
from marketplace.adapters.sql.trading.negotiations import _LOCK_OPEN_OF
from tests.builders.commerce import NOON
from tests.engines import Database, Engines
from tests.integration.plans import AN_ID, Planner, an_id, filled_database, planning

PEOPLE = 100_000
PAGE = 20
MOST_PAGES_OF_A_LIST = 600
"""101 people are picked in one index, where need be checked in another; 21 are looked up."""
MOST_PAGES_OF_A_SEARCH = 8_000
"""At most 1,000 candidates are ranked, and 200 of them shown."""
MOST_PAGES_BY_ID = 90
BIG = {"users", "follows", "follow_counts", "blocks", "worker_profiles", "worker_skills", "negotiations"}
STAR = an_id(1)
"""Followed by everybody, and follows everybody."""
FILL = (
    AN_ID,
    """
INSERT INTO identity.users
    (id, email, email_key, username, username_skeleton, full_name, password_hash, password_changed_at, role,
     created_at, version)
SELECT an_id(n), n || '@marketplace.example', n || '@marketplace.example', 'user' || n, 'user' || n,
    (ARRAY['Amina','Bobur','Chloé','Dmitri','Elif'])[1 + n % 5] || ' ' ||
    (ARRAY['Karimova','Yusupov','Müller','Okafor','Tanaka','Silva','Haddad'])[1 + n % 7] || n % 1000, '', now(),
    'seller', now(), 0
FROM generate_series(1, 100000) n""",
    """
INSERT INTO identity.worker_profiles (user_id, headline, bio, skills, is_available, is_listed, updated_at)
SELECT an_id(n), 'Worker number ' || n, CASE WHEN n % 1000 = 0 THEN 'Repairs gramophones' ELSE 'Wiring' END,
    ARRAY['skill' || n % 10], n % 2 = 0, true, now()
FROM generate_series(1, 100000) n""",
    """
INSERT INTO identity.worker_skills (skill, user_id)
SELECT skills[1], user_id FROM identity.worker_profiles ORDER BY user_id""",
    """
INSERT INTO social.follows (follower_id, followed_id, created_at)
SELECT an_id(n), an_id(1), now() FROM generate_series(2, 100000) n
UNION ALL SELECT an_id(1), an_id(n), now() FROM generate_series(2, 100000) n""",
    """
INSERT INTO social.follow_counts (user_id, followers, following)
SELECT an_id(n), 1, 1 FROM generate_series(2, 100000) n UNION ALL SELECT an_id(1), 99999, 99999""",
    """
INSERT INTO social.blocks (blocker_id, blocked_id, created_at)
SELECT an_id(n), an_id(n + 1), now() FROM generate_series(1, 99999) n""",
    """
INSERT INTO trading.negotiations
    (id, subject_kind, subject_id, listing_ids, buyer_id, seller_id, opener, currency, attempts, status)
SELECT an_id(n), 'listing', an_id(n), ARRAY[an_id(n)], an_id(1 + n / 1000), an_id(1000 + n / 1000), 'buyer', 'AED', 0,
    CASE WHEN n % 100 = 0 THEN 'open' ELSE 'closed' END
FROM generate_series(1, 100000) n""",
    *(
        f"VACUUM ANALYZE {table}"
        for table in (
            "identity.users", "identity.worker_profiles", "identity.worker_skills", "social.follows",
            "social.follow_counts", "social.blocks", "trading.negotiations",
        )
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def big_database(engines: Engines, template: str) -> Iterator[Database]:
    with filled_database(engines, template, *FILL) as database:
        yield database


@pytest.fixture
async def planner(big_database: Database) -> AsyncIterator[Planner]:
    async with planning(big_database, BIG) as planner:
        yield planner


@pytest.mark.parametrize(
    ("pages", "whose"),
    [(NEWEST, ()), (FOLLOWERS, (STAR,)), (FOLLOWING, (STAR,))],
    ids=["all", "followers", "following"],
)
async def test_a_deep_page_of_people_costs_no_more_than_the_first(
    planner: Planner, pages: dict[bool, str], whose: tuple[UUID, ...]
) -> None:
    by_number = await planner.plan_of(pages[False], 0, PAGE + 1, *whose)
    first = await planner.plan_of(pages[True], an_id(PEOPLE), PAGE + 1, *whose)
    deep = await planner.plan_of(pages[True], an_id(500), PAGE + 1, *whose)
    for plan in (by_number, first, deep):
        plan.requires(rows=PAGE + 1, most_pages=MOST_PAGES_OF_A_LIST)
    assert deep.pages <= 1.5 * first.pages


async def test_a_profile_and_the_blocks_of_one_person(planner: Planner) -> None:
    (await planner.plan_of(BY_ID, STAR)).requires(rows=1, most_pages=MOST_PAGES_BY_ID)
    plan = await planner.plan_of(BLOCKED[False], 0, PAGE + 1, an_id(777))
    plan.requires(rows=1, most_pages=MOST_PAGES_BY_ID)
    (await planner.plan_of(_BLOCKED_BETWEEN, STAR, an_id(777))).requires(rows=1, most_pages=MOST_PAGES_BY_ID)


@pytest.mark.parametrize(
    ("statement", "words", "rows"),
    [
        (SEARCH_LIKENESS, "user77777", 21), (SEARCH_LIKENESS, "muller", 21), (SEARCH_LIKENESS, "karimva", 21),
        (SEARCH_LIKENESS, "amina karimova", 21), (SEARCH_LIKENESS, "nobody like this", 0), (SEARCH_BEGINNINGS, "u", 21),
        (SEARCH_BEGINNINGS, "am", 21), (SEARCH_BEGINNINGS, "qq", 0),
    ],
)  # fmt: skip
async def test_a_search_ranks_a_bounded_number(planner: Planner, statement: str, words: str, rows: int) -> None:
    plan = await planner.plan_of(statement, words, STAR, 0, PAGE + 1)
    plan.requires(rows=rows, most_pages=MOST_PAGES_OF_A_SEARCH)


@pytest.mark.parametrize("skill", ["skill7", None])
async def test_a_deep_page_of_workers_costs_no_more_than_the_first(planner: Planner, skill: str | None) -> None:
    given = () if skill is None else (skill,)
    by_number = await planner.plan_of(WORKERS[False, skill is not None, False, False], PAGE + 1, 0, *given)
    first = await planner.plan_of(WORKERS[False, skill is not None, False, True], PAGE + 1, an_id(PEOPLE), *given)
    deep = await planner.plan_of(WORKERS[False, skill is not None, False, True], PAGE + 1, an_id(5_000), *given)
    for plan in (by_number, first, deep):
        plan.requires(rows=PAGE + 1, most_pages=MOST_PAGES_OF_A_LIST)
    assert deep.pages <= 1.5 * first.pages


async def test_workers_by_words(planner: Planner) -> None:
    plan = await planner.plan_of(WORKERS[True, False, False, False], PAGE + 1, 0, "gramophone")
    plan.requires(rows=PAGE + 1, most_pages=2_000)


async def test_following_and_leaving_a_person_with_a_hundred_thousand_followers(planner: Planner) -> None:
    (await planner.plan_of(_FOLLOW, an_id(200_000), STAR, NOON)).requires(rows=1, most_pages=MOST_PAGES_BY_ID)
    (await planner.plan_of(_UNFOLLOW, an_id(777), STAR)).requires(rows=1, most_pages=MOST_PAGES_BY_ID)
    (await planner.plan_of(_FORGET_FOLLOWS, STAR, 100)).requires(rows=1, most_pages=5_000)


async def test_the_open_negotiations_of_a_party(planner: Planner) -> None:
    (await planner.plan_of(_LOCK_OPEN_OF, an_id(7), 200)).requires(rows=10, most_pages=200)
