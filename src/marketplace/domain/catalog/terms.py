"""What is particular to each kind of listing: a product, a service, a lot."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from marketplace.domain.catalog.availability import zone_of
from marketplace.domain.shared.errors import Invalid
from marketplace.domain.shared.money import Money
from marketplace.domain.shared.text import clean_text

MOST_PACKAGES = 3
MOST_QUALITIES = 30
MOST_GOODS = 10**12
FINEST = Decimal("0.000001")
LONGEST_DURATION = 31 * 24 * 60
"""Minutes."""
WIDEST_AREA = 500
"""Kilometres."""


class InvalidTerms(Invalid):
    code = "invalid_terms"


class Kind(StrEnum):
    PRODUCT = "product"
    SERVICE = "service"
    LOT = "lot"


class Condition(StrEnum):
    NEW = "new"
    LIKE_NEW = "like_new"
    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductTerms:
    kind: ClassVar[Kind] = Kind.PRODUCT
    condition: Condition = Condition.GOOD


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One of the ways a service is sold: what is delivered, when, at what price."""

    name: str
    price: Money
    description: str = ""
    delivery_days: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", clean_text(self.name, field="packages.name", longest=60))
        text = clean_text(self.description, field="packages.description", longest=1_000, shortest=0)
        object.__setattr__(self, "description", text)
        if self.delivery_days is not None and not 0 < self.delivery_days <= 365:
            raise InvalidTerms("is between 1 and 365", field="packages.delivery_days")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceTerms:
    """`area_km`: how far from its location the service is done; None: at no particular place.

    `time_zone`: of the IANA database; its opening hours are on that clock.
    """

    kind: ClassVar[Kind] = Kind.SERVICE
    duration_minutes: int | None = None
    area_km: float | None = None
    packages: tuple[Package, ...] = ()
    time_zone: str = "UTC"

    def __post_init__(self) -> None:
        if self.duration_minutes is not None and not 0 < self.duration_minutes <= LONGEST_DURATION:
            raise InvalidTerms(f"is between 1 and {LONGEST_DURATION}", field="duration_minutes")
        if self.area_km is not None and not 0 < self.area_km <= WIDEST_AREA:
            raise InvalidTerms(f"is above 0 and at most {WIDEST_AREA}", field="area_km")
        if len(self.packages) > MOST_PACKAGES:
            raise InvalidTerms(f"at most {MOST_PACKAGES}", field="packages")
        zone_of(self.time_zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class LotTerms:
    """A quantity of goods. `smallest`: the least that is sold of it; None: only the whole lot.

    `quality`: parameters by name, as in the laboratory's report; `report` names the document.
    """

    kind: ClassVar[Kind] = Kind.LOT
    quantity: Decimal
    unit: str
    smallest: Decimal | None = None
    quality: Mapping[str, str] = field(default_factory=dict)
    report: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "unit", clean_text(self.unit, field="lot.unit", longest=20))
        _require_quantity(self.quantity, "lot.quantity")
        if self.smallest is not None:
            _require_quantity(self.smallest, "lot.smallest")
            if self.smallest > self.quantity:
                raise InvalidTerms("is at most the quantity", field="lot.smallest")
        if len(self.quality) > MOST_QUALITIES:
            raise InvalidTerms(f"at most {MOST_QUALITIES} parameters", field="lot.quality")
        quality = {
            clean_text(name, field="lot.quality", longest=60): clean_text(value, field="lot.quality", longest=60)
            for name, value in self.quality.items()
        }
        object.__setattr__(self, "quality", quality)


def _require_quantity(quantity: Decimal, field: str) -> None:
    if not (quantity.is_finite() and 0 < quantity < MOST_GOODS):
        raise InvalidTerms(f"is above 0 and below {MOST_GOODS}", field=field)
    if quantity != quantity.quantize(FINEST):
        raise InvalidTerms("has at most 6 decimals", field=field)


KindTerms = ProductTerms | ServiceTerms | LotTerms
