from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal, Self
from uuid import UUID

import msgspec
from msgspec import Meta

from marketplace.domain.invoicing.invoice import CreditNote, CreditNoteId, Invoice, InvoiceLine, Party
from marketplace.domain.shared.ids import OrderId, UserId
from marketplace.domain.shared.money import Money

InvoiceNumber = Annotated[str, Meta(examples=["INV-2026-000001"])]
CreditNoteNumber = Annotated[str, Meta(examples=["CN-2026-000001"])]
Currency = Annotated[str, Meta(examples=["AED"])]
Rate = Annotated[Decimal, Meta(description="In percent.", examples=[5])]


class PartyView(msgspec.Struct, frozen=True):
    """As the person was called when the paper was issued."""

    id: UserId
    name: Annotated[str, Meta(examples=["Amina Karimova"])]

    @classmethod
    def of(cls, party: Party) -> Self:
        return cls(party.id, party.name)


class InvoiceLineView(msgspec.Struct, frozen=True):
    """`amount` is the price of the whole quantity; `tax` is contained in what is left of it after the discount."""

    title: Annotated[str, Meta(examples=["Vintage film camera"])]
    quantity: Annotated[Decimal, Meta(examples=[1])]
    unit: Annotated[str, Meta(examples=["piece"])]
    unit_price: Annotated[Decimal, Meta(description="Rounded where it has to be.", examples=[750.00])]
    amount: Annotated[Decimal, Meta(examples=[750.00])]
    discount: Annotated[Decimal, Meta(examples=[0.00])]
    tax_rate: Rate
    tax: Annotated[Decimal, Meta(examples=[35.71])]

    @classmethod
    def of(cls, line: InvoiceLine, basis_points: int) -> Self:
        return cls(
            line.title, line.quantity, line.unit, line.unit_price, line.amount.decimal, line.discount.decimal,
            _percent(basis_points), line.tax.decimal,
        )  # fmt: skip


class TaxView(msgspec.Struct, frozen=True):
    """`base` and `tax` are what was paid at this rate."""

    rate: Rate
    base: Annotated[Decimal, Meta(examples=[714.29])]
    tax: Annotated[Decimal, Meta(examples=[35.71])]

    @classmethod
    def of(cls, total: Money, tax: Money, basis_points: int) -> Self:
        return cls(_percent(basis_points), (total - tax).decimal, tax.decimal)


class CreditView(msgspec.Struct, frozen=True):
    id: CreditNoteId
    number: CreditNoteNumber
    issued_at: datetime
    refund_id: UUID
    total: Annotated[Decimal, Meta(examples=[250.00])]


class InvoiceView(msgspec.Struct, frozen=True):
    """`total`: what was paid, tax and all: the lines less the discount. The invoice stays as it was issued; what was
    refunded since is said by `credit_notes`."""

    number: InvoiceNumber
    kind: Literal["invoice"]
    issued_at: datetime
    order_id: OrderId
    order_number: Annotated[str, Meta(examples=["M-00000042"])]
    seller: PartyView
    buyer: PartyView
    lines: list[InvoiceLineView]
    discount: Annotated[Decimal, Meta(examples=[0.00])]
    taxes: list[TaxView]
    total: Annotated[Decimal, Meta(examples=[750.00])]
    currency: Currency
    credit_notes: list[CreditView]

    @classmethod
    def of(cls, invoice: Invoice, notes: Sequence[CreditNote]) -> Self:
        rate = invoice.tax_basis_points
        return cls(
            number=invoice.number, kind="invoice", issued_at=invoice.issued_at, order_id=invoice.order_id,
            order_number=invoice.order_number, seller=PartyView.of(invoice.seller),
            buyer=PartyView.of(invoice.buyer), lines=[InvoiceLineView.of(line, rate) for line in invoice.lines],
            discount=invoice.discount.decimal, taxes=[TaxView.of(invoice.total, invoice.tax, rate)],
            total=invoice.total.decimal, currency=invoice.total.currency,
            credit_notes=[
                CreditView(one.id, one.number, one.issued_at, one.refund_id, one.total.decimal) for one in notes
            ],
        )  # fmt: skip


class CreditNoteView(msgspec.Struct, frozen=True):
    """`total`: what was refunded, tax and all."""

    id: CreditNoteId
    number: CreditNoteNumber
    kind: Literal["credit_note"]
    issued_at: datetime
    invoice_number: InvoiceNumber
    order_id: OrderId
    order_number: Annotated[str, Meta(examples=["M-00000042"])]
    refund_id: UUID
    seller: PartyView
    buyer: PartyView
    taxes: list[TaxView]
    total: Annotated[Decimal, Meta(examples=[250.00])]
    currency: Currency

    @classmethod
    def of(cls, invoice: Invoice, note: CreditNote) -> Self:
        return cls(
            id=note.id, number=note.number, kind="credit_note", issued_at=note.issued_at, invoice_number=invoice.number,
            order_id=invoice.order_id, order_number=invoice.order_number, refund_id=note.refund_id,
            seller=PartyView.of(invoice.seller), buyer=PartyView.of(invoice.buyer),
            taxes=[TaxView.of(note.total, note.tax, invoice.tax_basis_points)], total=note.total.decimal,
            currency=note.total.currency,
        )  # fmt: skip


def _percent(basis_points: int) -> Decimal:
    return Decimal(basis_points) / 100
