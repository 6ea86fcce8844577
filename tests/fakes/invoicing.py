from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field

from marketplace.application.invoicing.ports import Invoices, Sales
from marketplace.domain.invoicing.invoice import CreditNote, Invoice, Sale, SaleNotFound, Series
from marketplace.domain.shared.ids import OrderId, UserId
from tests.fakes.world import MemoryTransaction, Rows


@dataclass(slots=True)
class InvoicingRows(Rows):
    series: dict[UserId, Series] = field(default_factory=dict)
    invoices: dict[OrderId, Invoice] = field(default_factory=dict)
    credit_notes: list[CreditNote] = field(default_factory=list)


class MemoryInvoicing(MemoryTransaction):
    def __init__(self) -> None:
        super().__init__()
        self.rows: InvoicingRows = InvoicingRows()

    @property
    def papers(self) -> InvoicingRows:
        rows = self.inside
        assert isinstance(rows, InvoicingRows)
        return rows


class MemorySales(Sales):
    def __init__(self, *sales: Sale) -> None:
        self.sales = {sale.order_id: sale for sale in sales}

    async def of(self, order_id: OrderId) -> Sale:
        if order_id not in self.sales:
            raise SaleNotFound("no such order", order_id=order_id)
        return self.sales[order_id]


class MemoryInvoices(Invoices):
    def __init__(self, transaction: MemoryInvoicing) -> None:
        self._transaction = transaction

    async def series(self, seller: UserId) -> Series:
        return deepcopy(self._transaction.papers.series.setdefault(seller, Series(seller=seller)))

    async def save(self, series: Series) -> None:
        self._transaction.papers.series[series.seller] = deepcopy(series)

    async def of_order(self, order_id: OrderId) -> Invoice | None:
        return self._transaction.papers.invoices.get(order_id)

    async def add(self, invoice: Invoice) -> None:
        self._transaction.papers.invoices[invoice.order_id] = invoice

    async def credited(self, invoice: Invoice) -> Sequence[CreditNote]:
        return [note for note in self._transaction.papers.credit_notes if note.invoice_id == invoice.id]

    async def add_credit_note(self, invoice: Invoice, note: CreditNote) -> None:
        self._transaction.papers.credit_notes.append(note)
