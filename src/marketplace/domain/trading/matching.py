"""How well one side of a trade answers the other, and why."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from uuid import UUID

from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.money import Money
from marketplace.domain.trading.units import Quantity, UnitsDiffer, factor


class Criterion(StrEnum):
    COMMODITY = "commodity"
    GRADE = "grade"
    QUALITY = "quality"
    QUANTITY = "quantity"
    PRICE = "price"


MOST_POINTS: Mapping[Criterion, int] = {
    Criterion.COMMODITY: 30, Criterion.GRADE: 15, Criterion.QUALITY: 25, Criterion.QUANTITY: 15, Criterion.PRICE: 15,
}  # fmt: skip
"""A hundred in all. What one side leaves open is worth half."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Goods:
    """`price` is per `price_unit`; None: to be negotiated."""

    quantity: Quantity
    price_unit: str
    grade: str | None = None
    quality: Mapping[str, str]
    price: Money | None = None


class CandidateKind(StrEnum):
    TRADE = "trade"
    LOT = "lot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Of the same commodity, in the same currency."""

    kind: CandidateKind
    id: UUID
    owner: UserId
    owner_name: str
    goods: Goods
    currency: str
    place: str | None


@dataclass(frozen=True, slots=True)
class Reason:
    criterion: Criterion
    points: int
    detail: str


def compare(wanted: Goods, offered: Goods, *, asked_by_buyer: bool) -> list[Reason] | None:
    """Why they match, in the order of the criteria; None when they cannot: their units differ, or the least that is
    asked is more than the most that is paid."""
    try:
        price = _price(wanted, offered)
        asked, other = (wanted, offered) if asked_by_buyer else (offered, wanted)
        covered = Fraction(other.quantity.within(asked.quantity.unit)) / Fraction(asked.quantity.amount)
    except UnitsDiffer:
        return None
    if price is None:
        return None
    return [
        Reason(Criterion.COMMODITY, MOST_POINTS[Criterion.COMMODITY], "the same commodity"),
        _grade(wanted.grade, offered.grade),
        _quality(wanted.quality, offered.quality),
        _share(Criterion.QUANTITY, min(covered, Fraction(1)), f"{min(int(100 * covered), 100)} % of the quantity"),
        price,
    ]


def score(reasons: list[Reason]) -> int:
    return sum(reason.points for reason in reasons)


def _share(criterion: Criterion, share: Fraction, detail: str) -> Reason:
    return Reason(criterion, int(MOST_POINTS[criterion] * share), detail)


def _price(wanted: Goods, offered: Goods) -> Reason | None:
    converted = factor(offered.price_unit, wanted.price_unit)
    if wanted.price is None or offered.price is None:
        return _share(Criterion.PRICE, Fraction(1, 2), "one side names no price")
    if Fraction(offered.price.minor) > wanted.price.minor * converted:
        return None
    return _share(Criterion.PRICE, Fraction(1), "the prices meet")


def _grade(wanted: str | None, offered: str | None) -> Reason:
    if wanted is None or offered is None:
        return _share(Criterion.GRADE, Fraction(1, 2), "one side names no grade")
    if wanted.casefold() == offered.casefold():
        return _share(Criterion.GRADE, Fraction(1), "the same grade")
    return _share(Criterion.GRADE, Fraction(0), "another grade")


def _quality(wanted: Mapping[str, str], offered: Mapping[str, str]) -> Reason:
    if not wanted:
        return _share(Criterion.QUALITY, Fraction(1), "no parameters are asked for")
    known = {name.casefold(): value for name, value in offered.items()}
    fitting = [name for name, limit in wanted.items() if fits(limit, known.get(name.casefold()))]
    named = f": {', '.join(fitting)}" if fitting else ""
    detail = f"{len(fitting)} of {len(wanted)} parameters fit{named}"
    return _share(Criterion.QUALITY, Fraction(len(fitting), len(wanted)), detail)


_NUMBER = r"(\d{1,12}(?:\.\d{1,6})?)"
_LEAST = re.compile(rf"(?:min\.?|at least|from|>=|≥|>) ?{_NUMBER}(.*)")
_MOST = re.compile(rf"(?:max\.?|at most|up to|<=|≤|<) ?{_NUMBER}(.*)")
_RANGE = re.compile(rf"{_NUMBER} ?[-–] ?{_NUMBER}(.*)")  # noqa: RUF001 - people write that dash
_PLAIN = re.compile(rf"{_NUMBER}(.*)")


def fits(limit: str, value: str | None) -> bool:
    """`limit`: `min 28 mm`, `max 8 %`, `28-30 mm`, a number or words; of numbers the unit must be
    the same. `<` and `>` are read as `max` and `min`."""
    if value is None:
        return False
    limit, value = " ".join(limit.casefold().split()), " ".join(value.casefold().split())
    if limit == value:
        return True
    measured = _PLAIN.fullmatch(value)
    if measured is None:
        return False
    amount, unit = Decimal(measured[1]), measured[2].strip()
    if found := _LEAST.fullmatch(limit):
        return amount >= Decimal(found[1]) and found[2].strip() == unit
    if found := _MOST.fullmatch(limit):
        return amount <= Decimal(found[1]) and found[2].strip() == unit
    if found := _RANGE.fullmatch(limit):
        return Decimal(found[1]) <= amount <= Decimal(found[2]) and found[3].strip() == unit
    found = _PLAIN.fullmatch(limit)
    return found is not None and amount == Decimal(found[1]) and found[2].strip() == unit
