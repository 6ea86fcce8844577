"""With 100,000 transactions of Payme and of Click, and as many calls, every statement about them goes by an index."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest

from marketplace.adapters.gateways import click, payme
from marketplace.adapters.sql.payments import click_transactions, payme_transactions, provider_calls
from tests.builders.commerce import NOON
from tests.engines import Database, Engines
from tests.integration.plans import AN_ID, Planner, an_id, filled_database, planning

BIG = {"payme_transactions", "click_transactions", "provider_calls", "payments"}
FEW = 40
FILL = (
    AN_ID,
    """
INSERT INTO payments.payments (id, cause_kind, cause_id, payer_id, payee_id, amount_minor, fee_minor, currency, shares,
    method, provider, status, asked, expires_at, created_at)
SELECT an_id(n), 'order', an_id(n), an_id(n), an_id(n), 1, 0, 'UZS', '[]', 'click', 'click', 'captured', 0,
    now(), now()
FROM generate_series(1, 100000) n""",
    """
INSERT INTO payments.payme_transactions (id, payment_id, amount_minor, time, create_time, perform_time, cancel_time,
    status, refund_id)
SELECT lpad(n::text, 24, '0'), an_id(n), 1, n * 1000, 1, n * 1000, CASE WHEN n % 10 = 0 THEN n * 1000 ELSE 0 END,
    CASE WHEN n % 10 = 0 THEN 'reversed' ELSE 'performed' END, an_id(n)
FROM generate_series(1, 100000) n""",
    """
INSERT INTO payments.click_transactions (id, payment_id, paydoc_id, status, prepared_at, completed_at, reversed_at,
    refund_id)
SELECT n, an_id(n), n, 'completed', at, at, CASE WHEN n % 10 = 0 THEN at END, an_id(n)
FROM generate_series(1, 100000) n, LATERAL (SELECT '2029-01-01'::timestamptz + n * interval '1 minute' AS at) moment""",
    """
INSERT INTO payments.provider_calls (id, provider, received_at, address, headers, body, answer)
SELECT an_id(n), 'payme', '2029-01-01'::timestamptz + n * interval '1 minute', '', '{}', '', ''
FROM generate_series(1, 100000) n""",
    "ANALYZE payments.payments, payments.payme_transactions, payments.click_transactions, payments.provider_calls",
)


@pytest.fixture(scope="module")
def big_database(engines: Engines, template: str) -> Iterator[Database]:
    with filled_database(engines, template, *FILL) as database:
        yield database


@pytest.fixture
async def planner(big_database: Database) -> AsyncIterator[Planner]:
    async with planning(big_database, BIG) as planner:
        yield planner


async def test_each_statement_reads_a_few_pages(planner: Planner) -> None:
    payment, minute = an_id(50_000), timedelta(minutes=1)
    since = NOON.replace(year=2029, month=1, day=2)
    (await planner.plan(payme_transactions._FIND, transaction_id=f"{50_000:024}")).requires(rows=1, most_pages=FEW)
    for of_payment in (payme_transactions._OF_PAYMENT, click_transactions._OF_PAYMENT):
        (await planner.plan(of_payment, payment=payment)).requires(rows=1, most_pages=FEW)
    between = await planner.plan(payme_transactions._BETWEEN, since=50_000_000, until=50_019_000)
    between.requires(rows=20, most_pages=FEW)
    for statement, *bounds in (
        (payme._STATEMENT, 50_000_000, 50_020_000), (click._STATEMENT, since, since + 20 * minute),
        (provider_calls._FORGET, NOON, 20),
    ):  # fmt: skip
        plan = await planner.plan_of(statement, *bounds)
        assert plan.whole_tables_read == set()
        assert plan.pages <= 20 * FEW
