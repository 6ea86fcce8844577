"""Every route of two-factor authentication: what it answers, what it refuses."""

from base64 import b32decode
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from marketplace.application.identity.second_factor_check import SecondFactorCheck
from marketplace.domain.identity.second_factor import Method, TwoFactorRequired
from marketplace.domain.shared.ids import UserId
from tests.builders.factors import wrong_code
from tests.engines import Database
from tests.http.identity.factors import FactorsHouse, Person, running_factors_house
from tests.http.identity.test_accounts import refused

CODE = {"code": "000000"}
CHANGES: list[tuple[str, Any]] = [
    ("2fa/setup", None), ("2fa/verify", CODE), ("2fa/disable", CODE), ("2fa/recovery-codes", CODE),
]  # fmt: skip
each_change = pytest.mark.parametrize(("path", "body"), CHANGES)


@pytest.fixture
async def factors(database: Database, redis_url: str, redis: Redis, tmp_path: Path) -> AsyncIterator[FactorsHouse]:
    async with running_factors_house(database, redis_url, tmp_path) as house:
        yield house


@pytest.fixture
async def amina(factors: FactorsHouse) -> Person:
    return await factors.person()


async def state_of(person: Person) -> dict[str, Any]:
    answer = await person.call("GET", "2fa")
    assert answer.status_code == 200, answer.text
    state: dict[str, Any] = answer.json()["data"]
    return state


async def test_from_setup_to_codes(amina: Person) -> None:
    answer = await amina.post("2fa/setup")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    data = answer.json()["data"]
    assert set(data) == {"secret", "otpauth_url", "qr_svg"}
    assert len(b32decode(data["secret"])) == 20
    assert data["otpauth_url"].startswith("otpauth://totp/Marketplace:")
    assert data["qr_svg"].startswith("data:image/svg+xml")
    assert await state_of(amina) == {"enabled": False, "recovery_codes_left": 0}

    amina.secret = data["secret"]
    answer = await amina.post("2fa/verify", {"code": amina.code()})
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    data = answer.json()["data"]
    assert set(data) == {"enabled", "recovery_codes"}
    assert data["enabled"] is True
    assert len(set(data["recovery_codes"])) == 10
    assert await state_of(amina) == {"enabled": True, "recovery_codes_left": 10}


async def test_enabling_ends_the_other_sessions_at_once(amina: Person) -> None:
    assert (await amina.house.me(amina.elsewhere)).status_code == 200
    await amina.enable()
    refused(await amina.house.me(amina.elsewhere), 401, "session_ended")
    assert (await amina.house.me(amina.token)).status_code == 200


async def test_verify_takes_a_code_of_the_last_secret_once(amina: Person) -> None:
    refused(await amina.post("2fa/verify", CODE), 409, "two_factor_not_set_up")
    amina.secret = (await amina.post("2fa/setup")).json()["data"]["secret"]
    dead = amina.code()
    amina.secret = (await amina.post("2fa/setup")).json()["data"]["secret"]
    refused(await amina.post("2fa/verify", {"code": dead}), 401, "invalid_second_factor")
    assert (await state_of(amina))["enabled"] is False
    assert (await amina.post("2fa/verify", {"code": amina.code()})).status_code == 200
    refused(await amina.post("2fa/verify", {"code": amina.code(1)}), 409, "two_factor_already_enabled")
    refused(await amina.post("2fa/setup"), 409, "two_factor_already_enabled")


async def test_recovery_codes_are_renewed_with_a_new_code(amina: Person) -> None:
    await amina.enable()
    refused(await amina.post("2fa/recovery-codes", {"code": amina.code(-1)}), 401, "invalid_second_factor")
    answer = await amina.post("2fa/recovery-codes", {"code": amina.code()})
    assert answer.status_code == 200
    new = answer.json()["data"]["recovery_codes"]
    assert set(new).isdisjoint(amina.recovery_codes)
    old = {"recovery_code": amina.recovery_codes[0]}
    refused(await amina.post("2fa/disable", old), 401, "invalid_second_factor")
    answer = await amina.post("2fa/disable", {"recovery_code": new[0]})
    assert (answer.status_code, answer.json()["data"]) == (200, {"enabled": False, "recovery_codes_left": 0})


async def test_disable_takes_a_code(amina: Person) -> None:
    refused(await amina.post("2fa/disable", CODE), 409, "two_factor_not_enabled")
    await amina.enable()
    missing = refused(await amina.post("2fa/disable", {}), 401, "two_factor_required")
    assert missing["facts"] == {"methods": ["totp", "recovery_code"]}
    assert (await amina.post("2fa/disable", {"code": amina.code()})).status_code == 200
    assert await state_of(amina) == {"enabled": False, "recovery_codes_left": 0}
    refused(await amina.post("2fa/recovery-codes", {"code": amina.code(1)}), 409, "two_factor_not_enabled")


async def test_after_five_wrong_codes_a_right_one_has_to_wait(amina: Person) -> None:
    await amina.enable()
    wrong = {"code": wrong_code(amina.secret, amina.clock.now())}
    for path in ("2fa/disable", "2fa/recovery-codes", "2fa/disable", "2fa/recovery-codes", "2fa/disable"):
        refused(await amina.post(path, wrong), 401, "invalid_second_factor")
    answer = await amina.post("2fa/disable", {"code": amina.code()})
    refused(answer, 429, "second_factor_locked")
    assert answer.headers["retry-after"] == "900"
    assert (await state_of(amina))["enabled"] is True


@each_change
async def test_strangers_are_refused(factors: FactorsHouse, path: str, body: Any) -> None:
    refused(await factors.house.post(path, body), 401, "not_authenticated")
    refused(await factors.house.client.get("/api/v1/auth/2fa"), 401, "not_authenticated")


@each_change
async def test_a_proof_of_long_ago_is_not_enough(amina: Person, path: str, body: Any) -> None:
    amina.clock.advance(timedelta(minutes=5, seconds=1))
    assert refused(await amina.post(path, body), 403, "step_up_required")["facts"] == {"within_seconds": 300}
    assert await state_of(amina) == {"enabled": False, "recovery_codes_left": 0}


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("2fa/verify", {"code": "12345"}, "code"),
        ("2fa/verify", {"code": "12345a"}, "code"),
        ("2fa/verify", {"code": 123456}, "code"),
        ("2fa/verify", {}, "code"),
        ("2fa/recovery-codes", {"code": "000000", "recovery_code": "x"}, "recovery_code"),
        ("2fa/disable", {"recovery_code": "x" * 65}, "recovery_code"),
        ("2fa/disable", {"recovery_code": ""}, "recovery_code"),
    ],
)
async def test_what_is_no_code_is_named(amina: Person, path: str, body: Any, field: str) -> None:
    problem = refused(await amina.post(path, body), 422, "invalid_request")
    assert [one["field"] for one in problem["errors"]] == [field]


async def test_an_outsider_reaches_only_what_is_their_own(factors: FactorsHouse, amina: Person) -> None:
    await amina.enable()
    zarina = await factors.person()
    for body in ({"code": amina.code()}, {"recovery_code": amina.recovery_codes[0]}):
        refused(await zarina.post("2fa/disable", body), 409, "two_factor_not_enabled")
    assert await state_of(zarina) == {"enabled": False, "recovery_codes_left": 0}
    await zarina.enable()
    for body in ({"code": amina.code()}, {"recovery_code": amina.recovery_codes[0]}):
        refused(await zarina.post("2fa/disable", body), 401, "invalid_second_factor")
    assert await state_of(amina) == {"enabled": True, "recovery_codes_left": 10}
    assert (await amina.post("2fa/disable", {"code": amina.code()})).status_code == 200


async def test_the_check_of_a_sign_in_is_wired(amina: Person) -> None:
    user_id = UserId(amina.user["id"])
    async with amina.house.container() as scope:
        check = await scope.get(SecondFactorCheck)
        assert await check.required(user_id) is None
        await amina.enable()
        assert await check.required(user_id) == (Method.TOTP, Method.RECOVERY_CODE)
        with pytest.raises(TwoFactorRequired):
            await check.prove(user_id)
        assert await check.prove(user_id, otp_code=amina.code()) is Method.TOTP
        assert await check.prove(user_id, recovery_code=amina.recovery_codes[0]) is Method.RECOVERY_CODE
