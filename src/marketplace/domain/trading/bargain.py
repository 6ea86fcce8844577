"""What agreements of the past say about a price, told so that no single one of them shows."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from statistics import quantiles

LOOK_BACK = timedelta(days=180)
FEWEST = 20
"""With fewer agreements nothing is told."""
MOST = 1_000
"""The latest so many are looked at."""
PERCENTILES = (10, 25, 50, 75, 90)
_CUTS = 20
_STEP = 100 // _CUTS


@dataclass(frozen=True, slots=True)
class Past:
    """One agreement. `ratio`: what was agreed, of what was asked; `unit_price` per base unit."""

    ratio: Fraction
    unit_price: Decimal


@dataclass(frozen=True, slots=True)
class Standing:
    """Of how many of a hundred agreements the ratio, and the price, was as low as this one or lower."""

    ratio_percent: int
    of_ratios: int
    of_prices: int


@dataclass(frozen=True, slots=True)
class Experience:
    """By percentile: ratios in whole per cent, prices per base unit in two significant digits."""

    past: Sequence[Past]

    @property
    def enough(self) -> bool:
        return len(self.past) >= FEWEST

    @property
    def ratios(self) -> Mapping[int, int]:
        return {percentile: round(100 * cut) for percentile, cut in self._cuts([one.ratio for one in self.past])}

    @property
    def prices(self) -> Mapping[int, Decimal]:
        return {
            percentile: two_digits(cut)
            for percentile, cut in self._cuts([Fraction(one.unit_price) for one in self.past])
        }

    def standing_of(self, ratio: Fraction, unit_price: Decimal) -> Standing:
        """Ranks in steps of five."""
        return Standing(
            round(100 * ratio),
            _rank(ratio, sorted(one.ratio for one in self.past)),
            _rank(Fraction(unit_price), sorted(Fraction(one.unit_price) for one in self.past)),
        )

    def _cuts(self, values: list[Fraction]) -> list[tuple[int, Fraction]]:
        cuts = quantiles(values, n=_CUTS, method="inclusive")
        return [(percentile, cuts[percentile // _STEP - 1]) for percentile in PERCENTILES]


def two_digits(amount: Fraction) -> Decimal:
    """Rounded half up: 748.25 is 750, 0.0123 is 0.012."""
    value = Decimal(amount.numerator) / Decimal(amount.denominator)
    rounded = value.quantize(Decimal((0, (1,), value.adjusted() - 1)), ROUND_HALF_UP)
    return rounded.quantize(Decimal(1)) if rounded == rounded.to_integral_value() else rounded.normalize()


def _rank(value: Fraction, ordered: Sequence[Fraction]) -> int:
    return _STEP * round(Fraction(_CUTS * bisect_right(ordered, value), len(ordered)))
