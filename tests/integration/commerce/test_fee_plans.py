"""Among 100,000 schedules of the past those in force are found by an index; and what has begun is not rewritten."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from marketplace.adapters.sql.ordering.fee_queries import OF_ORDER, PAGES
from marketplace.adapters.sql.ordering.fee_schedules import BOOK, COUNT_OPEN
from marketplace.domain.ordering.fees import DEFAULTS
from tests.engines import Database, Engines, copied_database, execute
from tests.integration.plans import AN_ID, Planner, an_id, planning

PAGE, OPEN = 20, 100
BIG = {"fee_schedules", "orders", "order_lines"}
FILL = (
    AN_ID,
    """
INSERT INTO ordering.fee_schedules (id, category, seller_id, basis_points, starts_at, ends_at, note)
SELECT an_id(n), 'electronics', an_id(n), 500, now() - interval '9 years' + n * interval '1 minute',
    CASE WHEN n > 100 THEN now() - interval '1 year' END, ''
FROM generate_series(1, 100000) n""",
    """
INSERT INTO ordering.orders (id, subject_kind, subject_id, negotiation_id, buyer_id, seller_id, amount_minor, currency,
    fee_minor, status, payment_status, payment_due_at, created_at)
SELECT an_id(n), 'listing', an_id(n), an_id(n), an_id(n + 1000000), an_id(n % 100), 75000, 'AED', 3750,
    'awaiting_payment', 'unpaid', now(), now()
FROM generate_series(1, 10000) n""",
    """
INSERT INTO ordering.order_lines (order_id, line, kind, subject_id, quantity, unit, amount_minor, fee_rule,
    fee_basis_points, fee_base_minor, fee_minor, fee_schedule_id)
SELECT an_id(n), 1, 'listing', an_id(n), 1, 'piece', 75000, 'seller_electronics_500bp', 500, 75000, 3750, an_id(n)
FROM generate_series(1, 10000) n""",
    *(f"VACUUM ANALYZE ordering.{table}" for table in sorted(BIG)),
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


async def test_the_book_is_read_without_what_ended_long_ago(planner: Planner) -> None:
    """The categories are read whole: they are few."""
    found = OPEN + len(DEFAULTS)
    (await planner.plan_of(BOOK)).requires(rows=found, most_pages=40)
    now = await planner.connection.fetchval("SELECT now()")
    (await planner.plan_of(COUNT_OPEN, now, 1_000)).requires(rows=1, most_pages=20)
    assert await planner.connection.fetchval(COUNT_OPEN, now, 1_000) == found
    assert await planner.connection.fetchval(COUNT_OPEN, now - timedelta(days=1_000), 1_000) == 1_000


async def test_a_deep_page_costs_no_more_than_the_first(planner: Planner) -> None:
    """But for counting them up to the limit of a total."""
    first = await planner.plan_of(PAGES[True], UUID(int=2**128 - 1), PAGE + 1)
    deep = await planner.plan_of(PAGES[True], an_id(5_000), PAGE + 1)
    for plan in (first, deep, await planner.plan_of(PAGES[False], PAGE, PAGE + 1)):
        assert (plan.rows, plan.whole_tables_read) == (PAGE + 1, set())
    assert deep.pages <= 1.1 * first.pages


async def test_why_a_fee_is_read_by_keys(planner: Planner) -> None:
    (await planner.plan_of(OF_ORDER, an_id(7_777), an_id(1_007_777), False)).requires(rows=1, most_pages=12)
    (await planner.plan_of(OF_ORDER, an_id(7_777), an_id(5), False)).requires(rows=0, most_pages=12)
    (await planner.plan_of(OF_ORDER, an_id(7_777), an_id(5), True)).requires(rows=1, most_pages=12)


@pytest.mark.parametrize(
    "change",
    ["basis_points = 600", "seller_id = NULL", "fixed_minor = 1, currency = 'AED'", "starts_at = now() + '1 day'"],
)
async def test_rates_that_were_used_are_not_rewritten(planner: Planner, change: str) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await planner.connection.execute(f"UPDATE ordering.fee_schedules SET {change} WHERE id = an_id(1)")  # noqa: S608
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await planner.connection.execute("DELETE FROM ordering.fee_schedules WHERE id = an_id(1)")


async def test_what_was_used_may_end_and_what_is_to_come_may_change(planner: Planner) -> None:
    async with planner.connection.transaction():
        await planner.connection.execute(
            "UPDATE ordering.fee_schedules SET ends_at = now(), note = '' WHERE id = an_id(2)"
        )
        to_come = await planner.connection.fetchval(
            "INSERT INTO ordering.fee_schedules (id, basis_points, starts_at, note) "
            "VALUES (an_id(200000), 1, now() + interval '1 day', '') RETURNING id"
        )
        changed = "UPDATE ordering.fee_schedules SET basis_points = 2 WHERE id = $1 RETURNING basis_points"
        assert await planner.connection.fetchval(changed, to_come) == 2


@pytest.mark.parametrize(
    "values",
    [
        "5001, NULL, NULL, now(), NULL", "500, 1, NULL, now(), NULL", "500, -1, 'AED', now(), NULL",
        "500, NULL, NULL, now(), now()",
    ],
)  # fmt: skip
async def test_what_the_database_takes_for_no_schedule(planner: Planner, values: str) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await planner.connection.execute(
            "INSERT INTO ordering.fee_schedules (id, basis_points, fixed_minor, currency, starts_at, ends_at, note) "  # noqa: S608
            f"VALUES (an_id(300000), {values}, '')"
        )
