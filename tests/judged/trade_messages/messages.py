"""Messages of traders, labelled by hand before there was a parser: `<language>.<split>.txt`, a message a line.

`{field=value|words}`: these words say it; without `=value` the words are the value. `>> field=value; ...`: a trader
knows it although no words say so. What a trader would not know is not labelled, and what is no trade has no labels.
How they were labelled:

- commodity: its catalogue name in English, without the variety; grade: the variety, class or standard, as written.
- currency: INR also when unsaid, if the message is Hinglish or prices candies or quintals; else only when said.
- delivery_place: where the goods change hands, in the nominative; the origin of the goods is not one.
- payment_terms: LC, advance, credit, cash, on delivery, bank transfer, documents, with per cent and days.
- of several trades in one message the first; of a number that is corrected the last.

`kept`: set apart from `tuning`; the rules were frozen before they were judged by it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

LANGUAGES = ("en", "hi_latin", "ru")
SPLITS = ("tuning", "kept")
_LABEL = re.compile(r"\{([a-z_.]+)(?:=([^{}|]+))?\|([^{}|]+)\}")


@dataclass(frozen=True, slots=True)
class Label:
    """`span`: None when no words say it."""

    value: str
    span: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Message:
    text: str
    language: str
    split: str
    labels: Mapping[str, Label]


def messages() -> list[Message]:
    here = Path(__file__).parent
    return [
        _read(line, language, split)
        for language in LANGUAGES
        for split in SPLITS
        for line in (here / f"{language}.{split}.txt").read_text("utf-8").splitlines()
    ]


def _read(line: str, language: str, split: str) -> Message:
    marked, _, known = line.partition(" >> ")
    text, labels, read = "", {}, 0
    for found in _LABEL.finditer(marked):
        text += marked[read : found.start()]
        field, value, words = found.groups()
        assert field not in labels, f"{field} is labelled twice: {line}"
        labels[field] = Label(value or words, (len(text), len(text) + len(words)))
        text, read = text + words, found.end()
    text += marked[read:]
    assert "{" not in text, f"not a label: {line}"
    for said in known.split("; ") if known else ():
        field, value = said.split("=")
        labels[field] = Label(value, None)
    return Message(text, language, split, labels)
