from uuid import UUID

import asyncpg

from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.reviews.ports import Exchanges, ReviewReports
from marketplace.domain.reviews.exchange import (
    Aspect,
    Exchange,
    ExchangeStatus,
    Opinion,
    Reply,
    Review,
    ReviewId,
    ReviewNotFound,
    ReviewSide,
)
from marketplace.domain.reviews.report import ReviewReport, ReviewReportReason
from marketplace.domain.shared.ids import ListingId, OrderId, UserId

_BEGIN = """
INSERT INTO reviews.exchanges (order_id, buyer_id, seller_id, listings, closes_at, status)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (order_id) DO NOTHING
"""
_LOCK = "SELECT * FROM reviews.exchanges WHERE order_id = $1 FOR UPDATE"
_ORDER_OF = "SELECT order_id FROM reviews.reviews WHERE id = $1"
_REVIEWS = "SELECT * FROM reviews.reviews WHERE order_id = $1"
_SAVE = "UPDATE reviews.exchanges SET status = $2, published_at = $3 WHERE order_id = $1"
_SAVE_REVIEW = """
INSERT INTO reviews.reviews (id, order_id, side, author_id, about_id, written_at, rating, aspects, text, listings,
    edited_at, taken_down_at, reply, replied_at, reply_edited_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
ON CONFLICT (id) DO UPDATE SET rating = excluded.rating, aspects = excluded.aspects, text = excluded.text,
    listings = excluded.listings, edited_at = excluded.edited_at, taken_down_at = excluded.taken_down_at,
    reply = excluded.reply, replied_at = excluded.replied_at, reply_edited_at = excluded.reply_edited_at
"""
_REPORT_OF = "SELECT reason, details, reported_at FROM reviews.reports WHERE review_id = $1 AND reporter_id = $2"
_ADD_REPORT = """
INSERT INTO reviews.reports (review_id, reporter_id, item_id, reason, details, reported_at)
VALUES ($1, $2, $3, $4, $5, $6)
"""


class SqlExchanges(Exchanges):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def begin(self, exchange: Exchange) -> Exchange:
        await self._transaction.connection.execute(
            _BEGIN, exchange.order_id, exchange.buyer, exchange.seller, list(exchange.listings), exchange.closes_at,
            exchange.status.value,
        )  # fmt: skip
        return await self.of_order(exchange.order_id)

    async def of_order(self, order_id: OrderId) -> Exchange:
        row = await self._transaction.connection.fetchrow(_LOCK, order_id)
        if row is None:
            raise ReviewNotFound("nothing was written of this order", order_id=order_id)
        reviews = [_review(one) for one in await self._transaction.connection.fetch(_REVIEWS, order_id)]
        return Exchange(
            order_id=row["order_id"], buyer=row["buyer_id"], seller=row["seller_id"],
            listings=tuple(map(ListingId, row["listings"])), closes_at=row["closes_at"],
            status=ExchangeStatus(row["status"]), published_at=row["published_at"],
            reviews={review.side: review for review in reviews},
        )  # fmt: skip

    async def of_review(self, review_id: ReviewId) -> Exchange:
        order_id = await self._transaction.connection.fetchval(_ORDER_OF, review_id)
        if order_id is None:
            raise ReviewNotFound("no such review", review_id=review_id)
        return await self.of_order(order_id)

    async def save(self, exchange: Exchange) -> None:
        connection, order_id = self._transaction.connection, exchange.order_id
        await connection.execute(_SAVE, order_id, exchange.status.value, exchange.published_at)
        for review in exchange.reviews.values():
            await connection.execute(_SAVE_REVIEW, *_values(review, order_id))
        self._transaction.ship(exchange, order_id)


class SqlReviewReports(ReviewReports):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def of(self, review_id: ReviewId, reporter: UserId) -> ReviewReport | None:
        row = await self._transaction.connection.fetchrow(_REPORT_OF, review_id, reporter)
        return row and ReviewReport(
            review_id=review_id, reporter=reporter, reason=ReviewReportReason(row["reason"]), details=row["details"],
            at=row["reported_at"],
        )  # fmt: skip

    async def add(self, report: ReviewReport, item_id: UUID) -> None:
        await self._transaction.connection.execute(
            _ADD_REPORT, report.review_id, report.reporter, item_id, report.reason.value, report.details, report.at
        )


def _values(review: Review, order_id: OrderId) -> tuple[object, ...]:
    opinion, reply = review.opinion, review.reply
    return (
        review.id, order_id, review.side.value, review.author, review.about, review.written_at, opinion.rating,
        {aspect.value: stars for aspect, stars in opinion.aspects.items()}, opinion.text,
        {str(listing): stars for listing, stars in opinion.listings.items()}, review.edited_at, review.taken_down_at,
        reply and reply.text, reply and reply.replied_at, reply and reply.edited_at,
    )  # fmt: skip


def _review(row: asyncpg.Record) -> Review:
    reply = row["reply"] and Reply(text=row["reply"], replied_at=row["replied_at"], edited_at=row["reply_edited_at"])
    return Review(
        id=row["id"], side=ReviewSide(row["side"]), author=row["author_id"], about=row["about_id"],
        opinion=Opinion(
            rating=row["rating"], aspects={Aspect(name): stars for name, stars in row["aspects"].items()},
            text=row["text"], listings={ListingId(UUID(id_)): stars for id_, stars in row["listings"].items()},
        ),
        written_at=row["written_at"], edited_at=row["edited_at"], taken_down_at=row["taken_down_at"], reply=reply,
    )  # fmt: skip
