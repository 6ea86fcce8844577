"""Lines of text in any mix of scripts and directions, set on the pages of a PDF.

fpdf2 shapes and embeds glyphs; it misplaces runs where fonts and directions change within a line, so each run of one
font and one direction is placed here by itself.
"""

import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path

from fpdf import FPDF
from fpdf.bidi import BidiParagraph, auto_detect_base_direction
from uharfbuzz import Face as FontFile

FONTS = Path(__file__).parent / "fonts"
FAMILIES = ("NotoSans", "NotoSansArabic", "NotoSansDevanagari", "NotoSansSymbols2")
"""Earlier ones are preferred; the last one has no bold."""
BOX = "\N{WHITE SQUARE}"
"""Stands for what no font of ours has."""
LONGEST = 500
"""Characters of one text."""
_SPACE, _INVISIBLE = {"Cc", "Zl", "Zp", "Zs"}, {"Cf", "Cs"}
"""Unicode categories: controls, line ends and spaces; marks of direction and the like."""
_FIXED = {"\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}"}
"""Where no line is broken, as in numbers."""
_VIRAMA = "\N{DEVANAGARI SIGN VIRAMA}"


@dataclass(frozen=True, slots=True)
class Face:
    """`size` is in points."""

    size: float
    is_bold: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """Characters of one font at one embedding level, which is odd from right to left."""

    text: str
    family: str
    level: int


class Typesetter:
    """Lengths are millimetres."""

    def __init__(self, pdf: FPDF) -> None:
        self._pdf = pdf
        self.width = lru_cache(4_096)(self._width)

    def lines(self, text: str, face: Face, width: float, most: int = 40) -> list[str]:
        """Broken between words, and within those that are wider than a line; the last of `most` tells that more was
        there."""
        lines: list[str] = []
        for word in cleaned(text).split(" "):
            longer = f"{lines[-1]} {word}" if lines else word
            if self.width(longer, face) <= width:
                lines[-1:] = [longer]
            else:
                lines += self._pieces(word, face, width)
        return lines if len(lines) <= most else [*lines[: most - 1], "…"]

    def write(self, line: str, face: Face, x: float, y: float) -> None:
        """From `x` to the right, with its top at `y`, in the order in which its characters are read."""
        for run in in_visual_order(runs_of(line)):
            self._choose(run, face)
            self._pdf.set_xy(x, y)
            self._pdf.cell(text=run.text, h=height(face))
            x += self._pdf.get_string_width(run.text)

    def _width(self, line: str, face: Face) -> float:
        total = 0.0
        for run in runs_of(line):
            self._choose(run, face)
            total += self._pdf.get_string_width(run.text)
        return total

    def _pieces(self, word: str, face: Face, width: float) -> list[str]:
        """One character at least in each; no mark is parted from its letter, nor a half letter from the next."""
        pieces = []
        while self.width(word, face) > width and len(word) > 1:
            cut = max(1, bisect_right(range(1, len(word)), width, key=lambda n: self.width(word[:n], face)))
            while cut > 1 and (unicodedata.category(word[cut])[0] == "M" or word[cut - 1] == _VIRAMA):
                cut -= 1
            pieces.append(word[:cut])
            word = word[cut:]
        return [*pieces, word]

    def _choose(self, run: Run, face: Face) -> None:
        style = "B" if face.is_bold else ""
        if f"{run.family.lower()}{style}" not in self._pdf.fonts:
            weight = "Bold" if face.is_bold and run.family != FAMILIES[-1] else "Regular"
            self._pdf.add_font(run.family, style, FONTS / f"{run.family}-{weight}.ttf")
        self._pdf.set_font(run.family, style, face.size)
        self._pdf.set_text_shaping(direction="rtl" if run.level % 2 else "ltr")


def height(face: Face) -> float:
    """Of a line: the marks of Arabic and Devanagari need some room."""
    return face.size * 0.53


def cleaned(text: str) -> str:
    """One line that the fonts can show: controls and spaces are single spaces, invisible signs and marks without a
    glyph go, and a box stands for every other sign that has none."""
    signs = []
    for sign in unicodedata.normalize("NFC", text[:LONGEST]):
        category = unicodedata.category(sign)
        if sign in _FIXED or (category not in _SPACE | _INVISIBLE and _families_with(sign)):
            signs.append(sign)
        elif category in _SPACE:
            signs.append(" ")
        elif category not in _INVISIBLE and category[0] != "M":
            signs.append(BOX)
    return " ".join(word for word in "".join(signs).split(" ") if word)


def runs_of(line: str) -> list[Run]:
    """In the order in which they are read."""
    direction = auto_detect_base_direction(line)
    levels = [one.embedding_level for one in BidiParagraph(line, direction).characters]
    families: list[str] = []
    for sign in line:
        possible = _families_with(sign)
        is_mark = unicodedata.category(sign)[0] == "M"
        families.append(families[-1] if is_mark and families and families[-1] in possible else possible[0])
    signs = zip(line, families, levels, strict=True)
    return [
        Run("".join(sign for sign, _, _ in run), family, level)
        for (family, level), run in groupby(signs, lambda one: one[1:])
    ]


def in_visual_order(runs: Sequence[Run]) -> list[Run]:
    """From left to right (rule L2 of the Unicode Bidirectional Algorithm)."""
    ordered = list(runs)
    for level in range(max((run.level for run in runs), default=0), 0, -1):
        ordered = list(_turned(ordered, level))
    return ordered


def _turned(runs: Sequence[Run], level: int) -> Iterator[Run]:
    for is_deep, group in groupby(runs, lambda run: run.level >= level):
        members = list(group)
        yield from reversed(members) if is_deep else members


@lru_cache(4_096)
def _families_with(sign: str) -> Sequence[str]:
    return [family for family in FAMILIES if ord(sign) in _signs(family)]


@cache
def _signs(family: str) -> frozenset[int]:
    return frozenset(FontFile((FONTS / f"{family}-Regular.ttf").read_bytes()).unicodes)
