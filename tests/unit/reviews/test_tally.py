"""Counting stars."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.domain.reviews.tally import Tally


@pytest.mark.parametrize(
    ("stars", "average"), [([], None), ([1], 1.0), ([5, 4, 5], 4.67), ([4, 5], 4.5), ([1, 1, 2], 1.33), ([5] * 9, 5.0)]
)
def test_the_average_has_two_decimals(stars: list[int], average: float | None) -> None:
    assert Tally.of(stars).average == average


@given(st.lists(st.integers(1, 5), min_size=1, max_size=300))
def test_a_tally_says_what_was_counted(stars: list[int]) -> None:
    tally = Tally.of(stars)
    assert (tally.count, tally.total) == (len(stars), sum(stars))
    assert tally.stars == tuple(stars.count(star) for star in (1, 2, 3, 4, 5))
    assert tally.average is not None
    assert abs(Fraction(tally.average) - Fraction(sum(stars), len(stars))) <= Fraction("0.005000001")
