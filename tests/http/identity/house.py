"""The whole application behind its gate, with the worker at hand, as development runs it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from dishka import AsyncContainer, Provider, Scope, provide

from marketplace.adapters.security.passwords import BcryptPasswords
from marketplace.adapters.sql.pool import Lease, Pool
from marketplace.application.identity.ports import Passwords
from marketplace.entrypoints.http.gate import Gate
from marketplace.entrypoints.wiring.settings import Settings
from marketplace.entrypoints.worker.ports import Queue
from marketplace.entrypoints.worker.subscriptions import handlers
from marketplace.entrypoints.worker.worker import Worker
from prove.ample_limits import AMPLE_LIMITS
from tests.apps import a_container, an_app
from tests.builders.identity import PASSWORD, a_name
from tests.engines import Database


class QuickPasswords(Provider):
    @provide(scope=Scope.APP, override=True)
    def passwords(self) -> Passwords:
        return BcryptPasswords(b"p" * 32, cost=4)


@dataclass
class House:
    settings: Settings
    container: AsyncContainer
    client: httpx.AsyncClient
    pool: Pool

    async def post(self, path: str, body: Any = None, token: str = "", **options: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return await self.client.post(f"/api/v1/auth/{path}", json=body, headers=headers, **options)

    async def me(self, token: str) -> httpx.Response:
        return await self.client.get("/api/v1/auth/me", headers={"authorization": f"Bearer {token}"})

    async def registered(self, **changes: Any) -> dict[str, Any]:
        """The `data` of a registration's answer."""
        answer = await self.post("register", registration(**changes))
        assert answer.status_code == 201, answer.text
        data: dict[str, Any] = answer.json()["data"]
        return data

    async def outbox(self, to: str) -> list[dict[str, str]]:
        answer = await self.client.get("/dev/outbox", params={"to": to})
        assert answer.status_code == 200, answer.text
        messages: list[dict[str, str]] = answer.json()["data"]
        return messages

    def database(self) -> Lease:
        """`async with` gives a connection of the application's role."""
        return self.pool.connection()

    async def work(self) -> None:
        """Everything the worker has to do by now."""
        await Worker(
            self.container, await self.container.get(Queue), handlers, self.settings.database_url.reveal()
        ).drain()


def registration(**changes: Any) -> dict[str, Any]:
    name = a_name()
    given = {
        "email": f"{name}@marketplace.example", "username": name, "password": PASSWORD, "full_name": "Amina Karimova",
        "role": "buyer", "phone": f"+99890{uuid4().int % 10**7:07}",
    }  # fmt: skip
    return {**given, **changes}


def settings_of(
    database: Database, redis_url: str, data_dir: Path, environment: str = "development", **more: str
) -> Settings:
    return Settings.from_environment({
        "ENVIRONMENT": environment, "DATABASE_URL": database.app_dsn, "REDIS_URL": redis_url, "DATA_DIR": str(data_dir),
        "SECRET_KEY": "uJ3vYb0h7Qm2Xc9dLr5Tz8Wn1Kp4Sg6Af-Ei_Oy", **AMPLE_LIMITS, **more,
    })  # fmt: skip


@asynccontextmanager
async def running_house(
    database: Database,
    redis_url: str,
    data_dir: Path,
    environment: str = "development",
    overrides: Sequence[Provider] = (),
    **more: str,
) -> AsyncIterator[House]:
    settings = settings_of(database, redis_url, data_dir, environment, **more)
    async with a_container(settings, QuickPasswords(), *overrides) as container:
        with an_app(container, settings) as app:
            gate: Any = Gate(app, allowed_hosts=frozenset(), new_id=uuid4)
            transport = httpx.ASGITransport(gate)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                yield House(settings, container, client, await container.get(Pool))
