"""With 150,000 notifications, 50,000 of them one person's, lists, counts and clearing up go by an index."""

from collections.abc import AsyncIterator, Iterator
from itertools import product

import pytest

from marketplace.adapters.sql.notifications.centre import (
    FORGET_PERSON,
    FORGET_READ,
    READ,
    READ_SOME,
    REMOVE,
    REMOVE_READ,
    UNREAD,
)
from marketplace.adapters.sql.notifications.centre_queries import ONE, PAGES
from marketplace.adapters.sql.notifications.preferences import TAKE, WISHES
from tests.builders.commerce import NOON
from tests.engines import Database, Engines
from tests.integration.plans import AN_ID, Planner, an_id, filled_database, planning

BUSY, QUIET, OTHERS = an_id(1), an_id(2), an_id(3)
"""BUSY has 50,000 of which the oldest 100 are read; QUIET as many of which the newest 100 are unread."""
PAGE = 21
BIG = {"notifications", "unread", "preferences", "collected_letters", "users", "push_tokens"}
FILL = (
    AN_ID,
    """
INSERT INTO identity.users
    (id, email, email_key, username, username_skeleton, full_name, password_hash, password_changed_at, role,
     email_verified, created_at, version)
SELECT an_id(n), n || '@marketplace.example', n || '@marketplace.example', 'user' || n, 'user' || n, 'S', '',
    now(), 'buyer', true, now(), 0
FROM generate_series(1, 20000) n""",
    """
INSERT INTO notifications.notifications (user_id, id, kind, data, created_at, read_at)
SELECT CASE WHEN n <= 50000 THEN an_id(1) WHEN n <= 100000 THEN an_id(2) ELSE an_id(n / 5) END, an_id(n),
    CASE WHEN n % 1000 = 0 THEN 'search_match' ELSE 'order_created' END, '{"amount": 7.00, "currency": "AED"}',
    timestamptz '2029-01-01' + n * interval '1 second',
    CASE WHEN n <= 100 OR n BETWEEN 50001 AND 99900 OR n > 140000 THEN now() END
FROM generate_series(1, 150000) n""",
    """
INSERT INTO notifications.unread (user_id, count)
SELECT user_id, count(*) FILTER (WHERE read_at IS NULL) FROM notifications.notifications GROUP BY user_id""",
    "INSERT INTO notifications.preferences (user_id, chosen, updated_at) SELECT id, '{}', now() FROM identity.users",
    """
INSERT INTO notifications.collected_letters (user_id, id, letter, created_at)
SELECT an_id(n / 5), an_id(n), '{"type": "order_completed", "order": "M-1"}', now() FROM generate_series(1, 50000) n""",
    """
INSERT INTO notifications.push_tokens
    (id, user_id, session_id, platform, sealed, fingerprint, masked, device_name, created_at, registered_at)
SELECT id, id, id, 'web', '', id::text::bytea, '', '', now(), now() FROM identity.users""",
    "VACUUM ANALYZE notifications.notifications",
    "ANALYZE notifications.push_tokens",
    "ANALYZE notifications.unread",
    "ANALYZE notifications.preferences",
    "ANALYZE notifications.collected_letters",
    "ANALYZE identity.users",
)


@pytest.fixture(scope="module")
def big_database(engines: Engines, template: str) -> Iterator[Database]:
    with filled_database(engines, template, *FILL) as database:
        yield database


@pytest.fixture
async def planner(big_database: Database) -> AsyncIterator[Planner]:
    async with planning(big_database, BIG) as planner:
        yield planner


@pytest.mark.parametrize(("unread", "of_kind", "by_cursor"), product((False, True), repeat=3))
async def test_a_page_costs_the_same_at_its_begin_and_in_the_midst(
    planner: Planner, *, unread: bool, of_kind: bool, by_cursor: bool
) -> None:
    """The total is counted up to 10,001, so a few hundred pages of an index are read at most."""
    kind = ("search_match",) if of_kind else ()
    for user, midst in ((BUSY, 30_000), (QUIET, 99_950)):
        plan = await planner.plan_of(
            PAGES[unread, of_kind, by_cursor], an_id(midst) if by_cursor else 0, PAGE, user, *kind
        )
        few = of_kind or (unread and user == QUIET)
        assert plan.whole_tables_read == set()
        assert plan.rows <= PAGE
        assert plan.pages <= (150 if few else 600), (user, plan.pages)


async def test_one_is_found_by_its_id_and_the_count_is_one_row(planner: Planner) -> None:
    (await planner.plan_of(ONE, BUSY, an_id(70))).requires(rows=1, most_pages=12)
    (await planner.plan_of(UNREAD, BUSY)).requires(rows=1, most_pages=5)
    (await planner.plan_of(WISHES, [BUSY, QUIET, OTHERS])).requires(rows=3, most_pages=50)
    (await planner.plan_of(TAKE, OTHERS, 50)).requires(rows=5, most_pages=60)


async def test_marking_and_clearing_read_only_what_they_change(planner: Planner) -> None:
    (await planner.plan_of(READ, BUSY, an_id(40_000), NOON)).requires(rows=1, most_pages=60)
    (await planner.plan_of(REMOVE, BUSY, an_id(40_000))).requires(rows=1, most_pages=60)
    (await planner.plan_of(READ_SOME, QUIET, NOON, 50)).requires(rows=1, most_pages=1_500)
    (await planner.plan_of(REMOVE_READ, BUSY, 50)).requires(rows=1, most_pages=200)
    (await planner.plan_of(FORGET_READ, NOON, 50)).requires(rows=1, most_pages=200)
    (await planner.plan_of(FORGET_PERSON, QUIET, 50)).requires(rows=1, most_pages=400)
