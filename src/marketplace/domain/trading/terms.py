"""What an offer proposes: a term sheet, any line of which a counter may change."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from decimal import Context, Decimal
from fractions import Fraction
from typing import Any, NewType, Self
from uuid import UUID

from marketplace.domain.shared.errors import Conflict, Invalid
from marketplace.domain.shared.money import LARGEST_MINOR, InvalidAmount, Money
from marketplace.domain.shared.text import clean_text
from marketplace.domain.trading.units import FINEST, Quantity, base_unit

LotId = NewType("LotId", UUID)

MOST_QUALITIES = 30
LONGEST_DELIVERY = 730
"""Days."""


_WIDE = Context(prec=40)
"""The dearest price for the least of the finest unit has more than the usual 28 digits."""


class InvalidTermSheet(Invalid):
    code = "invalid_terms"


class NotDivisible(Conflict):
    """The price is for the whole quantity: a part of it has no price."""

    code = "not_divisible"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """`before` and `after` as people write them; None: nothing was said."""

    field: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TermSheet:
    """`price` is per `price_unit`, or for the whole quantity when that is None. `quality`: parameters by name.

    `lot`: the tested lot that would be delivered.
    """

    price: Money
    quantity: Quantity
    price_unit: str | None = None
    delivery_terms: str | None = None
    delivery_place: str | None = None
    delivery_days: int | None = None
    deliver_by: date | None = None
    payment_terms: str | None = None
    quality: Mapping[str, str] = field(default_factory=dict)
    lot: LotId | None = None

    def __post_init__(self) -> None:
        for name in ("delivery_terms", "delivery_place", "payment_terms"):
            if (text := getattr(self, name)) is not None:
                object.__setattr__(self, name, clean_text(text, field=name, longest=200))
        if self.delivery_days is not None and not 0 <= self.delivery_days <= LONGEST_DELIVERY:
            raise InvalidTermSheet(f"is between 0 and {LONGEST_DELIVERY}", field="delivery_days")
        object.__setattr__(self, "quality", clean_quality(self.quality))
        if self.price_unit is not None:
            self.amount_of(self.quantity)

    @property
    def amount(self) -> Money:
        """What the whole quantity costs."""
        return self.amount_of(self.quantity)

    def amount_of(self, quantity: Quantity) -> Money:
        """Rounded half up to the minor unit; raises NotDivisible, UnitsDiffer or InvalidAmount."""
        if self.price_unit is None:
            if quantity.within(self.quantity.unit) != Fraction(self.quantity.amount):
                raise NotDivisible("the price is for the whole quantity", quantity=self.quantity.amount)
            return self.price
        exact = self.price.minor * quantity.within(self.price_unit)
        minor = (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)
        if not 0 < minor <= LARGEST_MINOR:
            raise InvalidAmount("price times quantity is no amount we can pay", field="price")
        return Money(minor, self.price.currency)

    def part(self, wanted: Quantity | None) -> tuple[Quantity, Money]:
        """What is taken of it (None: all), in its own unit, and what that costs; raises InvalidTermSheet for more."""
        if wanted is None:
            return self.quantity, self.amount
        if wanted.within(self.quantity.unit) > Fraction(self.quantity.amount):
            raise InvalidTermSheet(f"only {self.quantity} is offered", field="quantity")
        return wanted.to(self.quantity.unit), self.amount_of(wanted)

    @property
    def unit_price(self) -> Decimal:
        """Per base unit (kilogram, piece, liter), to six decimals: offers in different units compare by it."""
        unit = base_unit(self.quantity.unit)
        exact = Fraction(self.price.decimal)
        exact /= (
            self.quantity.within(unit)
            if self.price_unit is None
            else Quantity(Decimal(1), self.price_unit).within(unit)
        )
        return (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(FINEST, context=_WIDE)

    def with_changes(self, **changes: Any) -> Self:
        return replace(self, **changes)

    def changes_since(self, former: "TermSheet") -> tuple[Change, ...]:
        """Line by line, in the order of the fields; quality by parameter."""
        before, after = former.lines, self.lines
        return tuple(
            Change(field=name, before=before.get(name), after=after.get(name))
            for name in {**before, **after}
            if before.get(name) != after.get(name)
        )

    @property
    def lines(self) -> dict[str, str]:
        """What it says, by field."""
        lines = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "quality"}
        lines["price"] = f"{self.price.decimal} {self.price.currency}"
        lines |= {f"quality.{name}": value for name, value in self.quality.items()}
        return {name: str(value) for name, value in lines.items() if value is not None}


def clean_quality(quality: Mapping[str, str]) -> Mapping[str, str]:
    """Raises InvalidTermSheet or InvalidText."""
    if len(quality) > MOST_QUALITIES:
        raise InvalidTermSheet(f"at most {MOST_QUALITIES} parameters", field="quality")
    cleaned = {
        clean_text(name, field="quality", longest=60): clean_text(value, field="quality", longest=60)
        for name, value in quality.items()
    }
    if len(cleaned) < len(quality):
        raise InvalidTermSheet("name each parameter once", field="quality")
    return cleaned
