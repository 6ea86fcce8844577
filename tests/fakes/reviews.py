"""Reviews in memory: tests/contract/reviews keeps them true."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from datetime import datetime
from uuid import UUID

from marketplace.application.reviews.ports import Dealings, Exchanges, Ratings, Reputations, ReviewReports
from marketplace.domain.ordering.order import OrderNotFound
from marketplace.domain.reviews.exchange import Dealing, Exchange, Mark, ReviewId, ReviewNotFound
from marketplace.domain.reviews.report import ReviewReport
from marketplace.domain.reviews.tally import Rated, Tally
from marketplace.domain.shared.ids import OrderId, UserId
from tests.fakes.world import MemoryTransaction


class MemoryDealings(Dealings):
    def __init__(self, *dealings: Dealing) -> None:
        self.all = {one.order_id: one for one in dealings}
        self.undone: set[OrderId] = set()

    async def of(self, order_id: OrderId, party: UserId) -> Dealing:
        dealing = self.all.get(order_id)
        if dealing is None or party not in {dealing.buyer, dealing.seller}:
            raise OrderNotFound("no such order")
        return dealing

    async def is_undone(self, order_id: OrderId) -> bool:
        return order_id in self.undone


class MemoryExchanges(Exchanges):
    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    async def begin(self, exchange: Exchange) -> Exchange:
        self._transaction.inside.exchanges.setdefault(exchange.order_id, deepcopy(exchange))
        return await self.of_order(exchange.order_id)

    async def of_order(self, order_id: OrderId) -> Exchange:
        try:
            return deepcopy(self._transaction.inside.exchanges[order_id])
        except KeyError:
            raise ReviewNotFound("nothing was written of this order") from None

    async def of_review(self, review_id: ReviewId) -> Exchange:
        for exchange in self._transaction.inside.exchanges.values():
            if any(review.id == review_id for review in exchange.reviews.values()):
                return deepcopy(exchange)
        raise ReviewNotFound("no such review")

    async def save(self, exchange: Exchange) -> None:
        self._transaction.ship(exchange)
        self._transaction.inside.exchanges[exchange.order_id] = deepcopy(exchange)


class MemoryRatings(Ratings):
    """Counted anew each time."""

    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    async def count(self, marks: Sequence[Mark], at: datetime) -> Mapping[Rated, Tally]:
        self._transaction.inside.marks += marks
        return self._tallies({mark.rated for mark in marks})

    async def discount(self, review_id: ReviewId) -> Mapping[Rated, Tally]:
        rows = self._transaction.inside
        gone = {mark.rated for mark in rows.marks if mark.review_id == review_id}
        rows.marks = [mark for mark in rows.marks if mark.review_id != review_id]
        return self._tallies(gone)

    def _tallies(self, of: set[Rated]) -> dict[Rated, Tally]:
        marks = self._transaction.inside.marks
        return {rated: Tally.of(mark.stars for mark in marks if mark.rated == rated) for rated in of}


class MemoryReputations(Reputations):
    def __init__(self) -> None:
        self.shown: dict[UserId, float | None] = {}

    async def show(self, seller: UserId, average: float | None) -> None:
        self.shown[seller] = average


class MemoryReviewReports(ReviewReports):
    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    async def of(self, review_id: ReviewId, reporter: UserId) -> ReviewReport | None:
        return self._transaction.inside.review_reports.get((review_id, reporter))

    async def add(self, report: ReviewReport, item_id: UUID) -> None:
        self._transaction.inside.review_reports[report.review_id, report.reporter] = report
