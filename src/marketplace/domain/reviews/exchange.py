"""What the two sides of an order say about each other: hidden until both have spoken or the time is up."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, NewType
from uuid import UUID

from marketplace.domain.reviews.tally import LEAST_STARS, MOST_STARS, Rated, RatedAs
from marketplace.domain.shared.aggregate import Aggregate, DomainEvent
from marketplace.domain.shared.errors import Conflict, Forbidden, Invalid, NotFound
from marketplace.domain.shared.ids import ListingId, OrderId, UserId
from marketplace.domain.shared.text import clean_text

ReviewId = NewType("ReviewId", UUID)

REVIEW_TIME = timedelta(days=14)
"""From the completion of the order to the end of writing."""
REPLY_TIME = timedelta(hours=24)
"""So long a reply can be changed."""
LONGEST_TEXT = 2_000
LONGEST_REPLY = 1_000


class ReviewNotFound(NotFound):
    code = "review_not_found"


class OrderNotCompleted(Conflict):
    code = "order_not_completed"


class ReviewsClosed(Conflict):
    code = "reviews_closed"


class InvalidReview(Invalid):
    code = "invalid_review"


class OwnReview(Forbidden):
    code = "own_review"


class ReplyClosed(Conflict):
    code = "reply_closed"


class ReviewSide(StrEnum):
    """Of the order: who writes."""

    BUYER = "buyer"
    SELLER = "seller"


class Aspect(StrEnum):
    AS_DESCRIBED = "as_described"
    COMMUNICATION = "communication"
    SHIPPING = "shipping"
    PAYMENT = "payment"


ASPECTS: Mapping[ReviewSide, frozenset[Aspect]] = {
    ReviewSide.BUYER: frozenset({Aspect.AS_DESCRIBED, Aspect.COMMUNICATION, Aspect.SHIPPING}),
    ReviewSide.SELLER: frozenset({Aspect.PAYMENT, Aspect.COMMUNICATION}),
}
"""What each side can rate in the other."""


class ExchangeStatus(StrEnum):
    OPEN = "open"
    PUBLISHED = "published"
    VOID = "void"


_S = ExchangeStatus
EXCHANGE_MOVES: Mapping[ExchangeStatus, frozenset[ExchangeStatus]] = {
    _S.OPEN: frozenset({_S.PUBLISHED, _S.VOID}),
    _S.PUBLISHED: frozenset(),
    _S.VOID: frozenset(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dealing:
    """An order as a party of it sees it. `completed_at` is None unless it is completed, and not all paid back."""

    order_id: OrderId
    buyer: UserId
    seller: UserId
    listings: tuple[ListingId, ...]
    completed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """`listings` are those that the buyer rates apart from the order as a whole."""

    rating: int
    aspects: Mapping[Aspect, int] = field(default_factory=dict)
    text: str = ""
    listings: Mapping[ListingId, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _require_stars(self.rating, "rating")
        for aspect, stars in self.aspects.items():
            _require_stars(stars, f"aspects.{aspect}")
        for stars in self.listings.values():
            _require_stars(stars, "products")
        object.__setattr__(self, "text", clean_text(self.text, field="text", longest=LONGEST_TEXT, shortest=0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    text: str
    replied_at: datetime
    edited_at: datetime | None = None


@dataclass(slots=True, kw_only=True)
class Review:
    id: ReviewId
    side: ReviewSide
    author: UserId
    about: UserId
    opinion: Opinion
    written_at: datetime
    edited_at: datetime | None = None
    taken_down_at: datetime | None = None
    reply: Reply | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """Stars for somebody or something, in a review."""

    review_id: ReviewId
    rated: Rated
    stars: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewsPublished(DomainEvent):
    """Of one order, all at once: the review of each side that wrote one."""

    name: ClassVar[str] = "reviews.reviews_published.v1"
    order_id: OrderId
    buyer: UserId
    seller: UserId
    by_buyer: ReviewId | None
    by_seller: ReviewId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewTakenDown(DomainEvent):
    name: ClassVar[str] = "reviews.review_taken_down.v1"
    review_id: ReviewId
    author: UserId
    about: UserId
    by: UserId
    reason: str


@dataclass(slots=True, kw_only=True, eq=False)
class Exchange(Aggregate):
    """Of one order: at most one review of each side. Its end of writing stays what it was when the first wrote."""

    order_id: OrderId
    buyer: UserId
    seller: UserId
    listings: tuple[ListingId, ...]
    closes_at: datetime
    status: ExchangeStatus = ExchangeStatus.OPEN
    published_at: datetime | None = None
    reviews: dict[ReviewSide, Review] = field(default_factory=dict)

    @classmethod
    def over(cls, dealing: Dealing) -> "Exchange":
        """Raises OrderNotCompleted."""
        if dealing.completed_at is None:
            raise OrderNotCompleted("only an order that is completed, and not refunded, can be reviewed")
        return cls(
            order_id=dealing.order_id, buyer=dealing.buyer, seller=dealing.seller, listings=dealing.listings,
            closes_at=dealing.completed_at + REVIEW_TIME,
        )  # fmt: skip

    def write(self, review_id: ReviewId, author: UserId, opinion: Opinion, now: datetime) -> Review:
        """The author's review: a new one, or the one they have with another opinion. The second side's publishes both.

        Raises ReviewsClosed and InvalidReview.
        """
        if self.status is not ExchangeStatus.OPEN or now >= self.closes_at:
            raise ReviewsClosed("the reviews of this order are closed: they can be neither written nor changed")
        side = ReviewSide.BUYER if author == self.buyer else ReviewSide.SELLER
        self._check(opinion, side)
        if review := self.reviews.get(side):
            review.opinion, review.edited_at = opinion, now
        else:
            about = self.seller if side is ReviewSide.BUYER else self.buyer
            review = Review(id=review_id, side=side, author=author, about=about, opinion=opinion, written_at=now)
            self.reviews[side] = review
        if len(self.reviews) == len(ReviewSide):
            self._publish(now)
        return review

    def close(self, now: datetime) -> bool:
        """The time is up. False if it is not, or there is nothing left to publish."""
        if self.status is not ExchangeStatus.OPEN or now < self.closes_at:
            return False
        self._publish(now)
        return True

    def void(self) -> None:
        """The order was undone before anything was public: nothing ever will be."""
        if self.status is ExchangeStatus.OPEN:
            self.status = ExchangeStatus.VOID

    def review(self, review_id: ReviewId) -> Review:
        """Whoever may know of it; raises ReviewNotFound."""
        for review in self.reviews.values():
            if review.id == review_id:
                return review
        raise ReviewNotFound("no such review", review_id=review_id)

    def public(self, review_id: ReviewId) -> Review:
        """The review that everybody may know of; raises ReviewNotFound."""
        review = self.review(review_id)
        if self.status is not ExchangeStatus.PUBLISHED or review.taken_down_at is not None:
            raise ReviewNotFound("no such review", review_id=review_id)
        return review

    def reply(self, review_id: ReviewId, by: UserId, text: str, now: datetime) -> Reply:
        """Of who is reviewed: once, and to be changed for REPLY_TIME.

        Raises ReplyClosed, and ReviewNotFound for everybody else.
        """
        review = self.public(review_id)
        if by != review.about:
            raise ReviewNotFound("no such review", review_id=review_id)
        text = clean_text(text, field="text", longest=LONGEST_REPLY)
        if review.reply is None:
            review.reply = Reply(text=text, replied_at=now)
        elif now < review.reply.replied_at + REPLY_TIME:
            review.reply = replace(review.reply, text=text, edited_at=now)
        else:
            raise ReplyClosed("a reply can be changed for 24 hours")
        return review.reply

    def take_down(self, review_id: ReviewId, reason: str, by: UserId, now: datetime) -> None:
        review = self.public(review_id)
        review.taken_down_at = now
        self._record(
            ReviewTakenDown(
                occurred_at=now, review_id=review.id, author=review.author, about=review.about, by=by, reason=reason
            )
        )  # fmt: skip

    @property
    def marks(self) -> list[Mark]:
        """What the reviews count for: the person reviewed, and each listing that the buyer bought."""
        found = []
        for review in self.reviews.values():
            role = RatedAs.SELLER if review.side is ReviewSide.BUYER else RatedAs.BUYER
            opinion = review.opinion
            found.append(Mark(review.id, Rated(review.about, role), opinion.rating))
            found += [
                Mark(review.id, Rated(listing, RatedAs.LISTING), opinion.listings.get(listing, opinion.rating))
                for listing in self.listings
                if review.side is ReviewSide.BUYER
            ]
        return found

    def _check(self, opinion: Opinion, side: ReviewSide) -> None:
        for aspect in opinion.aspects:
            if aspect not in ASPECTS[side]:
                raise InvalidReview(f"the {side} does not rate this", field=f"aspects.{aspect}")
        if opinion.listings and side is ReviewSide.SELLER:
            raise InvalidReview("only the buyer rates products", field="products")
        if not opinion.listings.keys() <= set(self.listings):
            raise InvalidReview("names a product that is not of this order", field="products")

    def _publish(self, now: datetime) -> None:
        self.status, self.published_at = ExchangeStatus.PUBLISHED, now
        written = {side: review.id for side, review in self.reviews.items()}
        self._record(
            ReviewsPublished(
                occurred_at=now, order_id=self.order_id, buyer=self.buyer, seller=self.seller,
                by_buyer=written.get(ReviewSide.BUYER), by_seller=written.get(ReviewSide.SELLER),
            )
        )  # fmt: skip


def _require_stars(stars: int, field: str) -> None:
    if not LEAST_STARS <= stars <= MOST_STARS:
        raise InvalidReview(f"is from {LEAST_STARS} to {MOST_STARS}", field=field)
