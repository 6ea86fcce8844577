"""Scenario 1 of system 4 as one thread: what is said, offered, agreed, paid and delivered, in one order."""

from typing import Any

from prove.people import GOOD, Person, payment
from tests.http.commerce.market import data
from tests.http.conversations.thread import Thread


async def shown(thread: Thread, who: Person) -> list[tuple[str, str, bool]]:
    """Kind, what became of it or was said, and whether it was `who`; in order."""
    items: list[dict[str, Any]] = (await thread.messages(who, after=0, per_page=100))["items"]
    assert [one["seq"] for one in items] == list(range(1, len(items) + 1))
    return [
        (one["message_type"], one["data"].get("status", one["content"]), one["sender_id"] == str(who.id))
        for one in items
    ]


async def unread(thread: Thread) -> tuple[int, int]:
    seen = await thread.seen_by(thread.buyer)
    return seen["unread_count_buyer"], seen["unread_count_seller"]


async def test_one_thread_tells_it_all_and_counts_are_right_at_each_step(fresh_thread: Thread) -> None:
    thread, town = fresh_thread, fresh_thread.town
    buyer, seller = thread.buyer, thread.seller
    wish = {"product_id": thread.product, "offered_price": 750, "message": "Could you do 750?"}
    offer = data(await town.call("POST", "/offers", buyer, wish), 201)["id"]
    await town.work()
    assert await unread(thread) == (0, 2)
    data(await town.call("POST", f"{thread.path}/read", seller, {}))
    await thread.says(seller, "Let me think.")
    counter = data(await town.call("PATCH", f"/offers/{offer}/counter", seller, {"counter_price": 800}))
    await town.work()
    assert await unread(thread) == (2, 0)
    taken = next(one for one in (counter.get("counter_offer_id"), counter.get("id")) if one and one != offer)
    order = data(await town.call("PATCH", f"/offers/{taken}/accept", buyer))["transaction_id"]
    await town.work()
    assert await unread(thread) == (2, 2)
    data(await town.call("POST", f"{thread.path}/read", buyer, {}))
    data(await town.call("POST", f"/payments/order/{order}/pay", buyer, payment(GOOD)), 201)
    await town.work()
    data(await town.call("POST", f"/orders/{order}/deliver", seller))
    await town.work()
    data(await town.call("POST", f"/orders/{order}/complete", buyer))
    await town.work()
    expected = [
        ("text", "Is the price negotiable?", True), ("offer", "pending", True), ("text", "Let me think.", False),
        ("offer", "pending", False), ("offer", "accepted", True), ("order", "placed", True), ("order", "paid", True),
        ("order", "assigned", False), ("order", "in_progress", False), ("order", "delivered", False),
        ("order", "completed", True),
    ]  # fmt: skip
    assert await shown(thread, buyer) == expected
    assert await shown(thread, seller) == [(kind, what, not mine) for kind, what, mine in expected]
    assert await unread(thread) == (3, 4)
    card = (await thread.messages(seller, after=1, per_page=1))["items"][0]
    assert (card["content"], card["data"]["amount"], card["data"]["offer_id"]) == ("Could you do 750?", "750.00", offer)
    assert [one["number"] for one in await thread.heard(buyer, "message:new")] == list(range(1, 12))


async def test_a_deal_begins_the_thread_it_is_told_in(fresh_thread: Thread) -> None:
    town, buyer = fresh_thread.town, await fresh_thread.town.person()
    _, order = await town.order(fresh_thread.seller, buyer)
    await town.work()
    (conversation,) = data(await town.call("GET", "/conversations", buyer))["items"]
    thread = Thread(town, fresh_thread.seller, buyer, "", conversation["id"])
    assert await shown(thread, buyer) == [
        ("offer", "pending", True), ("offer", "accepted", False), ("order", "placed", True),
    ]  # fmt: skip
    assert conversation["last_message"]["data"]["order_id"] == order
