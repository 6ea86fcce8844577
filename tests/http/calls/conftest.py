from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from marketplace.adapters.clock import SystemClock
from marketplace.entrypoints.http.gate import Gate
from marketplace.entrypoints.wiring.container import build
from prove.people import Person
from tests.apps import an_app
from tests.engines import Database
from tests.fakes.clock import ClockOfTheTest
from tests.fakes.world import FixedClock
from tests.http.commerce.market import data
from tests.http.people.town import Town
from tests.realtime.harness import settings

TURN = {"TURN_URL": "stun:stun.example.com,turn:turn.example.com:3478", "TURN_SECRET": "north"}


@dataclass
class Exchange:
    """Ann and Bob have a conversation."""

    town: Town
    clock: FixedClock
    ann: Person
    bob: Person
    conversation: str

    async def ask(self, method: str, path: str, who: Person | None, body: Any = None, **params: Any) -> httpx.Response:
        return await self.town.call(method, f"/calls{path}", who, body, **params)

    async def start(self, who: Person, conversation: str = "", media: str = "video") -> httpx.Response:
        body = {"conversation_id": conversation or self.conversation, "media": media}
        return await self.ask("POST", "", who, body)

    async def between(self, one: Person, other: Person) -> str:
        body = {"other_user_id": str(other.id)}
        return str(data(await self.town.call("POST", "/conversations", one, body), 201)["id"])

    async def started(self) -> dict[str, Any]:
        """By Ann."""
        call: dict[str, Any] = data(await self.start(self.ann), 201)
        return call

    async def heard(self, who: Person) -> list[tuple[str, Any]]:
        found = data(await self.town.call("GET", "/sync/events", who))
        return [(one["name"], one["data"]) for one in found["events"]]


@pytest.fixture
async def exchange(database: Database, redis_url: str, tmp_path: Path) -> AsyncIterator[Exchange]:
    its, clock = settings(database, redis_url, tmp_path, (), **TURN), FixedClock(SystemClock().now())
    container = build(its, ClockOfTheTest(clock))
    try:
        with an_app(container, its) as app:
            gate: Any = Gate(app, allowed_hosts=frozenset(), new_id=uuid4)
            async with httpx.AsyncClient(transport=httpx.ASGITransport(gate), base_url="http://test") as client:
                town = Town(container, client, its, database.admin_dsn, database.app_dsn)
                ann, bob = await town.person(), await town.person("seller")
                exchange = Exchange(town, clock, ann, bob, "")
                exchange.conversation = await exchange.between(ann, bob)
                yield exchange
    finally:
        await container.close()
