from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.domain.invoicing.invoice import CreditExceedsInvoice, CreditNote, PaperKind, Series
from marketplace.domain.shared.money import CurrencyMismatch, Money
from tests.builders.commerce import NOON, a_user_id, aed
from tests.builders.invoicing import a_sale, an_invoice, credited, sold


def test_a_series_counts_each_kind_and_each_year_from_one() -> None:
    series = Series(seller=a_user_id())
    last_day, new_year = datetime(2026, 12, 31, 23, 59, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    numbers = [series.number(PaperKind.INVOICE, last_day) for _ in range(2)]
    assert numbers == ["INV-2026-000001", "INV-2026-000002"]
    assert series.number(PaperKind.CREDIT_NOTE, last_day) == "CN-2026-000001"
    assert series.number(PaperKind.INVOICE, new_year) == "INV-2027-000001"
    assert series.number(PaperKind.INVOICE, last_day) == "INV-2027-000002"
    assert series.number(PaperKind.CREDIT_NOTE, last_day) == "CN-2027-000001"


def test_an_invoice_says_what_was_sold_and_the_tax_in_it() -> None:
    sale = a_sale(sold(aed("100.00")), sold(aed("49.99"), quantity=Decimal(3)), sold(aed("0.01")))
    invoice = an_invoice(sale)
    assert (invoice.seller, invoice.buyer, invoice.order_id) == (sale.seller, sale.buyer, sale.order_id)
    assert (invoice.total, invoice.tax, invoice.tax_basis_points) == (aed("150.00"), aed("7.14"), 500)
    assert [line.tax for line in invoice.lines] == [aed("4.76"), aed("2.38"), Money(0, "AED")]
    assert [(line.title, line.amount) for line in invoice.lines] == [(line.title, line.amount) for line in sale.lines]


def test_a_discount_lowers_the_total_and_the_tax() -> None:
    invoice = an_invoice(a_sale(sold(aed(100), discount=aed(20)), sold(aed(50), discount=aed(10))))
    assert (invoice.total, invoice.tax) == (aed(120), aed("5.71"))
    assert [line.tax for line in invoice.lines] == [aed("3.81"), aed("1.90")]


def test_what_costs_nothing_after_the_discount_has_no_tax() -> None:
    invoice = an_invoice(a_sale(sold(aed(100), discount=aed(100))))
    assert (invoice.total, invoice.tax) == (Money(0, "AED"), Money(0, "AED"))


@pytest.mark.parametrize(("amount", "quantity", "price"), [
    (aed(750), "1", "750.00"), (aed(100), "3", "33.333333"), (aed(10), "4", "2.50"), (Money(7, "JPY"), "2", "3.5000"),
    (aed("0.01"), "1000", "0.000010"),
])  # fmt: skip
def test_the_price_of_a_unit(amount: Money, quantity: str, price: str) -> None:
    (line,) = an_invoice(a_sale(sold(amount, quantity=Decimal(quantity)))).lines
    assert str(line.unit_price) == price


def test_an_invoice_takes_the_rate_of_its_day() -> None:
    sale = a_sale(sold(Money(12_200, "RUB")))
    assert an_invoice(sale, now=datetime(2025, 12, 31, tzinfo=UTC)).tax == Money(2_033, "RUB")
    assert an_invoice(sale, now=datetime(2026, 1, 1, tzinfo=UTC)).tax == Money(2_200, "RUB")


@given(st.integers(1, 100_000), st.lists(st.integers(1, 30_000), max_size=12))
def test_all_credited_is_all_taken_back(total: int, parts: list[int]) -> None:
    invoice = an_invoice(a_sale(sold(Money(total, "AED"))))
    notes: list[CreditNote] = []
    for part in [*parts, total]:
        left = total - sum(note.total.minor for note in notes)
        if left:
            notes.append(credited(invoice, Money(min(part, left), "AED"), *notes))
    assert sum(note.total.minor for note in notes) == total
    assert sum(note.tax.minor for note in notes) == invoice.tax.minor
    assert all(0 <= note.tax.minor <= note.total.minor for note in notes)


def test_no_more_is_credited_than_was_paid() -> None:
    invoice = an_invoice()
    first = credited(invoice, aed(500))
    with pytest.raises(CreditExceedsInvoice, match=r"750\.00"):
        credited(invoice, aed("250.01"), first)
    with pytest.raises(CurrencyMismatch):
        credited(invoice, Money(1, "USD"))


def test_a_credit_note_refers_to_its_invoice() -> None:
    invoice = an_invoice()
    note = credited(invoice, aed(250))
    assert (note.invoice_id, note.total, note.tax, note.issued_at) == (invoice.id, aed(250), aed("11.90"), NOON)
