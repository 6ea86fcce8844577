from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

import msgspec
from msgspec import Meta

from marketplace.application.shared.paging import Page
from marketplace.domain.reviews.exchange import Aspect, Exchange, ExchangeStatus, Review, ReviewId, ReviewSide
from marketplace.domain.reviews.report import ReviewReport, ReviewReportReason
from marketplace.domain.reviews.tally import STARS, Tally
from marketplace.domain.shared.ids import ListingId, OrderId, UserId

Stars = Annotated[int, Meta(ge=1, le=5, examples=[5])]
AspectStars = Annotated[dict[Aspect, Stars], Meta(examples=[{"communication": 5}])]
ReviewText = Annotated[str, Meta(examples=["Exactly as described, and here in two days."])]
TAKEN_DOWN = "taken_down"
HIDDEN = "hidden"


class ReviewerView(msgspec.Struct, frozen=True):
    id: UserId
    username: str
    avatar_url: str | None
    is_verified: bool


class ReplyView(msgspec.Struct, frozen=True):
    text: Annotated[str, Meta(examples=["Thank you, Amina."])]
    replied_at: datetime
    edited_at: datetime | None


class ReviewView(msgspec.Struct, frozen=True):
    """A review as everybody sees it. `author` is null once their account is deleted.

    In a list of a product's reviews `rating` is that product's.
    """

    id: ReviewId
    rating: Stars
    aspects: AspectStars
    text: ReviewText
    written_by: Annotated[ReviewSide, Meta(description="The author's side of the order.", examples=["buyer"])]
    author: ReviewerView | None
    published_at: datetime
    reply: ReplyView | None


class ProductRatingView(msgspec.Struct, frozen=True):
    product_id: ListingId
    rating: Stars


class OwnReviewView(msgspec.Struct, frozen=True):
    """A review as its author sees it.

    `status`: `hidden` until it is `published`; `taken_down` by a moderator; `void` when the order was undone first.
    """

    id: ReviewId
    order_id: OrderId
    rating: Stars
    aspects: AspectStars
    text: ReviewText
    products: list[ProductRatingView]
    status: Annotated[str, Meta(examples=[HIDDEN])]
    written_at: datetime
    edited_at: datetime | None
    published_at: datetime | None

    @classmethod
    def of(cls, review: Review, exchange: Exchange) -> Self:
        opinion = review.opinion
        return cls(
            review.id, exchange.order_id, opinion.rating, dict(opinion.aspects), opinion.text,
            [ProductRatingView(listing, stars) for listing, stars in sorted(opinion.listings.items())],
            standing(exchange.status, review.taken_down_at), review.written_at, review.edited_at,
            exchange.published_at,
        )  # fmt: skip


def standing(status: ExchangeStatus, taken_down_at: datetime | None) -> str:
    if taken_down_at:
        return TAKEN_DOWN
    return HIDDEN if status is ExchangeStatus.OPEN else status.value


class OrderReviewsView(msgspec.Struct, frozen=True):
    """The reviews of an order for one of its parties. `theirs` is null until both are public, written or not."""

    order_id: OrderId
    may_write: Annotated[bool, Meta(description="Write your review, or change it, until `closes_at`.")]
    closes_at: datetime | None
    mine: OwnReviewView | None
    theirs: ReviewView | None


class RatingSummary(msgspec.Struct, frozen=True):
    """Of all reviews, whatever the filter. `average` has two decimals."""

    average: Annotated[float | None, Meta(examples=[4.67])]
    count: Annotated[int, Meta(examples=[3])]
    distribution: Annotated[dict[str, int], Meta(examples=[{"1": 0, "2": 0, "3": 0, "4": 1, "5": 2}])]

    @classmethod
    def of(cls, tally: Tally) -> Self:
        distribution = {str(star): count for star, count in zip(STARS, tally.stars, strict=True)}
        return cls(tally.average, tally.count, distribution)


class ReviewPage(Page[ReviewView], frozen=True, kw_only=True):
    summary: RatingSummary


class ReviewReportView(msgspec.Struct, frozen=True):
    review_id: ReviewId
    reason: ReviewReportReason
    details: Annotated[str | None, Meta(examples=["It gives away my address."])]
    reported_at: datetime

    @classmethod
    def of(cls, report: ReviewReport) -> Self:
        return cls(report.review_id, report.reason, report.details, report.at)


class NewestReviewReportView(msgspec.Struct, frozen=True):
    reporter_id: UserId
    reason: ReviewReportReason
    details: Annotated[str | None, Meta(examples=["It gives away my address."])]
    reported_at: datetime


class ReportedReviewView(msgspec.Struct, frozen=True):
    """A review that people have reported. `reports` counts the open ones, `newest` has the last five of them."""

    id: Annotated[UUID, Meta(description="For POST /api/v1/moderation/items/{item_id}/decide.")]
    first_reported_at: datetime
    reports: Annotated[int, Meta(examples=[3])]
    newest: list[NewestReviewReportView]
    about_id: UserId
    review: ReviewView
