from datetime import datetime
from uuid import UUID

from marketplace.application.catalog.moderation_ports import ReportedMessages
from marketplace.application.messaging.moderation import JudgeMessage
from marketplace.domain.messaging.message import MessageId
from marketplace.domain.shared.ids import UserId


class MessagesOfMessaging(ReportedMessages):
    def __init__(self, judge: JudgeMessage) -> None:
        self._judge = judge

    async def judge(self, subject: UUID, moderator: UserId, take_down_for: str | None, now: datetime) -> str:
        return await self._judge(MessageId(subject), moderator, take_down_for, now)
