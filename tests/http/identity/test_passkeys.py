"""Every route of the passkeys: what it answers, what it refuses."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from redis.asyncio import Redis

from tests.builders.authenticator import Algorithm, Authenticator, tampered
from tests.builders.identity import PASSWORD
from tests.engines import Database
from tests.http.identity.factors import FactorsHouse, Person, running_factors_house
from tests.http.identity.test_accounts import refused

LIES: dict[str, dict[str, Any]] = {
    "another origin": {"origin": "http://evil.example"},
    "another relying party": {"rp_id": "evil.example"},
    "an unverified user": {"verifies_user": False},
}
each_lie = pytest.mark.parametrize("lie", LIES.values(), ids=LIES)


@pytest.fixture
async def factors(database: Database, redis_url: str, redis: Redis, tmp_path: Path) -> AsyncIterator[FactorsHouse]:
    async with running_factors_house(database, redis_url, tmp_path) as house:
        yield house


@pytest.fixture
async def amina(factors: FactorsHouse) -> Person:
    return await factors.person()


def lying(authenticator: Authenticator, **lies: Any) -> Authenticator:
    liar = replace(authenticator, **lies)
    liar.key = authenticator.key
    return liar


@pytest.mark.parametrize("algorithm", Algorithm)
async def test_a_passkey_is_added_and_signs_in(factors: FactorsHouse, amina: Person, algorithm: Algorithm) -> None:
    phone = Authenticator(algorithm)
    answer = await amina.add(phone, "  Amina's phone ")
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    added = answer.json()["data"]
    assert added == {
        "id": str(UUID(added["id"])), "name": "Amina's phone", "transports": ["hybrid", "internal"],
        "backed_up": False, "created_at": "2030-01-01T12:00:00Z", "last_used_at": None, "suspected_at": None,
    }  # fmt: skip
    answer = await factors.log_in(phone)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    by_password = await amina.house.post("login", {"identifier": amina.email, "password": PASSWORD})
    assert answer.json()["data"].keys() == by_password.json()["data"].keys()
    assert answer.json()["data"]["user"] == amina.user
    assert (await amina.house.me(answer.json()["data"]["access_token"])).json()["data"] == amina.user
    assert await amina.passkeys() == [added | {"last_used_at": "2030-01-01T12:00:00Z"}]


async def test_options_are_what_a_browser_takes(factors: FactorsHouse, amina: Person) -> None:
    await amina.add(Authenticator())
    options = (await amina.post("passkeys/options")).json()["data"]
    assert options["rp"] == {"name": "Marketplace", "id": "localhost"}
    assert options["user"]["name"] == amina.user["username"]
    assert {one["alg"] for one in options["pubKeyCredParams"]} == {-8, -7, -257}
    assert len(options["excludeCredentials"]) == 1
    login = await factors.login_options()
    assert (login["rpId"], login["allowCredentials"], login["userVerification"]) == ("localhost", [], "required")
    assert {len(login["challenge"]), len(options["challenge"])} == {43}


@each_lie
async def test_a_new_passkey_that_lies_is_refused(amina: Person, lie: dict[str, Any]) -> None:
    problem = refused(await amina.add(Authenticator(**lie)), 422, "passkey_not_accepted")
    assert [one["field"] for one in problem["errors"]] == ["credential"]
    assert await amina.passkeys() == []


@each_lie
async def test_a_passkey_that_lies_signs_nobody_in(factors: FactorsHouse, amina: Person, lie: dict[str, Any]) -> None:
    phone = Authenticator()
    await amina.add(phone)
    refused(await factors.log_in(lying(phone, **lie)), 401, "invalid_passkey")
    assert (await amina.passkeys())[0]["last_used_at"] is None


async def test_an_answer_is_good_once(factors: FactorsHouse, amina: Person) -> None:
    phone = Authenticator(counts=False)
    body = {"credential": await amina.new_credential(phone), "name": "Phone"}
    assert (await amina.post("passkeys", body)).status_code == 201
    refused(await amina.post("passkeys", body), 422, "passkey_not_accepted")
    body = {"credential": phone.get(await factors.login_options())}
    assert (await factors.house.post("passkeys/login", body)).status_code == 200
    refused(await factors.house.post("passkeys/login", body), 401, "invalid_passkey")


async def test_a_challenge_is_of_the_session_that_asked(factors: FactorsHouse, amina: Person) -> None:
    body = {"credential": await amina.new_credential(Authenticator()), "name": "Phone"}
    refused(await factors.house.post("passkeys", body, amina.elsewhere), 422, "passkey_not_accepted")
    zarina = await factors.person()
    refused(await zarina.post("passkeys", body), 422, "passkey_not_accepted")
    assert (await amina.post("passkeys", body)).status_code == 201


@pytest.mark.parametrize("part", ["signature", "authenticatorData", "clientDataJSON"])
async def test_a_tampered_answer_signs_nobody_in(factors: FactorsHouse, amina: Person, part: str) -> None:
    phone = Authenticator()
    await amina.add(phone)
    credential = phone.get(await factors.login_options())
    credential["response"][part] = tampered(credential["response"][part])
    refused(await factors.house.post("passkeys/login", {"credential": credential}), 401, "invalid_passkey")


async def test_unknown_and_foreign_credentials_are_alike(factors: FactorsHouse, amina: Person) -> None:
    phone = Authenticator()
    await amina.add(phone)
    zarina = await factors.person()
    unknown = lying(phone, credential_id=b"unknown")
    foreign = lying(phone, user_handle=UUID(zarina.user["id"]).bytes)
    answers = [refused(await factors.log_in(one), 401, "invalid_passkey") for one in (unknown, foreign)]
    assert answers[0]["detail"] == answers[1]["detail"]


async def test_a_copied_passkey_is_refused_and_flagged(factors: FactorsHouse, amina: Person) -> None:
    phone = Authenticator()
    await amina.add(phone)
    copied = lying(phone)
    assert (await factors.log_in(phone)).status_code == 200
    refused(await factors.log_in(copied), 401, "passkey_suspected")
    refused(await factors.log_in(phone), 401, "passkey_suspected")
    assert (await amina.passkeys())[0]["suspected_at"] == "2030-01-01T12:00:00Z"


async def test_adding_and_removing_end_the_other_sessions(factors: FactorsHouse, amina: Person) -> None:
    phone = Authenticator()
    added = (await amina.add(phone)).json()["data"]
    refused(await amina.house.me(amina.elsewhere), 401, "session_ended")
    other = (await factors.log_in(phone)).json()["data"]["access_token"]
    answer = await amina.call("DELETE", f"passkeys/{added['id']}")
    assert (answer.status_code, answer.json()) == (200, {"success": True, "data": None})
    refused(await amina.house.me(other), 401, "session_ended")
    assert (await amina.house.me(amina.token)).status_code == 200
    refused(await factors.log_in(phone), 401, "invalid_passkey")
    assert await amina.passkeys() == []


async def test_an_outsider_neither_sees_nor_removes_nor_takes_it(factors: FactorsHouse, amina: Person) -> None:
    phone = Authenticator()
    added = (await amina.add(phone)).json()["data"]
    zarina = await factors.person()
    assert await zarina.passkeys() == []
    refused(await zarina.call("DELETE", f"passkeys/{added['id']}"), 404, "passkey_not_found")
    refused(await zarina.call("DELETE", f"passkeys/{uuid4()}"), 404, "passkey_not_found")
    refused(await zarina.add(lying(phone)), 409, "passkey_taken")
    assert await amina.passkeys() == [added]


async def test_there_are_ten_at_most(amina: Person) -> None:
    for number in range(10):
        assert (await amina.add(Authenticator(), f"Key {number}")).status_code == 201
    refused(await amina.add(Authenticator()), 409, "too_many_passkeys")
    assert [one["name"] for one in await amina.passkeys()] == [f"Key {number}" for number in range(10)]


async def test_strangers_are_refused(factors: FactorsHouse) -> None:
    client, path = factors.house.client, "/api/v1/auth/passkeys"
    for method, place in (("POST", f"{path}/options"), ("POST", path), ("GET", path), ("DELETE", f"{path}/{uuid4()}")):
        refused(await client.request(method, place), 401, "not_authenticated")


async def test_a_proof_of_long_ago_is_not_enough(amina: Person) -> None:
    added = (await amina.add(Authenticator())).json()["data"]
    body = {"credential": await amina.new_credential(Authenticator()), "name": "Phone"}
    amina.clock.advance(timedelta(minutes=5, seconds=1))
    refused(await amina.post("passkeys/options"), 403, "step_up_required")
    refused(await amina.post("passkeys", body), 403, "step_up_required")
    refused(await amina.call("DELETE", f"passkeys/{added['id']}"), 403, "step_up_required")
    assert await amina.passkeys() == [added]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"id": "not base64!"}, "credential.id"),
        ({"rawId": ""}, "credential.rawId"),
        ({"type": "password"}, "credential.type"),
        ({"response": {}}, "credential.response.clientDataJSON"),
        ({"origin": "http://localhost:3000"}, "credential.origin"),
        ({"clientExtensionResults": []}, "credential.clientExtensionResults"),
    ],
)
async def test_what_is_no_credential_is_named(factors: FactorsHouse, changes: dict[str, Any], field: str) -> None:
    credential = Authenticator().get(await factors.login_options()) | changes
    problem = refused(await factors.house.post("passkeys/login", {"credential": credential}), 422, "invalid_request")
    assert [one["field"] for one in problem["errors"]] == [field]


@pytest.mark.parametrize("name", ["", "\u200b", "x" * 51])
async def test_a_name_must_be_readable(amina: Person, name: str) -> None:
    body = refused(
        await amina.add(Authenticator(), name), 422, "invalid_text" if name == "\u200b" else "invalid_request"
    )
    assert [one["field"] for one in body["errors"]] == ["name"]
