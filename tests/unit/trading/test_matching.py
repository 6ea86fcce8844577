from decimal import Decimal
from typing import Any

import pytest

from marketplace.domain.shared.money import Money
from marketplace.domain.trading.matching import MOST_POINTS, Criterion, Goods, compare, fits, score
from marketplace.domain.trading.units import Quantity


def goods(amount: str = "100", unit: str = "tonne", price: str | None = None, **changes: Any) -> Goods:
    given: dict[str, Any] = {
        "quantity": Quantity(Decimal(amount), unit), "price_unit": unit, "quality": {},
        "price": None if price is None else Money.price(Decimal(price), "INR"),
    }  # fmt: skip
    return Goods(**{**given, **changes})


def points(wanted: Goods, offered: Goods, *, asked_by_buyer: bool = True) -> dict[Criterion, int]:
    reasons = compare(wanted, offered, asked_by_buyer=asked_by_buyer)
    assert reasons is not None
    return {one.criterion: one.points for one in reasons}


def test_what_fits_in_all_is_worth_a_hundred() -> None:
    both: dict[str, Any] = {"grade": "A", "price": "100"}
    reasons = compare(
        goods(**both, quality={"moisture": "max 8 %"}), goods(**both, quality={"moisture": "8 %"}), asked_by_buyer=True
    )
    assert reasons is not None
    assert score(reasons) == sum(MOST_POINTS.values()) == 100


@pytest.mark.parametrize(
    ("wanted", "offered", "meet"),
    [
        (goods(price="100"), goods(price="100"), True), (goods(price="100"), goods(price="100.01"), False),
        (goods(price="100000"), goods(unit="kilogram", price="100"), True),
        (goods(price="99999.99"), goods(unit="kilogram", price="100"), False),
        (goods(unit="kilogram", price="0.01"), goods(price="10.01"), False),
    ],
)  # fmt: skip
def test_prices_meet_exactly_across_units(wanted: Goods, offered: Goods, meet: bool) -> None:
    assert (compare(wanted, offered, asked_by_buyer=True) is not None) is meet


def test_what_is_left_open_is_worth_half() -> None:
    got = points(goods(price="100", grade="A"), goods())
    assert (got[Criterion.PRICE], got[Criterion.GRADE]) == (7, 7)


def test_another_kind_of_unit_does_not_match() -> None:
    assert compare(goods(), goods(unit="bag"), asked_by_buyer=True) is None


def test_the_quantity_counts_of_what_was_asked_for() -> None:
    little, much = goods("25"), goods("100000", unit="kilogram")
    assert points(much, little)[Criterion.QUANTITY] == 3
    assert points(little, much)[Criterion.QUANTITY] == 15
    assert points(little, much, asked_by_buyer=False)[Criterion.QUANTITY] == 3


@pytest.mark.parametrize(
    ("limit", "value", "fit"),
    [
        ("29 mm", "29 MM", True), ("29 mm", "29.0 mm", True), ("29 mm", "30 mm", False), ("white", "White", True),
        ("white", "cream", False), ("min 29 mm", "29 mm", True), ("min 29 mm", "28.9 mm", False),
        ("min 29 mm", "30 cm", False),
        (">= 29", "30", True), ("max 8 %", "8 %", True), ("max. 8%", "7.5 %", True), ("<=8 %", "8.1 %", False),
        ("28-30 mm", "29 mm", True), ("28 – 30 mm", "31 mm", False), ("at most 3", "two", False),
        ("min 29 mm", None, False),
        ("up to 3", "3", True), ("29", "29 mm", False),
    ],
)  # fmt: skip
def test_a_parameter_fits_its_limit(limit: str, value: str | None, fit: bool) -> None:
    assert fits(limit, value) is fit


def test_parameters_are_named_in_the_reason() -> None:
    reasons = compare(
        goods(quality={"Staple": "min 29 mm", "moisture": "max 8 %"}), goods(quality={"staple": "30 mm"}),
        asked_by_buyer=True,
    )  # fmt: skip
    assert reasons is not None
    quality = next(one for one in reasons if one.criterion is Criterion.QUALITY)
    assert (quality.points, quality.detail) == (12, "1 of 2 parameters fit: Staple")
