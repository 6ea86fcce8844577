"""From what happens to what an endpoint hears: in order, signed, tried again, kept, and sent again on request."""

from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY

from marketplace.domain.webhooks.delivery import RETRY_AFTER
from marketplace.entrypoints.worker.webhook_sender import WebhookSender
from prove.people import GOOD, Person, payment
from prove.receiver import Heard, Receiver
from tests.http.commerce.market import data, refusal
from tests.http.people.town import Town
from tests.http.webhooks.test_endpoints import PATH, added

pytestmark = pytest.mark.asyncio(loop_scope="module")

DELIVERIES = "/webhooks/deliveries"


async def sent(town: Town) -> None:
    """What happened has reached the endpoints, or not."""
    await town.work()
    await (await town.container.get(WebhookSender)).drain()


async def later(town: Town, by: timedelta = timedelta(days=2)) -> None:
    """What waits for its next try has waited long enough."""
    await town.fetch("UPDATE webhooks.deliveries SET next_at = next_at - $1::interval WHERE status = 'pending'", by)
    await town.fetch("UPDATE webhooks.endpoints SET due_at = due_at - $1::interval", by)
    await sent(town)


async def listed(town: Town, who: Person, **params: Any) -> list[Any]:
    """Oldest first."""
    items: list[Any] = data(await town.call("GET", DELIVERIES, who, None, **params))["items"]
    return items[::-1]


async def paid_order(town: Town, seller: Person, buyer: Person) -> str:
    _, order = await town.order(seller, buyer)
    data(await town.call("POST", f"/payments/order/{order}/pay", buyer, payment(GOOD)), 201)
    await sent(town)
    return order


async def test_both_parties_hear_of_their_own_and_nobody_else(town: Town, receiver: Receiver) -> None:
    seller, buyer, other = await town.person("seller"), await town.person(), await town.person()
    secrets = {
        name: (await added(town, who, receiver.url(f"/{name}")))["secret"]
        for name, who in (("seller", seller), ("buyer", buyer), ("other", other))
    }
    order = await paid_order(town, seller, buyer)
    heard = {name: [one for one in receiver.heard if one.path == f"/{name}"] for name in secrets}
    assert heard["other"] == []
    for name in ("seller", "buyer"):
        events = [one.verified_by(secrets[name]) for one in heard[name]]
        of_order = [one for one in events if one["data"].get("order_id") == order]
        assert [one["type"] for one in of_order] == ["order.created", "payment.succeeded"]
        assert of_order[0]["data"]["amount"] == 750
        assert all(set(one) == {"type", "timestamp", "data"} for one in events)
        assert "offer.updated" in {one["type"] for one in events}
    assert {one.event["type"] for one in heard["buyer"]} >= {"offer.created"}
    assert {one.event["type"] for one in heard["seller"]} >= {"offer.received"}
    synced = data(await town.call("GET", "/sync/events", buyer))["events"]
    assert {one.id for one in heard["buyer"]} == {one["id"] for one in synced}, "the ids are those of the sequence"


async def test_what_is_sent_has_the_fields_that_the_event_type_promises(town: Town, receiver: Receiver) -> None:
    seller, buyer = await town.person("seller"), await town.person()
    for who in (seller, buyer):
        await added(town, who, receiver.url())
    await paid_order(town, seller, buyer)
    types = {one["name"]: one["example"] for one in data(await town.call("GET", "/webhooks/event-types"))}
    assert len(receiver.heard) >= 6
    for one in receiver.heard:
        assert types[one.event["type"]].keys() <= one.event["data"].keys(), one.event["type"]


async def test_an_endpoint_hears_what_it_asked_for(town: Town, receiver: Receiver) -> None:
    seller, buyer = await town.person("seller"), await town.person()
    await added(town, buyer, receiver.url("/orders"), "order.*")
    await added(town, buyer, receiver.url("/one"), "payment.succeeded")
    await paid_order(town, seller, buyer)
    types = {path: {one.event["type"] for one in receiver.heard if one.path == path} for path in ("/orders", "/one")}
    assert types == {"/orders": {"order.created"}, "/one": {"payment.succeeded"}}


def counted() -> list[float]:
    """Attempts, by how the event stood then."""
    outcomes = ("delivered", "pending", "failed")
    name = "marketplace_webhook_attempts_total"
    return [REGISTRY.get_sample_value(name, {"outcome": outcome}) or 0 for outcome in outcomes]


async def test_a_failed_event_is_tried_ten_times_in_75_hours_and_kept(town: Town, receiver: Receiver) -> None:
    before = counted()
    seller, buyer = await town.person("seller"), await town.person()
    await added(town, buyer, receiver.url(), "order.created")
    receiver.answering, receiver.body = lambda _: 503, b"busy"
    await paid_order(town, seller, buyer)
    for tries in range(1, 10):
        (one,) = await listed(town, buyer)
        assert (one["status"], one["tries"]) == ("pending", tries)
        await later(town)
    (one,) = await listed(town, buyer)
    assert (one["status"], one["tries"], one["next_at"]) == ("failed", 10, None)
    shown = data(await town.call("GET", f"{DELIVERIES}/{one['id']}", buyer))
    assert [attempt["status"] for attempt in shown["attempts"]] == [503] * 10
    assert {attempt["answer"] for attempt in shown["attempts"]} == {"busy"}
    assert shown["payload"]["type"] == "order.created"
    assert len({heard.id for heard in receiver.heard}) == 1
    assert sum(RETRY_AFTER, timedelta()) > timedelta(hours=75)
    assert [now - then for now, then in zip(counted(), before, strict=True)] == [0, 9, 1]


async def test_events_of_one_order_wait_for_the_one_before_and_others_do_not(town: Town, receiver: Receiver) -> None:
    seller, buyer = await town.person("seller"), await town.person()
    await added(town, seller, receiver.url(), "order.*")
    _, first = await town.order(seller, buyer)
    failing = {first}

    def answer(heard: Heard) -> int:
        return 500 if heard.event["data"]["order_id"] in failing else 200

    receiver.answering = answer
    await sent(town)
    data(await town.call("POST", f"/payments/order/{first}/pay", buyer, payment(GOOD)), 201)
    data(await town.call("POST", f"/orders/{first}/accept", seller))
    _, second = await town.order(seller, buyer)
    await sent(town)
    assert [one.event["data"]["order_id"] for one in receiver.heard] == [first, second]
    waiting = [one for one in await listed(town, seller) if one["status"] == "pending"]
    assert [one["next_at"] is None for one in waiting] == [False] + [True] * (len(waiting) - 1)
    assert len(waiting) >= 2
    failing.clear()
    await later(town)
    of_first = [one.event for one in receiver.heard if one.event["data"]["order_id"] == first]
    assert [one["type"] for one in of_first][:3] == ["order.created", "order.created", "order.status_changed"]
    assert [one["status"] for one in await listed(town, seller, status="pending")] == []


async def test_an_event_is_sent_again_under_its_id(town: Town, receiver: Receiver) -> None:
    seller, buyer, outsider = await town.person("seller"), await town.person(), await town.person()
    mine = await added(town, buyer, receiver.url(), "order.created")
    await paid_order(town, seller, buyer)
    (one,) = await listed(town, buyer, status="delivered")
    path = f"{DELIVERIES}/{one['id']}"
    for who, number in ((outsider, one["id"]), (buyer, one["id"] + 10**9), (buyer, 2**70)):
        refusal(await town.call("POST", f"{DELIVERIES}/{number}/redeliver", who), 404, "webhook_delivery_not_found")
        refusal(await town.call("GET", f"{DELIVERIES}/{number}", who), 404, "webhook_delivery_not_found")
    assert data(await town.call("POST", f"{path}/redeliver", buyer), 202) is None
    refusal(await town.call("POST", f"{path}/redeliver", buyer), 409, "webhook_delivery_pending")
    await sent(town)
    assert [heard.id for heard in receiver.heard] == [one["event_id"]] * 2
    assert len(data(await town.call("GET", path, buyer))["attempts"]) == 2
    data(await town.call("PATCH", f"{PATH}/{mine['id']}", buyer, {"enabled": False}))
    refusal(await town.call("POST", f"{path}/redeliver", buyer), 409, "webhook_endpoint_disabled")


async def test_what_was_missed_is_replayed_in_order(town: Town, receiver: Receiver) -> None:
    seller, buyer, outsider = await town.person("seller"), await town.person(), await town.person()
    mine = await added(town, seller, receiver.url(), "*")
    data(await town.call("PATCH", f"{PATH}/{mine['id']}", seller, {"enabled": False}))
    order = await paid_order(town, seller, buyer)
    skipped = await listed(town, seller)
    assert receiver.heard == []
    assert {one["status"] for one in skipped} == {"skipped"}
    wish = {"endpoint_id": mine["id"], "from": skipped[0]["created_at"]}
    refusal(await town.call("POST", "/webhooks/replay", seller, wish), 409, "webhook_endpoint_disabled")
    data(await town.call("PATCH", f"{PATH}/{mine['id']}", seller, {"enabled": True}))
    for who, body, status, code, field in (
        (outsider, wish, 404, "webhook_endpoint_not_found", ()),
        (seller, wish | {"from": "2026-01-01"}, 422, "invalid_request", ("from",)),
        (seller, wish | {"to": "2020-01-01T00:00:00Z"}, 422, "invalid_replay", ("from",)),
        (seller, wish | {"event_types": ["order.eaten"]}, 422, "unknown_event_type", ("event_types",)),
    ):
        refusal(await town.call("POST", "/webhooks/replay", who, body), status, code, *field)
    orders = wish | {"event_types": ["order.*", "payment.*"]}
    count = sum(one["event_type"].startswith(("order.", "payment.")) for one in skipped)
    assert data(await town.call("POST", "/webhooks/replay", seller, orders), 202) == {
        "replayed": count, "next_from": None,
    }  # fmt: skip
    await sent(town)
    of_order = [one.event["type"] for one in receiver.heard if one.event["data"].get("order_id") == order]
    assert of_order == ["order.created", "payment.succeeded"]
    assert data(await town.call("POST", "/webhooks/replay", seller, wish), 202)["replayed"] == len(skipped)
    await sent(town)
    assert {one.id for one in receiver.heard} == {one["event_id"] for one in skipped}


async def test_deliveries_are_listed_newest_first_by_endpoint_status_and_type(town: Town, receiver: Receiver) -> None:
    seller, buyer, outsider = await town.person("seller"), await town.person(), await town.person()
    one, two = [await added(town, buyer, receiver.url(path), "*") for path in ("/one", "/two")]
    receiver.answering = lambda heard: 200 if heard.path == "/one" else 500
    await paid_order(town, seller, buyer)
    everything = data(await town.call("GET", DELIVERIES, buyer))
    ids = [each["id"] for each in everything["items"]]
    assert ids == sorted(ids, reverse=True)
    assert everything["total"] == len(ids) > 4
    assert {each["status"] for each in await listed(town, buyer, endpoint_id=one["id"])} == {"delivered"}
    assert {each["endpoint_id"] for each in await listed(town, buyer, status="pending")} == {two["id"]}
    created = await listed(town, buyer, event_type="order.created")
    assert [each["event_type"] for each in created] == ["order.created"] * 2
    walked: list[int] = []
    page = data(await town.call("GET", DELIVERIES, buyer, None, per_page=2))
    while True:
        walked += [each["id"] for each in page["items"]]
        if not page["has_more"]:
            break
        page = data(await town.call("GET", DELIVERIES, buyer, None, per_page=2, cursor=page["next_cursor"]))
    assert walked == ids
    second = data(await town.call("GET", DELIVERIES, buyer, None, per_page=2, page=2))
    assert [each["id"] for each in second["items"]] == ids[2:4]
    for params in ({}, {"endpoint_id": one["id"]}):
        assert data(await town.call("GET", DELIVERIES, outsider, None, **params))["items"] == []
    refusal(await town.call("GET", DELIVERIES, buyer, None, event_type="order.*"), 422, "invalid_request", "event_type")
    refusal(await town.call("GET", DELIVERIES, buyer, None, event_type="x"), 422, "unknown_event_type", "event_types")


async def test_an_endpoint_that_is_gone_or_fails_for_days_is_disabled_and_its_owner_told(
    town: Town, receiver: Receiver
) -> None:
    seller, buyer = await town.person("seller"), await town.person()
    gone, dead = [await added(town, buyer, receiver.url(path), "order.created") for path in ("/gone", "/dead")]
    receiver.answering = lambda heard: 410 if heard.path == "/gone" else 500
    await paid_order(town, seller, buyer)
    await sent(town)
    assert data(await town.call("GET", f"{PATH}/{gone['id']}", buyer))["disabled_because"] == "gone"
    assert [one["status"] for one in await listed(town, buyer, endpoint_id=gone["id"])] == ["skipped"]
    shown = data(await town.call("GET", f"{PATH}/{dead['id']}", buyer))
    assert (shown["enabled"], shown["failing_since"] is None) == (True, False)
    await town.fetch(
        "UPDATE webhooks.endpoints SET failing_since = now() - interval '5 days' WHERE id = $1::uuid", dead["id"]
    )
    await later(town)
    assert data(await town.call("GET", f"{PATH}/{dead['id']}", buyer))["disabled_because"] == "failing"
    await town.work()
    told = [one for one in data(await town.call("GET", "/sync/events", buyer))["events"] if "webhook" in one["name"]]
    assert [(one["name"], one["data"]["because"], one["data"]["endpointId"]) for one in told] == [
        ("webhook:disabled", "gone", gone["id"]), ("webhook:disabled", "failing", dead["id"]),
    ]  # fmt: skip


async def test_an_endpoint_that_recovers_is_not_failing_any_more(town: Town, receiver: Receiver) -> None:
    seller, buyer = await town.person("seller"), await town.person()
    mine = await added(town, buyer, receiver.url(), "order.created")
    receiver.answering = lambda _: 302
    receiver.location = receiver.url("/elsewhere")
    await paid_order(town, seller, buyer)
    assert data(await town.call("GET", f"{PATH}/{mine['id']}", buyer))["failing_since"]
    assert {one.path for one in receiver.heard} == {"/hook"}, "redirects are not followed"
    receiver.answering = lambda _: 204
    await later(town)
    assert data(await town.call("GET", f"{PATH}/{mine['id']}", buyer))["failing_since"] is None


async def test_what_is_deleted_is_not_sent_again(town: Town, receiver: Receiver) -> None:
    seller, buyer = await town.person("seller"), await town.person()
    await added(town, seller, receiver.url("/words"))
    body = {"other_user_id": str(seller.id), "initial_message": "My address is Elm Street 5"}
    message = data(await town.call("POST", "/conversations", buyer, body), 201)["message"]["id"]
    await sent(town)
    assert "Elm Street" in str([one.body for one in receiver.heard])
    assert (await town.call("DELETE", f"/messages/{message}", buyer)).status_code == 204
    await sent(town)
    (told,) = [one for one in await listed(town, seller) if one["event_type"] == "message.created"]
    receiver.heard.clear()
    data(await town.call("POST", f"{DELIVERIES}/{told['id']}/redeliver", seller), 202)
    await sent(town)
    payload = data(await town.call("GET", f"{DELIVERIES}/{told['id']}", seller))["payload"]
    assert (payload["data"]["message_id"], payload["data"]["content"], payload["data"]["data"]) == (message, "", {})
    assert receiver.heard
    assert "Elm Street" not in str([one.body for one in receiver.heard])
