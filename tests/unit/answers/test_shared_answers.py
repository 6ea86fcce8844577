"""Which answers are shared, with whom, and what of a request can get into them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from litestar import Request, get
from litestar.config.cors import CORSConfig
from litestar.datastructures import CacheControlHeader
from litestar.enums import MediaType
from litestar.params import FromPath
from litestar.response import Response

from marketplace.application.shared.limits import Limit, RateWindow
from marketplace.domain.shared.errors import Unavailable
from marketplace.entrypoints.http.ahead import CallsAhead
from marketplace.entrypoints.http.answers import LARGEST, PublicAnswers
from marketplace.entrypoints.http.catalog import PUBLIC
from marketplace.entrypoints.http.frame import bare_app
from marketplace.entrypoints.http.gate import Gate
from marketplace.entrypoints.http.public_routes import LISTING, PublicRoutes
from marketplace.entrypoints.http.shared_answers import LONGEST_QUERY, CorsHeaders, SharedAnswers
from tests.fakes.limits import MemoryRateLimits
from tests.fakes.world import FixedClock

ORIGIN, OTHER_ORIGIN = "https://shop.example", "https://evil.example"
LAMP = "0197a5c0-0000-7000-8000-00000000000a"
WINDOW = (RateWindow(100_000, 60),)
Asked = Request[Any, Any, Any]


class Busy(Unavailable):
    code = "busy"


class Shop:
    """A small application that says all that it knows of the request."""

    def __init__(self, cors: CORSConfig, limit: int = 100_000) -> None:
        self.calls: list[str] = []
        self.free = asyncio.Event()
        self.free.set()
        self.fails = False
        self.answers = PublicAnswers()
        self.answers.hears(True)
        rule = (RateWindow(limit, 60),)
        self.limits = MemoryRateLimits({Limit.API: rule}, FixedClock(datetime(2030, 1, 1, tzinfo=UTC)))
        app = bare_app([*self._routes()], cors_config=cors)
        shared = SharedAnswers(app, self.answers, PublicRoutes(app), CallsAhead(self.limits, rule), CorsHeaders(cors))
        self.gate: Any = Gate(shared, allowed_hosts=frozenset(), new_id=uuid4)
        self.uncached: Any = Gate(app, allowed_hosts=frozenset(), new_id=uuid4)

    def _routes(self) -> list[Any]:
        async def said(request: Asked) -> dict[str, Any]:
            self.calls.append(request.scope["path"])
            await self.free.wait()
            if self.fails:
                raise Busy("busy")
            return {
                "call": len(self.calls), "method": request.method, "path": request.scope["path"],
                "url": str(request.url), "headers": dict(request.headers), "cookies": request.cookies,
                "query": request.scope["query_string"].decode("latin-1"), "body": (await request.body()).decode(),
            }  # fmt: skip

        @get("/api/v1/page", cache_control=PUBLIC)
        async def page(request: Asked) -> dict[str, Any]:
            return await said(request)

        @get("/api/v1/things/{thing:uuid}", cache_control=PUBLIC, opt={LISTING: "thing"})
        async def thing(request: Asked, thing: FromPath[UUID]) -> dict[str, Any]:
            return {**await said(request), "thing": str(thing)}

        @get("/api/v1/words", cache_control=PUBLIC)
        async def words(request: Asked) -> Response[dict[str, Any]]:
            return Response(await said(request), headers={"vary": "Accept-Language"})

        @get("/api/v1/devices", cache_control=PUBLIC)
        async def devices(request: Asked) -> Response[dict[str, Any]]:
            return Response(await said(request), headers={"vary": "User-Agent"})

        @get("/api/v1/cookies", cache_control=PUBLIC)
        async def cookies(request: Asked) -> Response[dict[str, Any]]:
            return Response(await said(request), headers={"set-cookie": "a=1"})

        @get("/api/v1/large", cache_control=PUBLIC, media_type=MediaType.TEXT)
        async def large(request: Asked) -> str:
            await said(request)
            return "x" * (LARGEST + 1)

        @get("/api/v1/mine", cache_control=CacheControlHeader(private=True))
        async def mine(request: Asked) -> dict[str, Any]:
            return await said(request)

        return [page, thing, words, devices, cookies, large, mine]

    async def get(self, path: str = "/page", *, method: str = "GET", gate: Any = None, **headers: str) -> Any:
        """`headers` by their names with underscores."""
        transport = httpx.ASGITransport(gate or self.gate, client=("192.0.2.1", 4711))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            return await client.request(method, f"http://localhost/api/v1{path}", headers=sent)


@pytest.fixture
def shop() -> Shop:
    return Shop(CORSConfig(allow_origins=[ORIGIN], expose_headers=["ETag"], allow_headers=["Authorization"]))


@pytest.fixture
async def closed(shop: Shop) -> AsyncIterator[Shop]:
    """Nobody gets an answer until it opens."""
    shop.free.clear()
    yield shop
    shop.free.set()


async def _all_wait(shop: Shop, number: int) -> None:
    """Everyone was counted, and has had its turn since."""
    async with asyncio.timeout(10):
        while len(shop.limits.calls[Limit.API, "network:192.0.2.1"]) < number:
            await asyncio.sleep(0)
        for _ in range(20):
            await asyncio.sleep(0)


async def test_two_hundred_who_ask_at_once_are_one_call(closed: Shop) -> None:
    asked = [asyncio.create_task(closed.get()) for _ in range(200)]
    await _all_wait(closed, 200)
    closed.free.set()
    answers = await asyncio.gather(*asked)
    assert [answer.status_code for answer in answers] == [200] * 200
    assert len({answer.content for answer in answers}) == 1
    assert len({answer.headers["x-request-id"] for answer in answers}) == 200
    assert closed.calls == ["/api/v1/page"]
    assert len({answer.headers["ratelimit-remaining"] for answer in answers}) == 200


async def test_a_failure_is_not_shared(closed: Shop) -> None:
    closed.fails = True
    asked = [asyncio.create_task(closed.get()) for _ in range(3)]
    await _all_wait(closed, 3)
    closed.free.set()
    answers = await asyncio.gather(*asked)
    assert [answer.status_code for answer in answers] == [503] * 3
    assert len({answer.json()["request_id"] for answer in answers}) == 3
    closed.fails = False
    assert (await closed.get()).status_code == 200


@pytest.mark.parametrize("leaver", [0, 1])
async def test_who_leaves_takes_nothing_from_the_others(closed: Shop, leaver: int) -> None:
    asked = [asyncio.create_task(closed.get()) for _ in range(4)]
    await _all_wait(closed, 4)
    asked.pop(leaver).cancel()
    await asyncio.sleep(0)
    closed.free.set()
    assert [(await one).status_code for one in asked] == [200] * 3
    assert (await closed.get()).status_code == 200


async def test_who_asks_after_a_change_does_not_get_what_was_read_before(closed: Shop) -> None:
    before = asyncio.create_task(closed.get(f"/things/{LAMP}"))
    await _all_wait(closed, 1)
    closed.answers.forget(LAMP)
    after = asyncio.create_task(closed.get(f"/things/{LAMP}"))
    await _all_wait(closed, 2)
    closed.free.set()
    assert {(await before).json()["call"], (await after).json()["call"]} == {2}
    assert len(closed.calls) == 2
    assert (await closed.get(f"/things/{LAMP}")).json() == (await after).json()


async def test_nothing_of_the_request_gets_into_what_others_see(shop: Shop) -> None:
    """Cache poisoning: whoever comes first brings headers that an application might believe."""
    poison = {
        "x_forwarded_host": "evil.example", "x_forwarded_for": "6.6.6.6", "x_forwarded_proto": "gopher",
        "x_original_url": "/admin", "x_http_method_override": "DELETE", "host": "evil.example", "origin": OTHER_ORIGIN,
        "accept": "text/html", "accept_encoding": "gzip", "user_agent": "<script>", "referer": "https://evil.example",
        "range": "bytes=0-1", "if_none_match": '"x"', "x_request_id": "evil", "idempotency_key": "evil",
    }  # fmt: skip
    poisoned = await shop.get("/page?a=1", **poison)
    assert (poisoned.status_code, poisoned.headers["x-request-id"]) == (200, "evil")
    clean = await shop.get("/page?a=1")
    assert clean.content == poisoned.content
    assert "evil" not in clean.text
    assert clean.json()["headers"] == {"host": "localhost"}
    assert "evil" not in str(clean.headers)
    assert len(shop.calls) == 1


@pytest.mark.parametrize(
    "header",
    [
        {"authorization": "Bearer x"}, {"cookie": "a=1"}, {"content_length": "0"}, {"transfer_encoding": "chunked"},
        {"expect": "100-continue"},
    ],
)  # fmt: skip
async def test_who_is_somebody_neither_gives_nor_gets_a_shared_answer(shop: Shop, header: dict[str, str]) -> None:
    await shop.get(**header)
    anonymous = await shop.get()
    assert anonymous.json()["call"] == 2
    assert (await shop.get(**header)).json()["call"] == 3
    assert (await shop.get()).content == anonymous.content


async def test_an_answer_to_who_signs_in_is_theirs_alone(shop: Shop) -> None:
    anonymous, known = await shop.get(), await shop.get(authorization="Bearer x")
    assert "Authorization" in anonymous.headers["vary"]
    assert "public" in anonymous.headers["cache-control"]
    assert (known.headers["cache-control"], known.headers["vary"]) == ("private, no-store", "Authorization")
    assert "etag" not in known.headers


@pytest.mark.parametrize(
    "path", ["/devices", "/cookies", "/large", "/mine", "/nothing", f"/page?{'x' * LONGEST_QUERY}x"]
)
async def test_what_is_not_for_all_is_not_kept(shop: Shop, path: str) -> None:
    for _ in range(2):
        answer = await shop.get(path)
        assert answer.status_code == (404 if path == "/nothing" else 200)
    assert len(shop.calls) == (0 if path == "/nothing" else 2)
    assert not shop.answers._places


async def test_languages_get_their_own(shop: Shop) -> None:
    words = [(await shop.get("/words", accept_language=one)).json() for one in ("uz", "ru", "uz", "ru")]
    assert [word["headers"]["accept-language"] for word in words] == ["uz", "ru", "uz", "ru"]
    assert [word["call"] for word in words] == [1, 2, 1, 2]


@pytest.mark.parametrize(
    ("one", "other", "are_one"),
    [
        ("/page?a=1&b=2", "/page?b=2&a=1", False),
        ("/page?a=1", "/page?a=%31", False),
        ("/page?a=1", "/page?a=1&utm_source=x", False),
        ("/page", "/page?a=1", False),
        ("/page", "/page?", True),
        ("/page", "/page/", True),
        ("/page?a=1", "/page/?a=1", True),
        ("/page", "/page#fragment", True),
        (f"/things/{LAMP}", f"/things/{LAMP.upper()}", False),
    ],
)
async def test_paths_are_one_only_where_they_are_written_alike(shop: Shop, one: str, other: str, are_one: bool) -> None:
    first, second = (await shop.get(one)).json(), (await shop.get(other)).json()
    assert (first["call"] == second["call"]) is are_one
    alone = (await shop.get(other, gate=shop.uncached)).json()
    assert {**second, "call": 0, "headers": 0} == {**alone, "call": 0, "headers": 0}


@pytest.mark.parametrize("path", ["/page%3Fa=1", "/%70age", "/page;a=1", "/page%00", "/page%2F", "//page", "/page/."])
async def test_a_path_that_is_written_oddly_never_gets_or_gives_anothers_answer(shop: Shop, path: str) -> None:
    await shop.get("/page?a=1")
    before = set(shop.answers._places)
    odd, alone = await shop.get(path), await shop.get(path, gate=shop.uncached)
    assert odd.status_code == alone.status_code
    new = set(shop.answers._places) - before
    assert new <= {b"/api/v1/page"}
    assert (await shop.get("/page?a=1")).json()["query"] == "a=1"


@pytest.mark.parametrize("origins", [[ORIGIN], ["*"], ["https://*.example"], []])
@pytest.mark.parametrize("origin", [ORIGIN, OTHER_ORIGIN, "null", "https://shop.example.evil", "*", ""])
async def test_origins_are_told_what_litestar_would_tell_them(origins: list[str], origin: str) -> None:
    shop = Shop(CORSConfig(allow_origins=origins, expose_headers=["ETag", "Retry-After"], max_age=600))
    for _ in range(2):
        shared, alone = await shop.get(origin=origin), await shop.get(origin=origin, gate=shop.uncached)
        names = {name for name in (*shared.headers, *alone.headers) if name.startswith("access-control")}
        assert {name: shared.headers.get(name) for name in names} == {name: alone.headers.get(name) for name in names}
        assert ("Origin" in shared.headers["vary"]) is (origins != ["*"])
    assert len(shop.calls) == 3


async def test_who_called_too_often_is_refused_though_the_answer_is_there() -> None:
    shop = Shop(CORSConfig(allow_origins=[]), limit=3)
    assert [(await shop.get()).status_code for _ in range(3)] == [200] * 3
    calls = len(shop.calls)
    await shop.get()  # to the application, whose own middleware refuses: tests/http/answers
    assert len(shop.calls) == calls + 1
