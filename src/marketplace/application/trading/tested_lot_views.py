from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

import msgspec
from msgspec import Meta

from marketplace.domain.shared.ids import UserId
from marketplace.domain.trading.lot import LabReport, LotStatus, ReportId, TestedLot
from marketplace.domain.trading.terms import LotId


class FindingView(msgspec.Struct, frozen=True):
    value: Annotated[str, Meta(examples=["29.4"])]
    unit: Annotated[str | None, Meta(examples=["mm"])]


class LabReportView(msgspec.Struct, frozen=True):
    """`document_sha256`: of the uploaded document, in hexadecimal digits."""

    id: ReportId
    parameters: dict[str, FindingView]
    method: Annotated[str, Meta(examples=["HVI"])]
    laboratory: Annotated[str, Meta(examples=["Bremen Fibre Institute"])]
    tested_on: Annotated[date, Meta(examples=["2026-11-02"])]
    certificate_number: Annotated[str | None, Meta(examples=["BFI-2026-0412"])]
    document_id: UUID
    document_sha256: Annotated[str, Meta(examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])]
    attached_at: datetime

    @classmethod
    def of(cls, report: LabReport) -> Self:
        parameters = {name: FindingView(one.value, one.unit) for name, one in report.parameters.items()}
        return cls(
            report.id, parameters, report.method, report.laboratory, report.tested_on, report.certificate_number,
            report.document_id, report.document_sha256, report.attached_at,
        )  # fmt: skip


class ReservationView(msgspec.Struct, frozen=True):
    """`held_for`: a person or a trade; null: nobody in particular. After `until` it is to be had again."""

    id: UUID
    lot_id: LotId
    quantity: Annotated[Decimal, Meta(examples=[5])]
    unit: Annotated[str, Meta(examples=["tonne"])]
    held_for: UUID | None
    until: datetime
    remaining_quantity: Annotated[Decimal, Meta(description="Of the lot, to be had now.", examples=[15])]


class HeldView(msgspec.Struct, frozen=True):
    id: UUID
    quantity: Annotated[Decimal, Meta(examples=[5])]
    held_for: UUID | None
    until: datetime


class TestedLotView(msgspec.Struct, frozen=True):
    """`price` is per `price_unit`; `remaining_quantity` is to be had now, in `unit`.

    `reservations`: only where its owner reads this one lot.
    """

    id: LotId
    owner_id: UserId
    commodity: Annotated[str, Meta(examples=["cotton"])]
    grade: Annotated[str | None, Meta(examples=["Middling 1-1/8"])]
    origin: Annotated[str | None, Meta(examples=["Gujarat, India"])]
    place: Annotated[str | None, Meta(examples=["Mundra warehouse 4"])]
    quality: Annotated[dict[str, str], Meta(examples=[{"staple_length": "29 mm"}])]
    quantity: Annotated[Decimal, Meta(examples=[20])]
    remaining_quantity: Annotated[Decimal, Meta(examples=[15])]
    unit: Annotated[str, Meta(examples=["tonne"])]
    price: Annotated[Decimal | None, Meta(examples=[1650.00])]
    currency: Annotated[str | None, Meta(examples=["USD"])]
    price_unit: Annotated[str | None, Meta(examples=["tonne"])]
    status: LotStatus
    reports: list[LabReportView]
    created_at: datetime
    reservations: list[HeldView] | msgspec.UnsetType = msgspec.UNSET

    @classmethod
    def of(
        cls, lot: TestedLot, remaining: Decimal, reservations: list[HeldView] | msgspec.UnsetType = msgspec.UNSET
    ) -> Self:
        price, currency = (lot.price.decimal, lot.price.currency) if lot.price else (None, None)
        return cls(
            id=lot.id, owner_id=lot.owner, commodity=lot.commodity, grade=lot.grade, origin=lot.origin,
            place=lot.place, quality=dict(lot.quality), quantity=lot.quantity.amount, remaining_quantity=remaining,
            unit=lot.quantity.unit, price=price, currency=currency,
            price_unit=lot.price_unit, status=lot.status, reports=[LabReportView.of(one) for one in lot.reports],
            created_at=lot.created_at, reservations=reservations,
        )  # fmt: skip
