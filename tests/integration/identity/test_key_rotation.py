"""The signing keys are replaced under load, on real engines and several processes' rings: nobody is refused (O6)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from dishka import Provider, Scope, provide
from redis.asyncio import Redis

from marketplace.adapters.security.key_ring import KeyRing, SealedKeyPairs
from marketplace.adapters.sql.identity.signing_keys import SqlSigningKeyQueries, SqlSigningKeys
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.identity.signing_keys import (
    PrepareSigningKey,
    RotateSigningKeys,
    SigningKeyQueries,
    Urgency,
)
from marketplace.application.shared.ports import Clock
from marketplace.domain.identity.signing_key import RotationPolicy
from marketplace.entrypoints.wiring.keys import loaded_ring
from tests.builders.identity import NOON
from tests.builders.keys import PAIRS
from tests.engines import Database
from tests.fakes.world import FixedClock
from tests.http.identity.house import House, running_house

NOTICE = timedelta(seconds=0.5)


class Hurried(Provider):
    """Rings that read again ten times a second, and notices of half a second."""

    @provide(scope=Scope.APP, override=True)
    def policy(self) -> RotationPolicy:
        return RotationPolicy(notice=NOTICE)

    @provide(scope=Scope.APP, override=True)
    async def ring(
        self, stored: SigningKeyQueries, pairs: SealedKeyPairs, pool: Pool, clock: Clock
    ) -> AsyncIterator[KeyRing]:
        ring = await loaded_ring(stored, pairs, pool, clock, every=NOTICE.total_seconds() / 5)
        async with ring.kept_current():
            yield ring


@pytest.fixture
async def houses(fresh_database: Database, redis_url: str, redis: Redis, tmp_path: Path) -> AsyncIterator[list[House]]:
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(running_house(fresh_database, redis_url, tmp_path, overrides=(Hurried(),)))
            for _ in range(3)
        ]


async def rotate(house: House, urgency: Urgency) -> str:
    async with house.container() as scope:
        return (await (await scope.get(RotateSigningKeys))(urgency)).kid


async def test_rotating_under_load_refuses_nobody(houses: list[House]) -> None:
    person = await houses[0].registered()
    tokens: list[dict[str, Any]] = [person]
    kids: set[str] = set()
    answers: list[int] = []
    done = asyncio.Event()

    async def sign_in() -> None:
        credentials = {"identifier": person["user"]["username"], "password": "Correct-Horse-7"}
        while not done.is_set():
            for house in houses:
                answer = await house.post("login", credentials)
                answers.append(answer.status_code)
                tokens.append(answer.json()["data"])
                kids.add(jwt.get_unverified_header(tokens[-1]["access_token"])["kid"])

    async def ask(house: House, place: int) -> None:
        while not done.is_set():
            place += 1
            answer = await house.me(tokens[-1 - place % min(len(tokens), 50)]["access_token"])
            answers.append(answer.status_code)

    async def replace_keys() -> list[str]:
        made: list[str] = []
        for urgency in (Urgency.PLANNED, Urgency.NOW, Urgency.PLANNED):
            made.append(await rotate(houses[len(made) % 3], urgency))
            signs = len(tokens)
            while made[-1] not in kids:
                assert len(tokens) < signs + 2000
                await asyncio.sleep(0.05)
        done.set()
        return made

    loads = [ask(house, place) for place, house in enumerate(houses * 4)]
    replacing = asyncio.create_task(replace_keys())
    await asyncio.gather(replacing, sign_in(), *loads)
    made = replacing.result()
    assert len(set(made)) == 3
    assert set(made) <= kids
    assert len(answers) > 200
    assert set(answers) == {200}


async def test_after_a_leak_old_tokens_are_refused_and_new_ones_are_not(houses: list[House]) -> None:
    person = await houses[0].registered()
    assert (await houses[1].me(person["access_token"])).status_code == 200
    await rotate(houses[0], Urgency.LEAKED)
    for house in houses:
        await (await house.container.get(KeyRing)).reload()
        answer = await house.me(person["access_token"])
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")
    renewed = await houses[1].post("refresh", {"refresh_token": person["refresh_token"]})
    for house in houses:
        assert (await house.me(renewed.json()["data"]["access_token"])).status_code == 200


async def test_processes_that_start_together_agree_on_the_first_key(fresh_pool: Pool) -> None:
    async def start() -> str:
        transaction = SqlTransaction(fresh_pool, {})
        await PrepareSigningKey(SqlSigningKeys(transaction), PAIRS, transaction, FixedClock(NOON))()
        ring = KeyRing(SqlSigningKeyQueries(fresh_pool), PAIRS)
        await ring.reload()
        return ring.signer(NOON.timestamp())[0]

    assert len(set(await asyncio.gather(*(start() for _ in range(12))))) == 1


async def test_the_tick_of_many_workers_rotates_once(fresh_pool: Pool) -> None:
    clock: Clock = FixedClock(NOON)

    async def tick() -> None:
        transaction = SqlTransaction(fresh_pool, {})
        keys = SqlSigningKeys(transaction)
        await RotateSigningKeys(keys, PAIRS, transaction, clock, RotationPolicy()).when_due()

    await asyncio.gather(*(tick() for _ in range(12)))
    assert len(await SqlSigningKeyQueries(fresh_pool).all()) == 1


async def test_private_keys_are_stored_sealed(houses: list[House], fresh_pool: Pool) -> None:
    await houses[0].registered()
    pairs = await houses[0].container.get(SealedKeyPairs)
    (key,) = await SqlSigningKeyQueries(fresh_pool).all()
    private = pairs.private(key)
    assert private is not None
    assert private.private_bytes_raw() not in key.sealed_private_key


async def test_the_public_keys_are_announced_and_verify_what_is_issued(houses: list[House]) -> None:
    person = await houses[0].registered()
    await rotate(houses[0], Urgency.PLANNED)
    await (await houses[1].container.get(KeyRing)).reload()
    await houses[1].registered()
    answer = await houses[1].client.get("/.well-known/jwks.json")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "max-age=300, public")
    assert [set(key) for key in answer.json()["keys"]] == [{"kid", "x", "kty", "crv", "alg", "use"}] * 2
    keys = jwt.PyJWKSet.from_dict(answer.json())
    kid = jwt.get_unverified_header(person["access_token"])["kid"]
    claims = jwt.decode(person["access_token"], keys[kid], algorithms=["EdDSA"], audience="marketplace-api")
    assert claims["sub"] == person["user"]["id"]
    again = await houses[1].client.get("/.well-known/jwks.json", headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
