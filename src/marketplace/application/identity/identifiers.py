"""What names an account to its owner, in the one form it is stored and searched in."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from marketplace.domain.identity.username import USERNAME
from marketplace.domain.shared.errors import Invalid

_PHONE = re.compile(r"\+[0-9 ().-]{7,30}")


class InvalidEmail(Invalid):
    code = "invalid_email"


class InvalidPhone(Invalid):
    code = "invalid_phone"


class IdentifierKind(StrEnum):
    EMAIL = "email"
    USERNAME = "username"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class Identifier:
    """`value` is canonical: the e-mail address's key, the username in lower case, the phone number in E.164."""

    kind: IdentifierKind
    value: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}"


def canonical_email(text: str, *, field: str = "email") -> str:
    """Lower-case ASCII, an international domain in its ASCII form: no two addresses look alike."""
    try:
        address = validate_email(
            unicodedata.normalize("NFKC", text).strip(), allow_smtputf8=False, check_deliverability=False,
            test_environment=True,
        )  # fmt: skip
    except EmailNotValidError as error:
        raise InvalidEmail(f"is not an e-mail address: {error}", field=field) from None
    return (address.ascii_email or address.normalized).lower()


_IGNORE_DOTS = {"gmail.com": "gmail.com", "googlemail.com": "gmail.com"}
"""Providers whose addresses are the same person's with and without dots and `+tags`, and the domain to compare."""


def email_key(email: str) -> str:
    """The same for all spellings of one mailbox of a canonical address."""
    local, _, domain = email.rpartition("@")
    if domain not in _IGNORE_DOTS:
        return email
    return f"{local.partition('+')[0].replace('.', '')}@{_IGNORE_DOTS[domain]}"


def canonical_phone(text: str, *, field: str = "phone") -> str:
    """E.164, as in +998901234567: the country must exist; whether the number does is for a code to find out."""
    text = unicodedata.normalize("NFKC", text).strip()
    try:
        number = phonenumbers.parse(text, None) if _PHONE.fullmatch(text) else None
    except phonenumbers.NumberParseException:
        number = None
    canonical = number and phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if not canonical or not 8 <= len(canonical) - 1 <= 15:
        raise InvalidPhone("is not an international phone number such as +998901234567", field=field)
    return canonical


def read_identifier(text: str) -> Identifier | None:
    """The e-mail address, phone number (with its +) or username that `text` is; None when it can be none of them."""
    text = unicodedata.normalize("NFKC", text).strip()
    try:
        if "@" in text:
            return Identifier(IdentifierKind.EMAIL, email_key(canonical_email(text)))
        if text.startswith("+"):
            return Identifier(IdentifierKind.PHONE, canonical_phone(text))
    except Invalid:
        return None
    return Identifier(IdentifierKind.USERNAME, text.lower()) if USERNAME.fullmatch(text) else None
