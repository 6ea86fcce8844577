"""With 100,000 disputes, half of them of one seller, every list and every read by an id goes by an index."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import pytest

from marketplace.adapters.bridges.disputes_asks_identity import SOME
from marketplace.adapters.bridges.identity_asks_for_records import RECORDS
from marketplace.adapters.sql.disputes.disputes import LIVE_OF
from marketplace.adapters.sql.disputes.queries import EVIDENCE, MESSAGES, OWN, QUEUES
from marketplace.domain.disputes.moves import DisputeStatus
from tests.engines import Database, Engines
from tests.integration.plans import AN_ID, Planner, an_id, filled_database, planning

PAGE = 20
BIG = {"disputes", "messages", "evidence", "users"}
SELLER = an_id(0)
NEVER, ALWAYS = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
MIDDLE = datetime(2026, 1, 1, 14, tzinfo=UTC)
MOST_PAGES = 200
"""101 rows are picked in an index, and looked up."""
MOST_PAGES_OF_A_TOTAL = 12_000
"""10,001 rows are counted at most."""
FILL = (
    AN_ID,
    """
INSERT INTO disputes.disputes (id, order_id, buyer_id, seller_id, opener, reason, amount_minor, currency, status,
    proposals, said, evidence, opened_at, response_due_at)
SELECT an_id(n), an_id(n), an_id(n), an_id(CASE WHEN n % 2 = 0 THEN 0 ELSE n + 200000 END), 'buyer', 'other', 100,
    'AED', CASE WHEN n % 50 = 0 THEN 'under_review' ELSE 'withdrawn' END, '{}', 1, 0,
    timestamptz '2026-01-01' + n * interval '1 second', now()
FROM generate_series(1, 100000) n""",
    """
INSERT INTO disputes.messages (dispute_id, number, author_id, voice, text, said_at)
SELECT an_id(n), 1, an_id(n), 'buyer', 'Empty.', now() FROM generate_series(1, 5000) n""",
    """
INSERT INTO disputes.evidence (id, dispute_id, owner_id, voice, description, ending, size, sha256, added_at)
SELECT an_id(n), an_id(n), an_id(n), 'buyer', 'The box.', 'pdf', 1, 'x', now() FROM generate_series(1, 5000) n""",
    "VACUUM ANALYZE disputes.disputes, disputes.messages, disputes.evidence",
)


@pytest.fixture(scope="module")
def big_database(engines: Engines, template: str) -> Iterator[Database]:
    with filled_database(engines, template, *FILL) as database:
        yield database


@pytest.fixture
async def planner(big_database: Database) -> AsyncIterator[Planner]:
    async with planning(big_database, BIG) as planner:
        yield planner


@pytest.mark.parametrize("status", [None, DisputeStatus.UNDER_REVIEW])
@pytest.mark.parametrize("at", [NEVER, MIDDLE])
async def test_the_queue(planner: Planner, status: DisputeStatus | None, at: datetime) -> None:
    plan = await planner.plan_of(QUEUES[status], ALWAYS, at, an_id(0), 0, PAGE + 1)
    plan.requires(rows=PAGE + 1, most_pages=MOST_PAGES_OF_A_TOTAL)
    before = await planner.plan_of(QUEUES[status], datetime(2025, 1, 1, tzinfo=UTC), NEVER, an_id(0), 0, PAGE + 1)
    before.requires(rows=0, most_pages=MOST_PAGES)


@pytest.mark.parametrize("status", [None, DisputeStatus.UNDER_REVIEW])
@pytest.mark.parametrize("at", [ALWAYS, MIDDLE])
async def test_the_disputes_of_a_busy_seller(planner: Planner, status: DisputeStatus | None, at: datetime) -> None:
    plan = await planner.plan_of(OWN[status], ALWAYS, at, an_id(0), 0, PAGE + 1, SELLER)
    plan.requires(rows=PAGE + 1, most_pages=MOST_PAGES_OF_A_TOTAL)


async def test_who_has_one_dispute_reads_little(planner: Planner) -> None:
    for status, rows in ((None, 1), (DisputeStatus.UNDER_REVIEW, 0)):
        plan = await planner.plan_of(OWN[status], ALWAYS, ALWAYS, an_id(0), 0, PAGE + 1, an_id(777))
        plan.requires(rows=rows, most_pages=60)


async def test_one_dispute_and_what_a_person_said(planner: Planner) -> None:
    (await planner.plan_of(LIVE_OF, an_id(50))).requires(rows=1, most_pages=30)
    (await planner.plan_of(MESSAGES, an_id(777), 0, PAGE + 1)).requires(rows=1, most_pages=30)
    (await planner.plan_of(EVIDENCE, an_id(777))).requires(rows=1, most_pages=30)
    (await planner.plan_of(RECORDS["disputes"], an_id(777))).requires(rows=1, most_pages=60)
    (await planner.plan_of(SOME, 100)).requires(rows=0, most_pages=10)
