"""Papers in any mix of scripts: nothing fails, nothing leaves the page, everything stands in the order it is read."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.adapters.documents.drawing import MARGIN, Paper
from marketplace.adapters.documents.invoices import PdfDocuments, credit_note_sheet, invoice_sheet
from marketplace.adapters.documents.sheet import Column, Sheet, pdf_of
from marketplace.adapters.documents.typesetting import BOX, cleaned, in_visual_order, runs_of
from marketplace.adapters.documents.words import WORDS
from marketplace.application.invoicing.views import CreditNoteView, InvoiceView
from marketplace.application.shared.letters import Language
from marketplace.domain.shared.money import Money
from tests.builders.commerce import NOON, aed
from tests.builders.invoicing import a_sale, an_invoice, credited, sold

A4 = (210.0, 297.0)
TITLES = (
    "Vintage film camera", "Плёночный фотоаппарат «Зенит»", "كاميرا أفلام قديمة (Zenit 122) بحالة ممتازة",
    "पुराना फ़िल्म कैमरा", "Mixed كاميرا Zenit 12-3 कैमरा фото 📷 漢字", "W" * 300, "كامي" * 75, "क्षि" * 75, "",
)  # fmt: skip
ANY_TEXT = st.one_of(
    st.text(max_size=60),
    st.text(st.sampled_from("ab1 .,()%-كامي٧٥क्षिя📷\u0301\u200f\ud800"), max_size=120),
    st.sampled_from(TITLES),
)


def a_sheet(**changes: Any) -> Sheet:
    given: dict[str, Any] = {
        "title": "Invoice INV-2026-000001", "language": "en", "is_from_right": False, "made_at": NOON,
        "columns": [Column(head="Item", share=5), Column(head="Amount", share=1, is_number=True)],
    }  # fmt: skip
    return Sheet(**{**given, **changes})


def placed(sheet: Sheet) -> Paper:
    """What stands where on its pages; fails if anything leaves them."""
    paper = Paper(sheet)
    paper.place()
    for page in paper.pages:
        for mark in page.marks:
            right = mark.x + paper.setter.width(mark.line, mark.face)
            assert MARGIN - 0.5 <= mark.x <= right <= A4[0] - MARGIN + 0.5, mark
            assert MARGIN <= mark.y <= A4[1] - MARGIN, mark
    return paper


def lines_of(paper: Paper) -> list[list[str]]:
    return [[mark.line for mark in page.marks] for page in paper.pages]


def seen(line: str) -> list[str]:
    """Its runs from left to right, each as it is read."""
    return [run.text for run in in_visual_order(runs_of(line))]


@pytest.mark.parametrize("is_from_right", [False, True])
def test_all_scripts_stay_on_the_page(is_from_right: bool) -> None:
    sheet = a_sheet(
        is_from_right=is_from_right, title=TITLES[4], rows=[(title, "750.00") for title in TITLES],
        facts=[(title, title) for title in TITLES[:4]], parties=[(title, [title, title]) for title in TITLES[5:7]],
        totals=[(title, title) for title in TITLES[3:6]], notes=TITLES[:6], footer=TITLES[5],
    )  # fmt: skip
    placed(sheet)


@settings(max_examples=4, deadline=None)
@given(st.lists(ANY_TEXT, min_size=8, max_size=8), st.booleans())
def test_any_text_is_drawn(texts: list[str], is_from_right: bool) -> None:
    pairs = list(zip(texts[::2], texts[1::2], strict=True))
    sheet = a_sheet(is_from_right=is_from_right, title=texts[0], rows=pairs, totals=pairs[:1], footer=texts[-1])
    placed(sheet).drawn()


def test_a_long_table_goes_on_under_its_head_and_every_page_has_its_number() -> None:
    pages = lines_of(placed(a_sheet(rows=[(f"Thing {n}", str(n)) for n in range(90)], footer="Our footer")))
    assert len(pages) == 3
    for number, page in enumerate(pages, 1):
        assert page.count("Item") == page.count("Amount") == 1
        assert page[-2:] == ["Our footer", f"{number} / 3"]
    things = [line for page in pages for line in page if line.startswith("Thing")]
    assert things == [f"Thing {n}" for n in range(90)]


def test_a_text_that_never_ends_is_cut() -> None:
    (page,) = lines_of(placed(a_sheet(rows=[("name", "W" * 10_000)])))
    assert page.count("…") == 1
    assert len(page) < 60


def test_the_same_sheet_gives_the_same_bytes() -> None:
    sheet = a_sheet(rows=[(TITLES[1], "1")])
    first = pdf_of(sheet)
    assert pdf_of(sheet) == first
    assert pdf_of(replace(sheet, title="Another")) != first


@pytest.mark.parametrize(("text", "shown"), [
    ("  two\t words\n\u2028here \u200f\u202e\ufeff", "two words here"),
    ("Cafe\u0301", "Café"), ("1\N{NO-BREAK SPACE}234", "1\N{NO-BREAK SPACE}234"),
    ("a📷漢", f"a{BOX}{BOX}"), ("☎\ufe0f", "☎"), ("a\ud800b\0c", "ab c"), ("x" * 1_000, "x" * 500),
])  # fmt: skip
def test_only_what_the_fonts_have_is_drawn(text: str, shown: str) -> None:
    assert cleaned(text) == shown


@pytest.mark.parametrize(("line", "order"), [
    ("plain words", ["plain words"]),
    ("Zenit كاميرا 122", ["Zenit ", "122", " ", "كاميرا"]),
    ("الإجمالي AED 1.5", ["AED 1.5", " ", "الإجمالي"]),
    ("नमस्ते duniya", ["नमस्ते", " duniya"]),
])  # fmt: skip
def test_runs_stand_in_the_order_of_their_directions(line: str, order: Sequence[str]) -> None:
    assert seen(line) == order


@pytest.mark.parametrize("language", list(Language))
def test_an_invoice_says_everything_in_each_language(language: Language) -> None:
    invoice = an_invoice(a_sale(sold(aed("1234.50")), sold(aed("49.99"), title="كاميرا", discount=aed(30))))
    note = credited(invoice, aed(250))
    words, view = WORDS[language], InvoiceView.of(invoice, [note])
    (page,) = lines_of(placed(invoice_sheet(view, language)))
    assert {
        f"{words.invoice} INV-2030-000001", words.seller, "Amina Karimova", words.buyer, "محمد بن راشد", words.item,
        "Vintage film camera", "كاميرا", words.discount, words.net, words.total + " (AED)", "M-00000042",
    } <= set(page)  # fmt: skip
    digits = ["".join(sign for sign in line if sign.isdigit()) for line in page]
    assert {"123450", "4999", "3000", "119475", "5974", "125449"} <= set(digits)
    (page,) = lines_of(placed(credit_note_sheet(CreditNoteView.of(invoice, note), language)))
    assert {f"{words.credit_note} CN-2030-000001", "INV-2030-000001", "M-00000042"} <= set(page)


async def test_papers_are_in_the_closest_language() -> None:
    invoice = an_invoice()
    view, note = InvoiceView.of(invoice, []), CreditNoteView.of(invoice, credited(invoice, aed(250)))
    documents = PdfDocuments()
    assert await documents.invoice(view, "ru-KZ") == pdf_of(invoice_sheet(view, Language.RUSSIAN))
    assert await documents.credit_note(note, "fr") == pdf_of(credit_note_sheet(note, Language.ENGLISH))


def test_no_tax_is_not_spoken_of() -> None:
    invoice = an_invoice(a_sale(sold(Money(1_000, "USD"))))
    totals = invoice_sheet(InvoiceView.of(invoice, []), Language.ENGLISH).totals
    assert list(totals) == [("Total (USD)", "10.00")]
