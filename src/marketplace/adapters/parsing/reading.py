"""A message while it is read: its items, and what has been understood of it so far."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from marketplace.adapters.parsing.lexicon import lexicon
from marketplace.adapters.parsing.tokens import tokens
from marketplace.adapters.parsing.words import HINGLISH
from marketplace.domain.trading.parsed import EXPLICIT, INFERRED, ParsedField
from marketplace.domain.trading.units import plain

MOST_VALUE = Decimal(10) ** 15
_HINGLISH = frozenset(HINGLISH.split())


@dataclass(slots=True)
class Item:
    """A known phrase, a number with its "k" or "lakh", or a word or mark that is not known.

    `means`: what it can be, by kind. `used`: a field has been read from it, so no other may be.
    """

    word: str
    start: int
    end: int
    means: Mapping[str, str]
    amount: Decimal | None = None
    shape: str | None = None
    glued: bool = False
    capital: bool = False
    multiplied: bool = False
    misspelt: bool = False
    used: bool = False

    def can_be(self, *kinds: str) -> bool:
        return any(kind in self.means for kind in kinds)


NOTHING = Item("", 0, 0, {})


@dataclass(slots=True)
class Reading:
    text: str
    items: list[Item]
    fields: dict[str, ParsedField] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str) -> "Reading":
        return cls(text, _amounts(_items(text)))

    def __getitem__(self, place: int) -> Item:
        return self.items[place] if 0 <= place < len(self.items) else NOTHING

    def free(self, *kinds: str) -> Iterator[tuple[int, Item]]:
        """Items that can be one of these and are not used, in order."""
        return ((place, one) for place, one in enumerate(self.items) if not one.used and one.can_be(*kinds))

    def amounts(self) -> Iterator[tuple[int, Item]]:
        """Plain numbers that are not used, in order."""
        return ((place, one) for place, one in enumerate(self.items) if not one.used and one.amount is not None)

    def take(
        self, name: str, value: str | Decimal, confidence: float, first: int, last: int, unit: str | None = None
    ) -> None:
        """Understand the items from `first` to `last` as a field; what was understood before stays."""
        if isinstance(value, Decimal):
            if not 0 < value < MOST_VALUE:
                return
            value = f"{plain(value):f}"
        if any(one.misspelt for one in self.items[first : last + 1]):
            confidence = min(confidence, INFERRED)
        for one in self.items[first : last + 1]:
            one.used = True
        span = self.items[first].start, self.items[last].end
        self.fields.setdefault(name, ParsedField(value, confidence, span, unit))

    def said(self, first: int, last: int) -> str:
        return self.text[self.items[first].start : self.items[last].end]

    @property
    def commodity(self) -> str | None:
        found = self.fields.get("commodity")
        return None if found is None else found.value

    @property
    def is_hinglish(self) -> bool:
        return any(word in _HINGLISH for one in self.items for word in one.word.split())

    def sure(self, certain: bool) -> float:
        return EXPLICIT if certain else INFERRED


def _items(text: str) -> list[Item]:
    said, known, found, at = tokens(text), lexicon(), list[Item](), 0
    while at < len(said):
        length, means = known.longest(said, at)
        first, last = said[at], said[at + max(length, 1) - 1]
        misspelt = not length and not first.is_number
        if misspelt:
            means = known.nearly(first.word)
        single = length <= 1
        found.append(
            Item(
                " ".join(one.word for one in said[at : at + max(length, 1)]),
                first.start,
                last.end,
                means,
                amount=first.amount if single else None,
                shape=first.shape if single else None,
                glued=first.glued,
                capital=first.capital,
                misspelt=misspelt and bool(means),
            )
        )
        at += max(length, 1)
    return found


def _amounts(items: list[Item]) -> list[Item]:
    """Join numbers with what multiplies them: 62 k, 1.2 lakh, five hundred, 45 т.р. (thousands of roubles)."""
    joined: list[Item] = []
    at = 0
    while at < len(items):
        one, amount, last = items[at], items[at].amount, at
        if amount is None and one.can_be("number") and _counts(items, at):
            amount = Decimal(one.means["number"])
        while amount is not None and amount < MOST_VALUE and (by := _multiplier(items, last + 1)):
            amount, last = amount * by, last + 1
        if amount is None or (last == at and one.amount is not None):
            joined.append(one)
        else:
            joined.append(Item(one.word, one.start, items[last].end, {}, amount, glued=one.glued, multiplied=last > at))
        at = last + 1
    return joined


def _counts(items: list[Item], at: int) -> bool:
    """Whether a word like "do" or "one" is a number here."""
    following = items[at + 1] if at + 1 < len(items) else NOTHING
    return following.can_be("multiplier", "unit", "time") and not following.can_be("number")


def _multiplier(items: list[Item], at: int) -> int:
    one, then = items[at] if at < len(items) else NOTHING, items[at + 1 : at + 3]
    if one.can_be("multiplier"):
        return int(one.means["multiplier"])
    if one.word == "т" and [other.word.split(" ")[0] for other in then] == [".", "р"]:
        return 1_000
    return 0
