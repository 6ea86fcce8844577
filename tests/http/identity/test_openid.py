"""Signing in with an outside provider over HTTP, with a real provider beside the real engines."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis.asyncio import Redis

from tests.engines import Database
from tests.fakes.openid_provider import CLIENT, SECRET, LocalProvider, consent, running_provider
from tests.http.identity.house import House, running_house
from tests.http.identity.proven import Proven, Stale


@pytest.fixture
async def provider() -> AsyncIterator[LocalProvider]:
    async with running_provider() as provider:
        yield provider


def set_up(provider: LocalProvider) -> dict[str, Any]:
    return {"OIDC_ISSUER": provider.issuer, "OIDC_CLIENT_ID": CLIENT, "OIDC_CLIENT_SECRET": SECRET}


@pytest.fixture
async def house(
    database: Database, redis_url: str, redis: Redis, tmp_path: Path, provider: LocalProvider
) -> AsyncIterator[House]:
    async with running_house(database, redis_url, tmp_path, overrides=[Proven()], **set_up(provider)) as house:
        yield house


async def answered(house: House) -> dict[str, str]:
    """Begun here, consented there: what a client posts then."""
    started = await house.post("oidc/start", {"redirect_uri": "http://localhost:3000/back"})
    assert started.status_code == 200, started.text
    answer = await consent(started.json()["data"]["authorization_url"])
    assert answer["state"] == started.json()["data"]["state"]
    return answer


async def signed_in(house: House) -> httpx.Response:
    return await house.post("oidc/callback", await answered(house))


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_somebody_new_is_signed_in_and_again_later(house: House, provider: LocalProvider) -> None:
    first = await signed_in(house)
    assert first.status_code == 200, first.text
    data: dict[str, Any] = first.json()["data"]
    assert set(data) == {"access_token", "refresh_token", "token_type", "expires_in", "device_token", "user"}
    assert (data["user"]["email"], data["user"]["is_verified"]) == (provider.person["email"], True)
    assert (await house.me(data["access_token"])).json()["data"]["id"] == data["user"]["id"]
    assert (await house.post("refresh", {"refresh_token": data["refresh_token"]})).status_code == 200
    assert (await signed_in(house)).json()["data"]["user"]["id"] == data["user"]["id"]
    login = await house.post("login", {"identifier": provider.person["email"], "password": "Correct-Horse-7"})
    assert refusal(login) == (401, "invalid_credentials")


async def test_the_same_new_person_many_times_at_once_gets_one_account(house: House) -> None:
    answers = await asyncio.gather(*(answered(house) for _ in range(8)))
    views = await asyncio.gather(*(house.post("oidc/callback", answer) for answer in answers))
    assert [view.status_code for view in views] == [200] * 8
    assert len({view.json()["data"]["user"]["id"] for view in views}) == 1


async def test_who_has_an_account_logs_in_and_links(house: House, provider: LocalProvider) -> None:
    person = await house.registered(email=provider.person["email"])
    assert refusal(await signed_in(house)) == (409, "account_exists")
    linked = await house.post("oidc/link", await answered(house), person["access_token"])
    assert (linked.status_code, linked.json()["data"]) == (200, None)
    assert (await signed_in(house)).json()["data"]["user"]["id"] == person["user"]["id"]


async def test_an_outsider_does_not_link_what_is_linked(house: House) -> None:
    owner = (await signed_in(house)).json()["data"]["user"]["id"]
    outsider = await house.registered()
    linked = await house.post("oidc/link", await answered(house), outsider["access_token"])
    assert refusal(linked) == (409, "outside_identity_taken")
    assert (await signed_in(house)).json()["data"]["user"]["id"] == owner


async def test_linking_needs_somebody_signed_in(house: House) -> None:
    assert refusal(await house.post("oidc/link", await answered(house))) == (401, "not_authenticated")


async def test_a_replayed_state_and_a_code_of_another_attempt_are_refused(house: House) -> None:
    answer = await answered(house)
    assert (await house.post("oidc/callback", answer)).status_code == 200
    assert refusal(await house.post("oidc/callback", answer)) == (401, "openid_attempt_unknown")
    mine, stolen = await answered(house), await answered(house)
    mixed = {"code": stolen["code"], "state": mine["state"]}
    assert refusal(await house.post("oidc/callback", mixed)) == (401, "openid_refused"), "its PKCE verifier is another"


@pytest.mark.parametrize("lies", [{"nonce": "x"}, {"aud": "x"}, {"exp": 1}, {"iss": "https://x.example"}])
async def test_a_token_that_lies_signs_nobody_in(house: House, provider: LocalProvider, lies: dict[str, Any]) -> None:
    provider.lies = lies
    assert refusal(await signed_in(house)) == (401, "openid_refused")
    provider.lies = {"email_verified": False}
    assert refusal(await signed_in(house)) == (409, "verified_email_missing")


async def test_a_provider_that_is_down_is_unavailable(house: House, provider: LocalProvider) -> None:
    answer = await answered(house)
    provider.broken = True
    down = await house.post("oidc/callback", answer)
    assert refusal(down) == (503, "provider_unavailable")
    assert down.headers["retry-after"]


async def test_what_cannot_be_an_answer_is_refused(house: House) -> None:
    assert refusal(await house.post("oidc/callback", {"code": "", "state": "x"})) == (422, "invalid_request")
    assert refusal(await house.post("oidc/start", {"next": "x"})) == (422, "invalid_request")


async def test_a_foreign_page_is_refused(
    database: Database, redis_url: str, redis: Redis, tmp_path: Path, provider: LocalProvider
) -> None:
    more: dict[str, Any] = {
        **set_up(provider),
        "ALLOWED_ORIGINS": "https://shop.example",
        "PUBLIC_URL": "https://market.example",
    }
    async with running_house(database, redis_url, tmp_path, **more) as house:
        foreign = await house.post("oidc/start", {"redirect_uri": "https://evil.example/back"})
        assert refusal(foreign) == (422, "redirect_not_allowed")
        ours = await house.post("oidc/start", {})
        assert "market.example%2Fauth%2Foidc%2Fcallback" in ours.json()["data"]["authorization_url"]
        assert ours.json()["data"]["provider"] == "OpenID"


async def test_without_a_recent_proof_nothing_is_linked(
    database: Database, redis_url: str, redis: Redis, tmp_path: Path, provider: LocalProvider
) -> None:
    async with running_house(database, redis_url, tmp_path, overrides=[Stale()], **set_up(provider)) as house:
        person = await house.registered()
        linked = await house.post("oidc/link", await answered(house), person["access_token"])
        assert refusal(linked) == (403, "step_up_required")


async def test_where_none_is_set_up_there_is_nothing(
    database: Database, redis_url: str, redis: Redis, tmp_path: Path
) -> None:
    async with running_house(database, redis_url, tmp_path, overrides=[Proven()]) as house:
        token = (await house.registered())["access_token"]
        answer = {"code": "c", "state": "s"}
        for refused in (
            await house.post("oidc/start", {}),
            await house.post("oidc/callback", answer),
            await house.post("oidc/link", answer, token),
        ):
            assert refusal(refused) == (404, "openid_not_configured")
