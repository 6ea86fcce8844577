import asyncpg

from marketplace.adapters.sql.invoicing.invoices import CREDITED, credit_note_of, invoice_of
from marketplace.adapters.sql.pool import Pool
from marketplace.application.invoicing.ports import InvoiceQueries
from marketplace.application.invoicing.views import CreditNoteView, InvoiceView
from marketplace.application.shared.actor import Actor
from marketplace.domain.invoicing.invoice import (
    CreditNote,
    CreditNoteId,
    CreditNoteNotFound,
    InvoiceNotFound,
    InvoiceNotIssued,
)
from marketplace.domain.shared.ids import OrderId

INVOICE = """
SELECT invoices.* FROM ordering.orders LEFT JOIN invoicing.invoices ON invoices.order_id = orders.id
WHERE orders.id = $1 AND $2 IN (orders.buyer_id, orders.seller_id)
"""


class SqlInvoiceQueries(InvoiceQueries):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def invoice(self, actor: Actor, order_id: OrderId) -> InvoiceView:
        row, notes = await self._read(actor, order_id)
        if row is None:
            raise InvoiceNotFound("no such order", order_id=order_id)
        if row["id"] is None:
            raise InvoiceNotIssued("the invoice is issued when the order is paid", order_id=order_id)
        return InvoiceView.of(invoice_of(row), notes)

    async def credit_note(self, actor: Actor, order_id: OrderId, note_id: CreditNoteId) -> CreditNoteView:
        row, notes = await self._read(actor, order_id)
        note = next((one for one in notes if one.id == note_id), None)
        if row is None or note is None:
            raise CreditNoteNotFound("no such credit note of this order", order_id=order_id)
        return CreditNoteView.of(invoice_of(row), note)

    async def _read(self, actor: Actor, order_id: OrderId) -> tuple[asyncpg.Record | None, list[CreditNote]]:
        """The row is None for who is no party, and empty where no invoice is issued yet."""
        async with self._pool.connection() as connection:
            row = await connection.fetchrow(INVOICE, order_id, actor.user)
            notes = await connection.fetch(CREDITED, row["id"]) if row else []
        return row, [credit_note_of(note, row["currency"]) for note in notes]
