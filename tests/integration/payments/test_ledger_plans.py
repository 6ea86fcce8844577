"""What reading the ledger and comparing it with a provider costs with a hundred thousand entries."""

from collections.abc import AsyncIterator, Iterator

import pytest

from marketplace.adapters.sql.payments.ledger_queries import WRONG_TRANSACTIONS, accounts_page, entries_page
from marketplace.adapters.sql.payments.own_books import POSTED, records
from marketplace.domain.payments.reconciliation import MovementKind
from tests.engines import Database, Engines
from tests.integration.plans import AN_ID, Planner, an_id, filled_database, planning

MANY = 50_000
CLEARING = an_id(0)
BIG = {"ledger_accounts", "ledger_transactions", "ledger_entries", "payments"}
FILL = (
    """
INSERT INTO payments.ledger_accounts (id, kind, owner_id, currency, balance_minor)
SELECT an_id(n), 'seller_pending', an_id(n), CASE n % 1000 WHEN 0 THEN 'KWD' ELSE 'AED' END, -1
FROM generate_series(1, 50000) n""",
    """
INSERT INTO payments.ledger_accounts (id, kind, provider, currency, balance_minor)
VALUES (an_id(0), 'provider_clearing', 'simulator', 'AED', 50000)""",
    "ALTER TABLE payments.ledger_transactions DISABLE TRIGGER ALL",
    "ALTER TABLE payments.ledger_entries DISABLE TRIGGER ALL",
    """
INSERT INTO payments.ledger_transactions (id, kind, source_id, about_id)
SELECT an_id(n), 'payment_captured', an_id(n), an_id(n) FROM generate_series(1, 50000) n""",
    """
INSERT INTO payments.ledger_entries (transaction_id, account_id, minor, currency)
SELECT an_id(n), an_id(n * side), 1 - 2 * side, 'AED' FROM generate_series(1, 50000) n, generate_series(0, 1) side""",
    """
INSERT INTO payments.payments (id, cause_kind, cause_id, payer_id, payee_id, amount_minor, fee_minor, currency, shares,
    method, provider, status, asked, expires_at, created_at)
SELECT an_id(n), 'order', an_id(n), an_id(n), an_id(n), 1, 0, 'AED', '[]', 'credit_card', 'simulator', 'captured', 0,
    now(), now() FROM generate_series(1, 50000) n""",
    "ANALYZE payments.ledger_accounts, payments.ledger_transactions, payments.ledger_entries, payments.payments",
)


@pytest.fixture(scope="module")
def filled(engines: Engines, template: str) -> Iterator[Database]:
    with filled_database(engines, template, AN_ID, *FILL) as database:
        yield database


@pytest.fixture
async def planner(filled: Database) -> AsyncIterator[Planner]:
    async with planning(filled, BIG) as planner:
        yield planner


async def test_the_newest_entries_of_a_busy_account_and_those_behind_a_cursor(planner: Planner) -> None:
    (await planner.plan_of(entries_page(by_cursor=False), CLEARING, 0, 21, 0)).requires(rows=21, most_pages=900)
    later = await planner.plan_of(entries_page(by_cursor=True), CLEARING, 0, 21, 0, an_id(MANY // 2))
    later.requires(rows=21, most_pages=900)


async def test_accounts_by_kind_owner_currency_and_provider(planner: Planner) -> None:
    await planner.connection.execute("SET plan_cache_mode = force_custom_plan")
    for filters, rows, most_pages in (
        ({"kind": "seller_pending"}, 21, 1_000), ({"owner_id": an_id(7)}, 1, 20), ({"currency": "KWD"}, 21, 300),
        ({"kind": "provider_clearing"}, 1, 20),
    ):  # fmt: skip
        plan = await planner.plan_of(accounts_page(*filters, by_cursor=False), *filters.values(), 0, 21)
        assert plan.rows == rows
        assert plan.pages <= most_pages, f"{filters}: {plan.pages} pages"


async def test_what_a_comparison_reads_is_its_window(planner: Planner) -> None:
    await planner.connection.execute("SET plan_cache_mode = force_custom_plan")
    ids = [an_id(n) for n in range(100, 200)]
    window = await planner.plan_of(POSTED, "simulator", ids[0], an_id(200))
    window.requires(rows=99, most_pages=1_500)
    (await planner.plan_of(records(MovementKind.CHARGE), "simulator", ids)).requires(rows=100, most_pages=3_000)


async def test_transactions_against_zero_are_those_of_the_period(planner: Planner) -> None:
    await planner.connection.execute("SET plan_cache_mode = force_custom_plan")
    (await planner.plan_of(WRONG_TRANSACTIONS, an_id(MANY - 500))).requires(rows=0, most_pages=3_000)
