"""The notification centre over HTTP: what the worker puts into it, and what its owner does with that."""

from typing import Any
from uuid import uuid4

from marketplace.application.notifications.digests import SEND_DIGEST
from prove.people import Person
from tests.http.commerce.market import data, refusal
from tests.http.people.town import Town

CENTRE = "/notifications"


async def shown(town: Town, who: Person, **params: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = data(await town.call("GET", CENTRE, who, **params))["items"]
    return items


async def unread(town: Town, who: Person) -> int:
    count: int = data(await town.call("GET", f"{CENTRE}/unread-count", who))["count"]
    return count


async def events(town: Town, who: Person) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = data(await town.call("GET", "/sync/events", who))["events"]
    return found


async def mails(town: Town, who: Person) -> list[str]:
    (row,) = await town.fetch("SELECT email FROM identity.users WHERE id = $1", who.id)
    return [one["subject"] for one in data(await town.client.get("/dev/outbox", params={"to": row["email"]}))]


async def choose(town: Town, who: Person, **preferences: Any) -> dict[str, Any]:
    chosen: dict[str, Any] = data(await town.call("PUT", f"{CENTRE}/preferences", who, preferences))
    return chosen


async def test_a_deal_is_shown_to_both_in_their_languages(fresh_town: Town) -> None:
    town = fresh_town
    seller, buyer = await town.person("seller"), await town.person()
    await town.fetch("UPDATE identity.users SET language = 'ru' WHERE id = $1", buyer.id)
    product, order = await town.order(seller, buyer)
    await town.work()

    mine = await shown(town, seller)
    assert [(one["kind"], one["group"], one["title"]) for one in mine] == [
        ("order_created", "orders", "An order was placed"), ("offer_received", "offers", "You have a new offer"),
    ]  # fmt: skip
    assert mine[1]["body"] == "Price: \u2068750.00 AED\u2069"
    assert mine[1]["data"]["productId"] == product
    assert "message" not in mine[1]["data"]
    theirs = await shown(town, buyer)
    assert {one["kind"]: one["title"] for one in theirs} == {
        "order_created": "Заказ оформлен", "offer_accepted": "Предложение принято",
    }  # fmt: skip
    assert {one["data"].get("order_id", one["data"].get("transactionId")) for one in theirs} == {order}

    told = {one["name"]: one["data"].get("notification") for one in await events(town, seller)}
    assert told["offer:updated"] is None, "the seller accepted"
    assert told["offer:new"] == {"id": mine[1]["id"], "kind": "offer_received", "unreadCount": 1}
    assert told["order_created"]["unreadCount"] == 2
    assert await mails(town, seller) == ["You have a new offer"]
    assert await mails(town, buyer) == ["Предложение принято"]


async def test_reading_is_told_to_the_other_devices_once(fresh_town: Town) -> None:
    town = fresh_town
    seller, buyer = await town.person("seller"), await town.person()
    for _ in range(3):
        await town.offer(await town.product(seller), buyer)
    await town.work()
    newest, middle, oldest = (one["id"] for one in await shown(town, seller))
    for _ in range(2):
        assert data(await town.call("POST", f"{CENTRE}/{middle}/read", seller)) == {"count": 2}
    read = data(await town.call("GET", f"{CENTRE}/{middle}", seller))
    assert read["read_at"]
    assert [one["id"] for one in await shown(town, seller, unread=True)] == [newest, oldest]
    assert await shown(town, seller, kind="order_created") == []
    page = data(await town.call("GET", CENTRE, seller, per_page=2, kind="offer_received"))
    assert (page["total"], page["has_more"]) == (3, True)
    rest = await shown(town, seller, per_page=2, kind="offer_received", cursor=page["next_cursor"])
    assert [one["id"] for one in rest] == [oldest]

    assert (await town.call("DELETE", f"{CENTRE}/{newest}", seller)).status_code == 204
    assert (await town.call("DELETE", f"{CENTRE}/{middle}", seller)).status_code == 204
    assert await unread(town, seller) == 1
    for _ in range(2):
        assert data(await town.call("POST", f"{CENTRE}/read-all", seller)) == {"count": 0}
    assert [one["data"] for one in await events(town, seller) if one["name"] == "notification:read"] == [
        {"ids": [middle], "unreadCount": 2}, {"ids": [newest], "unreadCount": 1}, {"all": True, "unreadCount": 0},
    ]  # fmt: skip
    assert (await town.call("DELETE", CENTRE, seller)).status_code == 204
    assert await shown(town, seller) == []


async def test_what_is_anothers_is_not_found(fresh_town: Town) -> None:
    town = fresh_town
    seller, buyer = await town.person("seller"), await town.person()
    await town.offer(await town.product(seller), buyer)
    await town.work()
    (mine,) = await shown(town, seller)
    before = mine, await unread(town, seller)
    for method, path in (("GET", ""), ("POST", "/read"), ("DELETE", "")):
        for which in (mine["id"], uuid4()):
            answer = await town.call(method, f"{CENTRE}/{which}{path}", buyer)
            refusal(answer, 404, "notification_not_found")
    await town.call("POST", f"{CENTRE}/read-all", buyer)
    await town.call("DELETE", CENTRE, buyer)
    assert (*(await shown(town, seller)), await unread(town, seller)) == before
    refusal(await town.call("GET", CENTRE), 401, "not_authenticated")
    refusal(await town.call("GET", CENTRE, seller, kind="gossip"), 422, "invalid_request", "kind")


async def test_preferences_are_replaced_as_a_whole(town: Town) -> None:
    me, outsider = await town.person(), await town.person()
    at_first = data(await town.call("GET", f"{CENTRE}/preferences", me))
    assert at_first["channels"]["offers"] == {"in_app": True, "push": True, "email": True, "sms": False}
    assert at_first["channels"]["messages"] == {"in_app": False, "push": True, "email": False, "sms": False}
    assert (at_first["time_zone"], at_first["quiet_hours"], at_first["digest"]) == ("UTC", None, None)
    hours = {"from": "22:00", "until": "07:30"}
    digest = {"every": "weekly", "hour": 9, "weekday": "friday", "groups": ["offers", "searches"]}
    chosen = await choose(
        town, me, channels={"offers": {"push": False}}, time_zone="Asia/Tashkent", quiet_hours=hours, digest=digest
    )
    assert chosen["channels"]["offers"] == {"in_app": True, "push": False, "email": True, "sms": False}
    assert chosen["channels"]["orders"] == at_first["channels"]["orders"]
    assert (chosen["time_zone"], chosen["quiet_hours"], chosen["digest"]) == ("Asia/Tashkent", hours, digest)
    assert data(await town.call("GET", f"{CENTRE}/preferences", me)) == chosen
    assert data(await town.call("GET", f"{CENTRE}/preferences", outsider)) == at_first
    assert await choose(town, me, digest={"every": "off"}) == at_first


REFUSED: tuple[tuple[dict[str, Any], str, str], ...] = (
    ({"channels": {"account": {"email": False}}}, "channel_always_on", "channels.account.email"),
    ({"channels": {"gossip": {}}}, "invalid_request", "channels"),
    ({"channels": {"offers": {"fax": True}}}, "invalid_request", "channels[...].fax"),
    ({"time_zone": "Mars/Base"}, "unknown_time_zone", "time_zone"),
    ({"quiet_hours": {"from": "22:00", "until": "22:00"}}, "invalid_quiet_hours", "quiet_hours.until"),
    ({"quiet_hours": {"from": "25:00", "until": "22:00"}}, "invalid_request", "quiet_hours.from"),
    ({"quiet_hours": {"from": "22:00", "until": "07:00\n"}}, "invalid_request", "quiet_hours.until"),
    ({"digest": {"every": "hourly"}}, "invalid_request", "digest.every"),
    ({"digest": {"every": "daily", "hour": 24}}, "invalid_request", "digest.hour"),
    ({"digest": {"every": "daily", "groups": ["account"]}}, "not_for_digests", "digest.groups"),
    ({"colour": "red"}, "invalid_request", "colour"),
)


async def test_what_cannot_be_chosen_is_refused(town: Town) -> None:
    me = await town.person()
    before = data(await town.call("GET", f"{CENTRE}/preferences", me))
    for preferences, code, field in REFUSED:
        refusal(await town.call("PUT", f"{CENTRE}/preferences", me, preferences), 422, code, field)
    assert data(await town.call("GET", f"{CENTRE}/preferences", me)) == before


async def test_a_digest_is_one_letter_of_many(fresh_town: Town) -> None:
    town = fresh_town
    seller, buyer, silent = await town.person("seller"), await town.person(), await town.person("seller")
    await choose(town, seller, digest={"every": "daily", "hour": 8, "groups": ["offers"]}, time_zone="Asia/Dubai")
    await choose(town, silent, channels={"offers": {"in_app": False, "email": False}})
    for owner in (seller, seller, silent):
        await town.offer(await town.product(owner), buyer)
    await town.work()
    assert await mails(town, seller) == []
    (timer,) = await town.fetch("SELECT key, run_at FROM jobs.job WHERE handler = $1", SEND_DIGEST)
    assert (timer["key"], timer["run_at"].hour, timer["run_at"].minute) == (str(seller.id), 4, 0)
    await town.fetch("UPDATE jobs.job SET run_at = now() WHERE handler = $1", SEND_DIGEST)
    await town.work()
    assert await mails(town, seller) == ["Your news at a glance"]
    assert (await mails(town, silent), await shown(town, silent)) == ([], [])
    assert "notification" not in (await events(town, silent))[0]["data"]


async def test_who_leaves_leaves_nothing_behind(fresh_town: Town) -> None:
    town = fresh_town
    seller, buyer, admin = await town.person("seller"), await town.person(), await town.person("admin")
    await choose(town, seller, digest={"every": "daily", "groups": ["offers"]})
    offer = data(await town.offer(await town.product(seller), buyer), 201)["id"]
    await town.call("PATCH", f"/offers/{offer}/decline", seller)
    await town.work()
    assert await town.fetch("SELECT 1 FROM notifications.collected_letters WHERE user_id = $1", seller.id)
    assert (await town.call("DELETE", f"/users/{seller.id}", admin)).status_code == 204
    await town.work()
    for table in ("notifications", "unread", "preferences", "collected_letters"):
        sql = f"SELECT user_id FROM notifications.{table} WHERE user_id = $1"  # noqa: S608 - our own words
        left = await town.fetch(sql, seller.id)
        assert left == [], table
