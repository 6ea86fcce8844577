"""Letters in five languages: the words of texts.py and locale/*.po in one layout for HTML and one for plain text."""

import re

import msgspec
from babel import Locale
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from marketplace.adapters.mail import texts
from marketplace.adapters.mail.notifications import CatalogWording
from marketplace.adapters.mail.phrases import HERE, Phrases, isolated, one_line, shown
from marketplace.adapters.sms.segments import in_one_segment
from marketplace.application.shared.letters import Language, Letter, OneTimeCode, Recipient, Templates, WrittenMail
from marketplace.application.shared.posting import Digest, News

LONGEST_NAME = 60
"""Characters."""
_LINKABLE = re.compile(r"[/@\\]|\w\.\w")


class JinjaTemplates(Templates):
    """`brand` names the marketplace; `host` is the one whose pages ask for codes, empty if there is none.

    With a host a browser offers to fill in the code of a text message (WICG "origin-bound one-time codes").
    """

    def __init__(self, brand: str, host: str = "") -> None:
        self._brand = brand
        self._host = host
        self._phrases = Phrases()
        self._wording = CatalogWording(self._phrases)
        self._layouts = Environment(
            loader=FileSystemLoader(HERE / "layouts"), autoescape=select_autoescape(["html"]),
            undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
        )  # fmt: skip

    def mail(self, letter: Letter, to: Recipient, link: str = "") -> WrittenMail:
        content = self._content(letter, to, link)
        text, html = self._layouts.get_template("letter.txt"), self._layouts.get_template("letter.html")
        return WrittenMail(
            subject=one_line(str(content["subject"])),
            text=text.render(content, isolated=isolated),
            html=html.render(content, isolated=_isolated_html),
        )

    def sms(self, letter: Letter, to: Recipient, link: str = "") -> str:
        if isinstance(letter, OneTimeCode):
            words = self._phrases.say(to.language, texts.SMS_CODE)
            text = _typewriter(words % {"brand": self._brand, "code": letter.code})
            bound = f"{text}\n\n@{self._host} #{letter.code}"
            return bound if self._host and in_one_segment(bound) else text
        return _typewriter(f"{self._brand}: {self._subject(letter, to.language)}") + (f"\n{link}" if link else "")

    def _content(self, letter: Letter, to: Recipient, link: str) -> dict[str, object]:
        """What the layouts show. Facts that people wrote are lines without markup; the layouts isolate them."""
        words = texts.TEXTS[type(letter)]

        def say(english: str) -> str:
            return self._phrases.say(to.language, english)

        return {
            "language": to.language, "direction": Locale.parse(to.language).text_direction, "brand": self._brand,
            "code": getattr(letter, "code", ""), "subject": self._subject(letter, to.language),
            "greeting": say(texts.GREETING), "name": _harmless_name(to.name),
            "paragraphs": [say(paragraph) for paragraph in words.paragraphs],
            "details": self._details(letter, to.language),
            "link": link, "action": say(words.action), "open_link": say(texts.OPEN_LINK),
            "advice": [say(sentence) for sentence in words.advice], "footer": say(texts.FOOTER),
        }  # fmt: skip

    def _subject(self, letter: Letter, language: Language) -> str:
        if isinstance(letter, News):
            return self._wording.title(letter.kind, letter.facts, language)
        words = self._phrases.say(language, texts.TEXTS[type(letter)].subject)
        return words % {"brand": self._brand, "code": getattr(letter, "code", "")}

    def _details(self, letter: Letter, language: Language) -> list[tuple[str, str]]:
        """Labels, and what they show; of a digest the subject of each letter and what that shows."""
        if isinstance(letter, News):
            return self._wording.details(letter.kind, letter.facts, language)
        if isinstance(letter, Digest):
            told = [(self._subject(one, language), self._in_one(one, language)) for one in letter.letters]
            return told + ([(self._phrases.say(language, texts.MORE), str(letter.more))] if letter.more else [])
        locale, facts = Locale.parse(language), msgspec.structs.asdict(letter)
        return [
            (self._phrases.say(language, label), shown(fact, facts[fact], locale))
            for fact, label in texts.TEXTS[type(letter)].details.items()
        ]

    def _in_one(self, letter: Letter, language: Language) -> str:
        return ", ".join(f"{label}: {value}" for label, value in self._details(letter, language))


def _harmless_name(name: str) -> str:
    """Empty where a mail program could make a link of it: a stranger may register with somebody else's address."""
    name = one_line(name, LONGEST_NAME)
    return "" if _LINKABLE.search(name) else name


def _isolated_html(text: str) -> Markup:
    return Markup("<bdi>{}</bdi>").format(text)


def _typewriter(text: str) -> str:
    """Typed apostrophes for the two of Uzbek, which would halve the room of a text message."""
    return text.translate({0x02BB: "'", 0x02BC: "'"})
