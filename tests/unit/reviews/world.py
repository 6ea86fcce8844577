"""Reviews of one completed order, in memory."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from marketplace.application.reviews.moderation import JudgeReview, ReportReview
from marketplace.application.reviews.reviews import (
    PUBLISH_REVIEWS,
    CloseReviews,
    ReplyToReview,
    Standings,
    WriteReview,
)
from marketplace.application.reviews.views import OwnReviewView
from marketplace.application.shared.actor import Actor
from marketplace.domain.reviews.exchange import REVIEW_TIME, Dealing, Exchange, Opinion
from marketplace.domain.reviews.tally import Rated, RatedAs, Tally
from marketplace.domain.shared.ids import ListingId, OrderId
from tests.builders.commerce import NOON, an_actor, new_id
from tests.fakes.moderation import MemoryModerationItems
from tests.fakes.reviews import (
    MemoryDealings,
    MemoryExchanges,
    MemoryRatings,
    MemoryReputations,
    MemoryReviewReports,
)
from tests.fakes.world import FixedClock, MemoryTimers, MemoryTransaction, Rows, SequentialIds

CLOSES = NOON + REVIEW_TIME
SOON = NOON + timedelta(days=1)


def a_dealing(**changes: Any) -> Dealing:
    """Of a package of two listings, completed at noon."""
    given: dict[str, Any] = {
        "order_id": OrderId(new_id()), "buyer": an_actor().user, "seller": an_actor().user,
        "listings": (ListingId(new_id()), ListingId(new_id())), "completed_at": NOON,
    }  # fmt: skip
    return Dealing(**{**given, **changes})


@dataclass
class ReviewsWorld:
    dealing: Dealing = field(default_factory=a_dealing)
    clock: FixedClock = field(default_factory=lambda: FixedClock(SOON))
    transaction: MemoryTransaction = field(default_factory=MemoryTransaction)
    reputations: MemoryReputations = field(default_factory=MemoryReputations)

    def __post_init__(self) -> None:
        block, clock, ids = self.transaction, self.clock, SequentialIds()
        self.dealings, exchanges, timers = MemoryDealings(self.dealing), MemoryExchanges(block), MemoryTimers(block)
        self.items = MemoryModerationItems(block)
        standings = Standings(MemoryRatings(block), self.reputations)
        self.write = WriteReview(self.dealings, exchanges, standings, timers, block, clock, ids)
        self.close = CloseReviews(self.dealings, exchanges, standings, timers, block, clock)
        self.reply = ReplyToReview(exchanges, block, clock)
        self.report = ReportReview(exchanges, MemoryReviewReports(block), self.items, block, clock, ids)
        self.judge = JudgeReview(exchanges, standings)
        self.buyer, self.seller = an_actor(self.dealing.buyer), an_actor(self.dealing.seller)

    @property
    def rows(self) -> Rows:
        return self.transaction.rows

    @property
    def exchange(self) -> Exchange:
        return self.rows.exchanges[self.dealing.order_id]

    @property
    def alarm(self) -> object:
        """When the timer of this order rings, None if it does not."""
        return self.rows.timers.get((PUBLISH_REVIEWS, self.dealing.order_id))

    async def wrote(self, who: Actor, rating: int = 5, **more: Any) -> OwnReviewView:
        return await self.write(who, self.dealing.order_id, Opinion(rating=rating, **more))

    async def ring(self) -> None:
        await self.close(self.dealing.order_id)

    def stars(self, of: object, role: RatedAs) -> list[int]:
        """Those that count now for somebody or something."""
        return sorted(mark.stars for mark in self.rows.marks if mark.rated == Rated(of, role))  # type: ignore[arg-type]

    def tally(self, of: object, role: RatedAs) -> Tally:
        return Tally.of(self.stars(of, role))
