"""Among 100,000 payments and refunds every list of them is read by an index, deep pages too."""

from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import UUID

import pytest

from marketplace.adapters.sql.payments.lists import CHARGEBACKS, FAILED, OF_PAYMENT, PAYMENTS, REQUESTS
from tests.engines import Database, Engines, copied_database, execute
from tests.integration.plans import AN_ID, Planner, an_id, planning

PAGE = 21
BIG = {"payments", "refunds"}
LAST = UUID(int=2**128 - 1)
FILL = (
    AN_ID,
    """
INSERT INTO payments.payments (id, cause_kind, cause_id, payer_id, payee_id, amount_minor, fee_minor, currency, shares,
    method, provider, status, chargeback, asked, expires_at, created_at)
SELECT an_id(n), 'order', an_id(n), an_id(n % 1000), an_id(n % 1000), 75000, 3750, 'AED', '[[75000, 3750, 0, 0, 0, 0]]',
    'credit_card', 'simulator', 'captured', CASE WHEN n % 2000 = 0 THEN 'needs_response' ELSE 'none' END, 0, now(),
    now()
FROM generate_series(1, 100000) n""",
    """
INSERT INTO payments.refunds (id, payment_id, cause_kind, cause_id, payer_id, payee_id, amount_minor, currency,
    fee_minor, subsidy_minor, reason, requested_by, status, asked, escalated_at, created_at)
SELECT an_id(n), an_id(n), 'order', an_id(n), an_id(n % 1000), an_id(n % 1000), 100, 'AED', 5, 0, '',
    CASE WHEN n % 2 = 0 THEN an_id(n % 1000) END,
    CASE WHEN n % 1000 < 2 THEN 'requested' WHEN n % 1000 = 3 THEN 'failed' ELSE 'succeeded' END, 1,
    CASE WHEN n % 1000 = 0 THEN now() END, now()
FROM generate_series(1, 100000) n""",
    *(f"VACUUM ANALYZE payments.{table}" for table in sorted(BIG)),
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


async def test_no_list_reads_a_whole_table(planner: Planner) -> None:
    """`an_id(0)` has 100 of each."""
    lists: dict[tuple[Any, ...], str] = {
        **{("payments", *key): sql for key, sql in PAYMENTS.items()},
        **{("requests", *key): sql for key, sql in REQUESTS.items()},
        **{("chargebacks", *key): sql for key, sql in CHARGEBACKS.items()},
        **{("failed", key): sql for key, sql in FAILED.items()},
    }
    for name, sql in lists.items():
        plan = await planner.plan_of(sql, LAST if name[-1] else 0, PAGE, an_id(0))
        assert (plan.whole_tables_read, plan.rows) == (set(), PAGE), name
    for by_cursor, sql in OF_PAYMENT.items():
        plan = await planner.plan_of(sql, LAST if by_cursor else 0, PAGE, an_id(500))
        plan.requires(rows=1, most_pages=20)


async def test_a_deep_page_costs_no_more_than_the_first(planner: Planner) -> None:
    for sql in (PAYMENTS["all", True], REQUESTS["all", "any", True]):
        first = await planner.plan_of(sql, LAST, PAGE, an_id(0))
        deep = await planner.plan_of(sql, an_id(50_000), PAGE, an_id(0))
        assert deep.rows == PAGE
        assert deep.pages <= 1.1 * first.pages
