"""Writing reviews, publishing them and replying to them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from marketplace.application.reviews.ports import Dealings, Exchanges, Ratings, Reputations
from marketplace.application.reviews.views import OwnReviewView, ReplyView
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.ports import Clock, Ids, Timers, Transaction
from marketplace.domain.reviews.exchange import Exchange, ExchangeStatus, Opinion, ReviewId
from marketplace.domain.reviews.tally import Rated, RatedAs, Tally
from marketplace.domain.shared.ids import OrderId, UserId

PUBLISH_REVIEWS = "reviews.publish"


@dataclass(frozen=True, slots=True)
class Standings:
    """Keeps lists, tallies and what stands beside sellers' names true to what is public, in the running transaction."""

    ratings: Ratings
    reputations: Reputations

    async def publish(self, exchange: Exchange, now: datetime) -> None:
        await self._show(await self.ratings.count(exchange.marks, now))

    async def take_down(self, review_id: ReviewId) -> None:
        await self._show(await self.ratings.discount(review_id))

    async def _show(self, tallies: Mapping[Rated, Tally]) -> None:
        for rated, tally in tallies.items():
            if rated.role is RatedAs.SELLER:
                await self.reputations.show(UserId(rated.id), tally.average)


@dataclass(frozen=True, slots=True)
class WriteReview:
    dealings: Dealings
    exchanges: Exchanges
    standings: Standings
    timers: Timers
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(self, actor: Actor, order_id: OrderId, opinion: Opinion) -> OwnReviewView:
        """Replaces what the actor wrote of this order before, while it is hidden.

        Raises OrderNotFound, OrderNotCompleted, ReviewsClosed and InvalidReview.
        """
        actor.require(Permission.REVIEW)
        async with self.transaction:
            dealing = await self.dealings.of(order_id, actor.user)
            exchange = await self.exchanges.begin(Exchange.over(dealing))
            now = self.clock.now()
            review = exchange.write(ReviewId(self.ids.new()), actor.user, opinion, now)
            await self.exchanges.save(exchange)
            if exchange.status is ExchangeStatus.PUBLISHED:
                self.timers.clear(PUBLISH_REVIEWS, order_id)
                await self.standings.publish(exchange, now)
            else:
                self.timers.set(PUBLISH_REVIEWS, order_id, exchange.closes_at)
            return self.transaction.answers(OwnReviewView.of(review, exchange))


@dataclass(frozen=True, slots=True)
class CloseReviews:
    """Rung at the end of writing: what was written is public, unless the order was undone or it is public already."""

    dealings: Dealings
    exchanges: Exchanges
    standings: Standings
    timers: Timers
    transaction: Transaction
    clock: Clock

    async def __call__(self, order_id: OrderId) -> None:
        async with self.transaction:
            is_undone = await self.dealings.is_undone(order_id)
            exchange = await self.exchanges.of_order(order_id)
            now = self.clock.now()
            if is_undone:
                exchange.void()
                await self.exchanges.save(exchange)
            elif exchange.close(now):
                await self.exchanges.save(exchange)
                await self.standings.publish(exchange, now)
            elif exchange.status is ExchangeStatus.OPEN:
                self.timers.set(PUBLISH_REVIEWS, order_id, exchange.closes_at)


@dataclass(frozen=True, slots=True)
class ReplyToReview:
    exchanges: Exchanges
    transaction: Transaction
    clock: Clock

    async def __call__(self, actor: Actor, review_id: ReviewId, text: str) -> ReplyView:
        """Raises ReviewNotFound and ReplyClosed."""
        actor.require(Permission.REVIEW)
        async with self.transaction:
            exchange = await self.exchanges.of_review(review_id)
            reply = exchange.reply(review_id, actor.user, text, self.clock.now())
            await self.exchanges.save(exchange)
            return self.transaction.answers(ReplyView(reply.text, reply.replied_at, reply.edited_at))
