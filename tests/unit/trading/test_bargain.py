from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.domain.trading.bargain import FEWEST, Experience, Past, two_digits

pasts = st.lists(
    st.builds(Past, st.fractions(Fraction(1, 100), 1, max_denominator=1_000), st.decimals("0.01", 10_000, places=2)),
    min_size=FEWEST, max_size=60,
)  # fmt: skip


def even(count: int) -> list[Past]:
    """Agreements at 1 to `count` per cent, for as many times ten."""
    return [Past(Fraction(n, 100), Decimal(10 * n)) for n in range(1, count + 1)]


def test_twenty_are_enough_and_nineteen_are_not() -> None:
    assert not Experience(even(FEWEST - 1)).enough
    assert Experience(even(FEWEST)).enough


def test_of_a_hundred_even_ones_the_percentiles_are_those() -> None:
    experience = Experience(even(100))
    assert list(experience.ratios.items()) == [(10, 11), (25, 26), (50, 50), (75, 75), (90, 90)]
    assert [str(price) for price in experience.prices.values()] == ["110", "260", "510", "750", "900"]


@pytest.mark.parametrize(("percent", "rank"), [(0, 0), (1, 0), (37, 35), (38, 40), (50, 50), (99, 100), (250, 100)])
def test_a_price_stands_at_the_share_of_those_as_low_or_lower(percent: int, rank: int) -> None:
    standing = Experience(even(100)).standing_of(Fraction(percent, 100), Decimal(10 * percent))
    assert (standing.ratio_percent, standing.of_ratios, standing.of_prices) == (percent, rank, rank)


@pytest.mark.parametrize(("exact", "told"), [
    (Fraction(74825, 100), "750"), (Fraction(745), "750"), (Fraction(744), "740"), (Fraction(996), "1000"),
    (Fraction(1), "1"), (Fraction(123, 10_000), "0.012"), (Fraction(1_234_567), "1200000"), (Fraction(1, 3), "0.33"),
])  # fmt: skip
def test_prices_are_told_in_two_digits(exact: Fraction, told: str) -> None:
    assert str(two_digits(exact)) == told


@settings(max_examples=40)
@given(pasts)
def test_percentiles_rise_and_stay_within_what_was_agreed(past: list[Past]) -> None:
    experience = Experience(past)
    ratios, prices = list(experience.ratios.values()), list(experience.prices.values())
    assert (ratios, prices) == (sorted(ratios), sorted(prices))
    known = [100 * one.ratio for one in past]
    assert round(min(known)) <= ratios[0] <= ratios[-1] <= round(max(known))
    paid = [Fraction(one.unit_price) for one in past]
    assert two_digits(min(paid)) <= prices[0] <= prices[-1] <= two_digits(max(paid))


@settings(max_examples=40)
@given(pasts, st.integers(0, 59))
def test_one_agreement_more_or_less_moves_a_rank_by_one_step_at_most(past: list[Past], index: int) -> None:
    one, price = past[index % len(past)], past[0]
    fewer = [other for other in past if other is not one]
    before = Experience(past).standing_of(price.ratio, price.unit_price)
    after = Experience(fewer).standing_of(price.ratio, price.unit_price)
    assert abs(before.of_ratios - after.of_ratios) <= 10
