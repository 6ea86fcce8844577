"""With 100,000 events, half of them one person's, what is missed and what is forgotten goes by an index."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import pytest

from marketplace.adapters.sql.notifications.user_events import DUE, EVENTS_OF_EACH, FORGET, PEOPLE_AT_ONCE, READ
from tests.engines import Database, Engines, copied_database, execute
from tests.integration.plans import AN_ID, Planner, an_id, planning

EVENTS, PEOPLE = 100_000, 5_000
BIG = {"user_events", "user_cursors"}
SOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
FILL = (
    AN_ID,
    f"""
INSERT INTO notifications.user_events (user_id, seq, event_id, name, data, created_at)
SELECT an_id(CASE WHEN n <= {EVENTS // 2} THEN 0 ELSE 1 + n % {PEOPLE} END),
       CASE WHEN n <= {EVENTS // 2} THEN n ELSE (n - {EVENTS // 2} - 1) / {PEOPLE} + 1 END, an_id(n), 'n',
       '{{"id": "01970000-0000-7000-8000-000000000000"}}', timestamptz '2026-01-01' + n * interval '1 second'
FROM generate_series(1, {EVENTS}) n""",  # noqa: S608 - our own numbers
    """
INSERT INTO notifications.user_cursors (user_id, last_seq, oldest_at)
SELECT user_id, max(seq), min(created_at) FROM notifications.user_events GROUP BY user_id""",
    "VACUUM ANALYZE notifications.user_events, notifications.user_cursors",
)


@pytest.fixture(scope="module")
def big_database(engines: Engines, template: str) -> Iterator[Database]:
    with copied_database(engines, template) as database:
        execute(database.admin_dsn, *FILL)
        yield database


@pytest.fixture
async def planner(big_database: Database) -> AsyncIterator[Planner]:
    async with planning(big_database, BIG) as planner:
        yield planner


async def test_what_many_missed_is_found_in_place(planner: Planner) -> None:
    plan = await planner.plan_of(READ, [an_id(n) for n in range(100)], [5] * 100, 200)
    plan.requires(rows=200 + 99 * (EVENTS // 2 // PEOPLE - 5), most_pages=2_500)


async def test_who_has_old_events_is_found_in_place(planner: Planner) -> None:
    plan = await planner.plan_of(DUE, datetime(2030, 1, 1, tzinfo=UTC))
    plan.requires(rows=PEOPLE_AT_ONCE, most_pages=700)
    assert plan.locks


async def test_what_is_forgotten_costs_what_it_is(planner: Planner) -> None:
    people, first = [an_id(n) for n in range(PEOPLE_AT_ONCE)], [1] * PEOPLE_AT_ONCE
    plan = await planner.plan_of(FORGET, people, first, datetime(2030, 1, 1, tzinfo=UTC))
    gone = EVENTS_OF_EACH + (PEOPLE_AT_ONCE - 1) * (EVENTS // 2 // PEOPLE)
    plan.requires(rows=1, most_pages=8 * gone + 2_000)
    assert next(node["Actual Rows"] for node in plan.nodes if node["Node Type"] == "ModifyTable") == gone
    nothing = await planner.plan_of(FORGET, people, first, datetime(2000, 1, 1, tzinfo=UTC))
    nothing.requires(rows=1, most_pages=2_500)
