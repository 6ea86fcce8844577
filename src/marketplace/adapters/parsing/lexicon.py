"""Every phrase that is known, found in time linear in the text."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from marketplace.adapters.parsing import goods, words
from marketplace.adapters.parsing.tokens import Token, tokens

LONGEST_STEM = 20
KINDS: Mapping[str, str] = {
    "commodity": goods.COMMODITIES, "grade": goods.GRADES, "quality": goods.QUALITIES, "side": words.SIDES,
    "likely_side": words.LIKELY_SIDES, "asking": words.ASKING, "unit": words.UNITS, "measure": words.MEASURES,
    "currency": words.CURRENCIES, "multiplier": words.MULTIPLIERS, "number": words.NUMBERS, "time": words.TIMES,
    "month": words.MONTHS, "term": words.TERMS, "payment": words.PAYMENTS,
}  # fmt: skip
MISSPELT = ("commodity", "unit", "side")
"""Kinds that are known with one letter wrong, too."""


@dataclass(slots=True)
class Node:
    """`means`: what the phrase that ends here can be, by kind."""

    words: "dict[str, Node]" = field(default_factory=dict)
    stems: "dict[str, Node]" = field(default_factory=dict)
    number: "Node | None" = None
    means: dict[str, str] = field(default_factory=dict)

    def then(self, word: str) -> "Node":
        if word == "#":
            self.number = self.number or Node()
            return self.number
        if word.endswith("*") and len(word) > 1:
            return self.stems.setdefault(word[:-1], Node())
        return self.words.setdefault(word, Node())

    def after(self, token: Token) -> "Iterator[Node]":
        """The likeliest first."""
        if token.word in self.words:
            yield self.words[token.word]
        if token.is_number and self.number is not None:
            yield self.number
        if self.stems:
            for length in range(min(len(token.word), LONGEST_STEM), 1, -1):
                if (node := self.stems.get(token.word[:length])) is not None:
                    yield node


@dataclass(frozen=True, slots=True)
class Lexicon:
    root: Node
    misspelt: Mapping[str, Mapping[str, str]]
    """By the word without one of its letters."""

    def longest(self, said: Sequence[Token], at: int) -> tuple[int, Mapping[str, str]]:
        """How many tokens from `at` make a known phrase, and what it means; 0 when none does."""
        best: tuple[int, Mapping[str, str]] = (0, {})
        ahead = [(self.root, at)]
        while ahead:
            node, place = ahead.pop()
            if node.means and place - at > best[0] and said[place - 1].word != "-":
                best = (place - at, node.means)
            if place == len(said):
                continue
            if place > at and said[place].word == "-" and "-" not in node.words and place + 1 < len(said):
                ahead.append((node, place + 1))
            prefix = place > at and said[place].is_number and len(said[at].word) < 3 and place - at == 1
            if prefix and not said[place].glued:
                continue
            ahead.extend((following, place + 1) for following in reversed([*node.after(said[place])]))
        return best

    def nearly(self, word: str) -> Mapping[str, str]:
        """What a word with one wrong, missing or additional letter means."""
        if not 6 <= len(word) <= LONGEST_STEM:
            return {}
        for shorter in (word, *_without_one(word)):
            if (means := self.misspelt.get(shorter)) is not None:
                return means
        return {}


def rows(table: str) -> Iterator[tuple[str, str]]:
    """Name and phrase; a line that begins with a blank continues the one before."""
    for row in table.strip().replace("\n ", " ").splitlines():
        name, _, phrases = row.partition(": ")
        yield from ((name, phrase.strip()) for phrase in phrases.split(", ") if phrase.strip())


@cache
def lexicon() -> Lexicon:
    root = Node()
    misspelt: dict[str, Mapping[str, str]] = {}
    kinds = [(kind, name, phrase) for kind, table in KINDS.items() for name, phrase in rows(table)]
    kinds += [(name, name, phrase) for table in (words.SMALL, words.FILLERS) for name, phrase in rows(table)]
    for kind, name, phrase in kinds:
        node = root
        for word in phrase_words(phrase):
            node = node.then(word)
        if kind == "grade" and kind in node.means:
            node.means[kind] += f",{name}"
        node.means.setdefault(kind, name)
        if kind in MISSPELT and 6 <= len(phrase) <= LONGEST_STEM and phrase.isalpha():
            for shorter in (phrase, *_without_one(phrase)):
                misspelt.setdefault(shorter, {kind: name})
    for place in places():
        for written in _declined(place):
            node = root
            for token in tokens(written):
                node = node.then(token.word)
            node.means.setdefault("place", place)
    return Lexicon(root, misspelt)


def phrase_words(phrase: str) -> list[str]:
    return [
        word if word in {"#", "*"} else part.word + ("*" if word.endswith("*") else "")
        for word in phrase.split()
        for part in (tokens(word.rstrip("*")) or [Token("#", 0, 1)])
    ]


def _without_one(word: str) -> Iterator[str]:
    """Without each letter but the first, which people seldom mistake."""
    return (word[:place] + word[place + 1 :] for place in range(1, len(word)))


@cache
def places() -> frozenset[str]:
    """Names of towns and ports, Cyrillic ones in the nominative."""
    lines = files(__package__).joinpath("places.txt").read_text("utf-8").splitlines()
    named = " ".join(line for line in lines if not line.startswith("#")).rstrip(",")
    return frozenset(name.strip() for name in named.replace("\n", " ").split(",") if name.strip())


_ENDINGS = (
    ("ия", ("ии", "ию", "ией")), ("ь", ("и", "ю", "ью", "е")), ("а", ("ы", "и", "е", "у", "ой")),
    ("я", ("и", "е", "ю", "ей")), ("ий", ("ого", "ому", "ом")), ("о", ("е", "а", "у")), ("ы", ("ов", "ах")),
)  # fmt: skip
_CONSONANTS = re.compile("[бвгджзйклмнпрстфхцчшщ]$")


def _declined(place: str) -> Iterator[str]:
    """The cases of a Russian name that a message has: "из Бишкека", "в Самаре"."""
    yield place
    if not re.search("[а-я]$", place):
        return
    for ending, others in _ENDINGS:
        if place.endswith(ending):
            yield from (place.removesuffix(ending) + other for other in others)
            return
    if _CONSONANTS.search(place):
        yield from (place.removesuffix("й") + other for other in ("а", "у", "е", "ом"))
