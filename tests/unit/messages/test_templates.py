"""Every kind of letter in every language, with harmless and with hostile facts."""

import re
from datetime import UTC, datetime
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest
from babel.messages.pofile import read_po

from marketplace.adapters.mail import notification_texts, samples, texts
from marketplace.adapters.mail.phrases import HERE
from marketplace.adapters.mail.templates import JinjaTemplates
from marketplace.adapters.sms.segments import in_one_segment
from marketplace.application.shared.letters import (
    AccountLocked,
    AccountSuspended,
    Language,
    Letter,
    OneTimeCode,
    PasskeyAdded,
    PasswordReset,
    PhoneChanged,
    Recipient,
    VerifyEmail,
)
from marketplace.application.shared.posting import Digest, News
from tests.fakes.messages import TEMPLATES

LINK = "https://market.example/reset?token=AbC-123_x&u=7"
KINDS = set(Letter.__subclasses__())
SCRIPTS = {"ru": r"[\u0400-\u04ff]", "uz": r"[A-Za-z]", "ar": r"[\u0600-\u06ff]", "hi": r"[\u0900-\u097f]"}
HOSTILE = (
    "<script>alert(1)</script>", "</title><script>alert(1)</script>", "{{7*7}}", "{% raw %}", "%(brand)s %s %",
    "\"'><img src=x onerror=alert(1)>", "&lt;b&gt;", "\u202egnp.exe\u2066", "Amina\r\nBcc: all@x.example",
    "\0\x1b[31m", "\ud800", "javascript:alert(1)", "x" * 5_000, "\u2028\u2029", "</bdi><bdi>", "\u2069\u2069\u2069",
)  # fmt: skip


def to(language: str = "en", name: str = "Amina") -> Recipient:
    return Recipient(email="amina@x.example", name=name, language=Language(language))


class Page(HTMLParser):
    """Tags, attributes and the words between them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.feed(html)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_every_kind_has_words_and_a_sample() -> None:
    assert set(texts.TEXTS) == KINDS
    assert {type(letter) for letter in samples.LETTERS} == KINDS


def test_every_fact_of_every_kind_is_shown() -> None:
    for kind, words in texts.TEXTS.items():
        if kind in {Digest, News}:
            continue
        facts = {field.name for field in msgspec.structs.fields(kind)}
        assert facts - {"code"} == set(words.details), kind


@pytest.mark.parametrize("language", ["ru", "uz", "ar", "hi"])
def test_the_catalog_has_every_word_and_no_other(language: str) -> None:
    source = "".join(Path(str(module.__file__)).read_text() for module in (texts, notification_texts))
    english = set(re.findall(r'\b_\(\s*"([^"]*)"\s*\)', source))
    with (HERE / "locale" / f"{language}.po").open("rb") as file:
        catalog = {str(message.id): message for message in read_po(file) if message.id}
    assert set(catalog) == english
    for source_text, message in catalog.items():
        assert message.string
        assert not message.fuzzy
        assert placeholders(str(message.string)) == placeholders(source_text)
        assert re.search(SCRIPTS[language], str(message.string))
        assert str(message.string) != source_text


def placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"%\([a-z]+\)s|%", text))


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("letter", samples.LETTERS, ids=lambda letter: type(letter).__name__)
def test_every_letter_renders(letter: Letter, language: Language) -> None:
    written = TEMPLATES.mail(letter, to(language), LINK if texts.TEXTS[type(letter)].action else "")
    page = Page(written.html)
    root = page.tags[0]
    assert root == ("html", {"lang": language.value, "dir": "rtl" if language is Language.ARABIC else "ltr"})
    assert written.subject
    assert "\n" not in written.subject
    for shown in (written.text, unescape(page.text), written.subject):
        assert "%(" not in shown
        assert "None" not in shown
        assert "{{" not in shown
    assert "Amina" in written.text
    assert "\n\n\n" not in written.text
    assert [tag for tag, _ in page.tags if tag in {"table", "img", "script", "link", "iframe", "form"}] == []
    outside = [value for _, attributes in page.tags for name, value in attributes.items() if name in {"src", "srcset"}]
    assert outside == []
    assert "url(" not in written.html


@pytest.mark.parametrize("language", list(Language))
def test_a_link_stands_alone_in_the_plain_part_and_twice_in_the_other(language: Language) -> None:
    written = TEMPLATES.mail(PasswordReset(30), to(language), LINK)
    assert LINK in written.text.splitlines()
    links = [attributes["href"] for tag, attributes in Page(written.html).tags if tag == "a"]
    assert links == [LINK, LINK]


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("hostile", HOSTILE, ids=ascii)
def test_what_people_write_stays_text(hostile: str, language: Language) -> None:
    plain = TEMPLATES.mail(AccountSuspended("reason"), to(language))
    for name, fact in (("Amina", hostile), (hostile, "reason"), (hostile, hostile)):
        written = TEMPLATES.mail(AccountSuspended(fact), to(language, name))
        tags, known = Page(written.html).tags, Page(plain.html).tags
        extra = [tag for tag in tags if tag not in known]
        assert extra == []
        assert len(tags) <= len(known)
        assert written.subject == plain.subject
        assert not set("\u202e\u2066\0\x1b\u2028\u2029\ud800") & set(written.text + written.html)
        assert written.text.count("\u2068") == written.text.count("\u2069")
        assert len(written.text.splitlines()) <= len(plain.text.splitlines())
        written.html.encode()
        assert "49" not in written.text


def test_a_persons_text_is_isolated() -> None:
    written = TEMPLATES.mail(PasskeyAdded("مفتاح"), to("en", "Zoë"))
    assert "<bdi>مفتاح</bdi>" in written.html
    assert "<bdi>Zoë</bdi>" in written.html
    assert "\u2068مفتاح\u2069" in written.text


@pytest.mark.parametrize("name", ["Win at http://evil.example", "evil.example", "mail me@evil.example", "//evil", ""])
def test_a_name_that_could_become_a_link_is_no_greeting(name: str) -> None:
    written = TEMPLATES.mail(PhoneChanged(), to(name=name))
    assert "evil" not in written.text + written.html
    assert "Hello" not in written.text + written.html


def test_facts_read_as_the_language_writes_them() -> None:
    at = datetime(2026, 3, 9, 21, 5, tzinfo=UTC)
    shown = {
        language: " ".join(TEMPLATES.mail(AccountLocked(at, 90), to(language)).text.split())
        for language in ("en", "ru", "uz", "ar", "hi")
    }
    assert "March 9, 2026, 21:05 UTC" in shown["en"]
    assert "90 minutes" in shown["en"]
    assert "9 марта 2026 г., 21:05 UTC" in shown["ru"]
    assert "90 минут" in shown["ru"]
    assert "9-mart, 2026, 21:05 UTC" in shown["uz"]
    assert "90 daqiqa" in shown["uz"]
    assert "9 مارس 2026، 21:05 UTC" in shown["ar"]
    assert "90 دقيقة" in shown["ar"]
    assert "9 मार्च 2026, 21:05 UTC" in shown["hi"]
    assert "90 मिनट" in shown["hi"]


@pytest.mark.parametrize("language", list(Language))
def test_lengths_of_time_are_exact_and_in_words(language: Language) -> None:
    for number in (1, 2, 3, 5, 11, 21, 24, 72, 90, 1_000):
        for letter in (PasswordReset(number), VerifyEmail(number)):
            shown = re.search("\u2068([^\u2069]*)\u2069\n\n.*\n\n--", TEMPLATES.mail(letter, to(language), LINK).text)
            assert shown
            assert "duration" not in shown[1]
            if number > 2:  # Arabic has words of its own for one and two of a thing
                assert int(re.sub(r"\D", "", shown[1])) == number


@pytest.mark.parametrize("language", list(Language))
def test_a_code_by_text_message_is_one_segment(language: Language) -> None:
    text = TEMPLATES.sms(OneTimeCode("123456", 10), to(language))
    assert "123456" in text
    assert in_one_segment(text)
    bound = text.splitlines()[-1]
    assert bound == "@market.example #123456" or not in_one_segment(f"{text}\n\n@market.example #123456")


def test_the_browsers_line_is_left_out_where_it_does_not_fit_or_there_is_no_host() -> None:
    far = JinjaTemplates("Marketplace", "a-long-name-of-a-host." * 6 + "example")
    for templates in (far, JinjaTemplates("Marketplace")):
        assert "@" not in templates.sms(OneTimeCode("123456", 10), to())


@pytest.mark.parametrize("language", list(Language))
def test_every_letter_has_a_text_message(language: Language) -> None:
    for letter in samples.LETTERS:
        link = LINK if texts.TEXTS[type(letter)].action else ""
        text = TEMPLATES.sms(letter, to(language), link)
        assert text.startswith("Marketplace: ") or isinstance(letter, OneTimeCode)
        assert text.endswith(link)
        assert "%(" not in text


@pytest.mark.parametrize(
    ("text", "fits"),
    [("a" * 160, True), ("a" * 161, False), ("€" * 80, True), ("€" * 81, False), ("я" * 70, True), ("я" * 71, False),
     ("😀" * 35, True), ("😀" * 36, False), ("o'" * 80, True), ("o\u02bb" * 36, False)],
)  # fmt: skip
def test_segments(text: str, fits: bool) -> None:
    assert in_one_segment(text) is fits
