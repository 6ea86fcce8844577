"""Finding, following and blocking people over HTTP."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from prove.people import Person
from tests.http.commerce.market import data, refusal
from tests.http.people.town import Town

SHOWN = {
    "id", "username", "full_name", "avatar_url", "is_verified", "rating", "role", "bio", "created_at",
    "followers_count", "following_count",
}  # fmt: skip


def ids(page: Any) -> list[UUID]:
    return [UUID(one["id"]) for one in page["items"]]


async def profile(town: Town, person: Person) -> dict[str, Any]:
    shown: dict[str, Any] = data(await town.call("GET", f"/users/{person.id}"))
    return shown


async def test_everybody_sees_a_profile_and_nothing_private(town: Town) -> None:
    person = await town.person("seller")
    shown = await profile(town, person)
    assert shown.keys() == SHOWN
    assert shown == shown | {
        "id": str(person.id), "full_name": "Somebody", "role": "seller", "is_verified": True, "rating": None,
        "followers_count": 0, "following_count": 0, "bio": "", "avatar_url": None,
    }  # fmt: skip


@pytest.mark.parametrize("status", ["suspended", "deleted"])
async def test_who_is_suspended_or_deleted_is_as_absent_as_nobody(town: Town, status: str) -> None:
    person, reader = await town.person("seller"), await town.person()
    hidden = "UPDATE identity.users SET status = $2, password_hash = NULL WHERE id = $1"
    await town.fetch(hidden, person.id, status)
    for path in ("", "/followers", "/following", "/products"):
        told = []
        for one in (person.id, uuid4()):
            answer = await town.call("GET", f"/users/{one}{path}")
            refusal(answer, 404, "user_not_found")
            told.append(answer.json()["detail"])
        assert told[0] == told[1]
    refusal(await town.call("POST", f"/users/{person.id}/follow", reader), 404, "user_not_found")
    refusal(await town.call("POST", f"/users/{person.id}/block", reader), 404, "user_not_found")
    assert person.id not in ids(data(await town.call("GET", "/users", reader, per_page=100)))


async def test_people_are_listed_youngest_first_by_cursor(fresh_town: Town) -> None:
    everybody = [await fresh_town.person() for _ in range(5)]
    newest = [person.id for person in reversed(everybody)]
    first = data(await fresh_town.call("GET", "/users", everybody[0], per_page=2))
    assert (ids(first), first["total"], first["has_more"]) == (newest[:2], 5, True)
    await fresh_town.person()
    second = data(await fresh_town.call("GET", "/users", everybody[0], per_page=2, cursor=first["next_cursor"]))
    assert ids(second) == newest[2:4]
    last = data(await fresh_town.call("GET", "/users", everybody[0], per_page=2, cursor=second["next_cursor"]))
    assert (ids(last), last["has_more"], last["next_cursor"]) == (newest[4:], False, None)
    by_number = data(await fresh_town.call("GET", "/users", everybody[0], per_page=4, page=2))
    assert ids(by_number) == newest[3:]


async def test_strangers_list_nobody(town: Town) -> None:
    for path in ("/users", "/users/search?q=amina", "/users/me/blocks"):
        refusal(await town.client.get(f"/api/v1{path}"), 401, "not_authenticated")


async def test_search_finds_by_beginnings_accents_and_likeness_best_first(fresh_town: Town) -> None:
    town = fresh_town
    me = await town.person("buyer", "searcher", "Nobody Else")
    exact = await town.person("buyer", "zoe", "Other Name")
    prefix = await town.person("buyer", "zoella", "Other Name")
    accented = await town.person("buyer", "someone", "Zoé Müller")
    for query in ("zoe", "ZOË", "zoe\u200b"):
        found = data(await town.call("GET", "/users/search", me, q=query))
        assert ids(found)[0] == exact.id
        assert set(ids(found)) == {exact.id, prefix.id, accented.id}
        assert (found["total"], found["has_more"], found["next_cursor"]) == (3, False, None)
    for query in ("mull", "Muller", "mulller"):
        assert ids(data(await town.call("GET", "/users/search", me, q=query))) == [accented.id]
    assert set(ids(data(await town.call("GET", "/users/search", me, q="z")))) == {exact.id, prefix.id, accented.id}
    pages = [data(await town.call("GET", "/users/search", me, q="zoe", per_page=2, page=page)) for page in (1, 2)]
    assert [len(page["items"]) for page in pages] == [2, 1]
    assert [page["has_more"] for page in pages] == [True, False]


@pytest.mark.parametrize(
    "query", ["%", "%%%", "_", "___", "\\", "a%", "' OR 1=1 --", "％％％", "::", "(((", "a" * 100, "🦊🦊🦊", "*:*"]
)
async def test_hostile_searches_find_nobody_and_break_nothing(fresh_town: Town, query: str) -> None:
    me = await fresh_town.person("buyer", "plain", "Plain Person")
    assert data(await fresh_town.call("GET", "/users/search", me, q=query))["items"] == []


@pytest.mark.parametrize(
    ("query", "code"),
    [("", "invalid_request"), ("a" * 101, "invalid_request"), ("\u200b", "invalid_text"), (" ", "invalid_text")],
)
async def test_searches_for_nothing_are_refused(town: Town, query: str, code: str) -> None:
    refusal(await town.call("GET", "/users/search", await town.person(), q=query), 422, code, "q")


async def test_following_counts_once_and_is_shown_to_all(town: Town) -> None:
    star, first, second = await town.person(), await town.person(), await town.person()
    since = data(await town.call("POST", f"/users/{star.id}/follow", first), 201)
    assert since["user_id"] == str(star.id)
    assert data(await town.call("POST", f"/users/{star.id}/follow", first), 201) == since
    data(await town.call("POST", f"/users/{star.id}/follow", second), 201)
    assert (await profile(town, star))["followers_count"] == 2
    assert (await profile(town, first))["following_count"] == 1
    followers = data(await town.call("GET", f"/users/{star.id}/followers"))
    assert (ids(followers), followers["total"]) == ([second.id, first.id], 2)
    page = data(await town.call("GET", f"/users/{star.id}/followers", per_page=1))
    rest = data(await town.call("GET", f"/users/{star.id}/followers", cursor=page["next_cursor"]))
    assert ids(page) + ids(rest) == [second.id, first.id]
    assert ids(data(await town.call("GET", f"/users/{first.id}/following"))) == [star.id]
    for _ in range(2):
        assert (await town.call("DELETE", f"/users/{star.id}/follow", first)).status_code == 204
    assert (await profile(town, star))["followers_count"] == 1
    assert ids(data(await town.call("GET", f"/users/{star.id}/followers"))) == [second.id]


async def test_nobody_follows_or_blocks_the_own_account(town: Town) -> None:
    me = await town.person()
    for deed in ("follow", "block"):
        refusal(await town.call("POST", f"/users/{me.id}/{deed}", me), 409, "not_with_yourself")


async def test_a_block_parts_two_people(town: Town) -> None:
    name = uuid4().hex[:12]
    one = await town.person("seller", f"one{name}", "One")
    other = await town.person("buyer", f"other{name}", "Other")
    for follower, followed in ((one, other), (other, one)):
        data(await town.call("POST", f"/users/{followed.id}/follow", follower), 201)
    data(await town.call("POST", f"/users/{other.id}/block", one), 201)
    for person in (one, other):
        shown = await profile(town, person)
        assert (shown["followers_count"], shown["following_count"]) == (0, 0)
    for follower, followed in ((one, other), (other, one)):
        refusal(await town.call("POST", f"/users/{followed.id}/follow", follower), 404, "user_not_found")
        found = ids(data(await town.call("GET", "/users/search", follower, q=name)))
        assert followed.id not in found
    refusal(await town.offer(await town.product(one), other), 403, "blocked")
    assert ids(data(await town.call("GET", "/users/me/blocks", one))) == [other.id]
    assert ids(data(await town.call("GET", "/users/me/blocks", other))) == [], "who is blocked is not told"
    for _ in range(2):
        assert (await town.call("DELETE", f"/users/{other.id}/block", one)).status_code == 204
    assert (await town.offer(await town.product(one), other)).status_code == 201


async def test_a_block_ends_counter_offers_but_not_refusals(town: Town) -> None:
    seller, buyer = await town.person("seller"), await town.person()
    offer = data(await town.offer(await town.product(seller), buyer), 201)["id"]
    data(await town.call("POST", f"/users/{seller.id}/block", buyer), 201)
    refusal(await town.call("PATCH", f"/offers/{offer}/counter", seller, {"counter_price": 800}), 403, "blocked")
    assert data(await town.call("PATCH", f"/offers/{offer}/decline", seller))["status"] == "declined"


async def test_one_unblocks_only_what_one_has_blocked_oneself(town: Town) -> None:
    one, other = await town.person("seller"), await town.person()
    data(await town.call("POST", f"/users/{other.id}/block", one), 201)
    assert (await town.call("DELETE", f"/users/{one.id}/block", other)).status_code == 204
    refusal(await town.offer(await town.product(one), other), 403, "blocked")


async def test_what_a_person_has_for_sale(town: Town) -> None:
    seller, buyer = await town.person("seller"), await town.person()
    first, second = await town.product(seller), await town.product(seller)
    await town.order(seller, buyer)
    page = data(await town.call("GET", f"/users/{seller.id}/products", per_page=1))
    assert ([one["id"] for one in page["items"]], page["total"], page["has_more"]) == ([second], 2, True)
    assert page["items"][0]["seller"]["id"] == str(seller.id)
    rest = data(await town.call("GET", f"/users/{seller.id}/products", cursor=page["next_cursor"]))
    assert [one["id"] for one in rest["items"]] == [first]
    assert data(await town.call("GET", f"/users/{buyer.id}/products"))["items"] == []
    answer = await town.call("GET", f"/users/{seller.id}/products", cursor="nonsense")
    refusal(answer, 400, "invalid_cursor", "cursor")
