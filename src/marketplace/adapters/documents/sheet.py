"""Business papers as PDF: invoices, credit notes, statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """`share` of the page's width is relative to that of the other columns. Numbers stand at the end of their cells."""

    head: str
    share: int
    is_number: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What stands on a paper, from the top down; what is empty is left out.

    `facts` and `totals` are labels with their values, the last total being the sum; `parties` a label, a name and
    lines below it each; a cell of `rows` may be any text. `language` is a tag, `is_from_right` whether it is written
    from right to left: then the whole page is mirrored. `made_at` goes into the file in place of the time of writing.
    """

    title: str
    language: str
    is_from_right: bool
    made_at: datetime
    facts: Sequence[tuple[str, str]] = ()
    parties: Sequence[tuple[str, Sequence[str]]] = ()
    columns: Sequence[Column] = ()
    rows: Sequence[Sequence[str]] = ()
    totals: Sequence[tuple[str, str]] = ()
    notes: Sequence[str] = ()
    footer: str = ""


def pdf_of(sheet: Sheet) -> bytes:
    """`sheet` on as many A4 pages as it takes.

    Any text may stand anywhere, in any mix of Latin, Greek, Cyrillic, Arabic and Devanagari: it is wrapped to its
    place, shaped, and shown with a box for each sign that our fonts lack. What is too long is cut: any text after 500
    characters, one above the table after three lines, a cell after 40. The head of the table comes again on every
    page, and every page has its number. The same sheet gives the same bytes. It takes a tenth of a second and more of
    one processor: call it in a thread.
    """
    from marketplace.adapters.documents.drawing import drawn  # takes a third of a second, and few processes draw

    return drawn(sheet)
