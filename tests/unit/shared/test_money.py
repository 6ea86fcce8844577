from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.domain.shared.money import (
    EXPONENTS,
    LARGEST_MINOR,
    CurrencyMismatch,
    InvalidAmount,
    Money,
    UnknownCurrency,
)

currencies = st.sampled_from(sorted(EXPONENTS))
minors = st.integers(1, LARGEST_MINOR)


@given(minors, currencies)
def test_a_price_that_was_shown_is_read_back_exactly(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    assert Money.price(money.decimal, currency) == money
    assert Money.price(Decimal(str(money.decimal)), currency) == money


@given(st.decimals(allow_nan=True, allow_infinity=True), currencies)
def test_any_decimal_is_a_price_to_the_last_digit_or_refused(amount: Decimal, currency: str) -> None:
    try:
        money = Money.price(amount, currency)
    except InvalidAmount:
        return
    assert money.decimal == amount
    assert 0 < money.minor <= LARGEST_MINOR


@pytest.mark.parametrize(
    "text",
    [
        "0", "-0", "0.00", "-1", "-0.01", "NaN", "sNaN", "-NaN", "Infinity", "-Infinity", "0.001", "1.999",
        "1E-3", "1E-400", "1E-999999999", "1E+14", "1E+999999", "9" * 400, "10000000000000.01",
        "1." + "0" * 40 + "1", "850.00" + "0" * 60 + "1", "0." + "9" * 50,
    ],
)  # fmt: skip
def test_what_is_no_price_is_refused(text: str) -> None:
    with pytest.raises(InvalidAmount) as refusal:
        Money.price(Decimal(text), "AED", field="offered_price")
    assert refusal.value.field == "offered_price"


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("850.00", "AED", 85_000), ("850", "AED", 85_000), ("8.5E2", "AED", 85_000), ("0.01", "AED", 1),
        ("850." + "0" * 60, "AED", 85_000), ("1.234", "KWD", 1_234), ("12", "JPY", 12), ("12.0", "JPY", 12),
        ("1E+3", "JPY", 1_000), ("10000000000000", "AED", LARGEST_MINOR),
    ],
)  # fmt: skip
def test_a_price_has_its_currency_s_decimals(text: str, currency: str, minor: int) -> None:
    assert Money.price(Decimal(text), currency) == Money(minor, currency)


@pytest.mark.parametrize(("text", "currency"), [("1.5", "JPY"), ("1.2345", "KWD"), ("0.1", "KRW")])
def test_more_decimals_than_the_currency_has_are_refused(text: str, currency: str) -> None:
    with pytest.raises(InvalidAmount):
        Money.price(Decimal(text), currency)


@pytest.mark.parametrize("currency", ["", "XXX", "aed", "AED ", "BTC"])
def test_an_unknown_currency_is_refused(currency: str) -> None:
    with pytest.raises(UnknownCurrency):
        Money.price(Decimal(1), currency)


def test_the_decimal_shows_exactly_the_currency_s_decimals() -> None:
    assert [str(Money(minor, currency).decimal) for minor, currency in [(85_000, "AED"), (5, "KWD"), (7, "JPY")]] == [
        "850.00", "0.005", "7",
    ]  # fmt: skip


@given(minors, st.lists(st.integers(0, 10**6), min_size=1, max_size=20).filter(any), currencies)
def test_a_split_loses_nothing(minor: int, weights: list[int], currency: str) -> None:
    shares = Money(minor, currency).split(weights)
    assert sum(share.minor for share in shares) == minor
    total = sum(weights)
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share.minor - minor * weight / total) <= 1 + minor * 1e-15


@given(minors, st.integers(0, 10_000))
def test_a_share_is_rounded_half_up_to_the_minor_unit(minor: int, basis_points: int) -> None:
    share = Money(minor, "AED").share(basis_points)
    assert -5_000 < share.minor * 10_000 - minor * basis_points <= 5_000
    assert 0 <= share.minor <= minor


def test_currencies_do_not_mix() -> None:
    dirham, dollar = Money(100, "AED"), Money(100, "USD")
    for mixed in (lambda: dirham + dollar, lambda: dirham - dollar, lambda: dirham > dollar):
        with pytest.raises(CurrencyMismatch):
            mixed()


def test_arithmetic_is_in_minor_units() -> None:
    assert Money(100, "AED") + Money(1, "AED") == Money(101, "AED")
    assert Money(100, "AED") - Money(1, "AED") == Money(99, "AED")
    assert Money(100, "AED").times(3) == Money(300, "AED")
    assert Money(2, "AED") > Money(1, "AED")
    assert not Money(1, "AED") > Money(1, "AED")
