"""The whole application with a clock of the test's own and a worker that works when it is told to."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from dishka import AsyncContainer

from marketplace.adapters.clock import SystemClock
from marketplace.entrypoints.http.gate import Gate
from marketplace.entrypoints.wiring.settings import Settings
from marketplace.entrypoints.worker.ports import Queue
from marketplace.entrypoints.worker.subscriptions import handlers
from marketplace.entrypoints.worker.worker import Worker
from prove.ample_limits import AMPLE_LIMITS
from prove.people import Person, people
from tests.apps import a_container, an_app
from tests.engines import Database
from tests.fakes.clock import ClockOfTheTest
from tests.fakes.world import FixedClock
from tests.http.commerce.market import ORIGIN, Market, data


@dataclass
class Shop(Market):
    """`worker` sells too; `rival` of the market is the outsider."""

    container: AsyncContainer
    clock: FixedClock
    app_dsn: str
    worker: Person

    async def paid(self) -> str:
        """The id of an order that `buyer` has paid, its goods sold."""
        order = await self.order()
        assert data(await self.pay(order), 201)["status"] == "completed"
        await self.work()
        return order

    async def move(self, order: str, move: str, who: Person, body: Any = None) -> httpx.Response:
        return await self.call("POST", f"/orders/{order}/{move}", who, body)

    async def moved(self, order: str, move: str, who: Person, body: Any = None) -> str:
        """What the order became."""
        return str(data(await self.move(order, move, who, body))["status"])

    async def events(self, who: Person) -> list[tuple[str, Any]]:
        """Name and data of all that somebody was told."""
        found = data(await self.call("GET", "/sync/events", who, params={"after": 0}))
        return [(one["name"], one["data"]) for one in found["events"]]

    async def work(self) -> None:
        """The worker does what is due."""
        await Worker(self.container, await self.container.get(Queue), handlers, self.app_dsn).drain()


@asynccontextmanager
async def running_shop(database: Database, redis_url: str, data_dir: Path) -> AsyncIterator[Shop]:
    settings = Settings.from_environment({
        "ENVIRONMENT": "development", "DATABASE_URL": database.app_dsn, "REDIS_URL": redis_url,
        "DATA_DIR": str(data_dir), "SECRET_KEY": "uJ3vYb0h7Qm2Xc9dLr5Tz8Wn1Kp4Sg6Af-Ei_Oy", "ALLOWED_ORIGINS": ORIGIN,
        **AMPLE_LIMITS,
    })  # fmt: skip
    clock = FixedClock(SystemClock().now())
    seller, worker = await people(database.app_dsn, settings, "seller", 2)
    buyer, rival = await people(database.app_dsn, settings, "buyer", 2)
    (admin,) = await people(database.app_dsn, settings, "admin", 1)
    async with a_container(settings, ClockOfTheTest(clock)) as container:
        with an_app(container, settings) as app:
            gate: Any = Gate(app, allowed_hosts=frozenset(), new_id=uuid4)
            transport = httpx.ASGITransport(gate)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                yield Shop(
                    app, client, database.admin_dsn, seller, buyer, rival, admin, container, clock, database.app_dsn,
                    worker,
                )  # fmt: skip
