"""Devices: registered by their apps, shown without their tokens, gone with their sessions."""

from typing import Any
from uuid import uuid4

import pytest

from marketplace.entrypoints.http.push_tokens import P256DH
from prove.canaries import leaks
from tests.builders.push import SERVICE
from tests.http.commerce.market import data, refusal
from tests.http.notifications.conftest import Phones

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOKENS = "/notifications/push-tokens"
KEYS = {"p256dh": P256DH, "auth": "BTBZMqHH6r4Tts7J_aSIgg"}
SUBSCRIPTION = {"endpoint": f"{SERVICE}/push/1", "keys": KEYS}


async def test_a_device_is_registered_shown_and_removed(phones: Phones) -> None:
    amina, name = await phones.person(), f"laptop{uuid4().hex}"
    laptop = await phones.browser(amina, name)
    assert {**laptop, "id": "", "created_at": "", "registered_at": ""} == {
        "id": "", "platform": "web", "token": f"…{name[-4:]}", "device_name": name, "is_current": True,
        "created_at": "", "registered_at": "",
    }  # fmt: skip
    phone = await phones.phone(amina, uuid4().hex)
    assert (phone["platform"], phone["token"], phone["device_name"]) == ("android", "…base", "")
    answer = await phones.call("GET", TOKENS, amina)
    assert data(answer) == [phone, laptop]
    assert answer.headers["cache-control"] == "no-store"
    assert (await phones.call("DELETE", f"{TOKENS}/{laptop['id']}", amina)).status_code == 204
    assert await phones.devices(amina) == [phone["id"]]
    refusal(await phones.call("DELETE", f"{TOKENS}/{laptop['id']}", amina), 404, "push_token_not_found")


async def test_the_same_device_again_is_one_and_follows_who_signs_in(phones: Phones) -> None:
    amina, bek, name = await phones.person(), await phones.person(), uuid4().hex
    first = await phones.browser(amina, name)
    again = await phones.browser(amina, name)
    assert (again["id"], again["created_at"]) == (first["id"], first["created_at"])
    theirs = await phones.browser(bek, name)
    assert (await phones.devices(amina), await phones.devices(bek)) == ([], [theirs["id"]])


async def test_the_oldest_of_too_many_goes(phones: Phones) -> None:
    amina = await phones.person()
    ids = [(await phones.phone(amina, uuid4().hex))["id"] for _ in range(21)]
    assert await phones.devices(amina) == ids[:0:-1]


async def test_nobody_else_has_to_do_with_it(phones: Phones) -> None:
    amina, outsider = await phones.person(), await phones.person()
    device = (await phones.browser(amina, uuid4().hex))["id"]
    assert await phones.devices(outsider) == []
    refusal(await phones.call("DELETE", f"{TOKENS}/{device}", outsider), 404, "push_token_not_found")
    for method, path in (("GET", TOKENS), ("POST", TOKENS), ("DELETE", f"{TOKENS}/{device}")):
        refusal(await phones.call(method, path, None, {"platform": "web"}), 401, "not_authenticated")
    assert await phones.devices(amina) == [device]


@pytest.mark.parametrize(("body", "field"), [
    ({"platform": "web"}, "token"),
    ({"platform": "web", "token": "x" * 20, "subscription": SUBSCRIPTION}, "token"),
    ({"platform": "android", "token": "too short"}, "token"),
    ({"platform": "android", "token": "white space is none of it"}, "token"),
    ({"platform": "android", "subscription": SUBSCRIPTION}, "subscription"),
    ({"platform": "web", "subscription": {**SUBSCRIPTION, "keys": {**KEYS, "auth": "AAAA"}}},
     "subscription.keys.auth"),
    ({"platform": "web", "subscription": {**SUBSCRIPTION, "keys": {**KEYS, "p256dh": "A" * 87}}},
     "subscription.keys.p256dh"),
    ({"platform": "web", "subscription": {**SUBSCRIPTION, "keys": {**KEYS, "p256dh": "?" * 87}}},
     "subscription.keys.p256dh"),
])  # fmt: skip
async def test_what_reaches_no_device_is_refused(phones: Phones, body: dict[str, Any], field: str) -> None:
    refusal(await phones.call("POST", TOKENS, await phones.person(), body), 422, "invalid_push_token", field)


@pytest.mark.parametrize("endpoint", [
    "http://push.example.com/1", "https://localhost/1", "https://127.0.0.1/1", "https://[::1]/1",
    "https://push.example.com:8443/1", "https://me@push.example.com/1", "https://2130706433/1", "https://127.1/1",
    "https://push.example.com\\@127.0.0.1/1", "https://пуш.example/1", "ftp://push.example.com/1", "https:///1",
    "https://push.example.com.attacker.example/1", "https://push.example.com:x/1", "https://0x7f.0.0.1/1", "https://127.0.0.1./1",
])  # fmt: skip
async def test_what_is_no_push_service_is_refused(phones: Phones, endpoint: str) -> None:
    body = {"platform": "web", "subscription": {"endpoint": endpoint, "keys": KEYS}}
    field = "subscription.endpoint"
    refusal(await phones.call("POST", TOKENS, await phones.person(), body), 422, "invalid_push_token", field)


async def test_an_api_key_has_no_device(phones: Phones) -> None:
    amina = await phones.person()
    wish = {"name": "A program", "scopes": []}
    key = data(await phones.call("POST", "/auth/api-keys", amina, wish), 201)["key"]
    program = type(amina)(amina.id, key)
    device = (await phones.phone(amina, uuid4().hex))["id"]
    body = {"platform": "web", "subscription": SUBSCRIPTION}
    for method, path in (("GET", TOKENS), ("POST", TOKENS), ("DELETE", f"{TOKENS}/{device}")):
        refusal(await phones.call(method, path, program, body), 403, "session_required")


async def test_with_its_session_a_device_is_gone(phones: Phones) -> None:
    amina = await phones.person()
    elsewhere = await phones.signed_in_again(amina)
    third = await phones.signed_in_again(amina)
    laptop, phone, tablet = [await phones.phone(who, uuid4().hex) for who in (amina, elsewhere, third)]
    data(await phones.call("POST", "/auth/logout", elsewhere))
    await phones.work()
    assert await phones.devices(amina) == [tablet["id"], laptop["id"]]
    assert [one["is_current"] for one in data(await phones.call("GET", TOKENS, third))] == [True, False]
    assert (await phones.call("DELETE", "/auth/sessions?keep_current=true", amina)).status_code == 204
    await phones.work()
    assert await phones.devices(amina) == [laptop["id"]]
    assert phone["id"] != tablet["id"]


async def test_who_leaves_has_no_devices(phones: Phones) -> None:
    amina = await phones.person()
    await phones.phone(amina, uuid4().hex)
    assert (await phones.call("DELETE", "/users/me", amina)).status_code == 204
    await phones.work()
    async with phones.house.database() as connection:
        left = await connection.fetchval("SELECT count(*) FROM notifications.push_tokens WHERE user_id = $1", amina.id)
    assert left == 0


async def test_browsers_find_the_key_to_subscribe_with(phones: Phones) -> None:
    answer = await phones.call("GET", "/notifications/vapid-key")
    assert len(data(answer)["public_key"]) == 87
    assert answer.headers["cache-control"] == "max-age=300, public"


async def test_addresses_are_sealed_at_rest_and_left_out_of_the_export(phones: Phones) -> None:
    amina, name = await phones.person(), uuid4().hex
    browser, phone = await phones.browser(amina, name), await phones.phone(amina, name)
    exported = data(await phones.call("GET", "/users/me/export", amina))["records"]["push_devices"]
    assert [(one["id"], one["platform"], one["device_name"]) for one in exported] == [
        (phone["id"], "android", ""), (browser["id"], "web", name),
    ]  # fmt: skip
    assert set(exported[0]) == {"id", "platform", "device_name", "created_at", "registered_at"}
    sql = "SELECT (t #- '{device_name}')::text FROM (SELECT to_jsonb(t) t FROM notifications.push_tokens t) t"
    async with phones.house.database() as connection:
        rows = "".join(row[0] for row in await connection.fetch(sql))
    assert name not in rows
    assert name.encode().hex() not in rows
    assert leaks(rows) == []
