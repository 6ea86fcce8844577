"""What people and moderators hold against listings, and the desk where that of reviews is decided too."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from marketplace.domain.shared.errors import Forbidden, Invalid, NotFound
from marketplace.domain.shared.ids import ListingId, UserId
from marketplace.domain.shared.text import clean_text

ModerationItemId = NewType("ModerationItemId", UUID)

LONGEST_REASON = 500
LONGEST_DETAILS = 1_000


class ModerationItemNotFound(NotFound):
    code = "moderation_item_not_found"


class ReasonRequired(Invalid):
    code = "reason_required"


class OwnProduct(Forbidden):
    code = "own_product"


class ItemKind(StrEnum):
    """What waits for a moderator: a listing that the rules hold, or what people have reported: a listing, a review
    (feedback), or a message."""

    REVIEW = "review"
    REPORTS = "reports"
    FEEDBACK = "feedback"
    MESSAGE = "message"


class Decision(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"


class ReportReason(StrEnum):
    PROHIBITED = "prohibited"
    COUNTERFEIT = "counterfeit"
    FRAUD = "fraud"
    OFFENSIVE = "offensive"
    SPAM = "spam"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModerationItem:
    """`subject` is a listing, or the review or message."""

    id: ModerationItemId
    kind: ItemKind
    subject: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    listing_id: ListingId
    reporter: UserId
    reason: ReportReason
    details: str | None
    at: datetime

    def __post_init__(self) -> None:
        if self.details is not None:
            details = clean_text(self.details, field="details", longest=LONGEST_DETAILS)
            object.__setattr__(self, "details", details)


def clean_reason(reason: str | None) -> str | None:
    """None for one that says nothing."""
    said = clean_text(reason or "", field="reason", longest=LONGEST_REASON, shortest=0)
    return said or None


def require_reason(reason: str | None) -> str:
    """Raises ReasonRequired: nobody is refused without a word."""
    if said := clean_reason(reason):
        return said
    raise ReasonRequired("say why: who is refused reads it", field="reason")
