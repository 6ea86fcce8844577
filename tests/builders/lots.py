"""Tested lots and reports that are valid unless a test says otherwise."""

from datetime import date
from decimal import Decimal
from typing import Any

from marketplace.domain.trading.lot import Finding, LabReport, ReportId, TestedLot
from marketplace.domain.trading.terms import LotId
from marketplace.domain.trading.units import Quantity
from tests.builders.commerce import NOON, a_user_id, aed, new_id

SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
TWENTY = Quantity(Decimal(20), "tonne")


def tonnes(amount: str | int) -> Quantity:
    return Quantity(Decimal(amount), "tonne")


def a_lot(**changes: Any) -> TestedLot:
    """A draft of twenty tonnes of cotton."""
    given: dict[str, Any] = {
        "id": LotId(new_id()), "owner": a_user_id(), "commodity": "cotton", "grade": "Middling",
        "origin": "Gujarat, India", "place": "Mundra", "quality": {"staple": "29 mm"}, "quantity": TWENTY,
        "price": aed(6_000), "price_unit": "tonne", "created_at": NOON,
    }  # fmt: skip
    return TestedLot(**{**given, **changes})


def a_lab_report(**changes: Any) -> LabReport:
    given: dict[str, Any] = {
        "id": ReportId(new_id()), "method": "HVI", "laboratory": "Fibre Institute", "tested_on": date(2029, 12, 1),
        "parameters": {"staple_length": Finding(value="29.4", unit="mm"), "colour": Finding(value="white")},
        "certificate_number": "BFI-412", "document_id": new_id(), "document_sha256": SHA256, "attached_at": NOON,
    }  # fmt: skip
    return LabReport(**{**given, **changes})


def an_available_lot(**changes: Any) -> TestedLot:
    lot = a_lot(**changes)
    lot.attach(a_lab_report())
    lot.publish()
    return lot
