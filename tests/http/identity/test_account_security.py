"""Sessions, passwords and addresses over HTTP, on real engines."""

from typing import Any
from uuid import uuid4

import httpx

from tests.builders.identity import PASSWORD
from tests.http.identity.house import House
from tests.http.identity.test_accounts import refused

NEW = "Another-Horse-8"


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


async def delete(house: House, path: str, token: str = "") -> httpx.Response:
    return await house.client.delete(f"/api/v1/auth/{path}", headers=bearer(token) if token else {})


async def sessions(house: House, token: str) -> list[dict[str, Any]]:
    answer = await house.client.get("/api/v1/auth/sessions", headers=bearer(token))
    assert answer.status_code == 200, answer.text
    listed: list[dict[str, Any]] = answer.json()["data"]
    return listed


async def logged_in(house: House, user: dict[str, Any], password: str = PASSWORD) -> str:
    answer = await house.post("login", {"identifier": user["email"], "password": password})
    assert answer.status_code == 200, answer.text
    token: str = answer.json()["data"]["access_token"]
    return token


async def newest_token(house: House, user: dict[str, Any]) -> str:
    """Out of the link of the newest letter."""
    await house.work()
    body = (await house.outbox(user["email"]))[0]["body"]
    return body.split("token=")[1].split()[0]


async def test_people_see_their_sessions_and_end_one(house: House) -> None:
    data = await house.registered()
    mine = data["access_token"]
    other = await logged_in(house, data["user"])
    listed = await sessions(house, mine)
    assert {name for one in listed for name in one} == {
        "id", "device", "address", "methods", "created_at", "last_used_at", "expires_at", "is_current",
    }  # fmt: skip
    assert sorted(one["is_current"] for one in listed) == [False, True]
    assert all(one["methods"] == ["pwd"] for one in listed)
    (target,) = [one["id"] for one in listed if not one["is_current"]]
    assert (await delete(house, f"sessions/{target}", mine)).status_code == 204
    refused(await house.me(other), 401, "session_ended")
    assert [one["is_current"] for one in await sessions(house, mine)] == [True]


async def test_anothers_session_and_none_at_all_are_not_found_alike(house: House) -> None:
    mine, stranger = (await house.registered())["access_token"], (await house.registered())["access_token"]
    (own,) = await sessions(house, mine)
    bodies = [
        refused(await delete(house, f"sessions/{target}", stranger), 404, "session_not_found")
        for target in (own["id"], uuid4())
    ]
    assert bodies[0]["detail"] == bodies[1]["detail"]
    assert len(await sessions(house, mine)) == 1
    refused(await delete(house, f"sessions/{own['id']}"), 401, "not_authenticated")


async def test_signing_out_everywhere(house: House) -> None:
    data = await house.registered()
    mine, others = data["access_token"], [await logged_in(house, data["user"]) for _ in range(2)]
    assert (await delete(house, "sessions?keep_current=true", mine)).status_code == 204
    for other in others:
        refused(await house.me(other), 401, "session_ended")
    assert (await house.me(mine)).status_code == 200
    assert (await delete(house, "sessions", mine)).status_code == 204
    refused(await house.me(mine), 401, "session_ended")


async def test_a_step_up_takes_the_password(house: House) -> None:
    token = (await house.registered())["access_token"]
    refused(await house.post("step-up", {"password": "Wrong-Horse-7"}, token), 401, "invalid_credentials")
    answer = await house.post("step-up", {"password": PASSWORD}, token)
    assert (answer.status_code, set(answer.json()["data"])) == (200, {"proven_until"})
    refused(await house.post("step-up", {"password": PASSWORD}), 401, "not_authenticated")


async def test_a_forgotten_password_is_set_anew_once_by_a_mailed_link(fresh_house: House) -> None:
    house = fresh_house
    data = await house.registered()
    user, token = data["user"], data["access_token"]
    answers = [
        await house.post("password/forgot", {"identifier": who})
        for who in (user["email"], "nobody@marketplace.example", "no form of it")
    ]
    assert len({(answer.status_code, answer.text) for answer in answers}) == 1
    link = await newest_token(house, user)
    weak = refused(await house.post("password/reset", {"token": link, "password": "weak"}), 422, "weak_password")
    assert weak["errors"][0]["field"] == "password"
    same = {"token": link, "password": PASSWORD}
    refused(await house.post("password/reset", same), 422, "password_used_before")
    assert (await house.post("password/reset", {"token": link, "password": NEW})).status_code == 200
    refused(await house.me(token), 401, "session_ended")
    refused(await house.post("login", {"identifier": user["email"], "password": PASSWORD}), 401, "invalid_credentials")
    await logged_in(house, user, NEW)
    again = refused(
        await house.post("password/reset", {"token": link, "password": "Third-Horse-9"}), 422, "invalid_link"
    )
    assert again["errors"][0]["field"] == "token"


async def test_changing_the_password_ends_the_other_sessions(house: House) -> None:
    data = await house.registered()
    mine, other = data["access_token"], await logged_in(house, data["user"])
    wrong = {"current_password": "Wrong-Horse-7", "new_password": NEW}
    refused(await house.post("password/change", wrong, mine), 401, "invalid_credentials")
    right = {"current_password": PASSWORD, "new_password": NEW}
    refused(await house.post("password/change", right), 401, "not_authenticated")
    assert (await house.post("password/change", right, mine)).status_code == 200
    assert (await house.me(mine)).status_code == 200
    refused(await house.me(other), 401, "session_ended")
    back = {"current_password": NEW, "new_password": PASSWORD}
    refused(await house.post("password/change", back, mine), 422, "password_used_before")


async def test_the_letter_of_welcome_verifies_the_address(fresh_house: House) -> None:
    house = fresh_house
    data = await house.registered()
    user, token = data["user"], data["access_token"]
    link = await newest_token(house, user)
    refused(await house.post("verify-email", {"token": link[:-2] + "AA"}), 422, "invalid_link")
    assert (await house.post("verify-email", {"token": link})).status_code == 200
    me = (await house.me(token)).json()["data"]
    assert (me["is_verified"], me["email_verified"], me["phone_verified"]) == (True, True, False)
    refused(await house.post("verify-email/resend", token=token), 409, "already_in_state")
    refused(await house.post("verify-email/resend"), 401, "not_authenticated")


async def test_a_new_address_is_confirmed_by_a_code_sent_to_it(fresh_house: House) -> None:
    house = fresh_house
    data = await house.registered()
    token, new = data["access_token"], f"new-{data['user']['email']}"
    refused(await house.post("contact", {"email": new}), 401, "not_authenticated")
    refused(await house.post("contact", {}, token), 422, "one_contact")
    refused(await house.post("contact", {"email": "nobody"}, token), 422, "invalid_email")
    assert (await house.post("contact", {"email": new}, token)).status_code == 200
    await house.work()
    code = (await house.outbox(new))[0]["subject"][:6]
    assert (await house.post("contact/confirm", {"otp_code": code}, token)).status_code == 200
    me = (await house.me(token)).json()["data"]
    assert (me["email"], me["email_verified"]) == (new, True)
    refused(await house.post("contact/confirm", {"otp_code": code}, token), 422, "invalid_code")


async def test_five_failures_lock_the_network_out_and_not_the_known_device(house: House) -> None:
    data = await house.registered()
    who = {"identifier": data["user"]["username"]}
    for _ in range(5):
        refused(await house.post("login", {**who, "password": "Wrong-Horse-7"}), 401, "invalid_credentials")
    locked = refused(await house.post("login", {**who, "password": PASSWORD}), 401, "invalid_credentials")
    unknown = {"identifier": "nobody.at.all", "password": PASSWORD}
    other = refused(await house.post("login", unknown), 401, "invalid_credentials")
    assert locked["detail"] == other["detail"]
    known = {**who, "password": PASSWORD, "device_token": data["device_token"]}
    assert (await house.post("login", known)).status_code == 200


async def test_what_needs_a_recent_proof_says_so(house: House) -> None:
    data = await house.registered()
    token = data["access_token"]
    async with house.database() as connection:
        await connection.execute(
            "UPDATE identity.sessions SET proven_at = proven_at - interval '6 minutes' WHERE user_id = $1",
            data["user"]["id"],
        )
    body = refused(await house.post("contact", {"email": "a@x.example"}, token), 403, "step_up_required")
    assert body["facts"] == {"within_seconds": 300}
    assert (await house.post("step-up", {"password": PASSWORD}, token)).status_code == 200
    assert (await house.post("contact", {"email": "a@x.example"}, token)).status_code == 200
