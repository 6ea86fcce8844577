"""Search and suggestions over HTTP; what is found by which word is in tests/contract and tests/integration/search."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplace.application.catalog.search import Vocabulary
from prove.ample_limits import AMPLE_LIMITS
from prove.people import Person
from tests.contract.catalog.test_search import a_word
from tests.engines import Database
from tests.http.commerce.market import data
from tests.http.identity.house import House, running_house
from tests.http.people.town import PRODUCT, Town


async def listed(town: Town, seller: Person, title: str, **changes: Any) -> str:
    answer = await town.call("POST", "/products", seller, {**PRODUCT, "title": title, **changes})
    return str(data(answer, 201)["id"])


async def test_a_search_answers_items_facets_and_total(town: Town) -> None:
    seller, word = await town.person("seller"), a_word()
    cheap = await listed(town, seller, f"{word} camera", price=90)
    dear = await listed(town, seller, f"{word} camera", price=900, category="books")
    found = data(await town.call("GET", "/search", q=word, sort="price_desc"))
    assert [item["id"] for item in found["items"]] == [dear, cheap]
    product = data(await town.call("GET", f"/products/{cheap}"))
    assert found["items"][1] == product | {"distance_km": None}
    assert found == found | {
        "total": 2, "page": 1, "per_page": 20, "has_more": False, "next_cursor": None,
        "facets": {
            "categories": [{"category": "books", "count": 1}, {"category": "electronics", "count": 1}],
            "price_ranges": [
                {"label": "AED 50-100", "min": "50.00", "max": "100.00", "currency": "AED", "count": 1},
                {"label": "AED 500-1000", "min": "500.00", "max": "1000.00", "currency": "AED", "count": 1},
            ],
        },
    }  # fmt: skip
    assert "total_is_estimate" not in found
    only = data(await town.call("GET", "/search", q=word, min_price="0", max_price="90.00", kind="product"))
    assert [item["id"] for item in only["items"]] == [cheap]


async def test_explain_says_which_word_matched_how(town: Town) -> None:
    seller, word = await town.person("seller"), a_word()
    await listed(town, seller, f"{word} camera", tags=["analog"])
    (item,) = data(await town.call("GET", "/search", q=f"{word} analog", explain="true"))["items"]
    assert [(one["word"], one["how"], one["where"]) for one in item["explain"]["words"]] == [
        (word, "word", "title"), ("analog", "word", "tags"),
    ]  # fmt: skip
    score, text, freshness = (float(item["explain"][name]) for name in ("score", "text", "freshness"))
    assert score == pytest.approx(text * (1 + 0.2 * freshness) + 0.01 * freshness)
    assert float(item["explain"]["engagement"]) == 0


async def test_a_cursor_leads_on_whatever_comes(town: Town) -> None:
    seller, word = await town.person("seller"), a_word()
    ids = [await listed(town, seller, word, price=price) for price in (10, 20, 30)]
    wish: dict[str, Any] = {"q": word, "sort": "price_asc", "per_page": 2}
    first = data(await town.call("GET", "/search", **wish))
    await listed(town, seller, word, price=5)
    second = data(await town.call("GET", "/search", **wish, cursor=first["next_cursor"]))
    assert [item["id"] for item in (*first["items"], *second["items"])] == ids
    assert (second["has_more"], second["total"]) == (False, 4)
    other = await town.call("GET", "/search", **{**wish, "q": a_word()}, cursor=first["next_cursor"])
    assert (other.status_code, other.json()["code"]) == (400, "invalid_cursor")


async def test_an_outsider_finds_nothing_that_is_for_followers_or_of_who_blocked_them(town: Town) -> None:
    seller, follower, stranger = await town.person("seller"), await town.person(), await town.person()
    word = a_word()
    listing = await listed(town, seller, word, audience="followers")
    data(await town.call("POST", f"/users/{seller.id}/follow", follower), 201)

    async def found(who: Person | None) -> list[str]:
        return [item["id"] for item in data(await town.call("GET", "/search", who, q=word))["items"]]

    assert await found(follower) == await found(seller) == [listing]
    assert await found(stranger) == await found(None) == []
    data(await town.call("POST", f"/users/{seller.id}/block", follower), 201)
    assert await found(follower) == []
    public = await listed(town, seller, word)
    assert (await found(follower), await found(stranger)) == ([], [public])


async def test_suggestions_complete_and_correct(town: Town) -> None:
    seller, word = await town.person("seller"), a_word()
    await listed(town, seller, f"{word} film")
    vocabulary = await town.container.get(Vocabulary)
    await vocabulary.learn()
    while await vocabulary.learn():
        pass
    for text in (word[:7], word[:4] + word[5:]):
        found = data(await town.call("GET", "/search/suggest", q=text))
        assert {"text": word, "kind": "word"} in found
        assert {"text": f"{word} film", "kind": "title"} in found
    assert {"text": "Trading cards", "kind": "category"} in data(await town.call("GET", "/search/suggest", q="trad"))
    assert data(await town.call("GET", "/search/suggest", q="\u202e ")) == []


async def test_what_makes_no_sense_is_not_acceptable(town: Town) -> None:
    refused: list[tuple[dict[str, Any], str]] = [
        ({"sort": "nearest"}, "latitude"), ({"radius_km": "5"}, "latitude"), ({"latitude": "5"}, "longitude"),
        ({"min_price": "9", "max_price": "8"}, "min_price"), ({"min_price": "1.234"}, "min_price"),
        ({"max_price": "5", "currency": "XXX"}, "currency"),
    ]  # fmt: skip
    for params, field in refused:
        answer = await town.call("GET", "/search", **params)
        assert answer.status_code == 422, answer.text
        assert [one["field"] for one in answer.json()["errors"]] == [field]


async def test_what_is_malformed_is_refused(town: Town) -> None:
    refused: list[dict[str, Any]] = [
        {"q": "a" * 10_000}, {"page": "1001"}, {"page": "0"}, {"sort": "best"}, {"latitude": "91", "longitude": "0"},
        {"latitude": "nan", "longitude": "0"}, {"radius_km": "501"}, {"min_rating": "6"}, {"category": "'; --"},
        {"min_price": "1e9"}, {"min_price": "-1"}, {"cursor": "nothing"}, {"kind": "x"},
    ]  # fmt: skip
    for params in refused:
        answer = await town.call("GET", "/search", **params)
        assert answer.status_code in {400, 422}, answer.text
        assert {one["field"] for one in answer.json()["errors"]} & params.keys(), answer.text


@pytest.fixture
async def house(database: Database, redis_url: str, tmp_path: Path) -> AsyncIterator[House]:
    more: dict[str, Any] = {**AMPLE_LIMITS}
    async with running_house(database, redis_url, tmp_path, **more) as house:
        yield house


HOSTILE = st.one_of(
    st.text(max_size=200),
    st.text("&|!()<->:*'\"\\%_#\x00\u202e\u200d\u064b ab1Яж", max_size=200),
    st.sampled_from([
        "the of and", "для и на", "a " * 99, "&", "!!", "'", "\\", "%_%", "a:*", "<->", "'#s'", "\x00", "😀 👩‍👩‍👧",
        "\u202eabc", "a'b''c", "(" * 100, "ﷺ" * 50, "ا" * 200,
    ]),
)  # fmt: skip


@settings(max_examples=40, deadline=2_000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(q=HOSTILE)
async def test_no_text_breaks_the_search(house: House, q: str) -> None:
    for path, more in (("/search", {"explain": "true"}), ("/search/suggest", {})):
        answer = await house.client.get(f"/api/v1{path}", params={"q": q, **more})
        assert answer.status_code in {200, 400, 422}, answer.text
        assert answer.json()["success"] is (answer.status_code == 200)
