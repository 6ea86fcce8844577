"""Among 100,000 subscriptions, as many periods and 20,000 plans everything is found by an index."""

from collections.abc import AsyncIterator, Iterator

import pytest

from marketplace.adapters.bridges.identity_asks_for_records import RECORDS
from marketplace.adapters.sql.subscriptions.queries import IS_SUBSCRIBED, LISTS, ONE, PERIODS, PLANS
from marketplace.adapters.sql.subscriptions.subscriptions import HAD_TRIAL, LOCK, LOCK_OF, OPEN_OF, OPEN_ONE
from tests.engines import Database, Engines
from tests.integration.plans import AN_ID, Planner, an_id, filled_database, planning

PAGE = 20
BIG = {"plans", "subscriptions", "periods"}
FILL = (
    AN_ID,
    """
INSERT INTO subscriptions.plans
SELECT an_id(n), an_id(n / 20), 'Front row', '', 100, 'AED', 'month', 1, 0, n % 10 = 0, now()
FROM generate_series(1, 20000) n""",
    """
INSERT INTO subscriptions.subscriptions (id, subscriber_id, creator_id, plan_id, method, status, had_trial, period_id,
    anchor, turn, credit_minor, currency, is_pausing, created_at)
SELECT an_id(n), an_id(n / 2 + 10), an_id(n % 5), an_id(n % 20000 + 1), 'wallet',
    CASE WHEN n % 4 = 0 THEN 'ended' ELSE 'active' END, n % 2 = 0, an_id(n), now(), 0, 0, 'AED', false, now()
FROM generate_series(1, 100000) n""",
    """
INSERT INTO subscriptions.periods
SELECT an_id(n), an_id(n), 1, an_id(n), now(), now() + interval '1 month', 100, 0, 5, 0, 'AED', 'paid'
FROM generate_series(1, 100000) n""",
    *(f"VACUUM ANALYZE subscriptions.{table}" for table in sorted(BIG)),
)


@pytest.fixture(scope="module")
def big_database(engines: Engines, template: str) -> Iterator[Database]:
    with filled_database(engines, template, *FILL) as database:
        yield database


@pytest.fixture
async def planner(big_database: Database) -> AsyncIterator[Planner]:
    async with planning(big_database, BIG) as planner:
        yield planner


@pytest.mark.parametrize("wanted", PLANS, ids=str)
async def test_a_page_of_plans_is_read_from_an_index(planner: Planner, wanted: tuple[str, bool]) -> None:
    kind, by_cursor = wanted
    place = an_id(99_000) if by_cursor else 0
    plan = await planner.plan_of(PLANS[wanted], None if kind == "any" else an_id(900), place, PAGE + 1)
    plan.requires(rows={"any": PAGE + 1, "theirs": 18, "own": 20}[kind], most_pages=100)


@pytest.mark.parametrize("wanted", LISTS, ids=str)
async def test_a_page_of_subscriptions_is_read_from_an_index(planner: Planner, wanted: tuple[str, bool]) -> None:
    kind, by_cursor = wanted
    whose = an_id(1) if kind == "subscribers" else an_id(45_010)
    filters = [an_id(1)] if kind == "to" else []
    place = an_id(99_000) if by_cursor else 0
    plan = await planner.plan_of(LISTS[wanted], whose, place, *filters, PAGE + 1)
    plan.requires(rows=PAGE + 1 if kind == "subscribers" else 1 if kind == "to" else 2, most_pages=900)


async def test_one_is_found_by_its_keys(planner: Planner) -> None:
    one, subscriber, creator = an_id(90_001), an_id(45_010), an_id(1)
    (await planner.plan_of(ONE, one, subscriber)).requires(rows=1, most_pages=20)
    (await planner.plan_of(PERIODS, one)).requires(rows=1, most_pages=10)
    (await planner.plan_of(LOCK, one)).requires(rows=1, most_pages=12)
    (await planner.plan_of(LOCK_OF, one)).requires(rows=1, most_pages=16)
    for statement in (OPEN_ONE, IS_SUBSCRIBED, HAD_TRIAL):
        (await planner.plan_of(statement, subscriber, creator)).requires(rows=1, most_pages=12)
    (await planner.plan_of(OPEN_OF[False], subscriber)).requires(rows=1, most_pages=12)
    records = f"{RECORDS['subscriptions']} LIMIT 10"
    (await planner.plan_of(records, subscriber)).requires(rows=2, most_pages=40)
