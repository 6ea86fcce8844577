"""Every route of the accounts: what it answers, what it refuses."""

import json
import re
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from redis.asyncio import Redis

from tests.builders.identity import PASSWORD
from tests.engines import Database
from tests.http.identity.house import House, registration, running_house

JSON = {"content-type": "application/json"}
UNKNOWN = {"identifier": "nobody@marketplace.example"}


def refused(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    body: dict[str, Any] = answer.json()
    assert (answer.status_code, body["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert body["success"] is False
    return body


async def test_register_answers_as_the_contract_says(house: House) -> None:
    sent = registration(role="worker")
    sent["email"] = sent["email"].upper()
    answer = await house.post("register", sent)
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    data = body["data"]
    user = data["user"]
    assert body["success"] is True
    assert set(data) == {"access_token", "refresh_token", "token_type", "expires_in", "device_token", "user"}
    assert (data["token_type"], data["expires_in"]) == ("bearer", 1800)
    assert user == {
        "id": str(UUID(user["id"])), "email": sent["email"].lower(), "username": sent["username"],
        "full_name": "Amina Karimova", "role": "seller", "is_verified": False, "is_active": True,
        "created_at": user["created_at"], "phone": sent["phone"], "email_verified": False, "phone_verified": False,
        "bio": "", "language": "en", "avatar_url": None, "last_login_at": None,
    }  # fmt: skip
    assert UUID(user["id"]).version == 7
    assert user["created_at"].endswith("Z")
    me = await house.me(data["access_token"])
    assert (me.status_code, me.json()) == (200, {"success": True, "data": user})


@pytest.mark.parametrize(
    ("changes", "status", "code", "field"),
    [
        ({"role": "admin"}, 422, "invalid_request", "role"),
        ({"is_verified": True}, 422, "invalid_request", "is_verified"),
        ({"password": "password"}, 422, "weak_password", "password"),
        ({"email": "nobody"}, 422, "invalid_email", "email"),
        ({"phone": "12"}, 422, "invalid_phone", "phone"),
        ({"username": "two words"}, 422, "invalid_username", "username"),
        ({"username": "аmina"}, 422, "invalid_username", "username"),
        ({"username": "am\0na"}, 422, "invalid_request", "username"),
        ({"full_name": "\u200b"}, 422, "invalid_text", "full_name"),
        ({"full_name": "x" * 101}, 422, "invalid_request", "full_name"),
        ({"email": 7}, 422, "invalid_request", "email"),
    ],
)
async def test_register_says_which_field_is_wrong(
    house: House, changes: dict[str, Any], status: int, code: str, field: str
) -> None:
    body = refused(await house.post("register", registration(**changes)), status, code)
    assert [one["field"] for one in body["errors"]] == [field]


async def test_what_names_an_account_is_taken_once(house: House) -> None:
    first = registration()
    await house.post("register", first)
    for field, change, code in (
        ("email", str.upper, "account_exists"),
        ("username", str.upper, "username_taken"),
        ("phone", str, "account_exists"),
    ):
        again = registration(**{field: change(first[field])})
        refused(await house.post("register", again), 409, code)


async def test_a_phone_number_is_not_needed(house: House) -> None:
    given = registration()
    del given["phone"]
    assert (await house.post("register", given)).status_code == 201


async def test_login_by_each_identifier(house: House) -> None:
    given = registration()
    user = (await house.registered(**given))["user"]
    for identifier in (given["email"].upper(), given["username"], given["phone"]):
        answer = await house.post("login", {"identifier": identifier, "password": PASSWORD})
        assert answer.status_code == 200
        data = answer.json()["data"]
        assert data["user"] == {**user, "last_login_at": data["user"]["last_login_at"]}
        assert (await house.me(data["access_token"])).status_code == 200


async def test_wrong_and_unknown_get_one_answer(house: House) -> None:
    given = registration()
    await house.registered(**given)
    seen = set()
    for identifier in (given["email"], "nobody@marketplace.example", "no form of it", "nobody"):
        answer = await house.post("login", {"identifier": identifier, "password": "Wrong-Horse-7"})
        body = refused(answer, 401, "invalid_credentials")
        seen.add(str({name: value for name, value in body.items() if name != "request_id"}))
    assert len(seen) == 1


async def test_login_by_oauth2_form(house: House) -> None:
    given = registration()
    await house.registered(**given)
    form = {"grant_type": "password", "username": given["username"], "password": PASSWORD, "scope": ""}
    answer = await house.client.post("/api/v1/auth/login/oauth2", data=form)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["token_type"] == "bearer"
    assert body["access_token"] == body["data"]["access_token"]
    assert (await house.me(body["access_token"])).json()["data"] == body["data"]["user"]
    wrong = await house.client.post("/api/v1/auth/login/oauth2", data={**form, "password": "no"})
    refused(wrong, 401, "invalid_credentials")


@pytest.mark.parametrize(
    "options",
    [
        {"data": {"username": "amina"}},
        {"data": {"username": "a\0b", "password": "x\0"}},
        {"data": {"username": "a", "password": "b", "role": "admin"}},
        {"data": {"username": "a", "password": "b", "grant_type": "client_credentials"}},
        {"content": b"username=%ff%fe&password=%00", "headers": {"content-type": "application/x-www-form-urlencoded"}},
        {"json": {"username": "amina", "password": "x"}},
        {"files": {"username": b"amina"}},
        {"content": b"\xff\xfe"},
    ],
)
async def test_a_form_that_is_none_is_refused(house: House, options: dict[str, Any]) -> None:
    answer = await house.client.post("/api/v1/auth/login/oauth2", **options)
    assert 400 <= answer.status_code < 500, answer.text


async def test_refreshing_and_a_copied_token(house: House) -> None:
    data = await house.registered()
    answer = await house.post("refresh", {"refresh_token": data["refresh_token"]})
    assert answer.status_code == 200
    tokens = answer.json()["data"]
    assert set(tokens) == {"access_token", "refresh_token", "token_type", "expires_in"}
    repeated = await house.post("refresh", {"refresh_token": data["refresh_token"]})
    assert repeated.json()["data"]["refresh_token"] == tokens["refresh_token"]
    newest = (await house.post("refresh", {"refresh_token": tokens["refresh_token"]})).json()["data"]
    refused(await house.post("refresh", {"refresh_token": data["refresh_token"]}), 401, "refresh_token_reused")
    refused(await house.post("refresh", {"refresh_token": newest["refresh_token"]}), 401, "session_ended")
    for access_token in (data["access_token"], tokens["access_token"], newest["access_token"]):
        refused(await house.me(access_token), 401, "session_ended")
    refused(await house.post("refresh", {"refresh_token": "no token"}), 401, "invalid_refresh_token")


async def test_logout_ends_this_session_alone(house: House) -> None:
    given = registration()
    here = await house.registered(**given)
    there = (await house.post("login", {"identifier": given["email"], "password": PASSWORD})).json()["data"]
    answer = await house.post("logout", token=here["access_token"])
    assert (answer.status_code, answer.json()["success"]) == (200, True)
    refused(await house.me(here["access_token"]), 401, "session_ended")
    refused(await house.post("refresh", {"refresh_token": here["refresh_token"]}), 401, "session_ended")
    assert (await house.me(there["access_token"])).status_code == 200


@pytest.mark.parametrize("route", ["me", "logout", "ws-ticket"])
async def test_without_a_token_there_is_nothing(house: House, route: str) -> None:
    method = "GET" if route == "me" else "POST"
    for credentials, code in (
        (b"", "not_authenticated"),
        (b"Basic YTpi", "not_authenticated"),
        (b"Bearer a.b.c", "invalid_token"),
        (b"Bearer \xff\xfe", "invalid_token"),
    ):
        headers = {b"authorization": credentials}
        answer = await house.client.request(method, f"/api/v1/auth/{route}", headers=headers)
        refused(answer, 401, code)
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_code_by_mail_verifies_the_account(fresh_house: House) -> None:
    data = await fresh_house.registered()
    email = data["user"]["email"]
    await fresh_house.work()
    assert len(await fresh_house.outbox(email)) == 1
    sent = await fresh_house.post("send-otp", {"identifier": email, "type": "email"})
    assert (sent.status_code, set(sent.json())) == (200, {"success", "message", "expires_in"})
    assert sent.json()["expires_in"] == 600
    await fresh_house.work()
    message, _welcome = await fresh_house.outbox(email.upper())
    assert set(message) == {"channel", "to", "subject", "body", "sent_at"}
    assert (message["channel"], message["to"]) == ("email", email)
    code = message["subject"][:6]
    assert code in message["body"]
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    body = refused(await fresh_house.post("verify-otp", {"identifier": email, "otp_code": wrong}), 422, "invalid_code")
    assert body["facts"] == {"tries_left": 2}
    verified = await fresh_house.post("verify-otp", {"identifier": email, "otp_code": code})
    assert verified.status_code == 200
    assert verified.json() == {
        "success": True, "message": "The account is verified.", "expires_in": 0, "data": {"is_verified": True},
    }  # fmt: skip
    assert (await fresh_house.me(data["access_token"])).json()["data"]["is_verified"] is True
    refused(await fresh_house.post("verify-otp", {"identifier": email, "otp_code": code}), 422, "invalid_code")


async def test_a_code_by_text_message(fresh_house: House) -> None:
    given = registration()
    data = await fresh_house.registered(**given)
    await fresh_house.post("send-otp", {"identifier": given["email"], "type": "sms"})
    await fresh_house.work()
    (message,) = await fresh_house.outbox(given["phone"])
    assert (message["channel"], message["to"], message["subject"]) == ("sms", given["phone"], "")
    unencoded = await fresh_house.client.get(f"/dev/outbox?to={given['phone']}")
    assert unencoded.json()["data"] == [message]
    assert len(await fresh_house.outbox(given["email"])) == 1
    code = re.search(r"\b[0-9]{6}\b", message["body"])
    assert code
    verified = await fresh_house.post("verify-otp", {"identifier": given["phone"], "otp_code": code[0]})
    assert verified.status_code == 200, verified.text
    me = (await fresh_house.me(data["access_token"])).json()["data"]
    assert (me["phone_verified"], me["email_verified"], me["is_verified"]) == (True, False, True)


async def test_without_a_phone_number_the_text_message_is_a_mail(fresh_house: House) -> None:
    given = {key: value for key, value in registration().items() if key != "phone"}
    answer = await fresh_house.post("register", given)
    assert answer.status_code == 201, answer.text
    await fresh_house.post("send-otp", {"identifier": given["username"], "type": "sms"})
    await fresh_house.work()
    assert [message["channel"] for message in await fresh_house.outbox(given["email"])] == ["email", "email"]


async def test_no_account_is_treated_as_one(fresh_house: House) -> None:
    email = (await fresh_house.registered())["user"]["email"]
    known, unknown = ({"identifier": email}, UNKNOWN)
    answers = [await fresh_house.post("send-otp", {**who, "type": "email"}) for who in (known, unknown)]
    assert answers[0].json() == answers[1].json()
    await fresh_house.work()
    assert len(await fresh_house.outbox(email)) == 2
    assert await fresh_house.outbox(UNKNOWN["identifier"]) == []
    code = (await fresh_house.outbox(email))[0]["subject"][:6]
    wrong = f"{(int(code) + 500_000) % 1_000_000:06}"
    for left in (2, 1, 0, 0):
        one, other = [
            refused(await fresh_house.post("verify-otp", {**who, "otp_code": wrong}), 422, "invalid_code")
            for who in (known, unknown)
        ]
        assert one["facts"] == other["facts"] == {"tries_left": left}
        assert (one["detail"], one["errors"]) == (other["detail"], other["errors"])
    refused(await fresh_house.post("verify-otp", {**known, "otp_code": code}), 422, "invalid_code")


async def test_a_socket_ticket(house: House) -> None:
    data = await house.registered()
    answer = await house.post("ws-ticket", token=data["access_token"])
    assert answer.status_code == 201
    ticket = answer.json()["data"]
    assert ticket["expires_in"] == 30
    assert len(ticket["ticket"]) >= 43


@pytest.mark.parametrize("route", ["register", "login", "refresh", "send-otp", "verify-otp"])
async def test_hostile_bodies_are_refused_and_never_our_fault(house: House, route: str) -> None:
    texts = ["\0", "\ud800", "x" * 100_000, "\uff20" * 50, "\u202e" * 20, "1e999", "' OR 1=1 --", "\U0001f4a9" * 60]
    fields = {
        "register": ["email", "username", "password", "full_name", "phone", "role"],
        "login": ["identifier", "password", "otp_code"],
        "refresh": ["refresh_token"],
        "send-otp": ["identifier", "type"],
        "verify-otp": ["identifier", "otp_code"],
    }[route]
    fine = {
        "register": registration(),
        "login": {"identifier": "amina", "password": "x"},
        "refresh": {"refresh_token": "x"},
        "send-otp": {"identifier": "amina", "type": "email"},
        "verify-otp": {"identifier": "amina", "otp_code": "000000"},
    }[route]
    wrong_types: list[Any] = [None, 1, True, [], {}, 1.5]
    bodies: list[Any] = [{**fine, field: text} for field in fields for text in texts]
    bodies += [{**fine, fields[0]: value} for value in wrong_types]
    bodies += [[], None, "text", {**fine, "extra": 1}, {}]
    for body in bodies:
        answer = await house.client.post(f"/api/v1/auth/{route}", content=json.dumps(body), headers=JSON)
        assert answer.status_code < 500, (body, answer.text)
    for raw in (b"", b"{", b"\xff\xfe", b'{"a":' * 5_000, b"NaN"):
        answer = await house.client.post(f"/api/v1/auth/{route}", content=raw, headers=JSON)
        assert answer.status_code in {400, 422}, (raw[:20], answer.text)


async def test_tokens_are_never_stored_for_a_repetition(house: House) -> None:
    given = registration()
    await house.registered(**given)
    for _ in range(2):
        answer = await house.client.post(
            "/api/v1/auth/login", json={"identifier": given["email"], "password": PASSWORD},
            headers={"idempotency-key": "same"},
        )  # fmt: skip
        assert answer.status_code == 200
        assert "idempotent-replayed" not in answer.headers


async def test_the_old_paths_answer_too(house: House) -> None:
    answer = await house.client.post("/api/auth/register/", json=registration(role="client"))
    assert (answer.status_code, answer.json()["data"]["user"]["role"]) == (201, "buyer")
    token = answer.json()["data"]["access_token"]
    out = await house.client.post("/api/auth/logout/", headers={"authorization": f"Bearer {token}"})
    assert out.status_code == 200


async def test_outside_development_there_is_no_outbox(
    database: Database, redis_url: str, redis: Redis, tmp_path: Path
) -> None:
    async with running_house(database, redis_url, tmp_path, "production") as house:
        refused(await house.client.get("/dev/outbox", params={"to": "a@x.example"}), 404, "not_found")


async def test_without_valkey_who_is_signed_in_goes_on_and_nobody_signs_in(
    database: Database, redis_url: str, tmp_path: Path
) -> None:
    async with running_house(database, redis_url, tmp_path) as house:
        data = await house.registered()
    async with running_house(database, f"unix://{tmp_path / 'nobody.sock'}", tmp_path) as house:
        assert (await house.me(data["access_token"])).status_code == 200
        who = {"identifier": data["user"]["email"]}
        for answer in (
            await house.post("login", {**who, "password": PASSWORD}),
            await house.post("register", registration()),
            await house.post("send-otp", who),
            await house.post("send-otp", UNKNOWN),
            await house.post("password/forgot", who),
            await house.post("verify-otp", {**who, "otp_code": "000000"}),
            await house.post("ws-ticket", token=data["access_token"]),
            await house.client.get("/dev/outbox", params={"to": "a@x.example"}),
        ):
            refused(answer, 503, "cache_unavailable")
            assert answer.headers["retry-after"] == "1"
