"""What the fast lane gives is, byte for byte, what the way through the gate gives; and who may not take it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from marketplace.entrypoints.http.fast_lane import FastLane
from marketplace.entrypoints.http.readiness import Readiness
from tests.engines import Database
from tests.http.answers.house import House, Wire, running_house, wire

OF_EACH_REQUEST = {"x-request-id", "ratelimit-remaining", "ratelimit-reset", "date"}
pytestmark = pytest.mark.asyncio(loop_scope="module")
ORIGINS = ("", "\norigin: https://shop.example", "\norigin: https://evil.example")
PATH = "/api/v1/products?per_page=1"


class Lane:
    """Counts what a node's fast lane answers."""

    def __init__(self, house: House) -> None:
        self._lane: FastLane = house.nodes[0].server.lane
        self._before = self._lane.given

    @property
    def given(self) -> int:
        return self._lane.given - self._before


@pytest_asyncio.fixture(loop_scope="module")
async def warm(house: House) -> AsyncIterator[Wire]:
    """Its first node keeps PATH, and knows what is left to the caller."""
    await house.product()
    for _ in range(2):
        assert (await house.get("/products?per_page=1")).status_code == 200
    async with wire(house.nodes[0]) as connection:
        yield connection


def compared(answer: tuple[int, dict[str, str], bytes]) -> tuple[int, dict[str, str], bytes]:
    status, headers, body = answer
    return status, {name: value for name, value in headers.items() if name not in OF_EACH_REQUEST}, body


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_both_ways_give_the_same(house: House, warm: Wire, method: str) -> None:
    lane = Lane(house)
    for number, origin in enumerate(ORIGINS):
        request = f"{method} {PATH}{origin}"
        # of two requests that come in one piece only the first may take the lane
        fast, slow = await warm.ask(request, request)
        assert compared(fast) == compared(slow)
        assert fast[1].keys() == slow[1].keys()
        assert bool(fast[2]) is (method == "GET")
        known = f'{request}\nif-none-match: W/{fast[1]["etag"]}, "other"'
        fast, slow = await warm.ask(known, known)
        assert fast[0] == 304
        assert compared(fast) == compared(slow)
        assert fast[1].keys() == slow[1].keys()
        assert lane.given == 2 * (number + 1)
    unknown, star = (f"{method} {PATH}\nif-none-match: {one}" for one in ('"other"', "*"))
    assert [(await warm.ask(one))[0][0] for one in (unknown, star)] == [200, 304]


async def test_each_answer_has_its_own_request_id_and_what_is_left(house: House, warm: Wire) -> None:
    lane = Lane(house)
    ((_, first, _),) = await warm.ask(f"GET {PATH}\nx-request-id: mine")
    ((_, second, _),) = await warm.ask(f"GET {PATH}\nx-request-id: <not an id>")
    assert lane.given == 2
    assert first["x-request-id"] == "mine"
    assert len(second["x-request-id"]) == 36
    assert int(second["ratelimit-remaining"]) == int(first["ratelimit-remaining"]) - 1


async def test_what_is_asked_otherwise_goes_the_way_of_all(house: House, warm: Wire) -> None:
    lane = Lane(house)
    for request in (
        f"GET {PATH}\nauthorization: Bearer x", f"GET {PATH}\ncookie: a=1", f"GET {PATH}&", f"GET {PATH}%00",
        "GET /api/products?per_page=1", "GET /api/v1/products/?per_page=1", "GET /api/v1/products?per_page=%31",
        f"OPTIONS {PATH}\norigin: https://shop.example\naccess-control-request-method: GET",
        f"POST {PATH}\ncontent-length: 0", f"DELETE {PATH}",
    ):  # fmt: skip
        await warm.ask(request)
        assert lane.given == 0, request


async def test_another_spelling_of_the_path_gets_the_same_answer_by_the_other_way(house: House, warm: Wire) -> None:
    ((_, _, plain),) = await warm.ask(f"GET {PATH}")
    for path in ("/api/products?per_page=1", "/api/v1/products/?per_page=1"):
        ((status, _, body),) = await warm.ask(f"GET {path}")
        assert (status, body) == (200, plain)


async def test_the_connection_goes_on_after_a_body_nobody_asked_for(house: House, warm: Wire) -> None:
    """A GET with a body is answered by itself, and its body is not taken for the next request."""
    warm.writer.write(
        f"GET {PATH} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 21\r\n\r\nGET /admin HTTP/1.1\r\n".encode()
    )
    assert (await warm.hear())[0] == 200
    assert [answer[0] for answer in await warm.ask(f"GET {PATH}")] == [200]


async def test_many_in_one_piece_are_all_answered_in_order(house: House, warm: Wire) -> None:
    lane = Lane(house)
    answers = await warm.ask(*(f"GET {PATH}\nx-request-id: {number}" for number in range(50)))
    assert [answer[1]["x-request-id"] for answer in answers] == [str(number) for number in range(50)]
    assert lane.given == 1


async def test_a_connection_that_is_to_close_does(house: House, warm: Wire) -> None:
    ((status, headers, _),) = await warm.ask(f"GET {PATH}\nconnection: close")
    assert (status, headers["connection"]) == (200, "close")
    assert await asyncio.wait_for(warm.reader.read(), 8) == b""


async def test_only_the_hosts_allowed_get_what_is_kept_and_a_process_that_drains_sends_all_away(
    database: Database, redis_url: str, tmp_path: Path
) -> None:
    async with running_house(database, redis_url, tmp_path, processes=1, ALLOWED_HOSTS="127.0.0.1") as house:
        for _ in range(3):
            answer = await house.get("/products")
            assert (answer.status_code, "connection" in answer.headers) == (200, False)
        for _ in range(2):
            answer = await house.get("/products", headers={"host": "evil.example"})
            assert (answer.status_code, answer.json()["code"]) == (400, "unknown_host")
        (await house.nodes[0].container.get(Readiness)).draining = True
        answer = await house.get("/products")
        assert (answer.status_code, answer.headers["connection"]) == (200, "close")


async def test_the_limit_holds_for_what_is_kept(
    database: Database, redis_url: str, redis: Redis, tmp_path: Path
) -> None:
    async with running_house(database, redis_url, tmp_path, RATE_LIMIT_API="80/hour") as house:
        lane = Lane(house)
        answers = [await house.get("/products") for _ in range(85)]
        assert [answer.status_code for answer in answers] == [200] * 80 + [429] * 5
        assert lane.given > 10
        left = [int(answer.headers["ratelimit-remaining"]) for answer in answers[:80]]
        assert left == list(range(79, -1, -1))
        assert int(answers[-1].headers["retry-after"]) > 3_500
        assert answers[-1].json()["code"] == "rate_limited"
        assert (await house.get("/products", node=1)).status_code == 429
