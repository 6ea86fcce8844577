"""Messages over HTTP after they are sent: edited, deleted, reported, taken down, and held back."""

from typing import Any
from uuid import uuid4

from prove.people import Person
from tests.http.commerce.market import data, refusal
from tests.http.conversations.thread import HELLO, Thread

CARD = "4242 4242 4242 4242"


async def test_an_edit_is_heard_and_what_was_said_before_can_be_read(thread: Thread) -> None:
    town, buyer, seller = thread.town, thread.buyer, thread.seller
    sent = await thread.says(buyer, "Then 800, pay me on telgram")
    path = f"/messages/{sent['id']}"
    edited = data(await town.call("PATCH", path, buyer, {"content": f"Then 800, on Telegram: {CARD}"}))
    assert edited == {
        **sent, "content": "Then 800, on Telegram: ••••4242", "flags": ["messenger", "payment"],
        "edited_at": edited["edited_at"],
    }  # fmt: skip
    assert edited["edited_at"] > sent["created_at"]
    for who in (buyer, seller):
        assert (await thread.messages(who))["items"][0] == edited
        (former,) = data(await town.call("GET", f"{path}/versions", who))
        assert (former["number"], former["content"], former["data"]) == (1, "Then 800, pay me on telgram", {})
        (heard,) = await thread.heard(who, "message:updated")
        assert (heard["messageId"], heard["content"], heard["flags"]) == (
            sent["id"], edited["content"], ["messenger", "payment"],
        )  # fmt: skip
    assert (await thread.seen_by(seller))["unread_count"] == 2


async def test_what_is_deleted_is_empty_everywhere(thread: Thread) -> None:
    town, buyer, seller = thread.town, thread.buyer, thread.seller
    sent = await thread.says(buyer, "My secret")
    path = f"/messages/{sent['id']}"
    data(await town.call("PATCH", path, buyer, {"content": "My secret wish"}))
    for _ in range(2):
        answer = await town.call("DELETE", path, buyer)
        assert (answer.status_code, answer.content) == (204, b"")
    for who in (buyer, seller):
        gone = (await thread.messages(who))["items"][0]
        assert (gone["id"], gone["seq"], gone["content"], gone["data"], gone["is_deleted"]) == (
            sent["id"], 2, "", {}, True,
        )  # fmt: skip
        last = (await thread.seen_by(who))["last_message"]
        assert (last["id"], last["content"]) == (sent["id"], "")
        assert data(await town.call("GET", f"{path}/versions", who)) == []
        events = await town.call("GET", "/sync/events", who)
        assert "secret" not in events.text
        (heard,) = await thread.heard(who, "message:deleted")
        assert (heard["messageId"], heard["number"], heard["content"]) == (sent["id"], 2, "")
        assert [one["content"] for one in await thread.heard(who, "message:new")] == [HELLO, ""]
    assert (await thread.seen_by(seller))["unread_count"] == 1
    refusal(await town.call("PATCH", path, buyer, {"content": "Back"}), 409, "edit_closed")
    rows = await town.fetch("SELECT content FROM messaging.message_versions WHERE message_id = $1", sent["id"])
    assert [row["content"] for row in rows] == ["My secret", "My secret wish"]


async def test_after_a_day_a_message_is_deleted_and_not_edited(thread: Thread) -> None:
    town, buyer = thread.town, thread.buyer
    sent = await thread.says(buyer, "Old")
    await town.fetch("UPDATE messaging.messages SET created_at = now() - interval '1 day' WHERE id = $1", sent["id"])
    refusal(await town.call("PATCH", f"/messages/{sent['id']}", buyer, {"content": "New"}), 409, "edit_closed")
    assert (await town.call("DELETE", f"/messages/{sent['id']}", buyer)).status_code == 204


async def test_who_may_change_and_report_a_message(thread: Thread) -> None:
    town, buyer, seller = thread.town, thread.buyer, thread.seller
    sent = await thread.says(buyer, "Mine")
    path = f"/messages/{sent['id']}"
    calls: tuple[tuple[str, str, Any], ...] = (
        ("PATCH", path, {"content": "Ha"}), ("DELETE", path, None), ("GET", f"{path}/versions", None),
        ("POST", f"{path}/report", {"reason": "spam"}),
    )  # fmt: skip
    for outsider in (await town.person("seller"), await town.person("admin"), await town.person("moderator")):
        for method, route, body in calls:
            refusal(await town.call(method, route, outsider, body), 404, "message_not_found")
    for method, route, body in calls:
        refusal(await town.call(method, route, None, body), 401, "not_authenticated")
        unknown = route.replace(sent["id"], str(uuid4()))
        refusal(await town.call(method, unknown, buyer, body), 404, "message_not_found")
    for method, route, body in calls[:2]:
        refusal(await town.call(method, route, seller, body), 403, "not_your_message")
    refusal(await town.call("POST", f"{path}/report", buyer, {"reason": "spam"}), 403, "own_message")
    refusal(await town.call("POST", f"{path}/report", seller, {"reason": "ugly"}), 422, "invalid_request", "reason")
    refusal(await town.call("PATCH", path, buyer, {"content": " "}), 422, "invalid_text", "content")
    refusal(await town.call("PATCH", path, buyer, {"content": "x", "seq": 1}), 422, "invalid_request", "seq")
    assert (await thread.messages(seller))["items"][0] == sent


async def test_moderators_see_a_reported_message_until_they_decide(thread: Thread) -> None:
    town, buyer, seller = thread.town, thread.buyer, thread.seller
    moderator, admin = await town.person("moderator"), await town.person("admin")
    for number in range(2, 9):
        await thread.says(buyer if number % 2 else seller, f"Number {number}")
    sent = await thread.says(buyer, "You fool")
    for number in range(10, 17):
        await thread.says(buyer if number % 2 else seller, f"Number {number}")
    path = f"/messages/{sent['id']}"
    data(await town.call("PATCH", path, buyer, {"content": "You nice man"}))
    assert (await town.call("DELETE", path, buyer)).status_code == 204
    body = {"reason": "offensive", "details": " He insults me. "}
    first = data(await town.call("POST", f"{path}/report", seller, body), 201)
    assert (first["message_id"], first["reason"], first["details"]) == (sent["id"], "offensive", "He insults me.")
    assert data(await town.call("POST", f"{path}/report", seller, {"reason": "spam"}), 201) == first

    item = await _reported(thread, moderator, sent["id"])
    assert (item["message_id"], item["author_id"], item["reports"]) == (sent["id"], str(buyer.id), 1)
    assert [(one["reporter_id"], one["reason"]) for one in item["newest"]] == [(str(seller.id), "offensive")]
    assert "You" not in str(item)
    read = f"/reports/messages/{item['id']}"
    for who in (buyer, seller, await town.person("finance")):
        refusal(await town.call("GET", "/reports/messages", who), 403, "missing_permission")
        refusal(await town.call("GET", read, who), 403, "missing_permission")
    shown = data(await town.call("GET", read, moderator))
    assert (shown["message"]["id"], shown["message"]["content"]) == (sent["id"], "")
    assert [one["content"] for one in shown["versions"]] == ["You fool", "You nice man"]
    assert [one["seq"] for one in shown["around"]] == [4, 5, 6, 7, 8, 10, 11, 12, 13, 14]
    assert await _audited(thread, admin, "messaging.reported_message_read", sent["id"]) == [str(moderator.id)]

    decide = f"/moderation/items/{item['id']}/decide"
    refusal(await town.call("POST", decide, moderator, {"decision": "reject"}), 422, "reason_required", "reason")
    decided = data(await town.call("POST", decide, moderator, {"decision": "reject", "reason": "Insults."}))
    assert decided == {
        "id": item["id"], "message_id": sent["id"], "decision": "reject", "reason": "Insults.", "status": "taken_down",
    }  # fmt: skip
    refusal(await town.call("GET", read, moderator), 404, "report_not_found")
    refusal(await town.call("POST", decide, moderator, {"decision": "approve"}), 404, "moderation_item_not_found")
    waiting = data(await town.call("GET", "/reports/messages", moderator, per_page=100))["items"]
    assert item["id"] not in [one["id"] for one in waiting]
    await town.work()
    assert await thread.heard(buyer, "message:taken_down") == [
        {"messageId": sent["id"], "conversationId": thread.id, "reason": "Insults."}
    ]
    assert await thread.heard(seller, "message:taken_down") == []
    (gone,) = [one for one in (await thread.messages(seller))["items"] if one["id"] == sent["id"]]
    assert (gone["flags"], gone["content"]) == (["taken_down"], "")
    assert await _audited(thread, admin, "messaging.message_taken_down", sent["id"]) == [str(moderator.id)]


async def _reported(thread: Thread, moderator: Person, message: str) -> dict[str, Any]:
    """In the list of what waits, walked to its end."""
    found, more = list[dict[str, Any]](), dict[str, str]()
    while True:
        page = data(await thread.town.call("GET", "/reports/messages", moderator, per_page=2, **more))
        found += [one for one in page["items"] if one["message_id"] == message]
        if not page["next_cursor"]:
            break
        more = {"cursor": page["next_cursor"]}
    (item,) = found
    return item


async def _audited(thread: Thread, admin: Person, action: str, message: str) -> list[str]:
    """By whom."""
    entries = data(await thread.town.call("GET", "/audit-logs", admin, action=action, per_page=100))["items"]
    return [one["actor"] for one in entries if one["subject"] == message]


async def test_a_reported_message_is_let_be(thread: Thread) -> None:
    town, moderator = thread.town, await thread.town.person("moderator")
    sent = await thread.says(thread.buyer, "Hello")
    data(await town.call("POST", f"/messages/{sent['id']}/report", thread.seller, {"reason": "spam"}), 201)
    item = await _reported(thread, moderator, sent["id"])
    decide = f"/moderation/items/{item['id']}/decide"
    for member in (thread.buyer, thread.seller):
        refusal(await town.call("POST", decide, member, {"decision": "approve"}), 403, "missing_permission")
    decided = data(await town.call("POST", decide, moderator, {"decision": "approve"}))
    assert (decided["status"], decided["message_id"]) == ("published", sent["id"])
    assert (await thread.messages(thread.seller))["items"][0] == sent


async def test_a_moderator_does_not_decide_about_their_own_conversation(thread: Thread) -> None:
    town, moderator = thread.town, await thread.town.person("moderator")
    body = {"other_user_id": str(moderator.id), "initial_message": "Hello, fool"}
    begun = data(await town.call("POST", "/conversations", thread.buyer, body), 201)
    report = f"/messages/{begun['message']['id']}/report"
    data(await town.call("POST", report, moderator, {"reason": "offensive"}), 201)
    item = await _reported(thread, moderator, begun["message"]["id"])
    body = {"decision": "reject", "reason": "He insults me."}
    refusal(await town.call("POST", f"/moderation/items/{item['id']}/decide", moderator, body), 403, "own_message")


async def test_too_much_without_an_answer_and_too_many_strangers(thread: Thread) -> None:
    town, buyer = thread.town, thread.buyer
    for _ in range(9):
        await thread.says(buyer, "?")
    answer = await town.call("POST", f"{thread.path}/messages", buyer, {"content": "?"})
    refusal(answer, 429, "slow_mode")
    assert 55 <= int(answer.headers["retry-after"]) <= 60
    await thread.says(thread.seller, "Yes?")
    await thread.says(buyer, "At last")
    for _ in range(4):
        body = {"other_user_id": str((await town.person()).id)}
        data(await town.call("POST", "/conversations", buyer, body), 201)
    answer = await town.call("POST", "/conversations", buyer, {"other_user_id": str((await town.person()).id)})
    refusal(answer, 429, "slow_mode")
    assert 86_000 < int(answer.headers["retry-after"]) <= 86_400
    await _as_old_as_the_hills(thread, buyer)
    data(await town.call("POST", "/conversations", buyer, {"other_user_id": str((await town.person()).id)}), 201)


async def _as_old_as_the_hills(thread: Thread, person: Person) -> None:
    await thread.town.fetch("UPDATE identity.users SET created_at = now() - interval '2 days' WHERE id = $1", person.id)


async def test_whose_account_is_closed_has_no_name_and_left_the_words(thread: Thread) -> None:
    town, buyer, seller = thread.town, thread.buyer, thread.seller
    await thread.says(seller, "For 800 it is yours.")
    admin = await town.person("admin")
    assert (await town.call("DELETE", f"/users/{seller.id}", admin)).is_success
    await town.work()
    seen = await thread.seen_by(buyer)
    assert [one["username"] is None for one in seen["members"]] == [False, True]
    assert seen["members"][1]["avatar_url"] is None
    assert [one["content"] for one in (await thread.messages(buyer))["items"]] == ["For 800 it is yours.", HELLO]
    answer = await town.call("POST", f"{thread.path}/messages", buyer, {"content": "Hello?"})
    refusal(answer, 403, "cannot_write_to_them")
