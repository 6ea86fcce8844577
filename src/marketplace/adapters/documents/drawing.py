"""Sheets on the pages of a PDF."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from fpdf import FPDF

from marketplace.adapters.documents.sheet import Sheet
from marketplace.adapters.documents.typesetting import Face, Typesetter, cleaned, height

MARGIN, GAP, PADDING = 15.0, 6.0, 1.5
"""Millimetres: around the page, between blocks, inside cells."""
LABEL = 45.0
"""Millimetres: as wide are the labels of facts."""
TITLE, BODY, STRONG, SMALL = Face(17, is_bold=True), Face(9), Face(9, is_bold=True), Face(7.5)
BLACK, GREY, PALE = 0, 110, 200


def drawn(sheet: Sheet) -> bytes:
    paper = Paper(sheet)
    paper.place()
    return paper.drawn()


@dataclass(frozen=True, slots=True)
class Mark:
    """A line of text with its upper left corner."""

    line: str
    face: Face
    x: float
    y: float
    grey: int


@dataclass(frozen=True, slots=True)
class Page:
    marks: list[Mark] = field(default_factory=list)
    rules: list[float] = field(default_factory=list)
    """Where lines go across the page."""


class Paper:
    """Everything is placed before it is drawn, as each page tells how many there are. `start` is the distance from the
    side where lines begin."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self._pdf = FPDF(format="A4")
        self._pdf.c_margin = 0
        self._pdf.set_auto_page_break(False)
        self._pdf.set_creation_date(sheet.made_at)
        self._pdf.set_title(cleaned(sheet.title))
        self._pdf.set_lang(sheet.language)
        self.setter = Typesetter(self._pdf)
        self._width = self._pdf.w - 2 * MARGIN
        self._bottom = self._pdf.h - MARGIN - 2 * height(SMALL)
        self.pages = [Page()]
        self._y = MARGIN

    def place(self) -> None:
        self._y = self._put(self._sheet.title, TITLE, 0, self._width, self._y) + GAP / 2
        for label, value in self._sheet.facts:
            self._make_room(3 * height(BODY))
            self._y = max(
                self._put(label, BODY, 0, LABEL, self._y, GREY),
                self._put(value, BODY, LABEL, self._width - LABEL, self._y),
            )
        self._parties()
        if self._sheet.rows:
            self._table()
        self._totals()
        for note in self._sheet.notes:
            self._y += GAP
            lines = self.setter.lines(note, SMALL, self._width)
            self._make_room(len(lines) * height(SMALL))
            self._y = self._place(lines, SMALL, 0, self._width, self._y)
        self._footers()

    def _parties(self) -> None:
        """Side by side."""
        width = (self._width - GAP) / 2
        top = self._y + GAP
        for place, (label, texts) in enumerate(self._sheet.parties):
            start = place * (width + GAP)
            y = self._put(label, SMALL, start, width, top, GREY)
            for number, text in enumerate(texts):
                y = self._put(text, BODY if number else STRONG, start, width, y)
            self._y = max(self._y, y)

    def _table(self) -> None:
        columns = self._sheet.columns
        self._y += GAP
        self._row([column.head for column in columns], STRONG)
        for row in self._sheet.rows:
            self._row(row, BODY)

    def _row(self, cells: Sequence[str], face: Face) -> None:
        columns = self._sheet.columns
        whole = sum(column.share for column in columns)
        widths = [self._width * column.share / whole for column in columns]
        lines = [self.setter.lines(cell, face, width - PADDING) for cell, width in zip(cells, widths, strict=True)]
        if self._make_room(max(map(len, lines)) * height(face) + 2 * PADDING) and face is not STRONG:
            self._row([column.head for column in columns], STRONG)
        top, start = self._y + PADDING, 0.0
        for column, cell, width in zip(columns, lines, widths, strict=True):
            self._y = max(self._y, self._place(cell, face, start, width - PADDING, top, at_end=column.is_number))
            start += width
        self._y += PADDING
        self.pages[-1].rules.append(self._y)

    def _totals(self) -> None:
        totals, start = self._sheet.totals, self._width / 2
        width = (self._width - start) / 2
        self._y += GAP if totals else 0
        for number, (label, value) in enumerate(totals, 1):
            face = STRONG if number == len(totals) else BODY
            lines = [self.setter.lines(text, face, width - PADDING) for text in (label, value)]
            self._make_room(max(map(len, lines)) * height(face))
            top = self._y
            self._y = max(
                self._place(lines[0], face, start, width, top),
                self._place(lines[1], face, start + width, width - PADDING, top, at_end=True),
            )

    def _put(self, text: str, face: Face, start: float, width: float, y: float, grey: int = BLACK) -> float:
        """In three lines at most."""
        return self._place(self.setter.lines(text, face, width, most=3), face, start, width, y, grey)

    def _place(
        self, lines: Sequence[str], face: Face, start: float, width: float, y: float, grey: int = BLACK, *,
        at_end: bool = False, page: Page | None = None,
    ) -> float:  # fmt: skip
        """Where the next line would be."""
        for line in lines:
            space = width - self.setter.width(line, face) if at_end else 0
            x = MARGIN + start + space
            if self._sheet.is_from_right:
                x = MARGIN + self._width - start - space - self.setter.width(line, face)
            (page or self.pages[-1]).marks.append(Mark(line, face, x, y, grey))
            y += height(face)
        return y

    def _make_room(self, length: float) -> bool:
        """Whether it took another page."""
        if self._y + length <= self._bottom:
            return False
        self.pages.append(Page())
        self._y = MARGIN
        return True

    def _footers(self) -> None:
        y = self._bottom + height(SMALL)
        footer = self.setter.lines(self._sheet.footer, SMALL, self._width - LABEL, most=1)
        for number, page in enumerate(self.pages, 1):
            self._place(footer, SMALL, 0, self._width, y, GREY, page=page)
            count = [f"{number} / {len(self.pages)}"]
            self._place(count, SMALL, 0, self._width, y, GREY, at_end=True, page=page)

    def drawn(self) -> bytes:
        for page in self.pages:
            self._pdf.add_page()
            self._pdf.set_draw_color(PALE)
            for rule in page.rules:
                self._pdf.line(MARGIN, rule, MARGIN + self._width, rule)
            for mark in page.marks:
                self._pdf.set_text_color(mark.grey)
                self.setter.write(mark.line, mark.face, mark.x, mark.y)
        return bytes(self._pdf.output())
