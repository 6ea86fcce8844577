from typing import Protocol
from uuid import UUID

from marketplace.application.messaging.moderation_views import ReportedInThreadView, ReportedMessageView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import Slice
from marketplace.domain.messaging.message import MessageId
from marketplace.domain.messaging.report import MessageReport
from marketplace.domain.shared.ids import UserId


class MessageReports(Protocol):
    async def of(self, message_id: MessageId, reporter: UserId) -> MessageReport | None: ...

    async def add(self, report: MessageReport, item_id: UUID) -> None: ...


class ReportedMessageQueries(Protocol):
    """Of open reports alone. Raise MissingPermission unless the actor is a moderator."""

    async def reported(self, actor: Actor, *, after: UUID | None, skip: int, limit: int) -> Slice[ReportedMessageView]:
        """Those whose first report is oldest first, without what was written."""
        ...

    async def in_thread(self, actor: Actor, item_id: UUID) -> ReportedInThreadView:
        """Raises ReportNotFound for what is decided."""
        ...
