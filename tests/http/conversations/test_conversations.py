"""Conversations over HTTP: started, written into, read, put away, and unseen by everybody else."""

from uuid import UUID, uuid4

from marketplace.adapters.sql.messaging.queries import SqlConversationQueries
from marketplace.adapters.sql.pool import Pool
from marketplace.application.messaging.ports import Titles
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.links import PrivateLinks
from marketplace.application.shared.presence import Presence
from marketplace.domain.shared.ids import ConversationId, UserId
from tests.fakes.presence import MemoryPresence
from tests.http.commerce.market import data, refusal
from tests.http.conversations.thread import HELLO, Thread


async def test_scenario_one_unread_counts_are_right_at_each_step(thread: Thread) -> None:
    town, buyer, seller = thread.town, thread.buyer, thread.seller
    body = {"other_user_id": str(seller.id), "product_id": thread.product}
    again = data(await town.call("POST", "/conversations", buyer, body), 201)
    assert again["id"] == thread.id
    assert (again["buyer_id"], again["seller_id"]) == (str(buyer.id), str(seller.id))
    assert (again["unread_count_buyer"], again["unread_count_seller"], again["message"]) == (0, 1, None)

    read = data(await town.call("POST", f"{thread.path}/read", seller, {}))
    assert read == {"conversation_id": thread.id, "up_to": 1, "unread_count": 0}
    reply = await thread.says(seller, "For 800 it is yours.")
    assert (reply["seq"], reply["sender_id"], reply["message_type"]) == (2, str(seller.id), "text")
    await thread.says(buyer, "750?")
    for who, unread in ((buyer, 1), (seller, 1)):
        seen = await thread.seen_by(who)
        assert (seen["unread_count"], seen["unread_count_buyer"], seen["unread_count_seller"]) == (unread, 1, 1)
        assert seen["last_message"]["content"] == "750?"
        assert seen["about"]["title"] == "Vintage film camera"
        assert [one["read_up_to"] for one in seen["members"]] == [0, 1]
    data(await town.call("POST", f"{thread.path}/read", buyer, {"up_to": 2}))
    assert [one["read_up_to"] for one in (await thread.seen_by(seller))["members"]] == [2, 1]

    assert [one["number"] for one in await thread.heard(buyer, "message:new")] == [1, 2, 3]
    heard = await thread.heard(seller, "message:new")
    assert [(one["content"], one["unreadCount"]) for one in heard] == [
        (HELLO, 1), ("For 800 it is yours.", 0), ("750?", 1),
    ]  # fmt: skip
    assert heard[0]["conversationId"] == thread.id
    assert heard[0]["userId"] == str(buyer.id)
    assert await thread.heard(seller, "messages:read") == [
        {"conversationId": thread.id, "userId": str(seller.id), "upTo": 1, "unreadCount": 0},
        {"conversationId": thread.id, "userId": str(buyer.id), "upTo": 2},
    ]


async def test_pages_go_back_and_forth_without_a_gap(thread: Thread) -> None:
    for number in range(2, 8):
        await thread.says(thread.buyer, str(number))
    back, cursor = [], None
    while True:
        page = await thread.messages(thread.seller, per_page=3, **({"cursor": cursor} if cursor else {}))
        back += [one["seq"] for one in page["items"]]
        assert page["total"] == 7
        if not (cursor := page["next_cursor"]):
            break
    assert back == [7, 6, 5, 4, 3, 2, 1]
    first = await thread.messages(thread.seller, after=2, per_page=3)
    assert [one["seq"] for one in first["items"]] == [3, 4, 5]
    rest = await thread.messages(thread.seller, after=2, per_page=3, cursor=first["next_cursor"])
    assert ([one["seq"] for one in rest["items"]], rest["has_more"]) == ([6, 7], False)
    second = await thread.messages(thread.seller, page=2, per_page=3)
    assert [one["seq"] for one in second["items"]] == [4, 3, 2]
    elsewhere = data(
        await thread.town.call("POST", "/conversations", thread.buyer, {"other_user_id": str(thread.seller.id)}), 201
    )
    answer = await thread.town.call(
        "GET", f"/conversations/{elsewhere['id']}/messages", thread.buyer, cursor=page["next_cursor"] or "AAAA"
    )
    refusal(answer, 400, "invalid_cursor", "cursor")


async def test_the_inbox_has_the_latest_first_and_what_is_put_away_apart(thread: Thread) -> None:
    town, buyer = thread.town, thread.buyer
    other = data(await town.call("POST", "/conversations", buyer, {"other_user_id": str(thread.seller.id)}), 201)["id"]
    await thread.says(thread.seller, "Still interested?")
    page = data(await town.call("GET", "/conversations", buyer, per_page=1))
    assert ([one["id"] for one in page["items"]], page["total"]) == ([thread.id], 2)
    page = data(await town.call("GET", "/conversations", buyer, per_page=1, cursor=page["next_cursor"]))
    assert ([one["id"] for one in page["items"]], page["has_more"]) == ([other], False)
    assert (page["items"][0]["about"], page["items"][0]["last_message"]) == (None, None)

    aside = data(await town.call("POST", f"{thread.path}/archive", buyer))
    assert aside == {"conversation_id": thread.id, "is_archived": True, "is_muted": False}
    assert [one["id"] for one in data(await town.call("GET", "/conversations", buyer))["items"]] == [other]
    archived = data(await town.call("GET", "/conversations", buyer, archived="true"))["items"]
    assert [(one["id"], one["is_archived"]) for one in archived] == [(thread.id, True)]
    await thread.says(thread.seller, "Hello?")
    assert not (await thread.seen_by(buyer))["is_archived"]
    assert data(await town.call("POST", f"{thread.path}/mute", buyer, {}))["is_muted"]
    data(await town.call("POST", f"{thread.path}/archive", buyer))
    await thread.says(thread.seller, "Well then.")
    assert (await thread.seen_by(buyer))["is_archived"], "muted, it stays away"
    assert not data(await town.call("POST", f"{thread.path}/unarchive", buyer))["is_archived"]
    assert not data(await town.call("POST", f"{thread.path}/mute", buyer, {"is_muted": False}))["is_muted"]


async def test_outsiders_find_nothing(thread: Thread) -> None:
    for who in (await thread.town.person("seller"), await thread.town.person("admin")):
        for method, path, body in (
            ("GET", "", None), ("GET", "/messages", None), ("POST", "/messages", {"content": "Me too"}),
            ("POST", "/read", {}), ("POST", "/archive", None), ("POST", "/unarchive", None), ("POST", "/mute", {}),
        ):  # fmt: skip
            answer = await thread.town.call(method, f"{thread.path}{path}", who, body)
            refusal(answer, 404, "conversation_not_found")
        assert data(await thread.town.call("GET", "/conversations", who))["items"] == []
    assert (await thread.messages(thread.buyer))["total"] == 1


async def test_a_block_ends_writing_and_not_reading(thread: Thread) -> None:
    town, buyer, seller = thread.town, thread.buyer, thread.seller
    assert (await town.call("POST", f"/users/{buyer.id}/block", seller)).status_code < 300
    for who in (buyer, seller):
        refusal(
            await town.call("POST", f"{thread.path}/messages", who, {"content": "Hey"}), 403, "cannot_write_to_them"
        )
    refusal(
        await town.call("POST", "/conversations", buyer, {"other_user_id": str(seller.id)}), 404, "person_not_found"
    )
    assert (await thread.messages(buyer))["total"] == 1


async def test_who_is_online_is_said_unless_there_is_a_block_or_nobody_knows(thread: Thread) -> None:
    town, buyer, seller = thread.town, thread.buyer, thread.seller

    async def online() -> list[bool]:
        """The buyer and the seller, as the buyer sees them."""
        (listed,) = data(await town.call("GET", "/conversations", buyer))["items"]
        assert listed["members"] == (await thread.seen_by(buyer))["members"]
        return [one["is_online"] for one in listed["members"]]

    assert await online() == [False, False]
    presence: Presence = await town.container.get(Presence)
    await presence.came({UserId(buyer.id), UserId(seller.id)})
    assert await online() == [True, True]
    assert (await town.call("POST", f"/users/{buyer.id}/block", seller)).status_code < 300
    assert await online() == [True, False]
    away = MemoryPresence()
    away.everywhere.is_away = True
    links = await town.container.get(PrivateLinks)
    queries = SqlConversationQueries(await town.container.get(Pool), await town.container.get(Titles), away, links)
    seen = await queries.conversation(Actor(UserId(buyer.id), None, frozenset()), ConversationId(UUID(thread.id)))
    assert [one.is_online for one in seen.members] == [None, None]


async def test_what_is_not_acceptable_names_the_field(thread: Thread) -> None:
    town, buyer = thread.town, thread.buyer
    send = f"{thread.path}/messages"
    refusal(await town.call("POST", send, buyer, {"content": " \u200b "}), 422, "invalid_text", "content")
    refusal(
        await town.call("POST", send, buyer, {"content": "x", "message_type": "order"}),
        422,
        "invalid_message",
        "message_type",
    )
    refusal(await town.call("POST", send, buyer, {"content": "x" * 4_001}), 422, "invalid_request", "content")
    refusal(await town.call("POST", send, buyer, {"content": "x", "seq": 9}), 422, "invalid_request", "seq")
    body = {"other_user_id": str(buyer.id)}
    refusal(await town.call("POST", "/conversations", buyer, body), 422, "invalid_message", "other_user_id")
    body = {"other_user_id": str(thread.seller.id), "product_id": str(uuid4())}
    refusal(await town.call("POST", "/conversations", buyer, body), 404, "listing_not_found")
    assert (await thread.messages(buyer))["total"] == 1


async def test_sent_twice_under_one_name_it_is_one_message(thread: Thread) -> None:
    name = str(uuid4())
    first = await thread.says(thread.buyer, "750", client_id=name)
    assert await thread.says(thread.buyer, "750", client_id=name) == first
    assert (await thread.messages(thread.buyer))["total"] == 2
