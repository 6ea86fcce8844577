"""What is particular to a kind of listing, in its JSON column: amounts in minor units, quantities exact."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from marketplace.application.catalog.views import LotDetails, PackageView, ServiceDetails
from marketplace.domain.catalog.terms import Condition, Kind, KindTerms, LotTerms, Package, ProductTerms, ServiceTerms
from marketplace.domain.shared.money import Money, decimal_of

Stored = Mapping[str, Any]


def stored(terms: KindTerms) -> Stored:
    match terms:
        case ProductTerms():
            return {}
        case ServiceTerms():
            return {
                "duration_minutes": terms.duration_minutes, "area_km": terms.area_km,
                "time_zone": terms.time_zone,
                "packages": [
                    {
                        "name": one.name, "price_minor": one.price.minor, "description": one.description,
                        "delivery_days": one.delivery_days,
                    }
                    for one in terms.packages
                ],
            }  # fmt: skip
        case LotTerms():
            return {
                "quantity": str(terms.quantity), "unit": terms.unit, "quality": terms.quality, "report": terms.report,
                "smallest": None if terms.smallest is None else str(terms.smallest),
            }  # fmt: skip


def restored(kind: Kind, condition: str, row: Stored, currency: str) -> KindTerms:
    match kind:
        case Kind.PRODUCT:
            return ProductTerms(condition=Condition(condition))
        case Kind.SERVICE:
            packages = tuple(
                Package(
                    name=one["name"], price=Money(one["price_minor"], currency), description=one["description"],
                    delivery_days=one["delivery_days"],
                )
                for one in row["packages"]
            )  # fmt: skip
            return ServiceTerms(
                duration_minutes=row["duration_minutes"], area_km=row["area_km"], packages=packages,
                time_zone=row["time_zone"],
            )  # fmt: skip
        case Kind.LOT:
            return LotTerms(
                quantity=Decimal(row["quantity"]), unit=row["unit"], quality=row["quality"], report=row["report"],
                smallest=None if row["smallest"] is None else Decimal(row["smallest"]),
            )  # fmt: skip


def service_details(row: Stored, currency: str) -> ServiceDetails:
    packages = [
        PackageView(one["name"], decimal_of(one["price_minor"], currency), one["description"], one["delivery_days"])
        for one in row["packages"]
    ]
    return ServiceDetails(row["duration_minutes"], row["area_km"], packages, row["time_zone"])


def lot_details(row: Stored) -> LotDetails:
    smallest = None if row["smallest"] is None else Decimal(row["smallest"])
    return LotDetails(Decimal(row["quantity"]), row["unit"], smallest, row["quality"], row["report"])
