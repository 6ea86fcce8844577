"""Papers of what was paid and what was paid back."""

from dataclasses import dataclass

from marketplace.application.invoicing.ports import Invoices, Sales
from marketplace.application.shared.ports import Clock, Ids, Transaction
from marketplace.domain.invoicing.invoice import (
    CreditNoteId,
    Invoice,
    InvoiceId,
    PaperKind,
    Series,
    credit,
)
from marketplace.domain.shared.ids import OrderId, RefundId
from marketplace.domain.shared.money import Money


@dataclass(frozen=True, slots=True)
class IssueInvoice:
    """Once for each paid order."""

    sales: Sales
    invoices: Invoices
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(self, order_id: OrderId) -> None:
        async with self.transaction:
            series, _ = await self.issued(order_id)
            await self.invoices.save(series)

    async def issued(self, order_id: OrderId) -> tuple[Series, Invoice]:
        """Inside a running transaction: the invoice, issued if it was not, and the locked series, to be saved."""
        sale = await self.sales.of(order_id)
        series = await self.invoices.series(sale.seller.id)
        invoice = await self.invoices.of_order(order_id)
        if invoice is None:
            now = self.clock.now()
            invoice = Invoice.of(sale, InvoiceId(self.ids.new()), series.number(PaperKind.INVOICE, now), now)
            await self.invoices.add(invoice)
        return series, invoice


@dataclass(frozen=True, slots=True)
class IssueCreditNote:
    """Once for each refund. The invoice is issued first where the news of the payment is not through yet."""

    issue: IssueInvoice
    invoices: Invoices
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(self, order_id: OrderId, refund_id: RefundId, amount: Money) -> None:
        """Raises CreditExceedsInvoice."""
        async with self.transaction:
            series, invoice = await self.issue.issued(order_id)
            earlier = await self.invoices.credited(invoice)
            if refund_id not in {note.refund_id for note in earlier}:
                now = self.clock.now()
                number = series.number(PaperKind.CREDIT_NOTE, now)
                note = credit(invoice, earlier, CreditNoteId(self.ids.new()), refund_id, number, amount, now)
                await self.invoices.add_credit_note(invoice, note)
            await self.invoices.save(series)
