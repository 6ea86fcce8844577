"""How often the API may be called, by whom, and what a caller is told of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from dishka import Provider, Scope, provide
from redis.asyncio import Redis

from marketplace.adapters.memory.rate_limits import LocalRateLimits
from marketplace.adapters.redis.rate_limits import RedisRateLimits
from marketplace.application.shared.limits import RateLimits
from marketplace.entrypoints.http.gate import Gate
from marketplace.entrypoints.wiring.settings import Settings
from prove.ample_limits import AMPLE_LIMITS
from prove.people import Person, people_in
from tests.apps import a_container, an_app
from tests.engines import Database

START = 1_800_000_000
HERE, THERE, PROXY = "192.0.2.1", "198.51.100.7", "10.0.0.9"
ORIGIN = "https://shop.example"
TOLD = {"ratelimit-limit", "ratelimit-remaining", "ratelimit-reset", "ratelimit-policy"}


class TimeOfTheTest(Provider):
    """Rate limits by a clock that stands still until the test moves it."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._rules = settings.rate_limits.by_limit

    @provide(scope=Scope.APP, override=True)
    async def rate_limits(self, redis: Redis) -> AsyncIterator[RateLimits]:
        limits = RedisRateLimits(
            redis, b"k" * 32, self._rules, LocalRateLimits(self._rules), now="redis.call('GET', 'now')"
        )
        yield limits
        await limits.close()


@dataclass
class Service:
    gate: Any
    amina: Person
    bekzod: Person

    async def call(
        self, path: str = "/api/v1/products", who: Person | None = None, peer: str = HERE, method: str = "GET",
        **headers: str,
    ) -> httpx.Response:  # fmt: skip
        """`headers` by their names with underscores."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()} | (who.headers if who else {})
        transport = httpx.ASGITransport(self.gate, client=(peer, 4711))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, path, headers=sent)

    async def statuses(self, times: int, path: str = "/api/v1/products", **options: Any) -> list[int]:
        return [(await self.call(path, **options)).status_code for _ in range(times)]


@asynccontextmanager
async def running(
    database: Database, redis_url: str, data_dir: Path, *overrides: type[TimeOfTheTest]
) -> AsyncIterator[Service]:
    settings = Settings.from_environment({
        **AMPLE_LIMITS, "ENVIRONMENT": "development", "DATABASE_URL": database.app_dsn, "REDIS_URL": redis_url,
        "DATA_DIR": str(data_dir), "RATE_LIMIT_API": "4/minute;6/hour", "TRUSTED_PROXIES": "10.0.0.0/8",
        "ALLOWED_ORIGINS": ORIGIN, "SECRET_KEY": "uJ3vYb0h7Qm2Xc9dLr5Tz8Wn1Kp4Sg6Af-Ei_Oy",
    })  # fmt: skip
    async with a_container(settings, *(override(settings) for override in overrides)) as container:
        with an_app(container, settings) as app:
            gate = Gate(app, allowed_hosts=frozenset(), new_id=uuid4, trusted_proxies=settings.trusted_proxies)
            yield Service(gate, *await people_in(container, "buyer", "buyer"))


@pytest.fixture
async def service(database: Database, redis_url: str, redis: Redis, tmp_path: Path) -> AsyncIterator[Service]:
    await redis.set("now", START)
    async with running(database, redis_url, tmp_path, TimeOfTheTest) as service:
        yield service


def told(answer: httpx.Response) -> tuple[int, int, int]:
    """Limit, remaining, reset."""
    assert answer.headers["ratelimit-policy"] == "4;w=60, 6;w=3600"
    limit, remaining, reset = (int(answer.headers[f"ratelimit-{word}"]) for word in ("limit", "remaining", "reset"))
    return limit, remaining, reset


async def test_every_answer_tells_what_is_left(service: Service, redis: Redis) -> None:
    assert told(await service.call()) == (4, 3, 61)
    await redis.incrby("now", 10)
    missing = await service.call(f"/api/v1/products/{uuid4()}")
    assert (missing.status_code, told(missing)) == (404, (4, 2, 51))
    first = await service.call()
    assert told(first) == (4, 1, 51)
    known = await service.call(if_none_match=first.headers["etag"])
    assert (known.status_code, told(known)) == (304, (4, 0, 51))


async def test_too_many_calls_are_told_when_to_come_back(service: Service, redis: Redis) -> None:
    assert await service.statuses(4) == [200] * 4
    await redis.incrby("now", 21)
    refused = await service.call()
    problem = refused.json()
    assert refused.headers["content-type"] == "application/problem+json"
    assert (refused.status_code, problem["status"], problem["code"]) == (429, 429, "rate_limited")
    assert problem["detail"] == "too often: wait 40 seconds, then try again"
    assert problem["facts"] == {"limit": 4, "window_seconds": 60}
    assert refused.headers["retry-after"] == "40"
    assert told(refused) == (4, 0, 40)
    await redis.incrby("now", 39)
    assert (await service.call()).headers["retry-after"] == "1"
    await redis.incrby("now", 1)
    again = await service.call()
    assert (again.status_code, told(again)) == (200, (6, 1, 3600 + 60 - 61))


async def test_a_user_is_counted_wherever_the_calls_come_from(service: Service) -> None:
    me = "/api/v1/auth/me"
    assert await service.statuses(3, me, who=service.amina) == [200] * 3
    assert await service.statuses(2, me, who=service.amina, peer=THERE) == [200, 429]
    assert await service.statuses(1, me, who=service.bekzod, peer=THERE) == [200]


async def test_a_network_is_counted_whoever_calls(service: Service) -> None:
    me = "/api/v1/auth/me"
    assert await service.statuses(3, me, who=service.amina) == [200] * 3
    assert await service.statuses(2, me, who=service.bekzod) == [200, 429]
    assert await service.statuses(3, me, who=service.bekzod, peer=THERE) == [200] * 3


@pytest.mark.parametrize("authorization", ["", "Bearer nonsense", "Basic YTpi"])
async def test_strangers_that_are_refused_are_counted(service: Service, authorization: str) -> None:
    answer = await service.call("/api/v1/auth/me", authorization=authorization)
    assert (answer.status_code, answer.headers["www-authenticate"], told(answer)) == (401, "Bearer", (4, 3, 61))
    assert await service.statuses(4, "/api/v1/auth/me", authorization=authorization) == [401, 401, 401, 429]
    assert await service.statuses(1) == [429]


async def test_a_limited_stranger_costs_its_victim_nothing(service: Service) -> None:
    """Who guesses at tokens spends the own network's calls, not those of the user it means."""
    await service.statuses(9, "/api/v1/auth/me", authorization=f"Bearer {service.amina.token}x")
    assert told(await service.call("/api/v1/auth/me", service.amina, THERE)) == (4, 3, 61)


@pytest.mark.parametrize("path", ["/api/products", "/api/v1/products/", "/api/products/", "/api/v1/products?page=1"])
async def test_another_spelling_is_the_same_address(service: Service, path: str) -> None:
    assert await service.statuses(4, path) == [200] * 4
    assert await service.statuses(1) == [429]


async def test_what_is_forwarded_is_believed_of_listed_proxies_alone(service: Service) -> None:
    forged = [await service.statuses(1, x_forwarded_for=f"203.0.113.{n}") for n in range(5)]
    assert forged == [[200]] * 4 + [[429]]
    honest = [await service.statuses(1, peer=PROXY, x_forwarded_for=f"203.0.113.{n}") for n in range(5)]
    assert honest == [[200]] * 5
    added = [await service.statuses(1, peer=PROXY, x_forwarded_for=f"203.0.113.{n}, {THERE}") for n in range(5)]
    assert added == [[200]] * 4 + [[429]]


async def test_addresses_that_one_subscriber_can_choose_among_are_one(service: Service) -> None:
    calls = [await service.statuses(1, peer=f"2001:db8:0:1::{n:x}") for n in range(1, 6)]
    assert calls == [[200]] * 4 + [[429]]
    assert await service.statuses(1, peer="2001:db8:0:2::1") == [200]


@pytest.mark.parametrize(
    "path",
    ["/health/live", "/health", "/metrics", "/openapi.json", "/docs", "/api/schema", "/dev/outbox?to=a@b.example"],
)
async def test_what_is_not_the_api_is_not_counted(service: Service, path: str) -> None:
    await service.statuses(5)
    answer = await service.call(path)
    assert answer.status_code == 200
    assert not TOLD & answer.headers.keys()


async def test_browsers_may_read_what_is_left_and_ask_first_without_being_counted(service: Service) -> None:
    for _ in range(6):
        await service.call(method="OPTIONS", origin=ORIGIN, access_control_request_method="GET")
    answer = await service.call(origin=ORIGIN)
    assert told(answer) == (4, 3, 61)
    exposed = {name.strip().lower() for name in answer.headers["access-control-expose-headers"].split(",")}
    assert exposed >= TOLD | {"retry-after"}


async def test_without_valkey_the_api_goes_on_at_half_the_rate(database: Database, tmp_path: Path) -> None:
    async with running(database, f"unix://{tmp_path / 'nobody.sock'}", tmp_path) as service:
        answer = await service.call()
        assert (answer.status_code, answer.headers["ratelimit-limit"]) == (200, "2")
        assert await service.statuses(2) == [200, 429]
