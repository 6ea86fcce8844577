from collections.abc import Sequence
from decimal import Decimal

import asyncpg

from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.invoicing.ports import Invoices
from marketplace.domain.invoicing.invoice import CreditNote, Invoice, InvoiceLine, PaperKind, Party, Series
from marketplace.domain.shared.ids import OrderId, UserId
from marketplace.domain.shared.money import Money

_SERIES = """
INSERT INTO invoicing.series (seller_id) VALUES ($1)
ON CONFLICT (seller_id) DO UPDATE SET seller_id = excluded.seller_id
RETURNING year, invoices, credit_notes
"""
"""Locks the row, also where it has just come to be."""
_SAVE = "UPDATE invoicing.series SET year = $2, invoices = $3, credit_notes = $4 WHERE seller_id = $1"
_OF_ORDER = "SELECT * FROM invoicing.invoices WHERE order_id = $1"
_ADD = """
INSERT INTO invoicing.invoices (id, number, order_id, order_number, seller_id, seller_name, buyer_id, buyer_name,
    currency, lines, tax_basis_points, issued_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
"""
CREDITED = "SELECT * FROM invoicing.credit_notes WHERE invoice_id = $1 ORDER BY id"
_ADD_CREDIT_NOTE = """
INSERT INTO invoicing.credit_notes (id, number, invoice_id, seller_id, refund_id, total_minor, tax_minor, issued_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""


class SqlInvoices(Invoices):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def series(self, seller: UserId) -> Series:
        row = await self._transaction.connection.fetchrow(_SERIES, seller)
        last = {PaperKind.INVOICE: row["invoices"], PaperKind.CREDIT_NOTE: row["credit_notes"]}
        return Series(seller=seller, year=row["year"], last=last)

    async def save(self, series: Series) -> None:
        last = series.last
        await self._transaction.connection.execute(
            _SAVE, series.seller, series.year, last[PaperKind.INVOICE], last[PaperKind.CREDIT_NOTE]
        )

    async def of_order(self, order_id: OrderId) -> Invoice | None:
        row = await self._transaction.connection.fetchrow(_OF_ORDER, order_id)
        return row and invoice_of(row)

    async def add(self, invoice: Invoice) -> None:
        lines = [
            {
                "title": line.title, "quantity": str(line.quantity), "unit": line.unit, "amount": line.amount.minor,
                "discount": line.discount.minor, "tax": line.tax.minor,
            }
            for line in invoice.lines
        ]  # fmt: skip
        await self._transaction.connection.execute(
            _ADD, invoice.id, invoice.number, invoice.order_id, invoice.order_number, invoice.seller.id,
            invoice.seller.name, invoice.buyer.id, invoice.buyer.name, invoice.total.currency, lines,
            invoice.tax_basis_points, invoice.issued_at,
        )  # fmt: skip

    async def credited(self, invoice: Invoice) -> Sequence[CreditNote]:
        rows = await self._transaction.connection.fetch(CREDITED, invoice.id)
        return [credit_note_of(row, invoice.total.currency) for row in rows]

    async def add_credit_note(self, invoice: Invoice, note: CreditNote) -> None:
        await self._transaction.connection.execute(
            _ADD_CREDIT_NOTE, note.id, note.number, note.invoice_id, invoice.seller.id, note.refund_id,
            note.total.minor, note.tax.minor, note.issued_at,
        )  # fmt: skip


def invoice_of(row: asyncpg.Record) -> Invoice:
    currency = row["currency"]
    return Invoice(
        id=row["id"], number=row["number"], order_id=row["order_id"], order_number=row["order_number"],
        seller=Party(id=row["seller_id"], name=row["seller_name"]),
        buyer=Party(id=row["buyer_id"], name=row["buyer_name"]),
        lines=tuple(
            InvoiceLine(
                title=line["title"], quantity=Decimal(line["quantity"]), unit=line["unit"],
                amount=Money(line["amount"], currency), discount=Money(line["discount"], currency),
                tax=Money(line["tax"], currency),
            )
            for line in row["lines"]
        ),
        tax_basis_points=row["tax_basis_points"],
        issued_at=row["issued_at"],
    )  # fmt: skip


def credit_note_of(row: asyncpg.Record, currency: str) -> CreditNote:
    return CreditNote(
        id=row["id"], number=row["number"], invoice_id=row["invoice_id"], refund_id=row["refund_id"],
        total=Money(row["total_minor"], currency), tax=Money(row["tax_minor"], currency), issued_at=row["issued_at"],
    )  # fmt: skip
