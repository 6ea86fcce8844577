"""API keys over HTTP: what their owner may do with them, and they themselves."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from redis.asyncio import Redis

from marketplace.application.shared.actor import SessionRequired
from marketplace.domain.identity.api_key import MOST_LIVE
from marketplace.entrypoints.realtime.credentials import Credentials, admit
from tests.engines import Database
from tests.http.identity.house import House, running_house
from tests.http.identity.proven import Proven, Stale

PATH = "/api/v1/auth/api-keys"
PRODUCT = {"title": "Vintage film camera", "price": 850.00, "category": "electronics", "feed_type": "community"}


@pytest.fixture
async def house(database: Database, redis_url: str, redis: Redis, tmp_path: Path) -> AsyncIterator[House]:
    async with running_house(database, redis_url, tmp_path, overrides=[Proven()]) as house:
        yield house


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


async def make(house: House, token: str, **wish: Any) -> httpx.Response:
    return await house.client.post(PATH, json={"name": "Stock sync", **wish}, headers=bearer(token))


async def made(house: House, token: str, **wish: Any) -> dict[str, Any]:
    answer = await make(house, token, **wish)
    assert answer.status_code == 201, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


async def listed(house: House, token: str) -> list[dict[str, Any]]:
    answer = await house.client.get(PATH, headers=bearer(token))
    assert answer.status_code == 200, answer.text
    keys: list[dict[str, Any]] = answer.json()["data"]
    return keys


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_a_key_lists_a_product_and_its_owner_sees_when(house: House) -> None:
    seller = await house.registered(role="seller")
    token = seller["access_token"]
    key = await made(house, token, scopes=["catalog.list_items"], expires_in_days=30)
    assert set(key) == {"id", "name", "scopes", "created_at", "expires_at", "last_used_at", "key"}
    product = await house.client.post("/api/v1/products", json=PRODUCT, headers=bearer(key["key"]))
    assert product.status_code == 201, product.text
    assert product.json()["data"]["seller"]["id"] == seller["user"]["id"]
    assert (await house.me(key["key"])).json()["data"]["id"] == seller["user"]["id"]
    (seen,) = await listed(house, token)
    assert seen["last_used_at"] is not None
    assert seen | {"last_used_at": None} == {name: value for name, value in key.items() if name != "key"}


async def test_a_key_that_only_reads_changes_nothing(house: House) -> None:
    seller = await house.registered(role="seller")
    key = await made(house, seller["access_token"])
    assert key["scopes"] == []
    answer = await house.client.post("/api/v1/products", json=PRODUCT, headers=bearer(key["key"]))
    assert refusal(answer) == (403, "missing_permission")


async def test_a_key_does_nothing_to_the_account_itself(house: House) -> None:
    seller = await house.registered(role="seller")
    key = await made(house, seller["access_token"], scopes=["identity.edit_profile"])
    headers = bearer(key["key"])
    answers = [
        await house.client.get(PATH, headers=headers),
        await house.client.post(PATH, json={"name": "Another"}, headers=headers),
        await house.client.delete(f"{PATH}/{key['id']}", headers=headers),
        await house.client.post("/api/v1/auth/logout", headers=headers),
        await house.client.post("/api/v1/auth/ws-ticket", headers=headers),
    ]
    assert [refusal(answer) for answer in answers] == [(403, "session_required")] * len(answers)
    with pytest.raises(SessionRequired):
        await admit(house.container, Credentials(token=key["key"]))
    assert len(await listed(house, seller["access_token"])) == 1


async def test_a_deleted_key_is_refused_at_once(house: House) -> None:
    seller = await house.registered(role="seller")
    token = seller["access_token"]
    key, kept = await made(house, token), await made(house, token)
    assert (await house.me(key["key"])).status_code == 200
    gone = await house.client.delete(f"{PATH}/{key['id']}", headers=bearer(token))
    assert (gone.status_code, gone.json()["data"]) == (200, None)
    assert refusal(await house.me(key["key"])) == (401, "invalid_token")
    assert (await house.me(kept["key"])).status_code == 200
    again = await house.client.delete(f"{PATH}/{key['id']}", headers=bearer(token))
    assert refusal(again) == (404, "api_key_not_found")
    assert [one["id"] for one in await listed(house, token)] == [kept["id"]]


@pytest.mark.parametrize("text", ["mk_", "mk_abc_00000000", "mk_" + "a" * 64 + "_00000000", "mk_" + "x" * 5000])
async def test_what_looks_like_a_key_is_refused_like_a_dead_one(house: House, text: str) -> None:
    assert refusal(await house.me(text)) == (401, "invalid_token")


async def test_an_outsider_neither_sees_nor_deletes_it(house: House) -> None:
    owner, outsider = await house.registered(role="seller"), await house.registered(role="seller")
    key = await made(house, owner["access_token"])
    headers = bearer(outsider["access_token"])
    assert refusal(await house.client.delete(f"{PATH}/{key['id']}", headers=headers)) == (404, "api_key_not_found")
    assert await listed(house, outsider["access_token"]) == []
    assert (await house.me(key["key"])).status_code == 200


async def test_strangers_are_refused(house: House) -> None:
    answers = [
        await house.client.get(PATH),
        await house.client.post(PATH, json={"name": "Mine"}),
        await house.client.delete(f"{PATH}/{uuid4()}"),
    ]
    assert [refusal(answer) for answer in answers] == [(401, "not_authenticated")] * 3


@pytest.mark.parametrize(
    ("wish", "status", "code"),
    [
        ({"scopes": ["payments.read_ledger"]}, 403, "missing_permission"),
        ({"scopes": ["root"]}, 422, "invalid_request"),
        ({"expires_in_days": 0}, 422, "invalid_request"),
        ({"expires_in_days": 366}, 422, "invalid_request"),
        ({"name": "\u200b "}, 422, "invalid_text"),
        ({"mac": "x"}, 422, "invalid_request"),
    ],
)
async def test_a_wish_that_cannot_be_granted(house: House, wish: dict[str, Any], status: int, code: str) -> None:
    seller = await house.registered(role="seller")
    assert refusal(await make(house, seller["access_token"], **wish)) == (status, code)
    assert await listed(house, seller["access_token"]) == []


async def test_of_many_made_at_once_twenty_live(house: House) -> None:
    seller = await house.registered(role="seller")
    answers = await asyncio.gather(*(make(house, seller["access_token"]) for _ in range(MOST_LIVE + 5)))
    assert sorted(answer.status_code for answer in answers) == [201] * MOST_LIVE + [409] * 5
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"too_many_api_keys"}


async def test_many_requests_at_once_note_one_use(house: House) -> None:
    seller = await house.registered(role="seller")
    key = await made(house, seller["access_token"])
    answers = await asyncio.gather(*(house.me(key["key"]) for _ in range(50)))
    assert {answer.status_code for answer in answers} == {200}
    first = (await listed(house, seller["access_token"]))[0]["last_used_at"]
    await house.me(key["key"])
    assert (await listed(house, seller["access_token"]))[0]["last_used_at"] == first


async def test_without_a_recent_proof_none_is_made_or_deleted(
    database: Database, redis_url: str, redis: Redis, tmp_path: Path
) -> None:
    async with running_house(database, redis_url, tmp_path, overrides=[Stale()]) as house:
        seller = await house.registered(role="seller")
        headers = bearer(seller["access_token"])
        deleted = await house.client.delete(f"{PATH}/{uuid4()}", headers=headers)
        for answer in (await make(house, seller["access_token"]), deleted):
            assert refusal(answer) == (403, "step_up_required")
        assert await listed(house, seller["access_token"]) == []
