"""The house with a clock that stands still, and people who have just proven who they are."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from marketplace.adapters.sql.pool import Pool
from marketplace.entrypoints.http.gate import Gate
from tests.apps import a_container, an_app
from tests.builders.authenticator import ORIGIN, Authenticator
from tests.builders.factors import code_of
from tests.builders.identity import NOON, PASSWORD
from tests.engines import Database
from tests.fakes.clock import ClockOfTheTest
from tests.fakes.world import FixedClock
from tests.http.identity.house import House, QuickPasswords, registration, settings_of


@dataclass
class Person:
    """`token` is of the session that acts, `elsewhere` of another one."""

    house: House
    clock: FixedClock
    email: str
    user: dict[str, Any]
    token: str
    elsewhere: str
    secret: str = ""
    recovery_codes: list[str] = field(default_factory=list)

    async def post(self, path: str, body: Any = None) -> httpx.Response:
        return await self.house.post(path, body, self.token)

    async def passkeys(self) -> list[dict[str, Any]]:
        answer = await self.call("GET", "passkeys")
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["data"]
        return found

    async def call(self, method: str, path: str) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.token}"}
        return await self.house.client.request(method, f"/api/v1/auth/{path}", headers=headers)

    def code(self, steps: int = 0) -> str:
        return code_of(self.secret, self.clock.now(), steps)

    async def enable(self) -> "Person":
        """With the code of the step before, so that two more are good now."""
        self.secret = (await self.post("2fa/setup")).json()["data"]["secret"]
        answer = await self.post("2fa/verify", {"code": self.code(-1)})
        assert answer.status_code == 200, answer.text
        self.recovery_codes = answer.json()["data"]["recovery_codes"]
        return self

    async def new_credential(self, authenticator: Authenticator) -> dict[str, Any]:
        options = await self.post("passkeys/options")
        assert options.status_code == 200, options.text
        return authenticator.create(options.json()["data"])

    async def add(self, authenticator: Authenticator, name: str = "Amina's phone") -> httpx.Response:
        credential = await self.new_credential(authenticator)
        return await self.post("passkeys", {"credential": credential, "name": name})


@dataclass
class FactorsHouse:
    house: House
    clock: FixedClock

    async def person(self) -> Person:
        email = registration()["email"]
        first = await self.house.registered(email=email)
        second = await self.house.post("login", {"identifier": email, "password": PASSWORD})
        elsewhere = second.json()["data"]
        tokens = first["access_token"], elsewhere["access_token"]
        return Person(self.house, self.clock, email, elsewhere["user"], *tokens)

    async def login_options(self) -> dict[str, Any]:
        answer = await self.house.post("passkeys/login/options")
        assert answer.status_code == 200, answer.text
        options: dict[str, Any] = answer.json()["data"]
        return options

    async def log_in(self, authenticator: Authenticator) -> httpx.Response:
        return await self.house.post("passkeys/login", {"credential": authenticator.get(await self.login_options())})


@asynccontextmanager
async def running_factors_house(database: Database, redis_url: str, data_dir: Path) -> AsyncIterator[FactorsHouse]:
    settings, clock = settings_of(database, redis_url, data_dir, PUBLIC_URL=ORIGIN), FixedClock(NOON)
    async with a_container(settings, QuickPasswords(), ClockOfTheTest(clock)) as container:
        with an_app(container, settings) as app:
            gate: Any = Gate(app, allowed_hosts=frozenset(), new_id=uuid4)
            transport = httpx.ASGITransport(gate)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                yield FactorsHouse(House(settings, container, client, await container.get(Pool)), clock)
