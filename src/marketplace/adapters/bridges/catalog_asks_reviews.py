from datetime import datetime
from uuid import UUID

from marketplace.application.catalog.moderation_ports import Feedback
from marketplace.application.reviews.moderation import JudgeReview
from marketplace.domain.reviews.exchange import ReviewId
from marketplace.domain.shared.ids import UserId


class FeedbackOfReviews(Feedback):
    def __init__(self, judge: JudgeReview) -> None:
        self._judge = judge

    async def judge(self, subject: UUID, moderator: UserId, take_down_for: str | None, now: datetime) -> str:
        return await self._judge(ReviewId(subject), moderator, take_down_for, now)
