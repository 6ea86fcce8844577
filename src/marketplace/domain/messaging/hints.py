"""Hints that people want to talk or pay outside the platform, and card numbers taken out of what they write."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from enum import StrEnum

from marketplace.domain.messaging.hint_words import (
    CALLS,
    COUNTED,
    DOMAINS,
    IBAN_LENGTHS,
    MESSENGER_SITES,
    MESSENGERS,
    PAYMENT,
    PAYMENT_SITES,
    UPI_BANKS,
    WORD_LIKE,
)


class Hint(StrEnum):
    """`link` leads away from the platform; `payment` is paying there, or what is needed for it."""

    PHONE = "phone"
    EMAIL = "email"
    MESSENGER = "messenger"
    PAYMENT = "payment"
    LINK = "link"


MASK = "••••"
"""Stands for all but the last four digits of a card number."""

SHORTEST_CARD, LONGEST_CARD = 13, 19
_CARDS = (
    (re.compile(r"4"), {13, 16, 19}),
    (re.compile(r"5[1-8]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)|35(?:2[89]|[3-8])|8600|9860"), {16}),
    (re.compile(r"220[0-4]|6"), {16, 17, 18, 19}),
    (re.compile(r"3[47]"), {15}),
    (re.compile(r"3(?:0[0-5]|[689])"), {14}),
)
"""Beginnings and lengths of the cards there are. Other numbers that pass Luhn's check, as an IMEI does, are none."""
_GROUP_SIZES = {2, 4, 8}
_DIGITS = re.compile(r"\d(?:[ \u00a0.\-–]{0,2}\d){12,79}")
_GROUP = re.compile(r"\d+")

_IBAN = re.compile(r"(?<![A-Z0-9])[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}")
_CRYPTO = re.compile(
    r"(?<!\w)(?:0x[0-9a-fA-F]{40}|bc1[a-z0-9]{25,59}|T[1-9A-HJ-NP-Za-km-z]{33}|[13][1-9A-HJ-NP-Za-km-z]{25,34})(?!\w)"
)
_GAP = r"[\s().-]{0,2}"
_PLAIN_DIGITS = {
    ord(digit): str(value)
    for digits in ("٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "०१२३४५६७८९")
    for value, digit in enumerate(digits)
}
_APOSTROPHES = dict.fromkeys(map(ord, "ʻʼ‘’`´"), "'")
_ARABIC_MARKS = dict.fromkeys([*range(0x064B, 0x0653), 0x0640])


def _words(words: Iterable[str]) -> str:
    return rf"(?<!\w)(?:{'|'.join(words)})(?!\w)"


_PHONE = re.compile("|".join((
    rf"(?<!\w)\+{_GAP}[1-9](?:{_GAP}\d){{8,14}}(?!\d)",
    rf"(?<![\w.,])00[1-9](?:{_GAP}\d){{9,13}}(?!{_GAP}\d)",
    rf"{_words(CALLS)}\D{{0,20}}?\d(?:{_GAP}\d){{6,14}}(?!\d)",
)))  # fmt: skip
_NATIONAL = re.compile("|".join((
    r"(?<![\w.,#-])05\d[\s-]?\d{3}[\s-]?\d{4}(?![\w-])",
    r"(?<![\w.,#-])\(?0?\d{2,3}\)?[\s-]\d{3}[\s-]\d{2}[\s-]\d{2}(?![\w-])",
    r"(?<![\w.,#-])8[\s-]?\(?[3489]\d{2}\)?[\s-]?\d{3}[\s-]?\d{2}[\s-]?\d{2}(?![\w-])",
    r"(?<![\w.,#])\(\d{3}\)\s?\d{3}-\d{4}(?![\w-])",
    r"(?<![\w.,#-])[6-9]\d{4}\s?\d{5}(?![\w-])",
    r"(?<![\w.,#-])998\d{9}(?![\w-])",
)))  # fmt: skip
_COUNTED = re.compile(_words(COUNTED) + r"\W{0,3}(?:\w{1,6}\W{1,2}){0,2}$")
_EMAIL = re.compile(
    r"[\w.+-]{1,64}(?:@|\s?[(\[]at[)\]]\s?)[\w-]{1,63}(?:(?:\.|\s?[(\[]dot[)\]]\s?)[\w-]{1,63}){0,3}"
    r"(?:\.|\s?[(\[]dot[)\]]\s?)[a-z]{2,12}(?!\w)|\w{2,64} at \w{2,30} dot (?:com|ru|uz|net|org|ae|in)(?!\w)"
)
_UPI = rf"[\w.-]{{2,64}}@(?:{'|'.join(UPI_BANKS)})(?![\w.])"
_URL = re.compile(
    r"(?<![\w@.])(?P<sure>https?://(?:[^\s/@]{1,64}@)?|www\.)?(?P<host>(?:[\w-]{1,63}\.){1,4}(?P<domain>[^\W\d_]{2,24}))"
    r"(?::\d{1,5})?(?:(?P<path>/)|(?![\w@]))"
)
_SAID = {
    Hint.MESSENGER: re.compile(_words(MESSENGERS)),
    Hint.PAYMENT: re.compile(f"{_words(PAYMENT)}|{_UPI}|{MASK}\\d{{4}}"),
}


def hints_of(text: str, home: str) -> frozenset[Hint]:
    """`home` is our own host: what leads there leads nowhere else. Takes the text with its cards masked or not."""
    plain, hosts = folded(text), list(_hosts(text))
    found = {hint for hint, pattern in _SAID.items() if pattern.search(plain)}
    if _PHONE.search(plain) or any(
        not _COUNTED.search(plain[: one.start()][-40:]) for one in _NATIONAL.finditer(plain)
    ):
        found.add(Hint.PHONE)
    if _EMAIL.search(plain):
        found.add(Hint.EMAIL)
    if any(not _is_of(host, [home]) for host in hosts):
        found.add(Hint.LINK)
    if any(_is_of(host, MESSENGER_SITES) for host in hosts):
        found.add(Hint.MESSENGER)
    if any(_is_of(host, PAYMENT_SITES) for host in hosts) or _has_account(text) or masked(text) != text:
        found.add(Hint.PAYMENT)
    return frozenset(found)


def folded(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(plain.translate({**_PLAIN_DIGITS, **_APOSTROPHES, **_ARABIC_MARKS}).split())


def masked(text: str) -> str:
    """Of card numbers, in one piece or in groups, only the last four digits are left."""
    return _DIGITS.sub(lambda run: _without_cards(run[0]), text)


def _without_cards(run: str) -> str:
    groups = list(_GROUP.finditer(run))
    for first in range(len(groups)):
        if card := _card_in([one[0] for one in groups[first : first + LONGEST_CARD]]):
            start, end = groups[first].start(), groups[first + len(card) - 1].end()
            return f"{run[:start]}{MASK}{''.join(card)[-4:]}{masked(run[end:])}"
    return run


def _card_in(groups: list[str]) -> list[str]:
    """The groups from the first one on that are a card, as many as possible."""
    card, digits = list[str](), ""
    if len(groups[0]) == 1:
        return card
    for count, group in enumerate(groups, 1):
        digits += group
        if len(digits) > LONGEST_CARD:
            break
        if len(digits) >= SHORTEST_CARD and _grouped_as_a_card(groups[:count]) and _is_card(digits):
            card = groups[:count]
    return card


def _grouped_as_a_card(groups: list[str]) -> bool:
    sizes = [len(group) for group in groups]
    if len(sizes) == 1 or sizes in ([4, 6, 5], [4, 6, 4]):
        return True
    return sizes[0] in _GROUP_SIZES and sizes[:-1] == [sizes[0]] * (len(sizes) - 1) and sizes[-1] <= sizes[0]


def _is_card(digits: str) -> bool:
    plain = "".join(str(int(one)) for one in digits)
    return any(begins.match(plain) and len(plain) in lengths for begins, lengths in _CARDS) and _passes_luhn(plain)


def _passes_luhn(digits: str) -> bool:
    doubled = (sum(divmod(2 * int(one), 10)) for one in digits[-2::-2])
    return (sum(int(one) for one in digits[::-2]) + sum(doubled)) % 10 == 0


def _has_account(text: str) -> bool:
    """An IBAN whose check digits are right, or an address of a cryptocurrency."""
    for found in _IBAN.finditer(text.upper()):
        plain = found[0].replace(" ", "").replace("-", "")
        iban = plain[: IBAN_LENGTHS.get(plain[:2], 0)]
        if len(iban) == IBAN_LENGTHS.get(plain[:2]) and _is_iban(iban):
            return True
    return any(_mixed(found[0]) for found in _CRYPTO.finditer(text))


def _is_iban(iban: str) -> bool:
    """ISO 7064, MOD 97-10."""
    return int("".join(str(int(one, 36)) for one in iban[4:] + iban[:4])) % 97 == 1


def _mixed(address: str) -> bool:
    return any(map(str.isdigit, address)) and any(map(str.isalpha, address))


def _hosts(text: str) -> Iterator[str]:
    """Of everything that is, or looks like, an address in the web."""
    for found in _URL.finditer(text.lower()):
        if found["sure"] or (found["domain"] in DOMAINS and (found["path"] or found["domain"] not in WORD_LIKE)):
            yield found["host"]


def _is_of(host: str, sites: Iterable[str]) -> bool:
    return any(host == site or host.endswith(f".{site}") for site in sites)
