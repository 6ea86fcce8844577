from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

import msgspec
from msgspec import Meta

from marketplace.application.messaging.views import MessageView, VersionView
from marketplace.domain.messaging.message import MessageId
from marketplace.domain.messaging.report import MessageReport, MessageReportReason
from marketplace.domain.shared.ids import ConversationId, UserId

AROUND = 5
"""Messages on either side of a reported one that a moderator sees."""

ItemId = Annotated[UUID, Meta(description="For POST /api/v1/moderation/items/{item_id}/decide.")]
Details = Annotated[str | None, Meta(examples=["He wants me to pay by a link."])]


class MessageReportView(msgspec.Struct, frozen=True):
    message_id: MessageId
    reason: MessageReportReason
    details: Details
    reported_at: datetime

    @classmethod
    def of(cls, report: MessageReport) -> Self:
        return cls(report.message_id, report.reason, report.details, report.at)


class NewestMessageReportView(msgspec.Struct, frozen=True):
    reporter_id: UserId
    reason: MessageReportReason
    details: Details
    reported_at: datetime


class ReportedMessageView(msgspec.Struct, frozen=True, kw_only=True):
    """A message that people have reported. `reports` counts the open ones, `newest` has the last five of them."""

    id: ItemId
    first_reported_at: datetime
    reports: Annotated[int, Meta(examples=[1])]
    newest: list[NewestMessageReportView]
    message_id: MessageId
    conversation_id: ConversationId
    author_id: UserId
    flags: list[str]


class ReportedInThreadView(msgspec.Struct, frozen=True):
    """`versions`: what the message said before, what was deleted too. `around`: up to five before it and five after."""

    id: ItemId
    message: MessageView
    versions: list[VersionView]
    around: list[MessageView]
