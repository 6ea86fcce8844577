"""Words in the language of their reader, and facts as that language writes them."""

import unicodedata
from datetime import UTC, datetime, timedelta
from math import inf
from pathlib import Path
from typing import Literal

from babel import Locale
from babel.dates import format_date, format_time, format_timedelta, get_datetime_format
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from marketplace.application.shared.letters import Language

HERE = Path(__file__).parent
LONGEST_FACT = 500
"""Characters."""
_SPACE, _GONE = {"Cc", "Zl", "Zp"}, {"Cf", "Cs"}
"""Unicode categories: line ends and controls become spaces; invisible and bidirectional marks go."""
_UNITS: dict[str, Literal["minute", "hour"]] = {"minutes": "minute", "hours": "hour"}


class Phrases:
    """The catalogs of locale/*.po."""

    def __init__(self) -> None:
        self._catalogs = {language: _catalog(language) for language in Language if language is not Language.ENGLISH}

    def say(self, language: Language, english: str) -> str:
        """Raises LookupError where a catalog lacks it."""
        if language is Language.ENGLISH or not english:
            return english
        message = self._catalogs[language].get(english)
        if message is None or not message.string:
            raise LookupError(f"{language} has no words for {english!r}: add them to locale/{language}.po")
        return str(message.string)


def one_line(text: str, longest: int = LONGEST_FACT) -> str:
    """Without line ends, controls and marks that turn the direction of writing."""
    kept = (
        " " if unicodedata.category(sign) in _SPACE else sign
        for sign in text
        if unicodedata.category(sign) not in _GONE
    )
    line = " ".join("".join(kept).split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


def shown(fact: str, value: object, locale: Locale) -> str:
    match value:
        case datetime():
            day = format_date(value.astimezone(UTC), "long", locale)
            time = format_time(value, "HH:mm", UTC, locale)
            return str(get_datetime_format("medium", locale)).format(f"{time} UTC", day)
        case int() if fact in _UNITS:
            return format_timedelta(timedelta(**{fact: value}), _UNITS[fact], threshold=inf, locale=locale)
        case int():
            return format_decimal(value, locale=locale)
    return one_line(str(value))


def isolated(text: str) -> str:
    """Between the Unicode marks FSI and PDI, so that its direction of writing ends where it ends."""
    return f"\u2068{text}\u2069"


def _catalog(language: Language) -> Catalog:
    with (HERE / "locale" / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)
