from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.domain.invoicing.tax import STANDARD_RATES, apportioned, rate_on, tax_within
from marketplace.domain.shared.money import EXPONENTS, LARGEST_MINOR, Money, sum_of

amounts = st.lists(st.integers(0, LARGEST_MINOR), min_size=1, max_size=20)


def money(minor: int) -> Money:
    return Money(minor, "AED")


def test_every_currency_has_a_rate() -> None:
    assert STANDARD_RATES.keys() == EXPONENTS.keys()


@pytest.mark.parametrize(("currency", "day", "rate"), [
    ("AED", date(2026, 11, 21), 500),
    ("RUB", date(2025, 12, 31), 2_000),
    ("RUB", date(2026, 1, 1), 2_200),
    ("KZT", date(2025, 12, 31), 1_200),
    ("KZT", date(2030, 1, 1), 1_600),
    ("USD", date(2026, 11, 21), 0),
])  # fmt: skip
def test_the_rate_of_a_day(currency: str, day: date, rate: int) -> None:
    assert rate_on(currency, day) == rate


@pytest.mark.parametrize(
    ("price", "rate", "tax"),
    [(75_000, 500, 3_571), (1_050, 500, 50), (11, 1_000, 1), (5, 1_000, 0), (6, 1_000, 1), (999, 0, 0)],
)
def test_prices_contain_their_tax(price: int, rate: int, tax: int) -> None:
    assert tax_within(money(price), rate) == money(tax)


@given(amounts, st.integers(0, 3_000))
def test_the_taxes_of_lines_are_the_tax_of_their_sum(minors: list[int], rate: int) -> None:
    prices = [money(minor) for minor in minors]
    whole = tax_within(sum_of(prices), rate)
    taxes = apportioned(whole, prices)
    assert sum_of(taxes) == whole
    for price, tax in zip(prices, taxes, strict=True):
        assert 0 <= tax.minor <= price.minor
        assert abs(tax.minor * (10_000 + rate) - price.minor * rate) <= 2 * (10_000 + rate)


def test_what_rounding_leaves_goes_to_the_largest_remainders() -> None:
    assert apportioned(money(5), [money(1), money(1), money(2)]) == [money(1), money(1), money(3)]
    assert apportioned(money(1), [money(0), money(100), money(100)]) == [money(0), money(1), money(0)]
    assert apportioned(money(0), [money(0), money(0)]) == [money(0), money(0)]
