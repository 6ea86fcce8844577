"""The end of writing reviews, and who is told that they are public."""

from uuid import UUID

from dishka import AsyncContainer

from marketplace.application.notifications.deliver import DeliverNotices
from marketplace.application.reviews.reviews import PUBLISH_REVIEWS, CloseReviews
from marketplace.domain.reviews.exchange import ReviewsPublished, ReviewTakenDown
from marketplace.domain.shared.ids import OrderId
from marketplace.entrypoints.worker import notices
from marketplace.entrypoints.worker.registry import Handlers


def subscribe(handlers: Handlers) -> None:
    @handlers.timer(PUBLISH_REVIEWS)
    async def publish_reviews(scope: AsyncContainer, order_id: UUID) -> None:
        await (await scope.get(CloseReviews))(OrderId(order_id))

    @handlers.on(ReviewsPublished, "notifications.reviews_published")
    async def tell_of_reviews(scope: AsyncContainer, event: ReviewsPublished) -> None:
        await (await scope.get(DeliverNotices))(notices.of_published_reviews(event))

    @handlers.on(ReviewTakenDown, "notifications.review_taken_down")
    async def tell_of_take_down(scope: AsyncContainer, event: ReviewTakenDown) -> None:
        await (await scope.get(DeliverNotices))(notices.of_review_taken_down(event))
