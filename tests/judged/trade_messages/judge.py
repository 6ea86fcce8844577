"""How well messages are read: precision and recall per field."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from marketplace.application.trading.parsing import TradeParser
from marketplace.domain.trading.parsed import ParsedField
from tests.judged.trade_messages.messages import Label, Message

WIDEST = 10
"""Code points that a span may have beside the labelled words."""


@dataclass(slots=True)
class Tally:
    read: int = 0
    labelled: int = 0
    right: int = 0

    @property
    def precision(self) -> float:
        return self.right / self.read if self.read else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.labelled if self.labelled else 1.0


@dataclass(slots=True)
class Verdict:
    """`tallies`: by language, split and field, all qualities being one field; `sureness`: right ones and all, by
    confidence; `faults`: what was read wrongly, was missed or was made up, a line each.
    """

    tallies: dict[tuple[str, str, str], Tally] = field(default_factory=lambda: defaultdict(Tally))
    sureness: dict[float, Counter[bool]] = field(default_factory=lambda: defaultdict(Counter))
    faults: list[str] = field(default_factory=list)

    def over(self, split: str, name: str, *languages: str) -> Tally:
        of = [self.tallies[language, split, name] for language in languages if (language, split, name) in self.tallies]
        return Tally(sum(one.read for one in of), sum(one.labelled for one in of), sum(one.right for one in of))


def judge(parser: TradeParser, labelled: Iterable[Message]) -> Verdict:
    verdict = Verdict()
    for message in labelled:
        read = parser.parse(message.text).fields
        for name in sorted({*message.labels, *read}):
            _weigh(verdict, message, name, read)
    return verdict


def _weigh(verdict: Verdict, message: Message, name: str, read: Mapping[str, ParsedField]) -> None:
    found, label = read.get(name), message.labels.get(name)
    right = found is not None and label is not None and _is_right(name, found, label)
    for kind in (name.partition(".")[0], "all"):
        tally = verdict.tallies[message.language, message.split, kind]
        tally.read += found is not None
        tally.labelled += label is not None
        tally.right += right
    if found is not None:
        verdict.sureness[found.confidence][right] += 1
    if not right:
        said = "nothing" if found is None else f"{_said(found)!r} at {message.text[slice(*found.span)]!r}"
        meant = "nothing" if label is None else repr(label.value)
        verdict.faults.append(f"{name}: {said}, not {meant}: {message.text}")


def _is_right(name: str, found: ParsedField, label: Label) -> bool:
    if _plain(name, _said(found)) != _plain(name, label.value):
        return False
    if label.span is None:
        return True
    (start, end), (first, last) = found.span, label.span
    return start <= first and last <= end and (end - start) - (last - first) <= WIDEST


def _said(found: ParsedField) -> str:
    return found.value if found.unit is None else f"{found.value} {found.unit}"


def _plain(name: str, value: str) -> object:
    """Without what makes no difference."""
    value = value.casefold().replace("ё", "е")
    if name == "payment_terms":
        return set(value.split(", "))
    if name == "grade":
        return "".join(letter for letter in value if letter.isalnum())
    return value
