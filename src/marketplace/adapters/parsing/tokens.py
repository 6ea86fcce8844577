"""A text cut into words, numbers and marks. Numbers as India, the West and Russia group them."""

import re
from dataclasses import dataclass
from decimal import Decimal

_PARTS = (
    r"(?P<date>\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d\d)(?!\d))"
    r"|(?P<shape>\d{1,4}(?:[.,]\d{1,3})?(?:[-/xх×–]\d{1,4}(?:[.,]\d{1,3})?){1,3}(?![\d.,]*\d))"
    r"|(?P<number>%s\d+(?:[.,]\d+)*)"
    r"|(?P<word>[^\W\d_]+(?:['’][^\W\d_]+)?)"
    r"|\S"
)
_GROUPED = r"(?<![^\W\d_])(?<![^\W\d_]-)\d{1,3}(?:[ \u00a0\u202f]\d{3}(?!\d))+(?:[.,]\d{1,2}(?!\d))?|"
_LATIN = re.compile(_PARTS % "")
_CYRILLIC = re.compile(_PARTS % _GROUPED)
"""Only Russian groups by blanks: "OPC 53 200 bags" are 200 bags of grade 53."""
MOST_DIGITS = 15


@dataclass(frozen=True, slots=True)
class Token:
    """`word`: in lower case, ё as е. `amount`: of a plain number. `shape`: of several, like 30/1, 3.8-4.2 or 40x20.

    `glued`: nothing stands between it and the token before.
    """

    word: str
    start: int
    end: int
    amount: Decimal | None = None
    shape: str | None = None
    glued: bool = False
    capital: bool = False

    @property
    def is_number(self) -> bool:
        return self.amount is not None or self.shape is not None


def tokens(text: str) -> list[Token]:
    found: list[Token] = []
    pattern = _CYRILLIC if re.search("[а-яА-Я]", text) else _LATIN
    for match in pattern.finditer(text):
        kind, said = match.lastgroup, match.group()
        found.append(
            Token(
                said.lower().replace("ё", "е"),
                match.start(),
                match.end(),
                amount=amount_of(said) if kind == "number" else None,
                shape=said if kind in {"shape", "date"} else None,
                glued=bool(found) and found[-1].end == match.start(),
                capital=kind == "word" and said[0].isupper(),
            )
        )
    return found


def amount_of(said: str) -> Decimal | None:
    """1,50,000 and 1.500.000 are grouped, 12,5 is not; a comma before exactly three digits groups, a point does not."""
    digits = re.sub(r"\s", "", said)
    if sum(one.isdigit() for one in digits) > MOST_DIGITS:
        return None
    marks = [one for one in digits if one in ".,"]
    last = max(digits.rfind("."), digits.rfind(","))
    behind = len(digits) - last - 1
    groups = marks and len(set(marks)) == 1 and (len(marks) > 1 or (marks[0] == "," and behind == 3))
    if not marks or (groups and behind == 3):
        return Decimal(re.sub("[.,]", "", digits))
    return Decimal(re.sub("[.,]", "", digits[:last]) + "." + digits[last + 1 :])
