"""Sales, invoices and papers that are valid unless a test says otherwise."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from marketplace.domain.invoicing.invoice import (
    CreditNote,
    CreditNoteId,
    Invoice,
    InvoiceId,
    Party,
    Sale,
    Sold,
    credit,
)
from marketplace.domain.shared.ids import OrderId, RefundId
from marketplace.domain.shared.money import Money
from tests.builders.commerce import NOON, a_user_id, aed, new_id


def sold(amount: Money, **changes: Any) -> Sold:
    given: dict[str, Any] = {"title": "Vintage film camera", "quantity": Decimal(1), "unit": "piece",
        "discount": Money(0, amount.currency),
    }  # fmt: skip
    return Sold(**{**given, **changes}, amount=amount)


def a_sale(*lines: Sold, **changes: Any) -> Sale:
    lines = lines or (sold(aed(750)),)
    given: dict[str, Any] = {
        "order_id": OrderId(new_id()), "order_number": "M-00000042",
        "seller": Party(id=a_user_id(), name="Amina Karimova"), "buyer": Party(id=a_user_id(), name="محمد بن راشد"),
        "lines": lines,
    }  # fmt: skip
    return Sale(**{**given, **changes})


def an_invoice(sale: Sale | None = None, number: str = "INV-2030-000001", now: datetime = NOON) -> Invoice:
    return Invoice.of(sale or a_sale(), InvoiceId(new_id()), number, now)


def credited(invoice: Invoice, amount: Money, *earlier: CreditNote) -> CreditNote:
    number = f"CN-2030-{len(earlier) + 1:06d}"
    return credit(invoice, earlier, CreditNoteId(new_id()), RefundId(new_id()), number, amount, NOON)
