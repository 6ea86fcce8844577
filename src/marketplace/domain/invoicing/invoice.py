"""Invoices of paid orders, the credit notes that take parts of them back, and the numbers of both."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import NewType
from uuid import UUID

from marketplace.domain.invoicing.tax import apportioned, rate_on, tax_within
from marketplace.domain.shared.errors import Conflict, NotFound
from marketplace.domain.shared.ids import OrderId, RefundId, UserId
from marketplace.domain.shared.money import EXPONENTS, Money, sum_of

InvoiceId = NewType("InvoiceId", UUID)
CreditNoteId = NewType("CreditNoteId", UUID)


class SaleNotFound(NotFound):
    code = "sale_not_found"


class InvoiceNotFound(NotFound):
    code = "invoice_not_found"


class InvoiceNotIssued(NotFound):
    """Told to a party of the order only."""

    code = "invoice_not_issued"


class CreditNoteNotFound(NotFound):
    code = "credit_note_not_found"


class CreditExceedsInvoice(Conflict):
    code = "credit_exceeds_invoice"


class PaperKind(StrEnum):
    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


PREFIXES = {PaperKind.INVOICE: "INV", PaperKind.CREDIT_NOTE: "CN"}


@dataclass(slots=True, kw_only=True, eq=False)
class Series:
    """The last number of each kind that a seller used in a year. Locked from reading to commit, it has no gaps."""

    seller: UserId
    year: int = 0
    last: dict[PaperKind, int] = field(default_factory=lambda: dict.fromkeys(PaperKind, 0))

    def number(self, kind: PaperKind, now: datetime) -> str:
        """The next one, such as INV-2026-000001; no clock that is behind brings an earlier year back."""
        if now.year > self.year:
            self.year, self.last = now.year, dict.fromkeys(PaperKind, 0)
        self.last[kind] += 1
        return f"{PREFIXES[kind]}-{self.year}-{self.last[kind]:06d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    id: UserId
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """`amount` is the price of the whole `quantity`; the buyer pays it less the `discount`."""

    title: str
    quantity: Decimal
    unit: str
    amount: Money
    discount: Money

    @property
    def due(self) -> Money:
        return self.amount - self.discount


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """What an order says when its invoice is issued."""

    order_id: OrderId
    order_number: str
    seller: Party
    buyer: Party
    lines: tuple[Sold, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceLine(Sold):
    """`tax` is contained in what is due."""

    tax: Money

    @property
    def unit_price(self) -> Decimal:
        """Rounded half up to four decimals more than the currency has, where it has to be."""
        exact = self.amount.decimal / self.quantity
        cents = Decimal(1).scaleb(-EXPONENTS[self.amount.currency])
        coarse = exact.quantize(cents, ROUND_HALF_UP)
        return (
            coarse if coarse * self.quantity == self.amount.decimal else exact.quantize(cents / 10_000, ROUND_HALF_UP)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """Never changed: what is taken back later is said by credit notes. All lines have one rate of tax."""

    id: InvoiceId
    number: str
    order_id: OrderId
    order_number: str
    seller: Party
    buyer: Party
    lines: tuple[InvoiceLine, ...]
    tax_basis_points: int
    issued_at: datetime

    @property
    def total(self) -> Money:
        return sum_of([line.due for line in self.lines])

    @property
    def discount(self) -> Money:
        return sum_of([line.discount for line in self.lines])

    @property
    def tax(self) -> Money:
        return sum_of([line.tax for line in self.lines])

    @classmethod
    def of(cls, sale: Sale, invoice_id: InvoiceId, number: str, now: datetime) -> "Invoice":
        due = [sold.due for sold in sale.lines]
        total = sum_of(due)
        rate = rate_on(total.currency, now.date())
        taxes = apportioned(tax_within(total, rate), due)
        return cls(
            id=invoice_id, number=number, order_id=sale.order_id, order_number=sale.order_number, seller=sale.seller,
            buyer=sale.buyer, tax_basis_points=rate, issued_at=now,
            lines=tuple(
                InvoiceLine(
                    title=sold.title, quantity=sold.quantity, unit=sold.unit, amount=sold.amount,
                    discount=sold.discount, tax=tax,
                )
                for sold, tax in zip(sale.lines, taxes, strict=True)
            ),
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditNote:
    """A refund of `total`, in which `tax` is contained."""

    id: CreditNoteId
    number: str
    invoice_id: InvoiceId
    refund_id: RefundId
    total: Money
    tax: Money
    issued_at: datetime


def credit(
    invoice: Invoice, earlier: Sequence[CreditNote], note_id: CreditNoteId, refund_id: RefundId, number: str,
    amount: Money, now: datetime,
) -> CreditNote:  # fmt: skip
    """Once all is refunded, the credit notes have taken back all of the tax, to the last minor unit."""
    nothing = Money(0, amount.currency)
    credited = sum_of([amount, *(note.total for note in earlier)])
    if credited > invoice.total:
        raise CreditExceedsInvoice(
            f"{invoice.number} has {invoice.total.decimal} to take back, not {credited.decimal}",
            order_id=invoice.order_id,
        )
    tax = tax_within(credited, invoice.tax_basis_points) - sum_of([nothing, *(note.tax for note in earlier)])
    return CreditNote(
        id=note_id, number=number, invoice_id=invoice.id, refund_id=refund_id, total=amount, tax=tax, issued_at=now
    )
