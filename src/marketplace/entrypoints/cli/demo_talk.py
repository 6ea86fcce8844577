"""The conversation of the demo: what two people say, what happens between them, and what each has not read yet."""

import asyncio
from time import monotonic
from typing import Any

from marketplace.entrypoints.cli.story import Person, money, title


async def begin(sara: Person, omar: Person, product: str) -> str:
    """The id of the conversation about the product."""
    title("They talk")
    seller = (await sara.api("GET", "/api/v1/auth/me"))["id"]
    async with omar.acts("writes: “Is it still there?”"):
        begun = await omar.api("POST", "/api/v1/conversations", {
            "other_user_id": seller, "product_id": product, "initial_message": "Is it still there?",
        })  # fmt: skip
    conversation = str(begun["id"])
    await sara.hears("message:new")
    await _show_unread(sara, omar, conversation)
    async with sara.acts("reads it"):
        await sara.api("POST", f"/api/v1/conversations/{conversation}/read", {})
    await omar.hears("messages:read")
    async with sara.acts("answers: “Yes. Make me an offer.”"):
        await sara.api("POST", f"/api/v1/conversations/{conversation}/messages", {"content": "Yes. Make me an offer."})
    await omar.hears("message:new")
    await _show_unread(sara, omar, conversation)
    return conversation


async def look_back(sara: Person, omar: Person, conversation: str) -> None:
    title("What stands in their conversation")
    me = (await sara.api("GET", "/api/v1/auth/me"))["id"]
    for one in await _until_paid(omar, conversation):
        (sara if one["sender_id"] == me else omar).says(f"{one['seq']:>2}  {_told(one)}")
    await _show_unread(sara, omar, conversation)
    for who in (sara, omar):
        read = await who.api("POST", f"/api/v1/conversations/{conversation}/read", {})
        who.says(f"has read up to {read['up_to']}, unread: {read['unread_count']}")


async def _until_paid(who: Person, conversation: str) -> list[dict[str, Any]]:
    path = f"/api/v1/conversations/{conversation}/messages?after=0&per_page=100"
    until = monotonic() + 10
    while monotonic() < until:
        items: list[dict[str, Any]] = (await who.api("GET", path))["items"]
        if items[-1]["data"].get("status") == "paid":
            return items
        await asyncio.sleep(0.05)
    raise RuntimeError("the payment does not appear in the conversation")


async def _show_unread(sara: Person, omar: Person, conversation: str) -> None:
    seen = await sara.api("GET", f"/api/v1/conversations/{conversation}")
    sara.says(f"has {seen['unread_count_seller']} unread")
    omar.says(f"has {seen['unread_count_buyer']} unread")


def _told(one: dict[str, Any]) -> str:
    facts = one["data"]
    if one["message_type"] == "offer":
        return f"offer of {money(facts['amount'], facts['currency'])}: {facts['status']}"
    return f"order: {facts['status']}" if one["message_type"] == "order" else f"“{one['content']}”"
