"""The market with its worker at hand, and people of every role."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
from dishka import AsyncContainer

from marketplace.entrypoints.http.gate import Gate
from marketplace.entrypoints.wiring.settings import Settings
from marketplace.entrypoints.worker.ports import Queue
from marketplace.entrypoints.worker.subscriptions import handlers
from marketplace.entrypoints.worker.worker import Worker
from prove.people import Person, people_in
from tests.apps import a_container, an_app
from tests.engines import Database, rows_of

PRODUCT = {"title": "Vintage film camera", "price": 850, "category": "electronics", "feed_type": "community"}


@dataclass
class Town:
    container: AsyncContainer
    client: httpx.AsyncClient
    settings: Settings
    dsn: str
    app_dsn: str

    async def person(self, role: str = "buyer", username: str = "", full_name: str = "") -> Person:
        (person,) = await people_in(self.container, role)
        if username:
            await self.fetch(
                "UPDATE identity.users SET username = $2, username_skeleton = $2, full_name = $3 WHERE id = $1",
                person.id, username, full_name,
            )  # fmt: skip
        return person

    async def call(
        self, method: str, path: str, who: Person | None = None, body: Any = None, **params: Any
    ) -> httpx.Response:
        options: dict[str, Any] = {} if body is None else {"json": body}
        headers = who.headers if who else {}
        return await self.client.request(method, f"/api/v1{path}", headers=headers, params=params, **options)

    async def product(self, seller: Person) -> str:
        answer = await self.call("POST", "/products", seller, PRODUCT)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["data"]["id"])

    async def offer(self, product: str, buyer: Person) -> httpx.Response:
        return await self.call("POST", "/offers", buyer, {"product_id": product, "offered_price": 750})

    async def order(self, seller: Person, buyer: Person) -> tuple[str, str]:
        """The ids of a product and of the order over it that awaits its payment."""
        product = await self.product(seller)
        offer = (await self.offer(product, buyer)).json()["data"]["id"]
        answer = await self.call("PATCH", f"/offers/{offer}/accept", seller)
        assert answer.status_code == 200, answer.text
        return product, str(answer.json()["data"]["transaction_id"])

    async def proven_long_ago(self, person: Person) -> None:
        await self.fetch(
            "UPDATE identity.sessions SET proven_at = now() - interval '6 minutes' WHERE user_id = $1", person.id
        )

    async def work(self) -> None:
        """Everything the worker has to do by now; nothing may have failed."""
        dsn = self.settings.database_url.reveal()
        await Worker(self.container, await self.container.get(Queue), handlers, dsn).drain()
        failed = await self.fetch("SELECT handler, error FROM jobs.job WHERE error IS NOT NULL")
        assert [tuple(row) for row in failed] == []

    async def fetch(self, statement: str, *values: Any) -> list[asyncpg.Record]:
        return await rows_of(self.dsn, statement, *values)


@asynccontextmanager
async def running_town(database: Database, redis_url: str, data_dir: Path, **environ: str) -> AsyncIterator[Town]:
    settings = Settings.from_environment({
        "ENVIRONMENT": "development", "DATABASE_URL": database.app_dsn, "REDIS_URL": redis_url,
        "DATA_DIR": str(data_dir), "SECRET_KEY": "uJ3vYb0h7Qm2Xc9dLr5Tz8Wn1Kp4Sg6Af-Ei_Oy",
        **environ,
    })  # fmt: skip
    async with a_container(settings) as container:
        with an_app(container, settings) as app:
            gate: Any = Gate(app, allowed_hosts=frozenset(), new_id=uuid4)
            transport = httpx.ASGITransport(gate)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                yield Town(container, client, settings, database.admin_dsn, database.app_dsn)
