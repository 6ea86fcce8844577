"""The directory of workers over HTTP."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from prove.people import Person
from tests.http.commerce.market import data, refusal
from tests.http.people.town import Town

WORK: dict[str, Any] = {
    "headline": "Electrician, 12 years", "bio": "Wiring and fuse boxes.", "skills": ["Wiring", "wiring ", "Lighting"],
    "hourly_rate": 90.5, "currency": "AED", "is_available": True,
}  # fmt: skip


async def worker(town: Town, **changes: Any) -> Person:
    person = await town.person("seller")
    data(await town.call("PUT", "/workers/me", person, WORK | changes))
    return person


async def found(town: Town, **params: Any) -> list[UUID]:
    return [UUID(one["id"]) for one in data(await town.call("GET", "/workers", **params))["items"]]


async def test_a_worker_is_shown_as_described_and_described_anew(town: Town) -> None:
    person = await worker(town)
    shown = data(await town.call("GET", f"/workers/{person.id}"))
    assert shown == shown | {
        "id": str(person.id), "headline": "Electrician, 12 years", "bio": "Wiring and fuse boxes.",
        "skills": ["wiring", "lighting"], "hourly_rate": "90.50", "currency": "AED", "is_available": True,
        "rating": None, "is_verified": True,
    }  # fmt: skip
    assert data(await town.call("PUT", "/workers/me", person, WORK)) == shown
    less = data(await town.call("PUT", "/workers/me", person, {"headline": "Retired", "is_available": False}))
    assert less == shown | {
        "headline": "Retired", "bio": "", "skills": [], "hourly_rate": None, "currency": None, "is_available": False,
    }  # fmt: skip
    assert data(await town.call("GET", f"/workers/{person.id}")) == less


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"skills": ["x"] * 21}, "invalid_request", "skills"), ({"skills": [""]}, "invalid_request", "skills[0]"),
        ({"skills": ["ok", "\u200b"]}, "invalid_text", "skills[1]"),
        ({"headline": "ab"}, "invalid_request", "headline"),
        ({"hourly_rate": 0}, "invalid_amount", "hourly_rate"),
        ({"hourly_rate": 1.001}, "invalid_amount", "hourly_rate"),
        ({"hourly_rate": "9"}, "invalid_request", "hourly_rate"), ({"currency": "XXX"}, "unknown_currency", "currency"),
        ({"rating": 5}, "invalid_request", "rating"),
    ],
)  # fmt: skip
async def test_descriptions_are_strict(town: Town, changes: dict[str, Any], code: str, field: str) -> None:
    person = await town.person("seller")
    refusal(await town.call("PUT", "/workers/me", person, WORK | changes), 422, code, field)
    refusal(await town.call("GET", f"/workers/{person.id}"), 404, "worker_not_found")


async def test_only_sellers_are_workers(town: Town) -> None:
    refusal(await town.call("PUT", "/workers/me", await town.person(), WORK), 403, "missing_permission")
    refusal(await town.call("PUT", "/workers/me", None, WORK), 401, "not_authenticated")
    refusal(await town.call("GET", f"/workers/{uuid4()}"), 404, "worker_not_found")


async def test_workers_are_found_by_words_skill_and_availability(fresh_town: Town) -> None:
    town = fresh_town
    first = await worker(town)
    second = await worker(town, headline="Façade painter", bio="100 % weatherproof", skills=["painting"])
    third = await worker(town, headline="Painter and wirer", bio="", skills=["wiring"], is_available=False)
    newest = [third.id, second.id, first.id]
    assert await found(town) == newest
    assert await found(town, q="facade") == [second.id]
    assert await found(town, q="PAINT") == [third.id, second.id]
    assert await found(town, q="0 % w") == [second.id]
    assert await found(town, q="%%%") == []
    assert await found(town, q="painter", skill="Painting") == [second.id]
    assert await found(town, skill="WIRING") == [third.id, first.id]
    assert await found(town, skill="wiring", available="true") == [first.id]
    assert await found(town, available="false") == [third.id]
    assert await found(town, skill="wir") == []
    page = data(await town.call("GET", "/workers", per_page=2))
    assert ([UUID(one["id"]) for one in page["items"]], page["total"], page["has_more"]) == (newest[:2], 3, True)
    rest = data(await town.call("GET", "/workers", per_page=2, cursor=page["next_cursor"]))
    assert [UUID(one["id"]) for one in rest["items"]] == newest[2:]
    filtered = data(await town.call("GET", "/workers", per_page=1, skill="wiring"))
    assert filtered["total"] == 2
    assert await found(town, per_page=1, skill="wiring", cursor=filtered["next_cursor"]) == [first.id]


@pytest.mark.parametrize("word", ["null", "1", "True", ""])
async def test_availability_is_true_or_false(town: Town, word: str) -> None:
    refusal(await town.call("GET", "/workers", available=word), 422, "invalid_request", "available")


async def test_too_short_words_are_refused(town: Town) -> None:
    refusal(await town.call("GET", "/workers", q="ab"), 422, "invalid_request", "q")
    refusal(await town.call("GET", "/workers", q="a\u200b\u200b"), 422, "invalid_text", "q")


async def test_who_may_not_sell_or_is_suspended_is_not_among_the_workers(fresh_town: Town) -> None:
    town = fresh_town
    admin, person = await town.person("admin"), await worker(town)
    turns: tuple[tuple[tuple[str, str, Any], tuple[str, str, Any]], ...] = (
        (("POST", "suspend", {"reason": "No licence."}), ("POST", "activate", None)),
        (("PUT", "role", {"role": "buyer"}), ("PUT", "role", {"role": "seller"})),
    )
    for hide, show in turns:
        method, word, body = hide
        data(await town.call(method, f"/users/{person.id}/{word}", admin, body))
        refusal(await town.call("GET", f"/workers/{person.id}"), 404, "worker_not_found")
        assert await found(town) == await found(town, skill="wiring") == await found(town, q="fuse") == []
        method, word, body = show
        data(await town.call(method, f"/users/{person.id}/{word}", admin, body))
        assert await found(town) == await found(town, skill="wiring") == await found(town, q="fuse") == [person.id]
