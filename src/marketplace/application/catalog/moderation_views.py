from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from marketplace.application.catalog.views import ProductView
from marketplace.domain.catalog.moderation import Decision, ModerationItemId, Report, ReportReason
from marketplace.domain.catalog.review import ReviewRule
from marketplace.domain.shared.ids import ListingId, UserId


class ConcernView(msgspec.Struct, frozen=True):
    """What a rule holds against a field of the product: the piece of text that it found."""

    field: Annotated[str, Meta(examples=["description"])]
    rule: ReviewRule
    found: Annotated[str, Meta(examples=["+971 50 123 4567"])]


class HeldProductView(msgspec.Struct, frozen=True):
    """A product that waits for a moderator."""

    id: ModerationItemId
    submitted_at: datetime
    concerns: list[ConcernView]
    product: ProductView


class ReportView(msgspec.Struct, frozen=True):
    product_id: ListingId
    reason: ReportReason
    details: Annotated[str | None, Meta(examples=["The serial number is scratched off."])]
    reported_at: datetime

    @classmethod
    def of(cls, report: Report) -> Self:
        return cls(report.listing_id, report.reason, report.details, report.at)


class NewestReportView(msgspec.Struct, frozen=True):
    reporter_id: UserId
    reason: ReportReason
    details: Annotated[str | None, Meta(examples=["The serial number is scratched off."])]
    reported_at: datetime


class ReportedView(msgspec.Struct, frozen=True):
    """A product that people have reported. `reports` counts the open ones, `newest` has the last five of them."""

    id: ModerationItemId
    first_reported_at: datetime
    reports: Annotated[int, Meta(examples=[3])]
    newest: list[NewestReportView]
    product: ProductView


class DecisionView(msgspec.Struct, frozen=True):
    """`status` is that of the product, the review or the message after the decision."""

    id: ModerationItemId
    decision: Decision
    reason: Annotated[str | None, Meta(examples=["The pictures show another product."])]
    status: Annotated[str, Meta(examples=["active"])]
    product_id: ListingId | UnsetType = UNSET
    review_id: UUID | UnsetType = UNSET
    message_id: UUID | UnsetType = UNSET


class TakenDownView(msgspec.Struct, frozen=True):
    product_id: ListingId
    reason: Annotated[str, Meta(examples=["The pictures show another product."])]
    status: Annotated[str, Meta(examples=["removed"])]
