from datetime import datetime

from marketplace.application.catalog.moderation_ports import Judges
from marketplace.application.messaging.moderation import JudgeMessage
from marketplace.application.reviews.moderation import JudgeReview
from marketplace.domain.catalog.moderation import ItemKind, ModerationItem
from marketplace.domain.messaging.message import MessageId
from marketplace.domain.reviews.exchange import ReviewId
from marketplace.domain.shared.ids import UserId


class JudgesOfContexts(Judges):
    def __init__(self, review: JudgeReview, message: JudgeMessage) -> None:
        self._review = review
        self._message = message

    async def judge(self, item: ModerationItem, moderator: UserId, take_down_for: str | None, now: datetime) -> str:
        if item.kind is ItemKind.FEEDBACK:
            return await self._review(ReviewId(item.subject), moderator, take_down_for, now)
        return await self._message(MessageId(item.subject), moderator, take_down_for, now)
