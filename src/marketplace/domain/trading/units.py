"""Quantities with units, converted exactly: every factor is a fraction, and nothing passes through a float."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

from marketplace.domain.shared.errors import Invalid

DEFINITIONS = """
kilogram = [mass] = kg = kgs = kilo = kilos = kilogramme = килограмм = кг
gram = 0.001 * kilogram = g = gm = gms = gramme = г
tonne = 1000 * kilogram = t = mt = ton = tons = metric_ton = metric_tonne = тонна = т
quintal = 100 * kilogram = qtl = qtls = центнер = ц
pound = 0.45359237 * kilogram = lb = lbs
ounce = 0.0625 * pound = oz
candy = 355.62 * kilogram = candies = khandi
bale = 170 * kilogram = bales = кипа
maund = 37.3242 * kilogram = maunds = mann
piece = [count] = pc = pcs = pieces = unit = units = nos = item = items = шт = штука
pair = 2 * piece = pairs
dozen = 12 * piece = dozens = doz
gross = 144 * piece
liter = [volume] = l = litre = litres = ltr = литр = л
milliliter = 0.001 * liter = ml
barrel = 158.987294928 * liter = bbl = barrels
cubic_meter = 1000 * liter = cubic_metre = cbm = m3 = куб = м3
meter = [length] = m = metre = metres = mtr = метр = м
hour = [work] = h = hr = hrs
day = 8 * hour = days
bag = [bag] = bags = мешок
box = [box] = boxes = carton = cartons
container = [container] = containers = fcl
truck = [truck] = trucks = truckload = truckloads = фура
"""  # noqa: RUF001 - Cyrillic units
"""`bale`: of Indian cotton, 170 kg. `candy`: the 355.62 kg in which that cotton is priced. `tonne`: metric, and a bare
`ton` too. A bag, a box, a container and a truck hold what the parties say, so they
convert into nothing."""

FINEST = Decimal("0.000001")
MOST = Decimal(10) ** 12


class UnknownUnit(Invalid):
    code = "unknown_unit"


class InvalidQuantity(Invalid):
    code = "invalid_quantity"


class UnitsDiffer(Invalid):
    code = "units_differ"


@lru_cache(maxsize=1)
def _registry() -> Any:
    import pint  # takes 60 ms, and no process needs it to start

    registry: Any = pint.UnitRegistry(
        None, non_int_type=Fraction, case_sensitive=False, cache_folder=None, on_redefinition="raise"
    )
    registry.load_definitions(DEFINITIONS.strip().splitlines())
    return registry


@lru_cache(maxsize=1_024)
def unit_named(word: str, field: str = "unit") -> str:
    """The canonical name of a unit as people write it; raises UnknownUnit."""
    name = "_".join(word.strip().rstrip(".").lower().split())
    try:
        return str(_registry().get_name(name)) or _refuse(word, field)
    except (ValueError, AttributeError):  # pint's own are subclasses
        return _refuse(word, field)


def _refuse(word: str, field: str) -> str:
    raise UnknownUnit(f"{word[:40]!r} is not a unit we know; use one like kg, tonne, quintal, bale, piece", field=field)


@lru_cache(maxsize=1_024)
def factor(unit: str, into: str) -> Fraction:
    """How many of `into` one `unit` is; both canonical. Raises UnitsDiffer."""
    try:
        return Fraction(_registry().Quantity(Fraction(1), unit).to(into).magnitude)
    except TypeError:  # pint.DimensionalityError is one
        raise UnitsDiffer(f"a {unit} cannot be counted in {into}", field="unit") from None


@lru_cache(maxsize=256)
def base_unit(unit: str) -> str:
    """What prices of this kind of unit are compared in: kilogram, piece, liter and so on."""
    return str(_registry().Quantity(Fraction(1), unit).to_base_units().units)


def plain(amount: Decimal) -> Decimal:
    """Without trailing zeros and without an exponent."""
    return amount.quantize(Decimal(1)) if amount == amount.to_integral_value() else amount.normalize()


@dataclass(frozen=True, slots=True)
class Quantity:
    """`unit` is canonical: unit_named. More than nothing, at most six decimals."""

    amount: Decimal
    unit: str = "piece"

    @classmethod
    def of(cls, amount: Decimal, unit: str, *, field: str = "quantity") -> "Quantity":
        """As a person wrote it; raises InvalidQuantity or UnknownUnit, never rounds."""
        if not (amount.is_finite() and 0 < amount < MOST):
            raise InvalidQuantity(f"is above 0 and below {MOST:,}", field=field)
        if amount != amount.quantize(FINEST):
            raise InvalidQuantity("has at most 6 decimals", field=field)
        return cls(plain(amount), unit_named(unit))

    def within(self, unit: str) -> Fraction:
        """Exactly how many of `unit` it is; raises UnitsDiffer."""
        return Fraction(self.amount) * factor(self.unit, unit)

    def to(self, unit: str) -> "Quantity":
        """Raises InvalidQuantity when six decimals cannot hold it exactly: a quantity is never rounded."""
        exact = self.within(unit)
        amount = (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(FINEST, ROUND_HALF_UP)
        if Fraction(amount) != exact:
            raise InvalidQuantity(f"{self.amount} {self.unit} is no exact number of {unit}", field="quantity")
        return Quantity(plain(amount), unit)

    def __str__(self) -> str:
        return f"{self.amount} {self.unit}"


ONE = Quantity(Decimal(1))
"""Piece."""
