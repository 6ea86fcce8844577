"""On the real database: numbers without gaps whatever happens at once, papers that nobody rewrites, titles of what was
sold, and statements that go by an index."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from decimal import Decimal

import asyncpg
import pytest

from marketplace.adapters.bridges.identity_asks_for_records import RECORDS
from marketplace.adapters.bridges.invoicing_asks_ordering import SALE, SalesOfOrdering
from marketplace.adapters.sql.catalog.listings import SqlListings
from marketplace.adapters.sql.invoicing.invoices import _OF_ORDER as OF_ORDER
from marketplace.adapters.sql.invoicing.invoices import CREDITED
from marketplace.adapters.sql.invoicing.queries import INVOICE
from marketplace.adapters.sql.ordering.orders import SqlOrders
from marketplace.adapters.sql.trading.lots import SqlTestedLots
from marketplace.adapters.sql.trading.trades import SqlTrades
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.invoicing.invoices import IssueCreditNote, IssueInvoice
from marketplace.domain.invoicing.invoice import CreditExceedsInvoice
from marketplace.domain.ordering.order import OrderLine
from marketplace.domain.shared.ids import OrderId, RefundId, UserId
from marketplace.domain.shared.money import Money
from marketplace.domain.shared.subject import Subject, SubjectKind
from tests.builders.commerce import a_line, a_listing, a_placed_order, a_user_id, aed, new_id
from tests.builders.lots import a_lot
from tests.builders.trades import a_published_trade
from tests.engines import Database, Engines, copied_database, execute
from tests.integration.commerce.market import SqlMarket, a_market, add_user
from tests.integration.plans import AN_ID, Planner, an_id, planning
from tests.integration.races import outcomes


@dataclass
class Office:
    market: SqlMarket
    buyer: UserId

    async def order(self, *lines: OrderLine, seller: UserId | None = None) -> OrderId:
        lines = lines or (a_line(new_id(), aed(750)),)
        transaction = SqlTransaction(self.market.pool, {})
        subject = Subject(kind=SubjectKind.PACKAGE, id=new_id())
        seller = seller or self.market.seller.user
        order = a_placed_order(lines=lines, subject=subject, buyer=self.buyer, seller=seller)
        async with transaction:
            listing = a_listing(id=lines[0].subject, seller=seller)
            if lines[0].kind is SubjectKind.LISTING:
                await SqlListings(transaction).add(listing, aed(1))
            await SqlOrders(transaction).add(order)
        return order.id

    async def numbers(self, table: str) -> list[str]:
        seller = self.market.seller.user
        rows = await self.market.all(f"SELECT number FROM invoicing.{table} WHERE seller_id = $1 ORDER BY 1", seller)  # noqa: S608
        return [row["number"] for row in rows]


@pytest.fixture
async def office(database: Database) -> AsyncIterator[Office]:
    buyer = a_user_id()
    await add_user(database, buyer, f"b{buyer.hex[:20]}")
    async with a_market(database) as market:
        yield Office(market, buyer)


async def test_orders_paid_at_once_are_numbered_without_a_gap(office: Office) -> None:
    orders = [await office.order() for _ in range(10)]
    calls = [office.market.run(IssueInvoice, order) for order in orders for _ in range(3)]
    results = await outcomes(*calls, office.market.run(IssueInvoice, OrderId(new_id())))
    assert [type(result).__name__ for result in results if result is not None] == ["SaleNotFound"]
    assert await office.numbers("invoices") == [f"INV-2030-{n:06d}" for n in range(1, 11)]


async def test_refunds_at_once_take_back_no_more_than_was_paid(office: Office) -> None:
    order = await office.order()
    refunds = [RefundId(new_id()) for _ in range(6)]
    calls = [office.market.run(IssueCreditNote, order, refund, aed(200)) for refund in refunds for _ in range(2)]
    results = await outcomes(*calls)
    lost = [result for result in results if result is not None]
    assert all(isinstance(result, CreditExceedsInvoice) for result in lost), results
    assert await office.numbers("credit_notes") == [f"CN-2030-{n:06d}" for n in range(1, 4)]
    assert await office.numbers("invoices") == ["INV-2030-000001"]


@pytest.mark.parametrize(("change", "name"), [
    ("UPDATE invoicing.invoices SET buyer_name = 'x'", "append_only"),
    ("DELETE FROM invoicing.credit_notes", "append_only"),
    ("TRUNCATE invoicing.credit_notes", "append_only"),
    ("UPDATE invoicing.series SET invoices = 0 WHERE invoices > 0", "never_back"),
    ("UPDATE invoicing.series SET year = 1999 WHERE invoices > 0", "never_back"),
])  # fmt: skip
async def test_nobody_rewrites_what_was_issued(office: Office, database: Database, change: str, name: str) -> None:
    await office.market.run(IssueCreditNote, await office.order(), RefundId(new_id()), aed(1))
    owner = await asyncpg.connect(database.owner_dsn)
    try:
        with pytest.raises(asyncpg.CheckViolationError) as refused:
            await owner.execute(change)
        assert refused.value.constraint_name == name
    finally:
        await owner.close()


async def test_a_sale_names_what_was_sold_and_what_a_promo_code_took_off(office: Office) -> None:
    trade, lot = a_published_trade(), a_lot()
    transaction = SqlTransaction(office.market.pool, {})
    async with transaction:
        await SqlTrades(transaction).add(trade)
        await SqlTestedLots(transaction).add(lot)
    listed = a_line(new_id(), aed("100.01"), quantity="2.500000")
    lines = [
        OrderLine(
            kind=kind, subject=subject, quantity=Decimal(5), unit="tonne", amount=aed(10), fee=listed.fee,
            discount=aed(1),
        )
        for kind, subject in ((SubjectKind.TRADE, trade.id), (SubjectKind.LOT, lot.id))
    ]  # fmt: skip
    order = await office.order(listed, *lines)
    async with transaction:
        sale = await SalesOfOrdering(transaction).of(order)
    assert [(line.title, line.quantity, line.unit, line.amount, line.discount) for line in sale.lines] == [
        ("Vintage film camera", Decimal("2.5"), "piece", aed("100.01"), Money(0, "AED")),
        ("cotton, MCU-5", 5, "tonne", aed(10), aed(1)),
        (f"{lot.commodity}, {lot.grade}", 5, "tonne", aed(10), aed(1)),
    ]  # fmt: skip
    assert (sale.seller.id, sale.buyer.id) == (office.market.seller.user, office.buyer)
    assert sale.seller.name == f"s{sale.seller.id.hex[:20]}"
    number = await office.market.value("SELECT number FROM ordering.orders WHERE id = $1", order)
    assert sale.order_number == f"M-{number:08d}"


FILL = (
    AN_ID,
    """
INSERT INTO ordering.orders (id, subject_kind, subject_id, buyer_id, seller_id, amount_minor, currency, fee_minor,
    status, payment_status, payment_due_at, created_at)
SELECT an_id(n), 'listing', an_id(n), an_id(n % 100), an_id(n % 1000), 75000, 'AED', 0, 'paid', 'paid', now(), now()
FROM generate_series(1, 2000) n""",
    """
INSERT INTO ordering.order_lines (order_id, line, kind, subject_id, quantity, unit, amount_minor, fee_rule,
    fee_basis_points, fee_base_minor, fee_minor, fee_schedule_id)
SELECT an_id(n), 1, 'listing', an_id(n), 1, 'piece', 75000, 'none', 0, 0, 0, an_id(1)
FROM generate_series(1, 2000) n""",
    """
INSERT INTO invoicing.invoices (id, number, order_id, order_number, seller_id, seller_name, buyer_id, buyer_name,
    currency, lines, tax_basis_points, issued_at)
SELECT an_id(n), n, an_id(n), n, an_id(n % 1000), 's', an_id(n % 100), 'b', 'AED', '[]', 500, now()
FROM generate_series(1, 100000) n""",
    """
INSERT INTO invoicing.credit_notes (id, number, invoice_id, seller_id, refund_id, total_minor, tax_minor, issued_at)
SELECT an_id(n), n, an_id(n), an_id(n % 1000), an_id(n), 100, 5, now() FROM generate_series(1, 20000) n""",
    "VACUUM ANALYZE ordering.orders, ordering.order_lines, invoicing.invoices, invoicing.credit_notes",
)


@pytest.fixture(scope="module")
def busy(engines: Engines, template: str) -> Iterator[Database]:
    with copied_database(engines, template) as database:
        execute(database.owner_dsn, *FILL)
        yield database


@pytest.fixture
async def planner(busy: Database) -> AsyncIterator[Planner]:
    async with planning(busy, {"orders", "order_lines", "invoices", "credit_notes"}) as planner:
        yield planner


async def test_every_statement_goes_by_an_index(planner: Planner) -> None:
    one = an_id(1_007)
    for sql, arguments, rows in (
        (INVOICE, (one, an_id(7)), 1), (OF_ORDER, (one,), 1), (CREDITED, (one,), 1), (SALE, (one,), 0),
    ):  # fmt: skip
        (await planner.plan_of(sql, *arguments)).requires(rows=rows, most_pages=40)
    records = await planner.plan_of(f"SELECT to_jsonb(one)::text FROM ({RECORDS['invoices']} LIMIT 50) one", an_id(7))  # noqa: S608
    records.requires(rows=50, most_pages=4_000)
