"""Among 100,000 tested lots every list goes by an index, and a chain is read by its keys."""

from collections.abc import AsyncIterator, Iterator

import pytest

from marketplace.adapters.sql.trading.lot_queries import LOT, PAGES, RESERVATIONS
from marketplace.adapters.sql.trading.lots import _LOCKED as LOCKED
from marketplace.adapters.sql.trading.lots import _REPORTS_OF as REPORTS_OF
from marketplace.adapters.sql.trading.lots import _SHARED as SHARED
from marketplace.adapters.sql.trading.provenance import AGREED, OF_LOT, ORDERS_OF, SOURCES
from tests.engines import Database, Engines
from tests.integration.plans import AN_ID, Planner, an_id, filled_database, planning

PAGE = 20
LOTS = 100_000
BIG = {
    "tested_lots",
    "lot_reports",
    "stocks",
    "holds",
    "provenances",
    "orders",
    "order_lines",
    "offers",
    "negotiations",
}
FILL = (
    AN_ID,
    """
INSERT INTO trading.tested_lots
    (id, owner_id, commodity, quality, quantity, unit, price_minor, currency, price_unit, status, created_at)
SELECT an_id(n), an_id(n % 5), CASE WHEN n % 1000 = 0 THEN 'Saffron' ELSE 'Cotton' END, '{}', 20, 'tonne', 165000,
    'USD', 'tonne', CASE WHEN n % 1000 = 5 THEN 'draft' ELSE 'available' END, now()
FROM generate_series(1, 100000) n""",
    """
INSERT INTO trading.lot_reports (id, lot_id, parameters, method, laboratory, tested_on, document_id, document_sha256,
    attached_at)
SELECT an_id(n), an_id(n), '{}', 'HVI', 'Institute', '2029-01-01', an_id(n), repeat('0', 64), now()
FROM generate_series(1, 10000) n""",
    "INSERT INTO inventory.stocks (subject_id, total, held) SELECT an_id(n), 20, 1 FROM generate_series(1, 10000) n",
    """
INSERT INTO inventory.holds (id, kind, subject_id, quantity, reason, reference, until)
SELECT an_id(n), 'lot', an_id(n), 1, 'reservation', an_id(n % 5), now() FROM generate_series(1, 10000) n""",
    """
INSERT INTO trading.negotiations
    (id, subject_kind, subject_id, listing_ids, buyer_id, seller_id, opener, currency, attempts, status)
SELECT an_id(n), 'trade', an_id(n), '{}', an_id(6), an_id(n % 5), 'seller', 'USD', 0, 'agreed'
FROM generate_series(1, 10000) n""",
    """
INSERT INTO trading.offers
    (id, negotiation_id, side, price_minor, quantity, unit, terms, status, created_at, expires_at)
SELECT an_id(n), an_id(n), 'seller', 165000, 1, 'tonne', jsonb_build_object('lot', an_id(n)), 'accepted', now(), now()
FROM generate_series(1, 10000) n""",
    """
INSERT INTO ordering.orders (id, subject_kind, subject_id, negotiation_id, buyer_id, seller_id, amount_minor, currency,
    fee_minor, status, payment_status, payment_due_at, created_at)
SELECT an_id(n), 'trade', an_id(n), an_id(n), an_id(6), an_id(n % 5), 165000, 'USD', 0, 'placed', 'unpaid', now(), now()
FROM generate_series(1, 10000) n""",
    """
INSERT INTO ordering.order_lines (order_id, line, kind, subject_id, quantity, unit, amount_minor, fee_rule,
    fee_basis_points, fee_base_minor, fee_minor, fee_schedule_id)
SELECT an_id(n), 1, 'trade', an_id(n), 1, 'tonne', 165000, 'desk', 0, 165000, 0,
    '00000000-0000-7000-8000-000000000004' FROM generate_series(1, 10000) n""",
    """
INSERT INTO trading.provenances (order_id, lot_id, kinds, ids, hashes, frozen_at)
SELECT an_id(n), an_id(n), '{order}', ARRAY[an_id(n)], ARRAY[repeat('0', 64)], now()
FROM generate_series(1, 10000) n""",
    *(
        f"VACUUM ANALYZE {table}"
        for table in (
            "trading.tested_lots", "trading.lot_reports", "inventory.stocks", "inventory.holds", "trading.offers",
            "trading.negotiations", "ordering.orders", "ordering.order_lines", "trading.provenances",
        )
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def big_database(engines: Engines, template: str) -> Iterator[Database]:
    with filled_database(engines, template, *FILL) as database:
        yield database


@pytest.fixture
async def planner(big_database: Database) -> AsyncIterator[Planner]:
    async with planning(big_database, BIG) as planner:
        yield planner


@pytest.mark.parametrize("wanted", PAGES, ids=str)
async def test_a_list_reads_its_page_and_counts_in_an_index(
    planner: Planner, wanted: tuple[bool, bool, bool, bool]
) -> None:
    """Most of the lots are cotton and available: the largest counts there are."""
    _, commodity, status, by_cursor = wanted
    arguments = ["cotton" if commodity else None, "available" if status else None]
    first = await planner.plan_of(PAGES[wanted], an_id(1), an_id(LOTS) if by_cursor else 0, PAGE + 1, *arguments)
    first.requires(rows=PAGE + 1, most_pages=700)
    if by_cursor:
        deep = await planner.plan_of(PAGES[wanted], an_id(1), an_id(500), PAGE + 1, *arguments)
        deep.requires(rows=PAGE + 1, most_pages=700)


async def test_what_is_rare_is_found_by_its_index(planner: Planner) -> None:
    for wanted, arguments in (
        ((False, True, False, False), ("saffron", None)),
        ((True, True, False, False), ("saffron", None)),
        ((True, False, True, False), (None, "draft")),
    ):
        plan = await planner.plan_of(PAGES[wanted], an_id(0), 0, PAGE + 1, *arguments)
        plan.requires(rows=PAGE + 1, most_pages=700)


async def test_one_lot_and_its_chain_are_read_by_their_keys(planner: Planner) -> None:
    lot, owner = an_id(9_001), an_id(1)
    for sql, arguments in (
        (LOT, (lot, owner)), (RESERVATIONS, (lot,)), (REPORTS_OF, (lot,)), (LOCKED.sql, (lot,)), (SHARED.sql, (lot,)),
        (ORDERS_OF, (lot, owner)),
    ):  # fmt: skip
        (await planner.plan_of(sql, *arguments)).requires(rows=1, most_pages=40)
    (await planner.plan_of(OF_LOT, lot)).requires(rows=2, most_pages=40)
    (await planner.plan_of(AGREED, lot)).requires(rows=4, most_pages=60)
    (await planner.plan_of(SOURCES, [lot])).requires(rows=4, most_pages=80)
