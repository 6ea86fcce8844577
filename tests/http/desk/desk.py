"""The whole application with a clock of the test's own, and trades put there through their port."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
from dishka import AsyncContainer
from litestar import Litestar

from marketplace.adapters.clock import SystemClock
from marketplace.application.ordering.orders import ExpireOrder
from marketplace.application.shared.ports import Transaction
from marketplace.application.trading.ports import Trades
from marketplace.domain.ordering.order import PAYMENT_TIME
from marketplace.domain.shared.ids import OrderId, UserId
from marketplace.domain.trading.trade import Trade
from marketplace.entrypoints.http.gate import Gate
from marketplace.entrypoints.wiring.settings import Settings
from marketplace.entrypoints.worker.ports import Queue
from marketplace.entrypoints.worker.subscriptions import handlers
from marketplace.entrypoints.worker.worker import Worker
from prove.ample_limits import AMPLE_LIMITS
from prove.people import Person, people_in
from tests.apps import a_container, an_app
from tests.builders.trades import a_published_trade, a_trade
from tests.engines import Database, rows_of
from tests.fakes.clock import ClockOfTheTest
from tests.fakes.world import FixedClock
from tests.http.commerce.market import data

OFFER: dict[str, Any] = {"price": 62_000, "quantity": 300}


@dataclass
class Desk:
    """`owner` has the trades, `author` and `rival` offer; `stranger` buys and has nothing to do with either."""

    app: Litestar
    container: AsyncContainer
    client: httpx.AsyncClient
    clock: FixedClock
    dsn: str
    app_dsn: str
    owner: Person
    author: Person
    rival: Person
    invited: Person
    other_owner: Person
    stranger: Person
    moderator: Person
    admin: Person

    async def call(
        self, method: str, path: str, who: Person | None = None, body: Any = None, params: Any = None
    ) -> httpx.Response:
        headers = who.headers if who else {}
        place = f"/api/v1/trade-desk{path}"
        return await self.client.request(method, place, json=body, headers=headers, params=params)

    async def trade(self, *, is_draft: bool = False, **changes: Any) -> Trade:
        """Published a moment ago by `owner`, for a week."""
        now = self.clock.now()
        given = {"owner": UserId(self.owner.id), "created_at": now, "valid_until": now + timedelta(days=7), **changes}
        trade = a_trade(**given) if is_draft else a_published_trade(now, **given)
        await self.add(trade)
        return trade

    async def add(self, trade: Trade) -> None:
        async with self.container() as scope:
            trades = await scope.get(Trades)
            async with await scope.get(Transaction):
                await trades.add(trade)

    async def offer(self, trade: Trade, who: Person | None = None, **changes: Any) -> str:
        body = {**OFFER, **changes}
        return str(data(await self.call("POST", f"/trades/{trade.id}/offers", who or self.author, body), 201)["id"])

    async def expire_order(self, order: str) -> None:
        """Its payment is overdue, and the worker does all that follows."""
        self.clock.advance(PAYMENT_TIME)
        async with self.container() as scope:
            await (await scope.get(ExpireOrder))(OrderId(UUID(order)))
        self.clock.advance(-PAYMENT_TIME)
        await self.work()

    async def work(self) -> None:
        """The worker does what is due."""
        await Worker(self.container, await self.container.get(Queue), handlers, self.app_dsn).drain()

    async def fetch(self, statement: str, *values: Any) -> list[asyncpg.Record]:
        return await rows_of(self.dsn, statement, *values)


@asynccontextmanager
async def running_desk(database: Database, redis_url: str, data_dir: Path) -> AsyncIterator[Desk]:
    settings = Settings.from_environment({
        "ENVIRONMENT": "development", "DATABASE_URL": database.app_dsn, "REDIS_URL": redis_url,
        "DATA_DIR": str(data_dir), "SECRET_KEY": "uJ3vYb0h7Qm2Xc9dLr5Tz8Wn1Kp4Sg6Af-Ei_Oy",
        "ALLOWED_ORIGINS": "https://shop.example", **AMPLE_LIMITS,
    })  # fmt: skip
    clock = FixedClock(SystemClock().now())
    async with a_container(settings, ClockOfTheTest(clock)) as container:
        author, rival, invited, other_owner = await people_in(container, *["seller"] * 4)
        owner, stranger, moderator, admin = await people_in(container, "buyer", "buyer", "moderator", "admin")
        with an_app(container, settings) as app:
            gate: Any = Gate(app, allowed_hosts=frozenset(), new_id=uuid4)
            transport = httpx.ASGITransport(gate)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                yield Desk(
                    app, container, client, clock, database.admin_dsn, database.app_dsn, owner, author, rival, invited,
                    other_owner, stranger, moderator, admin,
                )  # fmt: skip
