"""The fakes of the unit tests and the SQL adapters keep one contract."""

from dataclasses import asdict, dataclass
from decimal import Decimal

import pytest

from marketplace.adapters.bridges.invoicing_asks_ordering import SalesOfOrdering
from marketplace.adapters.sql.invoicing.invoices import SqlInvoices
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.invoicing.ports import Invoices, Sales
from marketplace.application.shared.ports import Transaction
from marketplace.domain.invoicing.invoice import Invoice, PaperKind, SaleNotFound, Series
from marketplace.domain.shared.ids import OrderId
from marketplace.domain.shared.money import Money
from tests.builders.commerce import NOON, a_user_id, aed, new_id
from tests.builders.invoicing import a_sale, an_invoice, credited, sold
from tests.fakes.invoicing import MemoryInvoices, MemoryInvoicing, MemorySales


@dataclass
class Office:
    transaction: Transaction
    invoices: Invoices
    sales: Sales

    async def add(self, invoice: Invoice) -> None:
        async with self.transaction:
            await self.invoices.series(invoice.seller.id)
            await self.invoices.add(invoice)


class InvoicesContract:
    async def test_an_invoice_comes_back_as_it_was_issued(self, office: Office) -> None:
        lines = (
            sold(aed("750.01"), title="पुराना कैमरा «Зенит»"),
            sold(aed("0.01"), quantity=Decimal("2.5"), unit="tonne", discount=aed("0.01")),
        )
        invoice = an_invoice(a_sale(*lines))
        await office.add(invoice)
        async with office.transaction:
            assert await office.invoices.of_order(invoice.order_id) == invoice
            assert await office.invoices.of_order(OrderId(new_id())) is None

    async def test_credit_notes_come_back_in_their_order(self, office: Office) -> None:
        invoice = an_invoice(a_sale(sold(Money(1_001, "KWD"))))
        first = credited(invoice, Money(1, "KWD"))
        second = credited(invoice, Money(1_000, "KWD"), first)
        await office.add(invoice)
        async with office.transaction:
            assert list(await office.invoices.credited(invoice)) == []
            await office.invoices.add_credit_note(invoice, first)
            await office.invoices.add_credit_note(invoice, second)
        async with office.transaction:
            assert list(await office.invoices.credited(invoice)) == [first, second]

    async def test_a_series_goes_on_where_it_was_saved(self, office: Office) -> None:
        seller = a_user_id()
        async with office.transaction:
            series = await office.invoices.series(seller)
            assert asdict(series) == asdict(Series(seller=seller))
            series.number(PaperKind.INVOICE, NOON)
            await office.invoices.save(series)
        async with office.transaction:
            assert asdict(await office.invoices.series(seller)) == asdict(series)

    async def test_a_failed_block_uses_no_number_up(self, office: Office) -> None:
        invoice = an_invoice()
        with pytest.raises(ZeroDivisionError):
            async with office.transaction:
                series = await office.invoices.series(invoice.seller.id)
                series.number(PaperKind.INVOICE, NOON)
                await office.invoices.save(series)
                await office.invoices.add(invoice)
                raise ZeroDivisionError
        async with office.transaction:
            assert (await office.invoices.series(invoice.seller.id)).last[PaperKind.INVOICE] == 0
            assert await office.invoices.of_order(invoice.order_id) is None

    async def test_what_nobody_ordered_was_not_sold(self, office: Office) -> None:
        async with office.transaction:
            with pytest.raises(SaleNotFound):
                await office.sales.of(OrderId(new_id()))


class TestMemoryInvoices(InvoicesContract):
    @pytest.fixture
    def office(self) -> Office:
        transaction = MemoryInvoicing()
        return Office(transaction, MemoryInvoices(transaction), MemorySales())


class TestSqlInvoices(InvoicesContract):
    @pytest.fixture
    def office(self, pool: Pool) -> Office:
        transaction = SqlTransaction(pool, {})
        return Office(transaction, SqlInvoices(transaction), SalesOfOrdering(transaction))
