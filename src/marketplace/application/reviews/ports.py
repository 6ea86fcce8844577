from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from marketplace.application.reviews.views import OrderReviewsView, ReportedReviewView, ReviewView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import Slice
from marketplace.domain.reviews.exchange import Dealing, Exchange, Mark, ReviewId
from marketplace.domain.reviews.report import ReviewReport
from marketplace.domain.reviews.tally import Rated, Tally
from marketplace.domain.shared.ids import OrderId, UserId


class Dealings(Protocol):
    """Asked of ordering. The order stays as it is until the transaction ends."""

    async def of(self, order_id: OrderId, party: UserId) -> Dealing:
        """Raises OrderNotFound for whoever is no party of it."""
        ...

    async def is_undone(self, order_id: OrderId) -> bool:
        """Cancelled, or all paid back."""
        ...


class Exchanges(Protocol):
    """The reviews of each order, locked until the transaction ends. Saving ships the events."""

    async def begin(self, exchange: Exchange) -> Exchange:
        """That of the same order, if there is one already; else this one, stored."""
        ...

    async def of_order(self, order_id: OrderId) -> Exchange:
        """Raises ReviewNotFound."""
        ...

    async def of_review(self, review_id: ReviewId) -> Exchange:
        """Raises ReviewNotFound."""
        ...

    async def save(self, exchange: Exchange) -> None: ...


class Ratings(Protocol):
    """What is public, and how often each number of stars was given. Rows are locked in the order of `Rated`."""

    async def count(self, marks: Sequence[Mark], at: datetime) -> Mapping[Rated, Tally]:
        """List the reviews, public since `at`, and count their marks: the tallies that changed, as they are then."""
        ...

    async def discount(self, review_id: ReviewId) -> Mapping[Rated, Tally]:
        """Take it off the lists and its marks out of the tallies."""
        ...


class Reputations(Protocol):
    """Told to identity: what stands beside the name of a seller everywhere."""

    async def show(self, seller: UserId, average: float | None) -> None: ...


class ReviewReports(Protocol):
    async def of(self, review_id: ReviewId, reporter: UserId) -> ReviewReport | None: ...

    async def add(self, report: ReviewReport, item_id: UUID) -> None: ...


class ReviewPosition(msgspec.Struct, frozen=True, array_like=True):
    """Where the last row of a page stands."""

    published_at: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class RatedReviews:
    page: Slice[ReviewView]
    tally: Tally


class ReviewQueries(Protocol):
    """Public reads: reviews that are public and not taken down."""

    async def about(
        self, rated: Rated, *, stars: int | None, after: ReviewPosition | None, skip: int, limit: int
    ) -> RatedReviews:
        """Those that were published last come first."""
        ...


class OrderReviewQueries(Protocol):
    async def of_order(self, actor: Actor, order_id: OrderId) -> OrderReviewsView:
        """For the parties of the order; to others it is not found."""
        ...


class ReportedReviewQueries(Protocol):
    async def reported(self, actor: Actor, *, after: UUID | None, skip: int, limit: int) -> Slice[ReportedReviewView]:
        """With open reports, those whose first report is oldest first; raises MissingPermission but to moderators."""
        ...
