"""Among 100,000 deliveries and 5,000 endpoints everything is found by an index; most people cost one look."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from marketplace.adapters.bridges.identity_asks_for_records import RECORDS
from marketplace.adapters.sql.webhooks.deliveries import (
    DUE,
    FORGET_OLD,
    GIVE_BACK,
    LINE_UP,
    REPLAY,
    SKIP,
    WAKE,
)
from marketplace.adapters.sql.webhooks.endpoints import HEARING
from marketplace.adapters.sql.webhooks.queries import PAGES
from marketplace.adapters.sql.webhooks.shifts import NEXT, TAKE
from marketplace.domain.webhooks.delivery import DeliveryStatus
from tests.engines import Database, Engines
from tests.integration.plans import AN_ID, Planner, an_id, filled_database, planning

PAGE = 20
BIG = {"endpoints", "deliveries"}
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
MINE, BUSY = an_id(1), an_id(7)
"""Of the endpoint 1 nearly everything is delivered; all of 7 waits behind one event."""
FILL = (
    AN_ID,
    """
INSERT INTO webhooks.endpoints (id, owner_id, url, description, event_types, sealed_secret, created_at, due_at)
SELECT an_id(n), an_id(n), 'https://hooks.shop.example/', '', '{*}', '', '2026-11-01',
    CASE WHEN n % 10 = 0 THEN timestamptz '2026-11-21 12:00Z' - n * interval '1 second' END
FROM generate_series(1, 5000) n""",
    """
INSERT INTO webhooks.deliveries (endpoint_id, event_id, event_type, subject, body, status, created_at)
SELECT an_id(CASE WHEN n <= 50000 THEN 1 ELSE n % 5000 + 8 END), an_id(n),
    CASE WHEN n % 5000 = 0 THEN 'payment.failed' ELSE 'order.created' END, an_id(n), '{}',
    CASE WHEN n % 5000 = 1 THEN 'failed' ELSE 'delivered' END,
    timestamptz '2026-11-21 12:00Z' - (100000 - n) * interval '20 seconds'
FROM generate_series(1, 80000) n""",
    """
INSERT INTO webhooks.deliveries (endpoint_id, event_id, event_type, subject, body, status, created_at, next_at)
SELECT an_id(7), an_id(n), 'order.created', an_id(7), '{}', 'pending', '2026-11-21 12:00Z',
    CASE WHEN n = 80001 THEN timestamptz '2026-11-21 11:00Z' END
FROM generate_series(80001, 100000) n""",
    "VACUUM ANALYZE webhooks.endpoints, webhooks.deliveries",
)


@pytest.fixture(scope="module")
def big_database(engines: Engines, template: str) -> Iterator[Database]:
    with filled_database(engines, template, *FILL) as database:
        yield database


@pytest.fixture
async def planner(big_database: Database) -> AsyncIterator[Planner]:
    async with planning(big_database, BIG) as planner:
        yield planner


ALL = [one.value for one in DeliveryStatus]


@pytest.mark.parametrize("endpoint", [None, MINE])
@pytest.mark.parametrize(
    ("statuses", "kind", "rows"),
    [(ALL, None, 21), (["failed"], None, 10), (ALL, "payment.failed", 10), (["failed"], "order.created", 10)],
)
@pytest.mark.parametrize("by_cursor", [False, True])
async def test_a_list_reads_its_page_and_counts_in_an_index(
    planner: Planner, endpoint: UUID | None, statuses: list[str], kind: str | None, rows: int, by_cursor: bool
) -> None:
    page, place = PAGES[kind is not None, by_cursor], 60_000 if by_cursor else 0
    plan = await planner.plan_of(page, MINE, endpoint, statuses, kind, place, PAGE + 1)
    plan.requires(rows=rows, most_pages=400)


async def test_people_without_endpoints_cost_one_look(planner: Planner) -> None:
    (await planner.plan_of(HEARING, [an_id(90_000)])).requires(rows=0, most_pages=6)
    (await planner.plan_of(HEARING, [MINE, an_id(90_000)])).requires(rows=1, most_pages=8)


async def test_a_sender_finds_what_is_due_whatever_waits_behind_it(planner: Planner) -> None:
    (await planner.plan_of(TAKE, MINE, NOW, 8, 8)).requires(rows=8, most_pages=250)
    (await planner.plan_of(NEXT, NOW)).requires(rows=1, most_pages=12)
    (await planner.plan_of(DUE, BUSY, NOW, 4)).requires(rows=1, most_pages=12)
    (await planner.plan_of(GIVE_BACK, BUSY, False, None)).requires(rows=0, most_pages=60)
    (await planner.plan_of(WAKE, [BUSY], NOW)).requires(rows=1, most_pages=60)
    (await planner.plan_of(LINE_UP, [BUSY], [BUSY], NOW)).requires(rows=0, most_pages=12)


async def test_bulk_takes_its_portion(planner: Planner) -> None:
    since = NOW - timedelta(days=25)
    (await planner.plan_of(REPLAY, MINE, since, NOW, None, 10)).requires(rows=1, most_pages=400)
    (await planner.plan_of(SKIP, BUSY, NOW, 10)).requires(rows=1, most_pages=400)
    (await planner.plan_of(FORGET_OLD, NOW, 10)).requires(rows=1, most_pages=400)


async def test_the_export_reads_ones_own(planner: Planner) -> None:
    plan = await planner.plan_of(f"{RECORDS['webhook_endpoints']} LIMIT $2", MINE, 1000)
    plan.requires(rows=1, most_pages=10)
