"""What people hold against messages."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from marketplace.domain.messaging.hints import masked
from marketplace.domain.messaging.message import MessageId
from marketplace.domain.shared.errors import Forbidden, NotFound
from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.text import clean_text

LONGEST_DETAILS = 1_000


class OwnMessage(Forbidden):
    code = "own_message"


class ReportNotFound(NotFound):
    code = "report_not_found"


class MessageReportReason(StrEnum):
    OFFENSIVE = "offensive"
    FRAUD = "fraud"
    OUTSIDE_PAYMENT = "outside_payment"
    SPAM = "spam"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReport:
    message_id: MessageId
    reporter: UserId
    reason: MessageReportReason
    details: str | None
    at: datetime

    def __post_init__(self) -> None:
        if self.details is not None:
            details = clean_text(self.details, field="details", longest=LONGEST_DETAILS)
            object.__setattr__(self, "details", masked(details))
