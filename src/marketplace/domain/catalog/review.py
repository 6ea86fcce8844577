"""What the rules hold against the text of a listing. Whatever they find, a moderator decides."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from marketplace.domain.catalog.prohibited import CALLS, GOODS, MESSENGERS, OUTSIDE_PAYMENT
from marketplace.domain.catalog.terms import KindTerms, LotTerms, ServiceTerms

LONGEST_FOUND = 60


class ReviewRule(StrEnum):
    PROHIBITED_GOODS = "prohibited_goods"
    CONTACT_DETAILS = "contact_details"
    OUTSIDE_PAYMENT = "outside_payment"

    @property
    def words(self) -> str:
        return _WORDS[self]


_WORDS = {
    ReviewRule.PROHIBITED_GOODS: "names goods that may not be sold here",
    ReviewRule.CONTACT_DETAILS: "has contact details: people reach you through offers and messages",
    ReviewRule.OUTSIDE_PAYMENT: "asks for payment outside the platform",
}


@dataclass(frozen=True, slots=True, order=True)
class Concern:
    """`found` is the piece of text, case-folded, that a rule holds against a field."""

    field: str
    rule: ReviewRule
    found: str

    def __str__(self) -> str:
        return f"{self.rule.words} ({self.found!r})"


def _whole_words(words: Iterable[str]) -> str:
    return rf"(?<!\w)(?:{'|'.join(words)})(?!\w)"


_GAP = r"[\s().-]{0,2}"
_E_MAIL = r"[\w.+-]{1,64}\s?(?:@|[(\[]at[)\]])\s?[\w-]{1,63}(?:\.|\s?[(\[]dot[)\]]\s?)[a-z]{2,}"
_ADDRESS = r"(?<![\w.])(?:t\.me|wa\.me|instagram\.com|facebook\.com|fb\.com|vk\.com)/\w"
_HANDLE = rf"{_whole_words(MESSENGERS)}\W{{0,4}}(?:@\w|\+?\d(?:{_GAP}\d){{5}})"
_INTERNATIONAL = rf"(?<!\w)\+\s?[1-9](?:{_GAP}\d){{8,14}}(?!\d)"
_DIALLED = rf"(?<![\w.,])00(?:971|998|966|91|7){_GAP}(?:\d{_GAP}){{8,10}}(?!\d)"
_NATIONAL = (
    r"(?<![\w.,-])(?:\(?\d{2,3}\)?[\s-]\d{3}[\s-]\d{2}[\s-]\d{2}|05\d[\s-]?\d{3}[\s-]?\d{4}|\(\d{3}\)\s?\d{3}-\d{4}"
    r"|[6-9]\d{4}[\s-]\d{5})(?![\w-])"
)
_CALLED = rf"{_whole_words(CALLS)}[\s:.#-]{{1,4}}\d(?:{_GAP}\d){{6,14}}(?!\d)"

_RULES: Mapping[ReviewRule, re.Pattern[str]] = {
    ReviewRule.PROHIBITED_GOODS: re.compile(_whole_words(GOODS)),
    ReviewRule.CONTACT_DETAILS: re.compile(
        "|".join((_E_MAIL, _ADDRESS, _HANDLE, _INTERNATIONAL, _DIALLED, _NATIONAL, _CALLED))
    ),
    ReviewRule.OUTSIDE_PAYMENT: re.compile(_whole_words(OUTSIDE_PAYMENT)),
}


def concerns_about(texts: Mapping[str, str]) -> frozenset[Concern]:
    """`texts` by the name of the field; of each rule, the first place in each."""
    return frozenset(
        Concern(field, rule, " ".join(found[0].split())[:LONGEST_FOUND])
        for field, text in texts.items()
        for rule, pattern in _RULES.items()
        if (found := pattern.search(_folded(text)))
    )


def texts_of(terms: KindTerms) -> dict[str, str]:
    """What people read in them, by the name of the field."""
    match terms:
        case ServiceTerms():
            return {"packages": "\n".join(f"{one.name}\n{one.description}" for one in terms.packages)}
        case LotTerms():
            return {"lot.quality": "\n".join(f"{name}: {value}" for name, value in terms.quality.items())}
        case _:
            return {}


def _folded(text: str) -> str:
    """Full-width and other compatible forms count as what they look like."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text).casefold())
