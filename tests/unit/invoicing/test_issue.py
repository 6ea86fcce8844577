"""Papers follow from payments and refunds once, whatever comes twice or in the wrong order."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from marketplace.application.invoicing.invoices import IssueCreditNote, IssueInvoice
from marketplace.domain.invoicing.invoice import CreditExceedsInvoice, Invoice, Sale, SaleNotFound
from marketplace.domain.shared.ids import OrderId, RefundId
from tests.builders.commerce import NOON, aed, new_id
from tests.builders.invoicing import a_sale
from tests.fakes.invoicing import InvoicingRows, MemoryInvoices, MemoryInvoicing, MemorySales
from tests.fakes.world import FixedClock, SequentialIds


@dataclass
class Office:
    sales: MemorySales = field(default_factory=MemorySales)
    transaction: MemoryInvoicing = field(default_factory=MemoryInvoicing)
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOON))
    issue: IssueInvoice = field(init=False)
    credit: IssueCreditNote = field(init=False)

    def __post_init__(self) -> None:
        invoices, ids = MemoryInvoices(self.transaction), SequentialIds()
        self.issue = IssueInvoice(self.sales, invoices, self.transaction, self.clock, ids)
        self.credit = IssueCreditNote(self.issue, invoices, self.transaction, self.clock, ids)

    def sold(self, sale: Sale) -> OrderId:
        self.sales.sales[sale.order_id] = sale
        return sale.order_id

    @property
    def rows(self) -> InvoicingRows:
        return self.transaction.rows

    @property
    def numbers(self) -> list[str]:
        return [invoice.number for invoice in self.rows.invoices.values()]

    def invoice(self, order_id: OrderId) -> Invoice:
        return self.rows.invoices[order_id]


@pytest.fixture
def office() -> Office:
    return Office()


async def test_each_paid_order_gets_the_next_number_of_its_seller(office: Office) -> None:
    sale = a_sale()
    for one in (sale, a_sale(seller=sale.seller), a_sale()):
        await office.issue(office.sold(one))
    assert office.numbers == ["INV-2030-000001", "INV-2030-000002", "INV-2030-000001"]


async def test_an_order_that_is_paid_again_is_not_invoiced_again(office: Office) -> None:
    order_id = office.sold(a_sale())
    await office.issue(order_id)
    first = office.invoice(order_id)
    office.clock.advance(timedelta(days=400))
    await office.issue(order_id)
    assert office.invoice(order_id) == first
    await office.issue(office.sold(a_sale(seller=first.seller)))
    assert office.numbers[-1] == "INV-2031-000001"


async def test_an_order_that_nobody_placed_has_no_invoice(office: Office) -> None:
    with pytest.raises(SaleNotFound):
        await office.issue(OrderId(new_id()))
    assert office.rows.series == {}


async def test_each_refund_gets_one_credit_note(office: Office) -> None:
    order_id = office.sold(a_sale())
    await office.issue(order_id)
    refunds = [RefundId(new_id()) for _ in range(2)]
    for refund_id in (*refunds, *refunds):
        await office.credit(order_id, refund_id, aed(100))
    notes = office.rows.credit_notes
    assert [(note.number, note.refund_id) for note in notes] == [
        ("CN-2030-000001", refunds[0]), ("CN-2030-000002", refunds[1])
    ]  # fmt: skip
    assert {note.invoice_id for note in notes} == {office.invoice(order_id).id}


async def test_a_refund_that_is_heard_of_before_the_payment_finds_its_invoice(office: Office) -> None:
    order_id = office.sold(a_sale())
    await office.credit(order_id, RefundId(new_id()), aed(750))
    await office.issue(order_id)
    assert office.numbers == ["INV-2030-000001"]
    assert [note.total for note in office.rows.credit_notes] == [aed(750)]


async def test_a_refund_of_more_than_was_paid_writes_nothing(office: Office) -> None:
    order_id = office.sold(a_sale())
    await office.issue(order_id)
    with pytest.raises(CreditExceedsInvoice):
        await office.credit(order_id, RefundId(new_id()), aed("750.01"))
    await office.credit(order_id, RefundId(new_id()), aed(750))
    assert [note.number for note in office.rows.credit_notes] == ["CN-2030-000001"]
