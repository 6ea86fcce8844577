from collections.abc import Mapping
from uuid import UUID

import asyncpg

from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.reviews.queries import AUTHOR, REVIEW, review_view
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.reviews.ports import Dealings, OrderReviewQueries
from marketplace.application.reviews.views import OrderReviewsView, OwnReviewView, ProductRatingView, standing
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.ports import Clock
from marketplace.domain.ordering.order import OrderNotFound
from marketplace.domain.reviews.exchange import REVIEW_TIME, Aspect, Dealing, ExchangeStatus
from marketplace.domain.shared.ids import ListingId, OrderId, UserId

_COMPLETED_AT = "CASE WHEN status = 'completed' AND payment_status <> 'refunded' THEN completed_at END AS completed_at"
_DEALING = f"""
SELECT id AS order_id, buyer_id AS buyer, seller_id AS seller, {_COMPLETED_AT}, ARRAY(
    SELECT DISTINCT subject_id FROM ordering.order_lines WHERE order_id = id AND kind = 'listing' ORDER BY 1
) AS listings
FROM ordering.orders WHERE id = $1 AND $2 IN (buyer_id, seller_id) FOR SHARE"""  # noqa: S608 - our own words
_IS_UNDONE = """
SELECT status = 'cancelled' OR payment_status = 'refunded' FROM ordering.orders WHERE id = $1 FOR SHARE"""
_OF_ORDER = f"""
SELECT o.completed_at, e.status, e.closes_at, e.published_at
FROM (SELECT id, {_COMPLETED_AT} FROM ordering.orders WHERE id = $1 AND $2 IN (buyer_id, seller_id)) o
LEFT JOIN reviews.exchanges e ON e.order_id = o.id"""  # noqa: S608 - our own words
_REVIEWS = f"""
SELECT {REVIEW}, r.rating AS stars, r.listings, r.written_at, r.edited_at, r.taken_down_at, e.published_at, e.status
FROM reviews.reviews r JOIN reviews.exchanges e ON e.order_id = r.order_id {AUTHOR} WHERE r.order_id = $1"""  # noqa: S608


class DealingsOfOrdering(Dealings):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def of(self, order_id: OrderId, party: UserId) -> Dealing:
        row = await self._transaction.connection.fetchrow(_DEALING, order_id, party)
        if row is None:
            raise OrderNotFound("no such order", order_id=order_id)
        return Dealing(**{**row, "listings": tuple(map(ListingId, row["listings"]))})

    async def is_undone(self, order_id: OrderId) -> bool:
        return bool(await self._transaction.connection.fetchval(_IS_UNDONE, order_id))


class SqlOrderReviewQueries(OrderReviewQueries):
    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock

    async def of_order(self, actor: Actor, order_id: OrderId) -> OrderReviewsView:
        async with self._pool.connection() as connection:
            row = await connection.fetchrow(_OF_ORDER, order_id, actor.user)
            if row is None:
                raise OrderNotFound("no such order", order_id=order_id)
            reviews = await connection.fetch(_REVIEWS, order_id)
        completed_at = row["completed_at"]
        closes_at = row["closes_at"] or (completed_at and completed_at + REVIEW_TIME)
        is_open = row["status"] in {None, ExchangeStatus.OPEN.value}
        mine = next((one for one in reviews if one["author_id"] == actor.user), None)
        theirs = next((one for one in reviews if one["author_id"] != actor.user), None)
        is_shown = theirs and theirs["published_at"] and not theirs["taken_down_at"]
        return OrderReviewsView(
            order_id, bool(completed_at and is_open and self._clock.now() < closes_at), closes_at,
            mine and _own(mine, order_id), review_view(theirs) if theirs and is_shown else None,
        )  # fmt: skip


def _own(row: asyncpg.Record, order_id: OrderId) -> OwnReviewView:
    listings: Mapping[str, int] = row["listings"]
    return OwnReviewView(
        row["id"], order_id, row["stars"], {Aspect(name): stars for name, stars in row["aspects"].items()},
        row["text"], [ProductRatingView(ListingId(UUID(id_)), stars) for id_, stars in sorted(listings.items())],
        standing(ExchangeStatus(row["status"]), row["taken_down_at"]), row["written_at"], row["edited_at"],
        row["published_at"],
    )  # fmt: skip
