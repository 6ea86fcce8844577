"""Letters in five languages: the words of texts.py and locale/*.po in one layout for HTML and one for plain text."""

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from math import inf
from pathlib import Path
from typing import Literal

import msgspec
from babel import Locale
from babel.dates import format_date, format_time, format_timedelta, get_datetime_format
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from marketplace.adapters.mail import texts
from marketplace.adapters.sms.segments import in_one_segment
from marketplace.application.shared.letters import Language, Letter, OneTimeCode, Recipient, Templates, WrittenMail

HERE = Path(__file__).parent
LONGEST_FACT, LONGEST_NAME = 500, 60
"""Characters."""
_SPACE, _GONE = {"Cc", "Zl", "Zp"}, {"Cf", "Cs"}
"""Unicode categories: line ends and controls become spaces; invisible and bidirectional marks go."""
_LINKABLE = re.compile(r"[/@\\]|\w\.\w")
_UNITS: dict[str, Literal["minute", "hour"]] = {"minutes": "minute", "hours": "hour"}


class JinjaTemplates(Templates):
    """`brand` names the marketplace; `host` is the one whose pages ask for codes, empty if there is none.

    With a host a browser offers to fill in the code of a text message (WICG "origin-bound one-time codes").
    """

    def __init__(self, brand: str, host: str = "") -> None:
        self._brand = brand
        self._host = host
        self._catalogs = {language: _catalog(language) for language in Language if language is not Language.ENGLISH}
        self._layouts = Environment(
            loader=FileSystemLoader(HERE / "layouts"), autoescape=select_autoescape(["html"]),
            undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
        )  # fmt: skip

    def mail(self, letter: Letter, to: Recipient, link: str = "") -> WrittenMail:
        content = self._content(letter, to, link)
        text, html = self._layouts.get_template("letter.txt"), self._layouts.get_template("letter.html")
        return WrittenMail(
            subject=one_line(str(content["subject"])),
            text=text.render(content, isolated=_isolated_plain),
            html=html.render(content, isolated=_isolated_html),
        )

    def sms(self, letter: Letter, to: Recipient, link: str = "") -> str:
        if isinstance(letter, OneTimeCode):
            text = _typewriter(self._say(to.language, texts.SMS_CODE) % {"brand": self._brand, "code": letter.code})
            bound = f"{text}\n\n@{self._host} #{letter.code}"
            return bound if self._host and in_one_segment(bound) else text
        subject = self._say(to.language, texts.TEXTS[type(letter)].subject) % {"brand": self._brand}
        return _typewriter(f"{self._brand}: {subject}") + (f"\n{link}" if link else "")

    def _content(self, letter: Letter, to: Recipient, link: str) -> dict[str, object]:
        """What the layouts show. Facts that people wrote are lines without markup; the layouts isolate them."""
        words, locale, facts = texts.TEXTS[type(letter)], Locale.parse(to.language), msgspec.structs.asdict(letter)

        def say(english: str) -> str:
            return self._say(to.language, english)

        code = facts.get("code", "")
        return {
            "language": to.language, "direction": locale.text_direction, "brand": self._brand, "code": code,
            "subject": say(words.subject) % {"brand": self._brand, "code": code},
            "greeting": say(texts.GREETING), "name": _harmless_name(to.name),
            "paragraphs": [say(paragraph) for paragraph in words.paragraphs],
            "details": [(say(label), _shown(fact, facts[fact], locale)) for fact, label in words.details.items()],
            "link": link, "action": say(words.action), "open_link": say(texts.OPEN_LINK),
            "advice": [say(sentence) for sentence in words.advice], "footer": say(texts.FOOTER),
        }  # fmt: skip

    def _say(self, language: Language, english: str) -> str:
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


def _shown(fact: str, value: object, locale: Locale) -> str:
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


def _harmless_name(name: str) -> str:
    """Empty where a mail program could make a link of it: a stranger may register with somebody else's address."""
    name = one_line(name, LONGEST_NAME)
    return "" if _LINKABLE.search(name) else name


def _isolated_html(text: str) -> Markup:
    return Markup("<bdi>{}</bdi>").format(text)


def _isolated_plain(text: str) -> str:
    """Between the Unicode marks FSI and PDI, so that its direction of writing ends where it ends."""
    return f"\u2068{text}\u2069"


def _typewriter(text: str) -> str:
    """Typed apostrophes for the two of Uzbek, which would halve the room of a text message."""
    return text.translate({0x02BB: "'", 0x02BC: "'"})


def _catalog(language: Language) -> Catalog:
    with (HERE / "locale" / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)
