"""The whole application behind its gate, with people made in SQL: no password is hashed."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
from litestar import Litestar

from marketplace.entrypoints.http.gate import Gate
from marketplace.entrypoints.wiring.settings import Settings
from prove.ample_limits import AMPLE_LIMITS
from prove.people import GOOD, Person, payment, people_in
from tests.apps import a_container, an_app
from tests.engines import Database, rows_of

ORIGIN = "https://shop.example"
SECRET_KEY = "uJ3vYb0h7Qm2Xc9dLr5Tz8Wn1Kp4Sg6Af-Ei_Oy"
PRODUCT: dict[str, Any] = {
    "title": "Vintage film camera", "price": 850, "category": "electronics", "feed_type": "community",
}  # fmt: skip


@dataclass
class Market:
    app: Litestar
    client: httpx.AsyncClient
    dsn: str
    seller: Person
    buyer: Person
    rival: Person
    admin: Person

    async def call(
        self, method: str, path: str, who: Person | None = None, body: Any = None, **options: Any
    ) -> httpx.Response:
        """`options`: headers, params, content."""
        headers = {**(who.headers if who else {}), **options.pop("headers", {})}
        if body is not None:
            options["json"] = body
        return await self.client.request(method, f"/api/v1{path}", headers=headers, **options)

    async def product(self, **changes: Any) -> str:
        """The id of a product for sale."""
        return str(data(await self.call("POST", "/products", self.seller, {**PRODUCT, **changes}), 201)["id"])

    async def offer(self, product: str, price: float = 750, who: Person | None = None) -> str:
        body = {"product_id": product, "offered_price": price}
        return str(data(await self.call("POST", "/offers", who or self.buyer, body), 201)["id"])

    async def order(self, price: float = 750) -> str:
        """The id of an order that awaits its payment by `buyer`."""
        offer = await self.offer(await self.product(), price)
        return str(data(await self.call("PATCH", f"/offers/{offer}/accept", self.seller))["transaction_id"])

    async def pay(self, order: str, card: str = GOOD, who: Person | None = None, **options: Any) -> httpx.Response:
        return await self.call("POST", f"/payments/order/{order}/pay", who or self.buyer, payment(card), **options)

    async def fetch(self, statement: str, *values: Any) -> list[asyncpg.Record]:
        return await rows_of(self.dsn, statement, *values)


@asynccontextmanager
async def running_market(database: Database, redis_url: str, data_dir: Path) -> AsyncIterator[Market]:
    settings = Settings.from_environment({
        "ENVIRONMENT": "development", "DATABASE_URL": database.app_dsn, "REDIS_URL": redis_url,
        "DATA_DIR": str(data_dir), "SECRET_KEY": SECRET_KEY, "ALLOWED_ORIGINS": ORIGIN,
        **AMPLE_LIMITS,
    })  # fmt: skip
    async with a_container(settings) as container:
        seller, buyer, rival, admin = await people_in(container, "seller", "buyer", "buyer", "admin")
        with an_app(container, settings) as app:
            gate: Any = Gate(app, allowed_hosts=frozenset(), new_id=uuid4)
            transport = httpx.ASGITransport(gate)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                yield Market(app, client, database.admin_dsn, seller, buyer, rival, admin)


def data(answer: httpx.Response, status: int = 200) -> Any:
    """The `data` of a success; numbers with decimals as the text that was sent."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    body = json.loads(answer.text, parse_float=str)
    assert set(body) == {"success", "data"}
    assert body["success"] is True
    return body["data"]


def refusal(answer: httpx.Response, status: int, code: str, *fields: str) -> dict[str, Any]:
    """The problem of a refusal that names these fields."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert (body["status"], body["code"], body["type"]) == (status, code, f"/problems/{code}")
    assert body["success"] is False
    assert body["title"]
    assert body["detail"]
    assert body["request_id"] == answer.headers["x-request-id"]
    assert [one["field"] for one in body.get("errors", [])] == list(fields), body
    return body
