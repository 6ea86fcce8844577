"""Messages by their words: in any form and script, of one's own conversations, never what is deleted."""

from typing import Any

import pytest

from prove.people import Person
from tests.http.commerce.market import data, refusal
from tests.http.conversations.thread import Thread


async def found(thread: Thread, who: Person, q: str, **params: Any) -> list[str]:
    answer = await thread.town.call("GET", "/conversations/search", who, q=q, **params)
    return [one["message"]["content"] for one in data(answer)["items"]]


async def test_messages_are_found_by_the_words_they_have(thread: Thread) -> None:
    buyer, seller = thread.buyer, thread.seller
    for words in ("Two cameras left", "Фотоаппараты по скидке", "Toʻqimachilik zavodi", "A third camera came"):
        await thread.says(seller, words)
    assert await found(thread, buyer, "camera") == ["A third camera came", "Two cameras left"]
    assert await found(thread, buyer, "CAMERAS left") == ["Two cameras left"]
    assert await found(thread, seller, "фотоаппарат") == ["Фотоаппараты по скидке"]
    assert await found(thread, seller, "to'qimachilik") == ["Toʻqimachilik zavodi"]
    assert await found(thread, buyer, "nowhere") == await found(thread, buyer, "...") == []
    page = data(await thread.town.call("GET", "/conversations/search", buyer, q="camera", per_page=1))
    assert (page["has_more"], page["items"][0]["matches"]) == (True, [{"start": 8, "length": 6}])
    page = data(
        await thread.town.call(
            "GET", "/conversations/search", buyer, q="camera", per_page=1, cursor=page["next_cursor"]
        )
    )
    assert (page["has_more"], page["items"][0]["snippet"]) == (False, "Two cameras left")
    other = await thread.town.call("GET", "/conversations/search", buyer, q="film", cursor=page["next_cursor"] or "AA")
    refusal(other, 400, "invalid_cursor", "cursor")


async def test_a_snippet_shows_the_first_match_of_a_long_message(thread: Thread) -> None:
    await thread.says(thread.seller, "word " * 200 + "the lens, scratched" + " word" * 200)
    (one,) = data(await thread.town.call("GET", "/conversations/search", thread.buyer, q="scratch lens"))["items"]
    assert [one["snippet"][at["start"] :][: at["length"]] for at in one["matches"]] == ["lens", "scratched"]
    assert len(one["snippet"]) == 160


async def test_others_find_nothing_and_nobody_what_is_deleted_or_was_edited_away(thread: Thread) -> None:
    town, buyer = thread.town, thread.buyer
    stranger = await town.person()
    sent = await thread.says(buyer, "Orange velvet")
    edited = await thread.says(buyer, "Purple velvet")
    assert len(await found(thread, thread.seller, "velvet")) == 2
    assert await found(thread, stranger, "velvet") == []
    refusal(
        await town.call("GET", "/conversations/search", stranger, q="velvet", conversation_id=thread.id),
        404, "conversation_not_found",
    )  # fmt: skip
    refusal(await town.call("GET", "/conversations/search", q="velvet"), 401, "not_authenticated")
    refusal(await town.call("GET", "/conversations/search", buyer), 422, "invalid_request", "q")
    assert (await town.call("DELETE", f"/messages/{sent['id']}", buyer)).is_success
    assert (await town.call("PATCH", f"/messages/{edited['id']}", buyer, {"content": "Green linen"})).is_success
    assert await found(thread, thread.seller, "velvet") == []
    assert await found(thread, thread.seller, "linen") == ["Green linen"]


@pytest.mark.parametrize("q", ["' | 'camera", "\\", "ba:*", "@ & !(", "#"])
async def test_operators_are_words(thread: Thread, q: str) -> None:
    await thread.says(thread.seller, "A bag")
    answer = await thread.town.call("GET", "/conversations/search", thread.buyer, q=q)
    assert (answer.status_code, data(answer)["items"]) == (200, [])


async def test_in_one_conversation(thread: Thread) -> None:
    elsewhere = {"other_user_id": str(thread.seller.id), "initial_message": "A velvet bag elsewhere"}
    other = data(await thread.town.call("POST", "/conversations", thread.buyer, elsewhere), 201)["id"]
    await thread.says(thread.buyer, "A velvet bag here")
    assert await found(thread, thread.buyer, "velvet bag") == ["A velvet bag here", "A velvet bag elsewhere"]
    assert await found(thread, thread.buyer, "velvet", conversation_id=other) == ["A velvet bag elsewhere"]
