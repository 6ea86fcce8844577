"""The real application on a real port, with people and deals in every state that the routes speak of."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import uuid4

import httpx
import uvicorn
import uvloop
from dishka import AsyncContainer, Provider, Scope, provide

from marketplace.adapters.security.passwords import BcryptPasswords
from marketplace.application.identity.accounts import CreateAccount
from marketplace.application.identity.ports import Passwords
from marketplace.domain.identity.user import Role
from marketplace.entrypoints.http.app import create_app
from marketplace.entrypoints.http.gate import Gate
from marketplace.entrypoints.wiring.container import build
from marketplace.entrypoints.wiring.settings import Settings
from prove.ample_limits import AMPLE_LIMITS
from tests.builders.identity import PASSWORD, an_account
from tests.engines import Database

PRODUCT = {"title": "Vintage film camera", "price": 850, "category": "electronics", "feed_type": "community"}
SERVICE = {"title": "A dripping tap repaired", "price": 120, "category": "plumbing"}
GIG = {"title": "A logo drawn", "category": "graphic_design", "packages": [{"name": "Basic", "price": 90}]}
ALWAYS = [{"opens": "00:00", "closes": "24:00"}]
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
CARD = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2030, "cvc": "123"}


class QuickPasswords(Provider):
    @provide(scope=Scope.APP, override=True)
    def passwords(self) -> Passwords:
        return BcryptPasswords(b"p" * 32, cost=4)


@dataclass
class Market:
    """Access tokens by role, and ids by the names that paths and bodies have for them."""

    url: str
    tokens: dict[str, str] = field(default_factory=dict)
    ids: dict[str, list[str]] = field(default_factory=dict)


@contextmanager
def running_market(database: Database, redis_url: str, data_dir: Path) -> Iterator[Market]:
    settings = Settings.from_environment({
        "ENVIRONMENT": "development", "DATABASE_URL": database.app_dsn, "REDIS_URL": redis_url,
        "DATA_DIR": str(data_dir), "SECRET_KEY": "uJ3vYb0h7Qm2Xc9dLr5Tz8Wn1Kp4Sg6Af-Ei_Oy",
        **AMPLE_LIMITS,
    })  # fmt: skip
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        container = build(settings, QuickPasswords())
        app = Gate(create_app(container, settings), allowed_hosts=frozenset(), new_id=uuid4)
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
        admin = an_account(role=Role.ADMIN)
        runner.run(_create(container, admin))
        serving = Thread(target=runner.run, args=[server.serve(sockets=[listener])])
        serving.start()
        try:
            market = Market(f"http://127.0.0.1:{listener.getsockname()[1]}")
            _populate(market, admin.email)
            yield market
        finally:
            server.should_exit = True
            serving.join()


async def _create(container: AsyncContainer, account: Any) -> None:
    async with container() as scope:
        await (await scope.get(CreateAccount))(account)


def _populate(market: Market, admin: str) -> None:
    with httpx.Client(base_url=f"{market.url}/api/v1") as client:

        def call(method: str, path: str, role: str = "", body: Any = None) -> Any:
            headers = {"authorization": f"Bearer {market.tokens[role]}"} if role else {}
            answer = client.request(method, path, json=body, headers=headers)
            assert answer.is_success, answer.text
            return answer.json()["data"]

        bystanders = [f"bystander{number}" for number in range(8)]
        for role in ("buyer", "seller", "leaver", "closer", "goner", *bystanders):
            person = an_account()
            body = {
                "email": person.email, "username": person.username, "password": PASSWORD, "full_name": "Amina Karimova",
                "role": "seller" if role == "seller" else "buyer",
            }  # fmt: skip
            registered = call("POST", "/auth/register", body=body)
            market.tokens[role] = registered["access_token"]
            if role in bystanders:
                market.ids.setdefault("user_id", []).append(registered["user"]["id"])
        credentials = {"identifier": admin, "password": PASSWORD}
        market.tokens["admin"] = call("POST", "/auth/login", body=credentials)["access_token"]

        products = [call("POST", "/products", "seller", PRODUCT)["id"] for _ in range(12)]
        wishes = [{"product_id": one, "offered_price": 750} for one in products[:8]]
        offers = [call("POST", "/offers", "buyer", wish)["id"] for wish in wishes]
        orders = [call("PATCH", f"/offers/{one}/accept", "seller")["transaction_id"] for one in offers[:3]]
        pay = {"payment_method": "credit_card", "card": CARD}
        payments = [call("POST", f"/payments/order/{one}/pay", "buyer", pay)["id"] for one in orders[:1]]
        held = [call("POST", "/products", "seller", {**PRODUCT, "tags": ["t.me/x"]})["id"] for _ in range(4)]
        queue = call("GET", "/moderation/queue", "admin")["items"]
        services = [call("POST", "/services", "seller", SERVICE)["id"] for _ in range(8)]
        gigs = [call("POST", "/gigs", "seller", GIG)["id"] for _ in range(4)]
        opening = {"week": {day: ALWAYS for day in DAYS}}
        call("PUT", f"/services/{services[-1]}/availability", "seller", opening)
        slots = call("GET", f"/services/{services[-1]}/availability")["slots"][:4]
        path = f"/services/{services[-1]}/bookings"
        bookings = [call("POST", path, "buyer", {"starts_at": slot["starts_at"]})["id"] for slot in slots]
        workers = [call("PUT", "/workers/me", "seller", {"headline": "Repairs cameras"})["id"]]
        market.ids |= {
            "product_id": products, "offer_id": offers, "order_id": orders, "payment_id": payments,
            "worker_id": workers, "service_id": services, "gig_id": gigs, "booking_id": bookings,
            "slug": ["electronics", "plumbing"], "item_id": [item["id"] for item in queue], "listing_id": held,
        }  # fmt: skip
