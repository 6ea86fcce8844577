import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.application.identity.identifiers import (
    Identifier,
    IdentifierKind,
    InvalidEmail,
    InvalidPhone,
    canonical_email,
    canonical_phone,
    read_identifier,
)


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("Amina@Marketplace.Example", "amina@marketplace.example"),
        (" amina@marketplace.example ", "amina@marketplace.example"),
        ("ＡＭＩＮＡ@marketplace.example", "amina@marketplace.example"),
        ("amina@münchen.example", "amina@xn--mnchen-3ya.example"),
    ],
)
def test_one_address_has_one_form(written: str, stored: str) -> None:
    assert canonical_email(written) == stored


@pytest.mark.parametrize(
    "written",
    ["", "a", "a@", "@b.c", "аdmin@x.com", "a\0@x.com", "a@x.com,b@x.com", "a" * 250 + "@x.com"],
)
def test_what_is_no_plain_address_is_refused(written: str) -> None:
    with pytest.raises(InvalidEmail):
        canonical_email(written)


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("+998 90 123-45-67", "+998901234567"),
        ("+1 (202) 555-0123", "+12025550123"),
        ("＋998901234567", "+998901234567"),
        ("+1234567890", "+1234567890"),
    ],
)
def test_one_phone_number_has_one_form(written: str, stored: str) -> None:
    assert canonical_phone(written) == stored


@pytest.mark.parametrize(
    "written", ["", "998901234567", "+0", "+1", "+1 202 555 0123 ext 5", "call +12025550123", "+" + "9" * 25]
)
def test_what_is_no_international_number_is_refused(written: str) -> None:
    with pytest.raises(InvalidPhone):
        canonical_phone(written)


def test_an_identifier_is_told_by_its_form() -> None:
    assert read_identifier("A@X.example") == Identifier(IdentifierKind.EMAIL, "a@x.example")
    assert read_identifier("+998901234567") == Identifier(IdentifierKind.PHONE, "+998901234567")
    assert read_identifier("Demo_Buyer") == Identifier(IdentifierKind.USERNAME, "demo_buyer")
    assert read_identifier("no such form") is None


@given(st.text(max_size=60))
def test_whatever_is_written_an_identifier_is_printable_ascii(text: str) -> None:
    found = read_identifier(text)
    assert found is None or (found.value.isascii() and found.value.isprintable())
