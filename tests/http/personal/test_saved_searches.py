"""Saved searches over HTTP, and who is told of what is published."""

from typing import Any
from uuid import uuid4

from prove.people import Person
from tests.http.commerce.market import data, refusal
from tests.http.people.town import PRODUCT, Town

DUBAI = {"latitude": 25.0657, "longitude": 55.1713}


async def save(town: Town, who: Person, **search: Any) -> str:
    return str(data(await town.call("POST", "/search/saved", who, search), 201)["id"])


async def saved(town: Town, who: Person) -> list[Any]:
    found: list[Any] = data(await town.call("GET", "/search/saved", who))
    return found


async def published(town: Town, seller: Person, **changes: Any) -> str:
    return str(data(await town.call("POST", "/products", seller, PRODUCT | changes), 201)["id"])


async def told(town: Town, who: Person) -> list[tuple[str, str]]:
    """Products and saved searches."""
    events = data(await town.call("GET", "/sync/events", who))["events"]
    return [(one["data"]["productId"], one["data"]["savedSearchId"]) for one in events if one["name"] == "search:match"]


async def test_a_search_is_saved_as_it_was_asked(town: Town) -> None:
    me = await town.person()
    everything = {
        "name": "Near me", "q": "film camera", "category": "electronics", "kind": "product", "condition": "good",
        "min_price": 100, "max_price": 900.5, "currency": "AED", **DUBAI, "radius_km": 25, "notify": False,
    }  # fmt: skip
    first = data(await town.call("POST", "/search/saved", me, everything), 201)
    assert first == everything | {
        "id": first["id"], "created_at": first["created_at"], "min_price": "100.00", "max_price": "900.50",
        "latitude": "25.0657", "longitude": "55.1713", "radius_km": "25.0",
    }  # fmt: skip
    second = data(await town.call("POST", "/search/saved", me, {"category": "books"}), 201)
    assert (second["name"], second["q"], second["notify"]) == ("books", None, True)
    assert await saved(town, me) == [second, first]
    assert (await town.call("DELETE", f"/search/saved/{first['id']}", me)).status_code == 204
    assert await saved(town, me) == [second]
    refusal(await town.call("DELETE", f"/search/saved/{first['id']}", me), 404, "saved_search_not_found")


REFUSED: tuple[tuple[dict[str, Any], str, str], ...] = (
    ({}, "invalid_saved_search", "q"), ({"q": "!!!"}, "invalid_saved_search", "q"),
    ({"currency": "AED"}, "invalid_saved_search", "q"), ({"category": "nothing"}, "unknown_category", "category"),
    ({"kind": "thing"}, "invalid_request", "kind"), ({"min_price": 0}, "invalid_amount", "min_price"),
    ({"min_price": 9, "max_price": 1}, "invalid_saved_search", "min_price"),
    ({"max_price": 1, "currency": "XXX"}, "unknown_currency", "currency"),
    ({"latitude": 25.0}, "invalid_saved_search", "radius_km"),
    ({**DUBAI, "radius_km": 0}, "invalid_request", "radius_km"), ({"q": "x" * 201}, "invalid_request", "q"),
    ({"q": "x", "more": 1}, "invalid_request", "more"),
)  # fmt: skip


async def test_what_is_no_search_is_refused(town: Town) -> None:
    me = await town.person()
    for search, code, field in REFUSED:
        refusal(await town.call("POST", "/search/saved", me, search), 422, code, field)
    assert await saved(town, me) == []


async def test_twenty_searches_are_saved(town: Town) -> None:
    me = await town.person()
    for number in range(20):
        await save(town, me, q=f"camera {number}")
    refusal(await town.call("POST", "/search/saved", me, {"q": "one more"}), 409, "too_many_saved_searches")
    assert len(await saved(town, me)) == 20


async def test_saved_searches_are_ones_own(town: Town) -> None:
    me, outsider = await town.person(), await town.person()
    search = await save(town, me, q="camera")
    assert await saved(town, outsider) == []
    foreign = await town.call("DELETE", f"/search/saved/{search}", outsider)
    absent = await town.call("DELETE", f"/search/saved/{uuid4()}", outsider)
    for answer in (foreign, absent):
        refusal(answer, 404, "saved_search_not_found")
    assert [one["id"] for one in await saved(town, me)] == [search]
    for method, path in (("GET", "/search/saved"), ("POST", "/search/saved"), ("DELETE", f"/search/saved/{search}")):
        refusal(await town.call(method, path, None, {"q": "x"} if method == "POST" else None), 401, "not_authenticated")


MATCHES: tuple[dict[str, Any], ...] = (
    {"q": "CAMERA, film"}, {"q": "works kodak"}, {"q": "плёнка"}, {"category": "electronics"}, {"kind": "product"},
    {"condition": "good"}, {"min_price": 850, "max_price": 850}, {**DUBAI, "radius_km": 1},
    {"q": "camera", "category": "electronics", "kind": "product", "condition": "good", "max_price": 900},
)  # fmt: skip
OTHERS: tuple[dict[str, Any], ...] = (
    {"q": "camera lens"}, {"q": "cam"}, {"category": "books"}, {"kind": "service"}, {"condition": "new"},
    {"min_price": 850.01}, {"max_price": 849.99}, {"max_price": 900, "currency": "USD"},
    {"latitude": 25.2, "longitude": 55.27, "radius_km": 10}, {"q": "camera", "notify": False},
)  # fmt: skip


async def test_who_looks_out_for_it_is_told_of_a_new_product_once(fresh_town: Town) -> None:
    town = fresh_town
    seller = await town.person("seller")
    lucky = [(await town.person(), search) for search in MATCHES]
    unlucky = [(await town.person(), search) for search in OTHERS]
    searches = {who.id: await save(town, who, **search) for who, search in [*lucky, *unlucky]}
    twice, _ = lucky[0]
    await save(town, twice, category="electronics")
    await save(town, seller, category="electronics")
    blocked = await town.person()
    await save(town, blocked, category="electronics")
    data(await town.call("POST", f"/users/{blocked.id}/block", seller), 201)
    product = await published(
        town, seller, description="Works; with Kodak rolls.", tags=["плёнка"], location=DUBAI
    )  # fmt: skip
    await town.work()
    for who, search in lucky:
        assert await told(town, who) == [(product, searches[who.id])], search
    for who, search in unlucky:
        assert await told(town, who) == [], search
    assert (await told(town, seller), await told(town, blocked)) == ([], [])
    await town.fetch(
        "INSERT INTO jobs.job (handler, payload) SELECT handler, payload FROM jobs.job"
        " WHERE handler = 'searches.listing_published'"
    )
    await town.work()
    assert len(await told(town, twice)) == 1, "a listing is told once"


async def test_followers_alone_are_told_of_what_is_for_them(fresh_town: Town) -> None:
    town = fresh_town
    seller, follower, other = await town.person("seller"), await town.person(), await town.person()
    data(await town.call("POST", f"/users/{seller.id}/follow", follower), 201)
    searches = [await save(town, who, q="camera") for who in (follower, other)]
    product = await published(town, seller, audience="followers")
    await town.work()
    assert (await told(town, follower), await told(town, other)) == ([(product, searches[0])], [])


async def test_personal_lists_are_exported_and_go_with_the_account(fresh_town: Town) -> None:
    town = fresh_town
    seller, me, other = await town.person("seller"), await town.person(), await town.person()
    for who in (me, other):
        await save(town, who, q="camera")
    product = await published(town, seller)
    await town.work()
    for who in (me, other):
        data(await town.call("POST", f"/products/{product}/favorite", who), 201)
        await town.fetch(
            "INSERT INTO catalog.listing_views (user_id, listing_id, seen_at, counted_on)"
            " VALUES ($1, $2, now(), now())",
            who.id, product,
        )  # fmt: skip
    records = data(await town.call("GET", "/users/me/export", me))["records"]
    kinds = {"recently_seen": "listing_views"} | {
        kind: kind for kind in ("favorites", "saved_searches", "search_matches")
    }  # fmt: skip
    assert {kind: len(records[kind]) for kind in kinds} == dict.fromkeys(kinds, 1)
    assert (await town.call("DELETE", "/users/me", me)).status_code == 204
    await town.work()
    for table in kinds.values():
        rows = await town.fetch(f"SELECT user_id FROM catalog.{table}")  # noqa: S608 - our own words
        assert [row[0] for row in rows] == [other.id], table
