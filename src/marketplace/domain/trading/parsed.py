"""A trade as read from a message: every field with where it was said, and how surely."""

from collections.abc import Mapping
from dataclasses import dataclass

LONGEST_MESSAGE = 2_000
"""Code points that are read; a longer message is refused where it comes in."""

EXPLICIT = 0.95
"""A word says it: "need", "62k/candy", "within 15 days"."""
INFERRED = 0.7
"""Its place or its neighbours say it: "ex Guntur, 15 days" is a delivery."""
GUESSED = 0.5
"""Nothing says it, but it is usual: a price per candy is in rupees."""


@dataclass(frozen=True, slots=True)
class ParsedField:
    """`value`: a decimal number without grouping, a whole number of days, a code, or the words themselves.

    `span`: the first code point of the text that says it, and the one after the last.
    """

    value: str
    confidence: float
    span: tuple[int, int]
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class ParsedTrade:
    """`fields`: by the names of a trade's own fields, and

    `quality.<name>`; `delivery_terms`: an Incoterm, or FOR; `valid_until`: an ISO date, `--MM-DD` when no year is said,
    or a duration like P3D. A field that was not said is not there.
    """

    text: str
    fields: Mapping[str, ParsedField]
