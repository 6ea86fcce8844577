"""The real container on a real database, with a clock of the test's own; every call has a scope of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import asyncpg
from dishka import AsyncContainer, Provider

from marketplace.adapters.bridges.ordering_asks_payments import MoneyInFlightOfPayments
from marketplace.adapters.sql.ordering.orders import SqlOrders
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.trading.negotiations import SqlNegotiations
from marketplace.adapters.sql.transaction import SqlTimers, SqlTransaction
from marketplace.application.catalog.listings import ListItem, MoveOwnListing
from marketplace.application.ordering.orders import ExpireOrder
from marketplace.application.payments.payments import Means, Pay
from marketplace.application.payments.ports import Card
from marketplace.application.payments.views import PaymentView
from marketplace.application.shared.actor import Actor
from marketplace.application.trading.offers import AcceptOffer, ExpireOffer, MakeOffer
from marketplace.application.trading.proposal import Proposal
from marketplace.domain.catalog.listing import Listing
from marketplace.domain.payments.payment import Cause, CauseKind, PaymentMethod
from marketplace.domain.shared.ids import ListingId, OrderId, UserId
from marketplace.domain.trading.offer import OfferId
from marketplace.entrypoints.wiring.settings import Settings
from marketplace.entrypoints.worker.subscriptions import handlers
from tests.apps import a_container
from tests.builders.commerce import GOOD_CARD, NOON, OFFERED, a_draft, an_actor
from tests.engines import Database
from tests.fakes.clock import ClockOfTheTest
from tests.fakes.world import FixedClock
from tests.integration.races import waiters

UNBALANCED = """
SELECT transaction_id FROM payments.ledger_entries GROUP BY transaction_id, currency HAVING sum(minor) <> 0
UNION ALL
SELECT transaction_id FROM payments.ledger_entries GROUP BY transaction_id HAVING count(*) < 2
UNION ALL
SELECT id FROM payments.ledger_transactions t
WHERE NOT EXISTS (SELECT FROM payments.ledger_entries WHERE transaction_id = t.id)
"""
WRONG_BALANCES = """
SELECT a.id FROM payments.ledger_accounts a
LEFT JOIN (SELECT account_id, sum(minor) AS minor FROM payments.ledger_entries GROUP BY 1) e ON e.account_id = a.id
WHERE a.balance_minor <> coalesce(e.minor, 0)
"""


@dataclass
class SqlMarket:
    container: AsyncContainer
    pool: Pool
    clock: FixedClock
    seller: Actor
    buyer: Actor

    async def run(self, use_case: type[Any], *arguments: Any) -> Any:
        """One call in a scope of its own, as a request or a job makes it."""
        async with self.container() as scope:
            return await (await scope.get(use_case))(*arguments)

    async def all(self, sql: str, *arguments: object) -> list[asyncpg.Record]:
        async with self.pool.connection() as connection:
            rows: list[asyncpg.Record] = await connection.fetch(sql, *arguments)
            return rows

    async def value(self, sql: str, *arguments: object) -> Any:
        return (await self.all(sql, *arguments))[0][0]

    async def listed(self, **changes: Any) -> ListingId:
        listing_id: ListingId = (await self.run(ListItem, self.seller, a_draft(**changes))).id
        return listing_id

    async def offered(
        self, listing_id: ListingId | None = None, by: Actor | None = None, amount: Decimal = OFFERED
    ) -> OfferId:
        listing_id = listing_id or await self.listed()
        offer_id: OfferId = (await self.run(MakeOffer, by or self.buyer, (listing_id,), Proposal(price=amount))).id
        return offer_id

    async def accepted(self, offer_id: OfferId) -> OrderId:
        order_id: OrderId = (await self.run(AcceptOffer, self.seller, offer_id)).transaction_id
        return order_id

    async def ordered(self) -> OrderId:
        return await self.accepted(await self.offered())

    async def pay(self, order_id: OrderId, card: Card = GOOD_CARD) -> PaymentView:
        view: PaymentView = await self.run(
            Pay, self.buyer, Cause(CauseKind.ORDER, order_id), Means(PaymentMethod.CREDIT_CARD, card)
        )
        return view

    async def expire(self, offer_id: OfferId) -> None:
        """As if its timer rang in time, whatever the clock of the others says."""
        transaction = SqlTransaction(self.pool, handlers.subscriptions)
        await ExpireOffer(SqlNegotiations(transaction), transaction, self._late)(offer_id)

    async def expire_order(self, order_id: OrderId) -> None:
        """In the same way."""
        transaction = SqlTransaction(self.pool, handlers.subscriptions)
        orders, money, timers = SqlOrders(transaction), MoneyInFlightOfPayments(transaction), SqlTimers(transaction)
        await ExpireOrder(orders, money, timers, transaction, self._late)(order_id)

    @property
    def _late(self) -> FixedClock:
        return FixedClock(self.clock.at + timedelta(days=2))

    async def withdraw_listing(self, listing_id: ListingId) -> None:
        await self.run(MoveOwnListing, self.seller, listing_id, Listing.remove)

    async def offer_statuses(self, listing_id: ListingId) -> list[str]:
        rows = await self.all(
            "SELECT o.status FROM trading.offers o JOIN trading.negotiations n ON n.id = o.negotiation_id "
            "WHERE n.subject_id = $1 ORDER BY 1",
            listing_id,
        )
        return [row["status"] for row in rows]

    async def jobs_since(self, last: int) -> list[str]:
        rows = await self.all("SELECT handler FROM jobs.job WHERE id > $1 AND state = 'ready' ORDER BY 1", last)
        return [row["handler"] for row in rows]

    async def last_job(self) -> int:
        last: int = await self.value("SELECT coalesce(max(id), 0) FROM jobs.job")
        return last

    async def books_are_right(self) -> None:
        """V1 and V2: every transaction sums to zero over two legs or more; every balance is the sum of its entries."""
        assert await self.all(UNBALANCED) == []
        assert await self.all(WRONG_BALANCES) == []

    async def waiters(self, count: int) -> None:
        """Until so many sessions wait for a lock."""
        await waiters(self.pool, count)


async def add_user(database: Database, user: UserId, name: str) -> None:
    owner = await asyncpg.connect(database.owner_dsn)
    try:
        await owner.execute(
            "INSERT INTO identity.users (id, email, email_key, username, username_skeleton, full_name, password_hash,"
            " password_changed_at, role, email_verified, created_at, version) VALUES ($1, $2 || '@marketplace.example',"
            " $2 || '@marketplace.example', $2, $2, $2, '', $3, 'seller', true, $3, 0)",
            user, name, NOON,
        )  # fmt: skip
    finally:
        await owner.close()


@asynccontextmanager
async def a_market(database: Database, *overrides: Provider, connections: int = 20) -> AsyncIterator[SqlMarket]:
    settings = Settings.from_environment({"ENVIRONMENT": "test", "SECRET_KEY": "k" * 40}).with_addresses(
        database.app_dsn, database.owner_dsn, "redis://127.0.0.1:1"
    )
    clock = FixedClock(NOON)
    pool = Pool(database.app_dsn)
    seller = an_actor()
    await add_user(database, seller.user, f"s{seller.user.hex[:20]}")
    try:
        async with a_container(settings, ClockOfTheTest(clock), *overrides, pool_size=connections) as container:
            yield SqlMarket(container, pool, clock, seller, an_actor())
    finally:
        await pool.close()
