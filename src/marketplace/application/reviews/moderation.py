"""What people report of reviews, and what becomes of it."""

from dataclasses import dataclass
from datetime import datetime

from marketplace.application.reviews.ports import Exchanges, ReviewReports
from marketplace.application.reviews.reviews import Standings
from marketplace.application.reviews.views import ReviewReportView, standing
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.moderation import ModerationDesk, Reported
from marketplace.application.shared.ports import Clock, Ids, Transaction
from marketplace.domain.reviews.exchange import OwnReview, ReviewId
from marketplace.domain.reviews.report import ReviewReport, ReviewReportReason
from marketplace.domain.shared.ids import UserId


@dataclass(frozen=True, slots=True)
class ReportReview:
    exchanges: Exchanges
    reports: ReviewReports
    desk: ModerationDesk
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(
        self, actor: Actor, review_id: ReviewId, reason: ReviewReportReason, details: str | None
    ) -> ReviewReportView:
        """Counts once for a person: a second report changes nothing, and its answer is the first one."""
        actor.require(Permission.REPORT)
        now = self.clock.now()
        report = ReviewReport(review_id=review_id, reporter=actor.user, reason=reason, details=details, at=now)
        async with self.transaction:
            review = (await self.exchanges.of_review(review_id)).public(review_id)
            if review.author == actor.user:
                raise OwnReview("this is your own review")
            known = await self.reports.of(review_id, actor.user)
            if known is None:
                await self.reports.add(report, await self.desk.put(Reported.REVIEW, review_id, self.ids.new(), now))
            return self.transaction.answers(ReviewReportView.of(known or report))


@dataclass(frozen=True, slots=True)
class JudgeReview:
    """What a moderator decides about a reported review, in the running transaction."""

    exchanges: Exchanges
    standings: Standings

    async def __call__(self, review_id: ReviewId, moderator: UserId, take_down_for: str | None, now: datetime) -> str:
        """Its standing afterwards. None lets it be; one that is down already stays so. Raises OwnReview."""
        exchange = await self.exchanges.of_review(review_id)
        review = exchange.review(review_id)
        if moderator in {review.author, review.about}:
            raise OwnReview("somebody else decides about a review of yours, or about you")
        if take_down_for is not None and review.taken_down_at is None:
            exchange.take_down(review_id, take_down_for, moderator, now)
            await self.exchanges.save(exchange)
            await self.standings.take_down(review_id)
        return standing(exchange.status, review.taken_down_at)
