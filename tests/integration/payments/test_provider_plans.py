"""With 100,000 events, intents and saved methods every statement about them goes by an index."""

from collections.abc import AsyncIterator, Iterator

import pytest

from marketplace.adapters.sql.payments.provider_events import (
    _FAILED as FAILED,
)
from marketplace.adapters.sql.payments.provider_events import (
    _FORGET as FORGET,
)
from marketplace.adapters.sql.payments.provider_events import (
    _LOCK as LOCK,
)
from marketplace.adapters.sql.payments.saved_methods import _ALL as ALL
from marketplace.adapters.sql.payments.saved_methods import _TOKEN as TOKEN
from marketplace.adapters.sql.payments.stripe_intents import _OF as OF
from marketplace.adapters.sql.payments.stripe_intents import _PAYMENT as PAYMENT
from tests.builders.commerce import NOON
from tests.engines import Database, Engines, copied_database, execute
from tests.integration.plans import AN_ID, Planner, an_id, planning

BIG = {"provider_events", "stripe_intents", "saved_methods", "provider_customers"}
FEW = 40
FILL = (
    AN_ID,
    """
INSERT INTO payments.provider_events (id, source, external_id, kind, body, headers, received_at, applied_at, error)
SELECT an_id(n), 'stripe', 'evt_' || n, 'payout.paid', '', '{}', '2029-01-01'::timestamptz + n * interval '1 minute',
    CASE WHEN n % 1000 <> 0 THEN now() END, CASE WHEN n % 1000 = 0 THEN 'gateway_silent' END
FROM generate_series(1, 100000) n""",
    """
INSERT INTO payments.stripe_intents (payment_id, intent_id)
SELECT an_id(n), 'pi_' || n FROM generate_series(1, 100000) n""",
    """
INSERT INTO payments.saved_methods (id, user_id, provider, sealed_token, fingerprint, brand, last4, exp_month, exp_year,
    is_default, created_at)
SELECT an_id(n), an_id(n % 50000), 'stripe', '', n::text::bytea, 'visa', '4242', 12, 2034, n <= 50000, now()
FROM generate_series(1, 100000) n""",
    "INSERT INTO payments.provider_customers SELECT an_id(n), 'stripe', 'cus_' || n FROM generate_series(0, 49999) n",
    "ANALYZE payments.provider_events, payments.stripe_intents, payments.saved_methods, payments.provider_customers",
)


@pytest.fixture(scope="module")
def big_database(engines: Engines, template: str) -> Iterator[Database]:
    with copied_database(engines, template) as database:
        for statement in FILL:
            execute(database.owner_dsn, statement)
        yield database


@pytest.fixture
async def planner(big_database: Database) -> AsyncIterator[Planner]:
    async with planning(big_database, BIG) as planner:
        yield planner


async def test_each_statement_reads_a_few_pages(planner: Planner) -> None:
    (await planner.plan(LOCK, event_id=an_id(50_000))).requires(rows=1, most_pages=FEW)
    (await planner.plan(FAILED, most=20)).requires(rows=20, most_pages=FEW)
    forgotten = await planner.plan_of(FORGET, NOON, 20)
    assert forgotten.whole_tables_read == set()
    assert forgotten.pages <= 20 * FEW
    (await planner.plan(OF, of_payment=an_id(50_000))).requires(rows=1, most_pages=FEW)
    (await planner.plan(PAYMENT, intent="pi_50000")).requires(rows=1, most_pages=FEW)
    (await planner.plan(ALL, user_id=an_id(7))).requires(rows=2, most_pages=FEW)
    (await planner.plan(TOKEN, user_id=an_id(7), method_id=an_id(7))).requires(rows=1, most_pages=FEW)
