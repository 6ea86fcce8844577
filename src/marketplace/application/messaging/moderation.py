"""What people report of messages, and what becomes of it. Moderators see nothing of conversations but that."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from marketplace.application.messaging.changes import Changes
from marketplace.application.messaging.moderation_ports import MessageReports, ReportedMessageQueries
from marketplace.application.messaging.moderation_views import MessageReportView, ReportedInThreadView
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.audit import AuditEntry, AuditTrail
from marketplace.application.shared.moderation import ModerationDesk, Reported
from marketplace.application.shared.ports import Clock, Ids, Transaction
from marketplace.domain.messaging.message import TAKEN_DOWN, WRITTEN, MessageId, RecordStays
from marketplace.domain.messaging.report import MessageReport, MessageReportReason, OwnMessage
from marketplace.domain.shared.ids import UserId


@dataclass(frozen=True, slots=True)
class ReportMessage:
    changes: Changes
    reports: MessageReports
    desk: ModerationDesk
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(
        self, actor: Actor, message_id: MessageId, reason: MessageReportReason, details: str | None
    ) -> MessageReportView:
        """Counts once for a person: a second report changes nothing, and its answer is the first one."""
        actor.require(Permission.REPORT)
        now = self.clock.now()
        report = MessageReport(message_id=message_id, reporter=actor.user, reason=reason, details=details, at=now)
        async with self.transaction:
            _, message = await self.changes.found(message_id, actor.user)
            if message.author == actor.user:
                raise OwnMessage("this is your own message: edit or delete it")
            if message.kind not in WRITTEN:
                raise RecordStays("this is a record of what happened, not a message")
            known = await self.reports.of(message_id, actor.user)
            if known is None:
                await self.reports.add(report, await self.desk.put(Reported.MESSAGE, message_id, self.ids.new(), now))
            return self.transaction.answers(MessageReportView.of(known or report))


@dataclass(frozen=True, slots=True)
class ReadReportedMessage:
    queries: ReportedMessageQueries
    audit: AuditTrail

    async def __call__(self, actor: Actor, item_id: UUID) -> ReportedInThreadView:
        """The trail says that it was read before it is."""
        found = await self.queries.in_thread(actor, item_id)
        await self.audit.record(AuditEntry(
            action="messaging.reported_message_read", actor=actor.user, subject_kind="message", subject=found.message.id
        ))  # fmt: skip
        return found


@dataclass(frozen=True, slots=True)
class JudgeMessage:
    """What a moderator decides about a reported message, in the running transaction."""

    changes: Changes

    async def __call__(self, message_id: MessageId, moderator: UserId, take_down_for: str | None, now: datetime) -> str:
        """Its standing afterwards. None lets it be; one that is down already stays so. Raises OwnMessage."""
        conversation, message = await self.changes.found_by_moderator(message_id)
        if moderator in conversation.members:
            raise OwnMessage("somebody else decides about your own conversation")
        if take_down_for is not None and TAKEN_DOWN not in message.flags:
            former = conversation.take_down(message, moderator, take_down_for, now)
            await self.changes.store("message:deleted", conversation, message, former)
        if TAKEN_DOWN in message.flags:
            return TAKEN_DOWN
        return "deleted" if message.deleted_at else "published"
