"""What the platform keeps of a sale: a rule by channel, frozen on the order with all that explains it."""

from collections.abc import Mapping
from dataclasses import dataclass

from marketplace.domain.shared.money import Money

BASIS_POINTS: Mapping[str, int] = {"community": 500, "discover": 1_500, "services": 500, "desk": 500}
"""Ten-thousandths of the price by channel (CA-05): 5 % and 15 %; for services and the desk no system says one, so the
lower."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeLine:
    """`amount` = `base` x `basis_points` / 10,000, rounded half up to the minor unit."""

    rule: str
    basis_points: int
    base: Money
    amount: Money


def fee_on(channel: str, price: Money) -> FeeLine:
    rate = BASIS_POINTS[channel]
    return FeeLine(rule=f"{channel}_{rate}bp", basis_points=rate, base=price, amount=price.share(rate))
