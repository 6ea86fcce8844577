"""With 100,000 people in 50,000 calls, half of these of one person, every list and every read goes by an index."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest

from marketplace.adapters.bridges.identity_asks_for_records import RECORDS
from marketplace.adapters.sql.calls.calls import FIND, LIVE, LIVE_OF, LOST, NOTE
from marketplace.adapters.sql.calls.queries import NEWEST
from tests.engines import Database, Engines
from tests.integration.plans import AN_ID, Planner, an_id, filled_database, planning

PAGE = 20
BUSY = an_id(0)
FILL = (
    AN_ID,
    """
INSERT INTO calls.calls (id, conversation_id, media, status, started_at)
SELECT an_id(n), an_id(n), 'audio', CASE WHEN n > 49990 THEN 'active' ELSE 'missed' END, now()
FROM generate_series(1, 50000) n""",
    """
INSERT INTO calls.members (call_id, user_id, role, device_id, is_live, seen_at)
SELECT an_id(n), an_id(n), 'caller', an_id(n), n > 49990, now() - interval '1 hour' FROM generate_series(1, 50000) n
UNION ALL
SELECT an_id(n), an_id(CASE WHEN n % 2 = 0 AND n < 49990 THEN 0 ELSE n + 200000 END), 'callee', NULL, n > 49990, now()
FROM generate_series(1, 50000) n""",
    "VACUUM ANALYZE calls.calls, calls.members",
)


@pytest.fixture(scope="module")
def big_database(engines: Engines, template: str) -> Iterator[Database]:
    with filled_database(engines, template, *FILL) as database:
        yield database


@pytest.fixture
async def planner(big_database: Database) -> AsyncIterator[Planner]:
    async with planning(big_database, {"calls", "members"}) as planner:
        yield planner


async def test_the_calls_of_a_busy_person(planner: Planner) -> None:
    first = await planner.plan_of(NEWEST[False], 0, PAGE + 1, BUSY)
    first.requires(rows=PAGE + 1, most_pages=1_500)
    later = await planner.plan_of(NEWEST[True], an_id(40_000), PAGE + 1, BUSY)
    later.requires(rows=PAGE + 1, most_pages=1_500)
    (await planner.plan_of(NEWEST[False], 0, PAGE + 1, an_id(777))).requires(rows=1, most_pages=60)
    export = await planner.plan_of(f"SELECT to_jsonb(one) FROM ({RECORDS['calls']} LIMIT 100) one", BUSY)  # noqa: S608
    export.requires(rows=100, most_pages=1_500)


async def test_one_call_and_who_is_in_one(planner: Planner) -> None:
    (await planner.plan_of(FIND, an_id(777))).requires(rows=1, most_pages=20)
    (await planner.plan_of(LIVE_OF, [an_id(49_995), an_id(777)])).requires(rows=1, most_pages=20)


async def test_the_rounds_read_the_live_calls_alone(planner: Planner) -> None:
    (await planner.plan_of(LIVE)).requires(rows=20, most_pages=30)
    (await planner.plan_of(LOST, timedelta(seconds=15), 100)).requires(rows=10, most_pages=80)
    noted = await planner.plan_of(NOTE, [an_id(49_995)], [an_id(49_995)])
    noted.requires(rows=0, most_pages=60)
