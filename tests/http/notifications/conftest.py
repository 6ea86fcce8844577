"""The whole application, with push services on this machine in the place of the browsers' and Google's."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import pytest_asyncio
from dishka import Provider, Scope, provide

from marketplace.adapters.ids import TimeOrderedIds
from marketplace.adapters.push.fcm import Fcm
from marketplace.adapters.push.google import GoogleTokens
from marketplace.adapters.push.keys import ServiceAccount
from marketplace.adapters.push.vapid import Vapid
from marketplace.adapters.push.web_push import WebPush
from marketplace.application.identity.ports import AccessTokens
from marketplace.application.notifications.push import Push, Pushes
from marketplace.application.notifications.send_push import PushGateways
from marketplace.application.shared.ports import Clock, Transaction
from marketplace.domain.shared.ids import SessionId, UserId
from marketplace.entrypoints.wiring.push_settings import service_account
from marketplace.entrypoints.wiring.settings import Settings
from marketplace.entrypoints.worker.ports import Queue
from marketplace.entrypoints.worker.subscriptions import handlers
from marketplace.entrypoints.worker.worker import Worker
from prove.people import Person, people_in
from simulators.push import Browser, PushSimulator, running
from tests.builders.push import SERVICE
from tests.engines import Engines, copied_database
from tests.fakes.push import Rerouted, ReroutedPublic
from tests.http.commerce.market import data
from tests.http.identity.house import House, running_house

_SESSION = """
INSERT INTO identity.sessions (id, user_id, created_at, rotated_at, last_used_at, proven_at, expires_at, generation,
                               version)
VALUES ($1, $2, now(), now(), now(), now(), now() + interval '7 days', 1, 0)
"""


class RealGateways(Provider):
    """As in production, but that both hosts are the simulator's."""

    def __init__(self, push: PushSimulator) -> None:
        super().__init__()
        self._push = push

    @provide(scope=Scope.APP, override=True)
    async def gateways(self, settings: Settings, vapid: Vapid, clock: Clock) -> AsyncIterator[PushGateways]:
        anywhere, google = ReroutedPublic(self._push.origin), Rerouted(self._push.origin)
        account = service_account(settings.push)
        assert isinstance(account, ServiceAccount)
        yield PushGateways(WebPush(anywhere, vapid, clock), Fcm(google, GoogleTokens(google, account, clock), clock))
        await anywhere.close()
        await google.close()


@dataclass
class Phones:
    house: House
    push: PushSimulator
    browsers: dict[str, Browser] = field(default_factory=dict)

    async def person(self) -> Person:
        (person,) = await people_in(self.house.container, "buyer")
        return person

    async def signed_in_again(self, person: Person) -> Person:
        """With another session."""
        session = TimeOrderedIds().new()
        async with self.house.database() as connection:
            await connection.execute(_SESSION, session, person.id)
        tokens: AccessTokens = await self.house.container.get(AccessTokens)
        return Person(person.id, tokens.issue(UserId(person.id), SessionId(session), (await self.clock()).now()))

    async def call(self, method: str, path: str, who: Person | None = None, body: Any = None) -> httpx.Response:
        headers = who.headers if who else {}
        return await self.house.client.request(method, f"/api/v1{path}", json=body, headers=headers)

    async def browser(self, who: Person, name: str) -> dict[str, Any]:
        """Subscribes and registers."""
        browser = self.browsers[name] = Browser()
        endpoint = f"{SERVICE}/push/push-canary-{name}"
        body = {"platform": "web", "subscription": {"endpoint": endpoint, "keys": browser.keys}, "device_name": name}
        registered: dict[str, Any] = data(await self.call("POST", "/notifications/push-tokens", who, body), 201)
        return registered

    async def phone(self, who: Person, name: str) -> dict[str, Any]:
        body = {"platform": "android", "token": f"push-canary-{name}-of-firebase"}
        registered: dict[str, Any] = data(await self.call("POST", "/notifications/push-tokens", who, body), 201)
        return registered

    async def devices(self, who: Person) -> list[str]:
        """Their ids."""
        return [one["id"] for one in data(await self.call("GET", "/notifications/push-tokens", who))]

    @asynccontextmanager
    async def pushes(self) -> AsyncIterator[Pushes]:
        """Within a transaction."""
        async with self.house.container() as scope, await scope.get(Transaction):
            yield await scope.get(Pushes)

    async def send(self, to: Person, push: Push) -> None:
        async with self.pushes() as pushes:
            pushes.add(UserId(to.id), push)

    async def clock(self) -> Clock:
        clock: Clock = await self.house.container.get(Clock)
        return clock

    async def work(self, *, raising: bool = True) -> None:
        dsn = self.house.settings.database_url.reveal()
        worker = Worker(self.house.container, await self.house.container.get(Queue), handlers, dsn)
        await worker.drain(raising=raising)

    async def waiting(self, to: Person) -> list[Any]:
        """The pushes that are to be sent later, with the seconds until then."""
        sql = (
            "SELECT handler, extract(epoch FROM run_at - now())::int AS seconds FROM jobs.job "
            "WHERE state = 'ready' AND payload->>'to' = $1"
        )
        async with self.house.database() as connection:
            return [tuple(row) for row in await connection.fetch(sql, str(to.id))]

    async def hurry(self) -> None:
        """What is to be sent later is due now."""
        async with self.house.database() as connection:
            await connection.execute("UPDATE jobs.job SET run_at = now() WHERE state = 'ready'")

    def read(self, name: str) -> list[bytes]:
        """What the browser of this name got, opened."""
        return [self.browsers[name].read(one.body) for one in self.push.taken if one.path.endswith(f"-{name}")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def phones(
    engines: Engines, template: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Phones]:
    """On a database of their own, whose worker may be used."""
    with copied_database(engines, template) as database:
        async with running(PushSimulator(audience=SERVICE)) as push:
            credentials = push.credentials("https://oauth2.example.com/token")
            folder = tmp_path_factory.mktemp("phones")
            overrides = [RealGateways(push)]
            async with running_house(
                database,
                redis_url,
                folder,
                overrides=overrides,
                FCM_CREDENTIALS=credentials,
                WEB_PUSH_SERVICES="push.example.com",
            ) as house:
                yield Phones(house, push)
