"""Invoices and credit notes as PDF, in five languages."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal, format_percent, parse_pattern

from marketplace.adapters.documents.sheet import Column, Sheet, pdf_of
from marketplace.adapters.documents.words import WORDS
from marketplace.application.invoicing.ports import Documents
from marketplace.application.invoicing.views import CreditNoteView, InvoiceView, TaxView
from marketplace.application.shared.letters import Language
from marketplace.domain.shared.money import EXPONENTS

ONE_BY_ONE = "piece"
"""The unit that is not named."""


class PdfDocuments(Documents):
    """Draws in threads."""

    async def invoice(self, invoice: InvoiceView, language: str) -> bytes:
        return await asyncio.to_thread(pdf_of, invoice_sheet(invoice, Language.closest(language)))

    async def credit_note(self, note: CreditNoteView, language: str) -> bytes:
        return await asyncio.to_thread(pdf_of, credit_note_sheet(note, Language.closest(language)))


def invoice_sheet(invoice: InvoiceView, language: Language) -> Sheet:
    words, style = WORDS[language], Style(Locale.parse(language), invoice.currency)
    off = [(words.discount, style.money(-invoice.discount))] if invoice.discount else []
    return Sheet(
        title=f"{words.invoice} {invoice.number}", language=language, is_from_right=style.is_from_right,
        made_at=invoice.issued_at,
        facts=[(words.issued, style.day(invoice.issued_at)), (words.order, invoice.order_number)],
        parties=[(words.seller, [invoice.seller.name]), (words.buyer, [invoice.buyer.name])],
        columns=[
            Column(head=words.item, share=46), Column(head=words.quantity, share=17, is_number=True),
            Column(head=words.unit_price, share=20, is_number=True), Column(head=words.tax, share=9, is_number=True),
            Column(head=f"{words.amount} ({invoice.currency})", share=20, is_number=True),
        ],
        rows=[
            (
                line.title, style.quantity(line.quantity, line.unit), style.money(line.unit_price),
                style.percent(line.tax_rate), style.money(line.amount),
            )
            for line in invoice.lines
        ],
        totals=[*off, *_totals(invoice.taxes, invoice.total, language, style)],
        footer=invoice.number,
    )  # fmt: skip


def credit_note_sheet(note: CreditNoteView, language: Language) -> Sheet:
    words, style = WORDS[language], Style(Locale.parse(language), note.currency)
    return Sheet(
        title=f"{words.credit_note} {note.number}", language=language, is_from_right=style.is_from_right,
        made_at=note.issued_at,
        facts=[
            (words.issued, style.day(note.issued_at)), (words.for_invoice, note.invoice_number),
            (words.order, note.order_number),
        ],
        parties=[(words.seller, [note.seller.name]), (words.buyer, [note.buyer.name])],
        totals=_totals(note.taxes, note.total, language, style), footer=note.number,
    )  # fmt: skip


def _totals(taxes: Sequence[TaxView], total: Decimal, language: Language, style: "Style") -> list[tuple[str, str]]:
    """Without the taxes that are none."""
    words = WORDS[language]
    rows = [
        row
        for tax in taxes
        if tax.rate
        for row in (
            (words.net, style.money(tax.base)),
            (f"{words.tax} {style.percent(tax.rate)}", style.money(tax.tax)),
        )
    ]
    return [*rows, (f"{words.total} ({style.currency})", style.money(total))]


@dataclass(frozen=True, slots=True)
class Style:
    """How numbers and days are written in a language, for anything on a paper in one currency."""

    locale: Locale
    currency: str

    @property
    def is_from_right(self) -> bool:
        return self.locale.text_direction == "rtl"

    def money(self, amount: Decimal) -> str:
        """At least the currency's decimals, and up to four more."""
        pattern = parse_pattern(self.locale.decimal_formats[None].pattern)
        decimals = EXPONENTS[self.currency]
        pattern.frac_prec = (decimals, decimals + 4)
        text: str = pattern.apply(amount, self.locale)
        return text

    def percent(self, rate: Decimal) -> str:
        return format_percent(rate / 100, locale=self.locale, decimal_quantization=False)

    def quantity(self, amount: Decimal, unit: str) -> str:
        number = format_decimal(amount, locale=self.locale, decimal_quantization=False)
        return number if unit == ONE_BY_ONE else f"{number} {unit}"

    def day(self, at: datetime) -> str:
        return format_date(at.astimezone(UTC), "long", self.locale)
