"""With 100,000 orders, half of them of one seller, every read goes by an index and reads a bounded number of pages."""

from collections.abc import AsyncIterator, Iterator

import pytest

from marketplace.adapters.bridges.identity_asks_for_records import RECORDS
from marketplace.adapters.bridges.ordering_asks_payments import PAYMENTS, REFUNDS
from marketplace.adapters.sql.inventory.stocks import _TAKEN_FOR as TAKEN_FOR
from marketplace.adapters.sql.ordering.carts import CART, ORDERS_OF_GROUP, READ
from marketplace.adapters.sql.ordering.fulfilments import OF_ORDER
from marketplace.adapters.sql.ordering.order_lists import LAST, PAGES
from marketplace.adapters.sql.ordering.order_trail import PLACED, STEPS
from marketplace.application.ordering.life_ports import PublicStatus, Side
from tests.engines import Database, Engines, copied_database, execute
from tests.integration.plans import AN_ID, Planner, an_id, planning

PAGE = 20
SELLER, WORKER, BUYER = 1, 2, 3
"""Of half of all orders; every other one of these is assigned to the worker. The others have one each."""
BIG = {
    "cart_items", "orders", "order_lines", "order_steps", "fulfilments", "fulfilment_lines", "holds", "payments",
    "refunds",
}  # fmt: skip
FILL = (
    AN_ID,
    "SET session_replication_role = replica",
    """
INSERT INTO ordering.orders
    (id, subject_kind, subject_id, buyer_id, seller_id, amount_minor, currency, fee_minor, status, payment_status,
     payment_due_at, created_at, assignee_id, group_id)
SELECT an_id(n), 'listing', an_id(n), an_id(CASE WHEN n % 2 = 0 THEN 3 ELSE 200000 + n END),
    an_id(CASE WHEN n % 2 = 0 THEN 1 ELSE 400000 + n END), 75000, 'AED', 3750,
    CASE WHEN n % 5000 = 0 THEN 'delivered' ELSE 'completed' END, 'paid', now(), now(),
    an_id(CASE WHEN n % 4 = 0 THEN 2 WHEN n % 2 = 0 THEN 1 ELSE 600000 + n END),
    CASE WHEN n % 10 = 0 THEN an_id(n / 100) END
FROM generate_series(1, 100000) n""",
    """
INSERT INTO ordering.order_lines (order_id, line, kind, subject_id, quantity, unit, amount_minor, fee_rule,
    fee_basis_points, fee_base_minor, fee_minor, fee_schedule_id, fee_fixed_minor)
SELECT an_id(n), 1, 'listing', an_id(n), 1, 'piece', 75000, 'community_500bp', 500, 75000, 3750, an_id(1), 0
FROM generate_series(1, 20000) n""",
    """
INSERT INTO ordering.order_steps (order_id, source, target, role, actor_id, at)
SELECT an_id(n % 20000), 'paid', 'assigned', 'seller', an_id(n % 4), now() FROM generate_series(1, 40000) n""",
    """
INSERT INTO ordering.fulfilments (id, order_id, by_id, round, shipped_at)
SELECT an_id(n), an_id(n), an_id(n % 4), 0, now() FROM generate_series(1, 20000) n""",
    "INSERT INTO ordering.fulfilment_lines SELECT an_id(n), 1, 1 FROM generate_series(1, 20000) n",
    """
INSERT INTO inventory.holds (id, kind, subject_id, quantity, reason, reference, until, status)
SELECT an_id(n), 'listing', an_id(n), 1, 'offer', an_id(n), now(), 'sold' FROM generate_series(1, 20000) n""",
    """
INSERT INTO ordering.cart_items (id, owner_id, listing_id, quantity, amount_minor, currency, added_at)
SELECT an_id(n), an_id(n / 100), an_id(n), 1, 75000, 'AED', now() FROM generate_series(1, 100000) n""",
    *(
        f"VACUUM ANALYZE {table}"
        for table in (
            "ordering.orders", "ordering.order_lines", "ordering.order_steps", "ordering.fulfilments",
            "ordering.fulfilment_lines", "inventory.holds", "ordering.cart_items",
        )
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def big_database(engines: Engines, template: str) -> Iterator[Database]:
    with copied_database(engines, template) as database:
        execute(database.admin_dsn, *FILL)
        yield database


@pytest.fixture
async def planner(big_database: Database) -> AsyncIterator[Planner]:
    async with planning(big_database, BIG) as planner:
        yield planner


@pytest.mark.parametrize(
    ("who", "side", "status"),
    [
        (SELLER, None, None), (SELLER, "seller", None), (SELLER, "seller", "completed"), (BUYER, "buyer", None),
        (BUYER, "buyer", "completed"), (WORKER, "seller", None), (WORKER, "seller", "completed"),
    ],
)  # fmt: skip
async def test_a_deep_page_of_ones_own_orders_costs_no_more_than_the_first(
    planner: Planner, who: int, side: Side | None, status: PublicStatus | None
) -> None:
    """But for counting them, up to the limit of a total."""
    statement = PAGES[side, status]
    first = await planner.plan_of(statement, an_id(who), LAST, 0, PAGE + 1)
    deep = await planner.plan_of(statement, an_id(who), an_id(500), 0, PAGE + 1)
    for plan in (first, deep):
        assert (plan.rows, plan.whole_tables_read) == (PAGE + 1, set())
    assert deep.pages <= 1.2 * first.pages


async def test_the_few_of_a_status_are_found_among_many_others(planner: Planner) -> None:
    found = await planner.plan_of(PAGES["seller", "delivered"], an_id(SELLER), LAST, 0, PAGE + 1)
    found.requires(rows=20, most_pages=400)
    nothing = await planner.plan_of(PAGES[None, "disputed"], an_id(SELLER), LAST, 0, PAGE + 1)
    nothing.requires(rows=0, most_pages=60)


async def test_what_somebody_did_is_exported_by_who_did_it(planner: Planner) -> None:
    for kind in ("order_moves", "fulfilments"):
        (await planner.plan_of(f"{RECORDS[kind]} LIMIT 50", an_id(SELLER))).requires(rows=50, most_pages=60)


async def test_what_happened_to_one_order_is_read_by_its_id(planner: Planner) -> None:
    one = an_id(776)
    for statement, arguments, rows in (
        (PLACED, (one, an_id(SELLER), False), 1), (STEPS, (one,), 2), (OF_ORDER, (one,), 1),
        (PAYMENTS, (one, an_id(SELLER)), 0), (REFUNDS, (one,), 0), (TAKEN_FOR, (one,), 1),
    ):  # fmt: skip
        (await planner.plan_of(statement, *arguments)).requires(rows=rows, most_pages=40)


async def test_a_cart_and_a_group_are_read_by_whose_they_are(planner: Planner) -> None:
    (await planner.plan_of(READ, an_id(500))).requires(rows=100, most_pages=20)
    (await planner.plan_of(CART, an_id(500))).requires(rows=0, most_pages=20)
    (await planner.plan_of(ORDERS_OF_GROUP, an_id(500))).requires(rows=10, most_pages=100)
