"""Webhook endpoints over HTTP: made, listed, changed, tested, given new secrets and deleted by their owner alone."""

from typing import Any
from uuid import uuid4

import pytest

from marketplace.adapters.security.vault import Vault
from prove.people import Person
from prove.receiver import Receiver
from tests.http.commerce.market import data, refusal
from tests.http.people.town import Town

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATH = "/webhooks/endpoints"
URL = "https://hooks.shop.example/market"


async def added(town: Town, who: Person, url: str = URL, *types: str) -> Any:
    return data(await town.call("POST", PATH, who, {"url": url, "event_types": types or ["*"]}), 201)


async def test_an_endpoint_is_made_read_changed_and_deleted(town: Town) -> None:
    me = await town.person()
    wish = {"url": URL, "event_types": ["order.*", "offer.received", "order.*"], "description": "Stock"}
    made = data(await town.call("POST", PATH, me, wish), 201)
    secret = made.pop("secret")
    assert secret.startswith("whsec_")
    assert made == {
        "id": made["id"], "url": URL, "description": "Stock", "event_types": ["offer.received", "order.*"],
        "enabled": True, "disabled_because": None, "failing_since": None, "former_secret_until": None,
        "created_at": made["created_at"],
    }  # fmt: skip
    one = f"{PATH}/{made['id']}"
    assert data(await town.call("GET", one, me)) == made
    second = await added(town, me)
    assert [each["id"] for each in data(await town.call("GET", PATH, me))] == [second["id"], made["id"]]
    changed = data(await town.call("PATCH", one, me, {"enabled": False, "event_types": ["*"]}))
    assert changed == made | {"enabled": False, "event_types": ["*"], "disabled_because": "owner"}
    again = data(await town.call("PATCH", one, me, {"enabled": True, "description": "", "url": f"{URL}/2"}))
    assert again == made | {"event_types": ["*"], "description": "", "url": f"{URL}/2"}
    assert (await town.call("DELETE", one, me)).status_code == 204
    refusal(await town.call("GET", one, me), 404, "webhook_endpoint_not_found")
    assert [each["id"] for each in data(await town.call("GET", PATH, me))] == [second["id"]]


REFUSED: tuple[tuple[dict[str, Any], str, str], ...] = (
    ({"url": "ftp://shop.example/"}, "webhook_url_refused", "url"),
    ({"url": "http://shop.example/"}, "webhook_url_refused", "url"),
    ({"url": "https://10.0.0.1/"}, "webhook_url_refused", "url"),
    ({"url": "https://shop.example:8443/"}, "webhook_url_refused", "url"),
    ({"url": "https://me:secret@shop.example/"}, "webhook_url_refused", "url"),
    ({"url": ""}, "invalid_request", "url"),
    ({"event_types": []}, "invalid_request", "event_types"),
    ({"event_types": ["order.eaten"]}, "unknown_event_type", "event_types"),
    ({"event_types": ["ord*"]}, "unknown_event_type", "event_types"),
    ({"description": "x" * 201}, "invalid_request", "description"),
    ({"more": 1}, "invalid_request", "more"),
)


async def test_what_is_no_endpoint_is_refused_at_making_and_at_changing(town: Town) -> None:
    me = await town.person()
    good = {"url": URL, "event_types": ["*"]}
    mine = await added(town, me)
    for change, code, field in REFUSED:
        refusal(await town.call("POST", PATH, me, good | change), 422, code, field)
        refusal(await town.call("PATCH", f"{PATH}/{mine['id']}", me, change), 422, code, field)
    assert len(data(await town.call("GET", PATH, me))) == 1


async def test_ten_endpoints_are_kept(town: Town) -> None:
    me = await town.person()
    for _ in range(10):
        await added(town, me)
    refusal(await town.call("POST", PATH, me, {"url": URL, "event_types": ["*"]}), 409, "too_many_webhook_endpoints")


async def test_an_endpoint_is_its_owners_alone(town: Town) -> None:
    me, outsider, admin = await town.person(), await town.person(), await town.person("admin")
    mine = (await added(town, me))["id"]
    tries: tuple[tuple[str, str, Any], ...] = (
        ("GET", "", None), ("PATCH", "", {"enabled": False}), ("DELETE", "", None), ("POST", "/rotate-secret", None),
        ("POST", "/test", None),
    )  # fmt: skip
    for method, path, body in tries:
        for who in (outsider, admin):
            refused = await town.call(method, f"{PATH}/{mine}{path}", who, body)
            refusal(refused, 404, "webhook_endpoint_not_found")
            absent = await town.call(method, f"{PATH}/{uuid4()}{path}", who, body)
            refusal(absent, 404, "webhook_endpoint_not_found")
    assert data(await town.call("GET", PATH, outsider)) == []
    assert data(await town.call("GET", f"{PATH}/{mine}", me))["enabled"] is True


async def test_a_secret_is_stored_sealed_and_shown_once(town: Town) -> None:
    me = await town.person()
    made = await added(town, me)
    (row,) = await town.fetch("SELECT * FROM webhooks.endpoints WHERE id = $1::uuid", made["id"])
    assert made["secret"] not in str(dict(row))
    vault = Vault([town.settings.key("webhooks")])
    assert vault.open(row["sealed_secret"], f"webhook:{made['id']}").decode() == made["secret"]


async def test_a_test_event_shows_what_came_back(town: Town, receiver: Receiver) -> None:
    me = await town.person()
    receiver.body = b"x" * 2000 + b"\0"
    mine = await added(town, me, receiver.url("/t"))
    shown = data(await town.call("POST", f"{PATH}/{mine['id']}/test", me))
    assert (shown["delivered"], shown["attempt"]["status"], shown["attempt"]["answer"]) == (True, 200, "x" * 1024)
    (heard,) = receiver.heard
    assert heard.verified_by(mine["secret"])["type"] == "webhook.test"
    receiver.answering = lambda _: 500
    receiver.body = b"\xff\0no"
    shown = data(await town.call("POST", f"{PATH}/{mine['id']}/test", me))
    assert (shown["delivered"], shown["attempt"]["status"], shown["attempt"]["answer"]) == (False, 500, "��no")
    closed = await added(town, me, "http://127.0.0.1:9/")
    shown = data(await town.call("POST", f"{PATH}/{closed['id']}/test", me))
    assert (shown["delivered"], shown["attempt"]["status"]) == (False, None)
    assert shown["attempt"]["error"] == "did not answer (ConnectError)"
    assert data(await town.call("GET", "/webhooks/deliveries", me))["items"] == [], "a test is not kept"


async def test_after_a_rotation_both_secrets_sign_for_a_day(town: Town, receiver: Receiver) -> None:
    me = await town.person()
    first = await added(town, me, receiver.url())
    second = data(await town.call("POST", f"{PATH}/{first['id']}/rotate-secret", me))
    assert second["secret"] != first["secret"]
    assert second["former_secret_until"]
    await town.call("POST", f"{PATH}/{first['id']}/test", me)
    for secret in (first["secret"], second["secret"]):
        assert receiver.heard[0].verified_by(secret)
    await town.fetch("UPDATE webhooks.endpoints SET former_until = now() WHERE id = $1::uuid", first["id"])
    await town.call("POST", f"{PATH}/{first['id']}/test", me)
    assert receiver.heard[1].headers["webhook-signature"].count("v1,") == 1
    assert receiver.heard[1].verified_by(second["secret"])


async def test_event_types_are_public_and_their_examples_fit_their_schemas(town: Town) -> None:
    shown = data(await town.call("GET", "/webhooks/event-types"))
    names = [one["name"] for one in shown]
    assert names == sorted(names)
    assert {"order.created", "order.status_changed", "payment.succeeded", "offer.created"} <= set(names)
    for one in shown:
        assert one["description"]
        assert one["json_schema"]["properties"].keys() == one["example"].keys()


async def test_endpoints_are_exported_and_go_with_the_account(town: Town) -> None:
    me = await town.person()
    mine = await added(town, me)
    await town.fetch(
        "INSERT INTO webhooks.deliveries (endpoint_id, event_id, event_type, subject, body, status, created_at)"
        " VALUES ($1, $1, 'order.created', $1, '{}', 'delivered', now())",
        mine["id"],
    )
    (exported,) = data(await town.call("GET", "/users/me/export", me))["records"]["webhook_endpoints"]
    assert (exported["url"], "sealed_secret" in exported) == (URL, False)
    assert (await town.call("DELETE", "/users/me", me)).status_code == 204
    await town.work()
    assert await town.fetch("SELECT id FROM webhooks.endpoints WHERE owner_id = $1", me.id) == []
    assert await town.fetch("SELECT id FROM webhooks.deliveries WHERE endpoint_id = $1", mine["id"]) == []
