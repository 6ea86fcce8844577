"""The whole application with Stripe set up, as the simulator plays it; its webhooks come in through the gate."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
import pytest_asyncio
from dishka import AsyncContainer

from marketplace.entrypoints.http.gate import Gate
from marketplace.entrypoints.wiring.settings import Settings
from marketplace.entrypoints.worker.ports import Queue
from marketplace.entrypoints.worker.subscriptions import handlers
from marketplace.entrypoints.worker.worker import Worker
from prove.people import PRODUCT, Person, people
from simulators.stripe import StripeSimulator, running, signed
from tests.apps import a_container, an_app
from tests.engines import Database, rows_of
from tests.http.commerce.market import data
from tests.http.identity.house import settings_of

KEY, SECRET, NEXT_SECRET = "sk_test_canary0secret", "whsec_canary0webhook", "whsec_canary0next"
WEBHOOK = "/payments/providers/stripe/webhook"


@dataclass
class Shop:
    container: AsyncContainer
    client: httpx.AsyncClient
    stripe: StripeSimulator
    dsn: str
    app_dsn: str
    seller: Person
    buyer: Person
    other: Person

    async def call(self, method: str, path: str, who: Person | None = None, body: Any = None, **more: Any) -> Any:
        headers = {**(who.headers if who else {}), **more.pop("headers", {})}
        if body is not None:
            more["json"] = body
        return await self.client.request(method, f"/api/v1{path}", headers=headers, **more)

    async def order(self) -> str:
        """The id of one that the buyer is to pay."""
        product = data(await self.call("POST", "/products", self.seller, PRODUCT), 201)["id"]
        wish = {"product_id": product, "offered_price": 750}
        offer = data(await self.call("POST", "/offers", self.buyer, wish), 201)["id"]
        return str(data(await self.call("PATCH", f"/offers/{offer}/accept", self.seller))["transaction_id"])

    async def pay(self, order: str, **means: Any) -> dict[str, Any]:
        body = {"payment_method": "stripe", **means}
        paid: dict[str, Any] = data(await self.call("POST", f"/payments/order/{order}/pay", self.buyer, body), 201)
        return paid

    async def payment(self, payment: str) -> dict[str, Any]:
        found: dict[str, Any] = data(await self.call("GET", f"/payments/{payment}", self.buyer))
        return found

    async def told(self, body: bytes, signature: str) -> httpx.Response:
        headers = {"stripe-signature": signature, "content-type": "application/json"}
        return await self.client.post(f"/api/v1{WEBHOOK}", content=body, headers=headers)

    async def work(self, *, raising: bool = True) -> None:
        """Everything the worker has to do by now."""
        await Worker(self.container, await self.container.get(Queue), handlers, self.app_dsn).drain(raising=raising)

    async def rows(self, statement: str, *values: Any) -> list[asyncpg.Record]:
        return await rows_of(self.dsn, statement, *values)

    async def intent(self, payment: str) -> dict[str, Any]:
        """Stripe's side of it."""
        (row,) = await self.rows("SELECT intent_id FROM payments.stripe_intents WHERE payment_id = $1", UUID(payment))
        return self.stripe.books.get(row["intent_id"], "payment_intent")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(
    database: Database, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[AsyncContainer, httpx.AsyncClient, StripeSimulator, Settings]]:
    """Of all tests of a module."""
    async with running(StripeSimulator(key=KEY)) as stripe:
        stripe_settings = {
            "STRIPE_SECRET_KEY": KEY, "STRIPE_WEBHOOK_SECRET": f"{SECRET},{NEXT_SECRET}",
            "STRIPE_API_BASE": stripe.origin,
        }  # fmt: skip
        settings = settings_of(database, redis_url, tmp_path_factory.mktemp("shop"), **stripe_settings)
        async with a_container(settings) as container:
            with an_app(container, settings) as app:
                gate: Any = Gate(app, allowed_hosts=frozenset(), new_id=uuid4)
                transport = httpx.ASGITransport(gate)
                async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                    yield container, client, stripe, settings


@pytest_asyncio.fixture(loop_scope="module")
async def shop(house: tuple[AsyncContainer, httpx.AsyncClient, StripeSimulator, Settings], database: Database) -> Shop:
    """With people of its own, and Stripe's books empty."""
    container, client, stripe, settings = house
    (seller,) = await people(database.app_dsn, settings, "seller", 1)
    buyer, other = await people(database.app_dsn, settings, "buyer", 2)
    shop = Shop(container, client, stripe, database.admin_dsn, database.app_dsn, seller, buyer, other)

    async def send(_: str, body: bytes) -> int:
        return (await shop.told(body, signed(body, [SECRET]))).status_code

    stripe.faults.clear()
    stripe.begin_anew()
    stripe.send = send
    return shop
