"""What people hold against reviews."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from marketplace.domain.reviews.exchange import ReviewId
from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.text import clean_text

LONGEST_DETAILS = 1_000


class ReviewReportReason(StrEnum):
    OFFENSIVE = "offensive"
    FAKE = "fake"
    PERSONAL_DATA = "personal_data"
    SPAM = "spam"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewReport:
    review_id: ReviewId
    reporter: UserId
    reason: ReviewReportReason
    details: str | None
    at: datetime

    def __post_init__(self) -> None:
        if self.details is not None:
            details = clean_text(self.details, field="details", longest=LONGEST_DETAILS)
            object.__setattr__(self, "details", details)
