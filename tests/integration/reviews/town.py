"""The real container on a real database with a clock of the test's own, and what must always be true of reviews."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from dishka import AsyncContainer

from marketplace.adapters.sql.pool import Pool
from marketplace.application.catalog.moderation import DecideItem
from marketplace.application.reviews.moderation import ReportReview
from marketplace.application.reviews.reviews import CloseReviews, WriteReview
from marketplace.domain.catalog.moderation import Decision, ModerationItemId
from marketplace.domain.reviews.exchange import Opinion, ReviewId
from marketplace.domain.reviews.report import ReviewReportReason
from marketplace.domain.shared.ids import ListingId, OrderId, UserId
from marketplace.entrypoints.wiring.settings import Settings
from tests.apps import a_container
from tests.builders.commerce import NOON, an_actor
from tests.builders.reviews import add_order, add_user
from tests.engines import Database
from tests.fakes.clock import ClockOfTheTest
from tests.fakes.world import FixedClock
from tests.integration.races import waiters

RECOUNT = """
SELECT rated_id, role, stars, count(*) FROM (
    SELECT about_id AS rated_id, CASE side WHEN 'buyer' THEN 'seller' ELSE 'buyer' END AS role, rating AS stars
    FROM reviews.reviews JOIN reviews.exchanges USING (order_id)
    WHERE status = 'published' AND taken_down_at IS NULL
    UNION ALL
    SELECT listing, 'listing', coalesce((r.listings ->> listing::text)::int, rating)
    FROM reviews.reviews r JOIN reviews.exchanges e USING (order_id), unnest(e.listings) listing
    WHERE status = 'published' AND taken_down_at IS NULL AND side = 'buyer'
) public WHERE rated_id = ANY ($1::uuid[]) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
KEPT = """
SELECT rated_id, role, stars, given FROM reviews.ratings, LATERAL (
    VALUES (1, one), (2, two), (3, three), (4, four), (5, five)
) each (stars, given)
WHERE given > 0 AND rated_id = ANY ($1::uuid[]) ORDER BY 1, 2, 3
"""
LISTED = """
SELECT rated_id, role, stars, count(*) FROM reviews.shown
WHERE rated_id = ANY ($1::uuid[]) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
WRONG_NAMES = """
SELECT u.id FROM identity.users u LEFT JOIN (
    SELECT about_id, round(avg(rating), 2)::float8 AS average FROM reviews.reviews
    JOIN reviews.exchanges USING (order_id)
    WHERE status = 'published' AND taken_down_at IS NULL AND side = 'buyer' GROUP BY 1
) recount ON about_id = u.id
WHERE u.id = ANY ($1::uuid[]) AND u.rating IS DISTINCT FROM average
"""


@dataclass
class ReviewTown:
    container: AsyncContainer
    pool: Pool
    clock: FixedClock

    async def run(self, use_case: type[Any], *arguments: Any) -> Any:
        """One call in a scope of its own, as a request or a job makes it."""
        async with self.container() as scope:
            return await (await scope.get(use_case))(*arguments)

    async def all(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        async with self.pool.connection() as connection:
            return [tuple(row) for row in await connection.fetch(sql, *values)]

    async def person(self) -> UserId:
        async with self.pool.connection() as connection:
            return await add_user(connection)

    async def ordered(self, buyer: UserId, seller: UserId, listings: Sequence[ListingId] = ()) -> OrderId:
        """Completed at noon."""
        return await add_order(self.pool, buyer, seller, listings)

    async def write(self, who: UserId, order_id: OrderId, rating: int = 5, **more: Any) -> Any:
        return await self.run(WriteReview, an_actor(who), order_id, Opinion(rating=rating, **more))

    async def ring(self, order_id: OrderId) -> None:
        await self.run(CloseReviews, order_id)

    async def reported(self, review_id: ReviewId) -> ModerationItemId:
        await self.run(ReportReview, an_actor(), review_id, ReviewReportReason.FAKE, None)
        ((item,),) = await self.all("SELECT id FROM catalog.moderation_items WHERE review_id = $1", review_id)
        return ModerationItemId(item)

    async def take_down(self, review_id: ReviewId) -> None:
        await self.run(DecideItem, an_actor(), await self.reported(review_id), Decision.REJECT, "Fake.")

    async def waiters(self, count: int) -> None:
        """Until so many sessions wait for a lock."""
        await waiters(self.pool, count)

    async def is_true(self, rated: Sequence[UUID]) -> None:
        """What was kept of these people and listings, step by step, is what a recount finds."""
        recount = await self.all(RECOUNT, rated)
        assert await self.all(KEPT, rated) == recount
        assert await self.all(LISTED, rated) == recount
        assert await self.all(WRONG_NAMES, rated) == []

    async def published(self, order_id: OrderId) -> int:
        """How often its parties are told."""
        ((count,),) = await self.all(
            "SELECT count(*) FROM jobs.job WHERE handler = 'notifications.reviews_published'"
            " AND payload ->> 'order_id' = $1::text",
            str(order_id),
        )
        return int(count)


@asynccontextmanager
async def a_town(database: Database) -> AsyncIterator[ReviewTown]:
    settings = Settings.from_environment({"ENVIRONMENT": "test", "SECRET_KEY": "k" * 40}).with_addresses(
        database.app_dsn, database.owner_dsn, "redis://127.0.0.1:1"
    )
    clock = FixedClock(NOON + timedelta(days=1))
    pool = Pool(database.app_dsn)
    try:
        async with a_container(settings, ClockOfTheTest(clock), pool_size=20) as container:
            yield ReviewTown(container, pool, clock)
    finally:
        await pool.close()
