"""Reviews, their tallies and reports: the fakes of the unit tests and the SQL adapters keep one contract."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from marketplace.adapters.bridges.reviews_asks_identity import ReputationsOfIdentity
from marketplace.adapters.bridges.reviews_asks_ordering import DealingsOfOrdering
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.reviews.exchanges import SqlExchanges, SqlReviewReports
from marketplace.adapters.sql.reviews.ratings import SqlRatings
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.reviews.ports import Dealings, Exchanges, Ratings, Reputations, ReviewReports
from marketplace.application.shared.ports import Transaction
from marketplace.domain.ordering.order import OrderNotFound
from marketplace.domain.reviews.exchange import (
    REVIEW_TIME,
    Aspect,
    Dealing,
    Exchange,
    ExchangeStatus,
    Mark,
    Opinion,
    ReviewId,
    ReviewNotFound,
)
from marketplace.domain.reviews.report import ReviewReport, ReviewReportReason
from marketplace.domain.reviews.tally import Rated, RatedAs, Tally
from marketplace.domain.shared.ids import ListingId, OrderId, UserId
from tests.builders.commerce import NOON, a_user_id, new_id
from tests.builders.reviews import add_order, add_user
from tests.fakes.reviews import (
    MemoryDealings,
    MemoryExchanges,
    MemoryRatings,
    MemoryReputations,
    MemoryReviewReports,
)
from tests.fakes.world import MemoryTransaction
from tests.unit.reviews.world import a_dealing

OPINION = Opinion(rating=4, aspects={Aspect.SHIPPING: 2}, text="Ünder \U0001f600 way")


@dataclass
class House:
    transaction: Transaction
    exchanges: Exchanges
    ratings: Ratings
    reports: ReviewReports
    dealings: Dealings
    reputations: Reputations
    ordered: Callable[..., Awaitable[Dealing]]
    """A completed order; takes the status and the payment's."""
    rating_of: Callable[[UserId], Awaitable[float | None]]
    seller: Callable[[], Awaitable[UserId]]

    async def begun(self, **changes: Any) -> Exchange:
        async with self.transaction:
            return await self.exchanges.begin(Exchange.over(a_dealing(**changes)))

    async def written(self) -> tuple[Exchange, ReviewId]:
        """By the buyer, who rates one listing apart."""
        exchange = await self.begun()
        opinion = replace(OPINION, listings={exchange.listings[0]: 1})
        review = exchange.write(ReviewId(new_id()), exchange.buyer, opinion, NOON)
        async with self.transaction:
            await self.exchanges.save(exchange)
        return exchange, review.id

    async def of(self, order_id: OrderId) -> Exchange:
        async with self.transaction:
            return await self.exchanges.of_order(order_id)

    async def counted(self, *marks: tuple[Rated, int]) -> tuple[ReviewId, dict[Rated, Tally]]:
        """In a review that is stored."""
        _, review_id = await self.written()
        async with self.transaction:
            found = await self.ratings.count([Mark(review_id, rated, stars) for rated, stars in marks], NOON)
        return review_id, dict(found)


class ReviewsContract:
    async def test_an_order_has_one_exchange(self, house: House) -> None:
        first = await house.begun()
        again = await house.begun(order_id=first.order_id, completed_at=NOON + timedelta(days=1))
        assert again.closes_at == first.closes_at == NOON + REVIEW_TIME
        assert (again.buyer, again.seller, again.listings) == (first.buyer, first.seller, first.listings)
        assert (again.status, again.reviews) == (ExchangeStatus.OPEN, {})

    async def test_everything_comes_back_as_it_was_saved(self, house: House) -> None:
        exchange, review_id = await house.written()
        assert (await house.of(exchange.order_id)).reviews == exchange.reviews
        exchange.write(ReviewId(new_id()), exchange.buyer, Opinion(rating=5), NOON + timedelta(hours=1))
        exchange.write(ReviewId(new_id()), exchange.seller, replace(OPINION, aspects={}), NOON + timedelta(hours=2))
        exchange.reply(review_id, exchange.seller, "Thanks.", NOON + timedelta(hours=3))
        exchange.reply(review_id, exchange.seller, "Thank you.", NOON + timedelta(hours=4))
        exchange.take_down(review_id, "Spam.", a_user_id(), NOON + timedelta(hours=5))
        async with house.transaction:
            await house.exchanges.save(exchange)
        found = await house.of(exchange.order_id)
        assert (found.status, found.published_at) == (ExchangeStatus.PUBLISHED, NOON + timedelta(hours=2))
        assert found.reviews == exchange.reviews
        async with house.transaction:
            assert (await house.exchanges.of_review(review_id)).order_id == exchange.order_id

    async def test_what_never_was_is_not_found(self, house: House) -> None:
        with pytest.raises(ReviewNotFound):
            await house.of(OrderId(new_id()))
        with pytest.raises(ReviewNotFound):
            async with house.transaction:
                await house.exchanges.of_review(ReviewId(new_id()))

    async def test_a_failed_block_leaves_nothing(self, house: House) -> None:
        with pytest.raises(ZeroDivisionError):
            async with house.transaction:
                exchange = await house.exchanges.begin(Exchange.over(a_dealing()))
                raise ZeroDivisionError
        with pytest.raises(ReviewNotFound):
            await house.of(exchange.order_id)

    async def test_tallies_add_up_each_by_itself(self, house: House) -> None:
        person = new_id()
        seller, buyer, listing = (Rated(person, role) for role in RatedAs)
        _, first = await house.counted((seller, 5), (buyer, 1), (listing, 3))
        assert first == {seller: Tally.of([5]), buyer: Tally.of([1]), listing: Tally.of([3])}
        review_id, second = await house.counted((seller, 2), (listing, 3))
        assert second == {seller: Tally.of([5, 2]), listing: Tally.of([3, 3])}
        async with house.transaction:
            left = await house.ratings.discount(review_id)
        assert left == {seller: Tally.of([5]), listing: Tally.of([3])}
        async with house.transaction:
            assert await house.ratings.discount(review_id) == {}

    async def test_a_report_is_remembered(self, house: House) -> None:
        _, review_id = await house.written()
        report = ReviewReport(
            review_id=review_id, reporter=a_user_id(), reason=ReviewReportReason.FAKE, details="Look.", at=NOON
        )
        async with house.transaction:
            assert await house.reports.of(review_id, report.reporter) is None
            await house.reports.add(report, new_id())
            assert await house.reports.of(review_id, report.reporter) == report
            assert await house.reports.of(review_id, a_user_id()) is None

    async def test_a_dealing_is_its_parties_to_know(self, house: House) -> None:
        dealing = await house.ordered()
        async with house.transaction:
            for party in (dealing.buyer, dealing.seller):
                assert await house.dealings.of(dealing.order_id, party) == dealing
            assert not await house.dealings.is_undone(dealing.order_id)
        for order_id, person in ((dealing.order_id, a_user_id()), (OrderId(new_id()), dealing.buyer)):
            with pytest.raises(OrderNotFound):
                async with house.transaction:
                    await house.dealings.of(order_id, person)

    @pytest.mark.parametrize(
        ("status", "payment_status", "is_completed", "is_undone"),
        [
            ("completed", "partially_refunded", True, False), ("completed", "refunded", False, True),
            ("disputed", "paid", False, False), ("cancelled", "refunded", False, True),
            ("cancelled", "unpaid", False, True), ("delivered", "paid", False, False),
        ],
    )  # fmt: skip
    async def test_only_what_is_completed_and_not_paid_back_is_reviewed(
        self, house: House, status: str, payment_status: str, is_completed: bool, is_undone: bool
    ) -> None:
        dealing = await house.ordered(status, payment_status)
        async with house.transaction:
            found = await house.dealings.of(dealing.order_id, dealing.buyer)
            assert (found.completed_at is not None) == is_completed
            assert await house.dealings.is_undone(dealing.order_id) == is_undone

    async def test_a_rating_stands_beside_the_name(self, house: House) -> None:
        seller = await house.seller()
        for average in (4.67, None, 1.0):
            async with house.transaction:
                await house.reputations.show(seller, average)
            assert await house.rating_of(seller) == average


class TestMemoryReviews(ReviewsContract):
    @pytest.fixture
    def house(self) -> House:
        transaction, dealings, reputations = MemoryTransaction(), MemoryDealings(), MemoryReputations()

        async def ordered(status: str = "completed", payment_status: str = "paid") -> Dealing:
            is_completed = status == "completed" and payment_status != "refunded"
            dealing = a_dealing(completed_at=NOON if is_completed else None)
            dealings.all[dealing.order_id] = dealing
            if status == "cancelled" or payment_status == "refunded":
                dealings.undone.add(dealing.order_id)
            return dealing

        async def rating_of(seller: UserId) -> float | None:
            return reputations.shown[seller]

        async def seller() -> UserId:
            return a_user_id()

        return House(
            transaction, MemoryExchanges(transaction), MemoryRatings(transaction), MemoryReviewReports(transaction),
            dealings, reputations, ordered, rating_of, seller,
        )  # fmt: skip


class TestSqlReviews(ReviewsContract):
    @pytest.fixture
    def house(self, pool: Pool) -> House:
        transaction = SqlTransaction(pool, {})

        async def ordered(status: str = "completed", payment_status: str = "paid") -> Dealing:
            listings = tuple(sorted(ListingId(new_id()) for _ in range(2)))
            buyer, seller = a_user_id(), a_user_id()
            order_id = await add_order(pool, buyer, seller, listings, status, payment_status)
            return Dealing(order_id=order_id, buyer=buyer, seller=seller, listings=listings, completed_at=NOON)

        async def rating_of(seller: UserId) -> float | None:
            async with pool.connection() as connection:
                rating: float | None = await connection.fetchval(
                    "SELECT rating FROM identity.public_profiles WHERE id = $1", seller
                )
            return rating

        async def seller() -> UserId:
            async with pool.connection() as connection:
                return await add_user(connection)

        return House(
            transaction, SqlExchanges(transaction), SqlRatings(transaction), SqlReviewReports(transaction),
            DealingsOfOrdering(transaction), ReputationsOfIdentity(transaction), ordered, rating_of, seller,
        )  # fmt: skip
