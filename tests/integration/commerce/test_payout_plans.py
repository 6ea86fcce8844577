"""Statements, analytics and payouts of a seller with 100,000 entries: what is read is what is shown."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from marketplace.adapters.sql.ids import first_id
from marketplace.adapters.sql.payments.movements import (
    BALANCES,
    EARNINGS,
    LINES,
    SUMS_BY_KIND,
    accounts_of,
    balances_of,
)
from marketplace.adapters.sql.payments.payout_accounts import DUE
from marketplace.adapters.sql.payments.payout_queries import page
from marketplace.adapters.sql.payments.payouts import _IS_AWAITED
from marketplace.adapters.sql.payments.statements import (
    LIST,
    RUNNING,
    SELLERS,
    SqlStatementQueries,
    SqlStatements,
    bounds,
)
from marketplace.adapters.sql.payments.wallets import ENTRIES
from marketplace.adapters.sql.pool import Pool
from marketplace.domain.payments.ledger import Account, AccountKind
from marketplace.domain.payments.payout import PayoutStatus
from marketplace.domain.shared.ids import UserId
from tests.builders.commerce import an_actor
from tests.engines import Database, Engines, copied_database, execute
from tests.fakes.world import FixedClock
from tests.integration.plans import AN_ID, Planner, an_id, planning

SELLER = UserId(an_id(1))
HELD, SETTLED, OWED, FEES = accounts_of(SELLER, "AED")
WALLET = Account(AccountKind.BUYER_WALLET, "AED", SELLER).id
BEGAN, NOW = datetime(2028, 1, 1, tzinfo=UTC), datetime(2029, 11, 20, tzinfo=UTC)
"""A movement every twenty minutes."""
BIG = {"ledger_entries", "ledger_transactions", "ledger_accounts", "payouts", "payout_schedules"}
MOMENT = f"(timestamptz '{BEGAN.isoformat()}' + n * interval '20 minutes' + interval '1 second')"
FILL = (
    "SET session_replication_role = replica",
    AN_ID,
    f"""
CREATE TABLE moved AS SELECT n, at,
    (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '70008000' || lpad(to_hex(n), 12, '0'))::uuid
    AS id
FROM (SELECT n, {MOMENT} AS at FROM generate_series(0, 49999) n) moment""",  # noqa: S608 - our own words
    f"""
INSERT INTO payments.ledger_accounts (id, kind, owner_id, currency) VALUES
    ('{HELD}', 'seller_pending', '{SELLER}', 'AED'), ('{SETTLED}', 'seller_payable', '{SELLER}', 'AED'),
    ('{FEES}', 'platform_fees', NULL, 'AED'), ('{WALLET}', 'buyer_wallet', '{SELLER}', 'AED')""",  # noqa: S608
    """
INSERT INTO payments.ledger_accounts (id, kind, owner_id, currency)
SELECT gen_random_uuid(), kind, an_id(n), 'AED'
FROM generate_series(2, 700) n, (VALUES ('seller_pending'), ('seller_payable')) k(kind)""",
    """
INSERT INTO payments.ledger_transactions (id, kind, source_id, posted_at)
SELECT id, (ARRAY['payment_captured', 'refund_promised', 'payout_reserved'])[n % 3 + 1], id, at FROM moved""",
    f"""
INSERT INTO payments.ledger_entries (transaction_id, account_id, minor, currency)
SELECT id, CASE WHEN n % 3 = 2 THEN '{SETTLED}'::uuid ELSE '{HELD}'::uuid END,
    (ARRAY[-71250, 28500, 40000])[n % 3 + 1], 'AED' FROM moved
UNION ALL SELECT id, '{FEES}', (ARRAY[-3750, 1500])[n % 3 + 1], 'AED' FROM moved WHERE n % 3 < 2
UNION ALL SELECT id, '{WALLET}', 100, 'AED' FROM moved WHERE n % 2 = 0""",  # noqa: S608
    """
INSERT INTO payments.payouts (id, seller_id, account_id, provider, amount_minor, currency, status, attempt, asked,
    created_at)
SELECT an_id(n), an_id(n % 10), an_id(n % 1000), 'simulator', 100, 'AED',
    CASE WHEN n % 1000 = 1 THEN 'held' ELSE 'paid' END, 0, 0, now() FROM generate_series(1, 100000) n""",
    """
INSERT INTO payments.payout_schedules (seller_id, currency, interval, day, minimum_minor, next_at)
SELECT an_id(n), 'AED', 'weekly', 1, 1000, timestamptz '2029-01-01' + n * interval '1 minute'
FROM generate_series(1, 100000) n""",
    "DROP TABLE moved",
    "VACUUM ANALYZE payments.ledger_entries, payments.ledger_transactions, payments.ledger_accounts",
    "VACUUM ANALYZE payments.payouts, payments.payout_schedules",
)
PAGE = 20
ME = an_actor(SELLER)


@pytest.fixture(scope="module")
def big_database(engines: Engines, template: str) -> Iterator[Database]:
    with copied_database(engines, template) as database:
        execute(database.admin_dsn, *FILL)
        yield database


@pytest.fixture
async def planner(big_database: Database) -> AsyncIterator[Planner]:
    async with planning(big_database, BIG) as planner:
        yield planner


@pytest.fixture
async def pool(big_database: Database) -> AsyncIterator[Pool]:
    pool = Pool(big_database.app_dsn)
    yield pool
    await pool.close()


async def test_months_are_closed_and_openings_reckoned_from_them(planner: Planner, pool: Pool) -> None:
    """Each closing is the next opening, and all movements together are what the ledger says; without closed months the
    same is summed from the beginning."""
    queries, statements = SqlStatementQueries(pool, FixedClock(NOW)), SqlStatements(pool)
    (running,) = (await queries.statements(ME, after=None, skip=0, limit=PAGE)).items
    unaided = await queries.statement(ME, running.id)
    costly = await planner.plan_of(BALANCES, *balances_of([(SELLER, "AED")]), running.month, bounds(running.month)[0])
    months = [date(2028 + n // 12, n % 12 + 1, 1) for n in range(22)]
    assert [await statements.close(month) for month in months] == [1] * 22
    await planner.connection.execute("ANALYZE payments.statements")
    assert await queries.statement(ME, running.id) == unaided
    found = await queries.statements(ME, after=None, skip=0, limit=PAGE)
    assert (found.total, found.has_more, [one.is_final for one in found.items[:2]]) == (23, True, [False, True])
    last = found.items[-1]
    rest = await queries.statements(ME, after=(last.month, last.currency), skip=0, limit=PAGE)
    assert [one.month for one in [*found.items, *rest.items]] == [date(2029, 11, 1), *reversed(months)]
    details = [await queries.statement(ME, one.id) for one in [*found.items, *rest.items]]
    assert all(newer.sums.opening == older.closing for newer, older in pairwise(details))
    for one in details:
        sums = one.sums
        assert sums.opening + sums.sales - sums.fees - sums.refunds - sums.payouts + sums.other == sums.closing
        assert sums.other == 0
    lines = await queries.lines(ME, details[1], after=None, limit=10_000)
    assert sum(line.amount for line in lines) == details[1].closing - details[1].sums.opening
    cheap = await planner.plan_of(BALANCES, *balances_of([(SELLER, "AED")]), running.month, bounds(running.month)[0])
    assert cheap.pages < 40 < costly.pages
    assert await statements.close(months[0]) == 1, "again"
    assert (await queries.statements(ME, after=None, skip=0, limit=PAGE)).total == 23


async def test_a_page_of_a_statement_reads_what_it_shows(planner: Planner) -> None:
    since, until = bounds(date(2029, 5, 1))
    for after in (since, first_id(datetime(2029, 5, 30, tzinfo=UTC))):
        plan = await planner.plan_of(LINES, HELD, SETTLED, OWED, FEES, after, until, PAGE + 1)
        plan.requires(rows=PAGE + 1, most_pages=400)
    month = await planner.plan_of(SUMS_BY_KIND, HELD, SETTLED, OWED, FEES, since, until)
    assert (month.rows, month.whole_tables_read) == (3, set())


async def test_analytics_read_their_period(planner: Planner) -> None:
    week = NOW - timedelta(days=7)
    plan = await planner.plan_of(
        EARNINGS, HELD, SETTLED, OWED, FEES, first_id(week), first_id(NOW), "day", week.isoformat()
    )
    assert (plan.rows, plan.whole_tables_read) == (7, set())


async def test_lists_of_statements_and_sellers_go_by_an_index(planner: Planner) -> None:
    (await planner.plan_of(RUNNING, SELLER)).requires(rows=1, most_pages=20)
    plan = await planner.plan_of(LIST, SELLER, "9999-12-31", "", 0, PAGE + 1)
    assert plan.rows <= PAGE + 1
    (await planner.plan_of(SELLERS, an_id(100), "AED", 500)).requires(rows=500, most_pages=540)


@pytest.mark.parametrize("status", [None, PayoutStatus.HELD, PayoutStatus.PAID])
@pytest.mark.parametrize("of_everybody", [False, True])
async def test_payouts_are_listed_by_an_index(
    planner: Planner, status: PayoutStatus | None, of_everybody: bool
) -> None:
    """But for counting them up to the limit of a total, which may read the beginning of the table."""
    sql = page(of_everybody=of_everybody, status=status, by_cursor=True)
    first = await planner.plan_of(sql, an_id(99_999), PAGE + 1, SELLER)
    deep = await planner.plan_of(sql, an_id(50_000), PAGE + 1, SELLER)
    assert (first.rows, deep.rows) == (PAGE + 1, PAGE + 1)
    assert deep.pages <= 1.2 * first.pages < 3_000


async def test_wallets_schedules_and_awaited_payouts_are_found_by_an_index(planner: Planner) -> None:
    plan = await planner.plan_of(ENTRIES[True], WALLET, first_id(NOW), PAGE + 1)
    assert (plan.rows, plan.whole_tables_read) == (PAGE + 1, set())
    first = await planner.plan_of(DUE, NOW.isoformat(), "1970-01-01T00:00Z", an_id(0), "", 100)
    first.requires(rows=100, most_pages=120)
    (await planner.plan(_IS_AWAITED, account=an_id(1))).requires(rows=1, most_pages=10)
