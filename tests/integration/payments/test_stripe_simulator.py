"""The simulator is as faithful as our use of Stripe needs: keys, errors, the bank's page, webhooks, scripted faults."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from simulators.faults import Fault, What
from simulators.stripe import StripeSimulator, running

INTENT = {"amount": "1000", "currency": "usd", "payment_method": "pm_card_visa"}


@pytest.fixture
async def stripe() -> AsyncIterator[StripeSimulator]:
    async with running(StripeSimulator(seed=1)) as stripe:
        yield stripe


@pytest.fixture
async def client(stripe: StripeSimulator) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=stripe.origin, headers={"authorization": "Bearer sk_test_1"}) as client:
        yield client


async def post(client: httpx.AsyncClient, path: str, key: str = "", **fields: str) -> httpx.Response:
    return await client.post(path, data=fields, headers={"idempotency-key": key or uuid4().hex})


async def test_a_key_brings_the_first_answer_back(client: httpx.AsyncClient, stripe: StripeSimulator) -> None:
    first, again = [await post(client, "/v1/payment_intents", "key", **INTENT) for _ in range(2)]
    assert first.json() == again.json()
    other = await post(client, "/v1/payment_intents", "key", **{**INTENT, "amount": "1001"})
    assert (other.status_code, other.json()["error"]["type"]) == (400, "idempotency_error")
    assert len(stripe.books.every("payment_intent")) == 1
    declined = {**INTENT, "payment_method": "pm_card_chargeDeclined", "confirm": "true"}
    intent = (await post(client, "/v1/payment_intents", **declined)).json()["id"]
    answers = [await post(client, f"/v1/payment_intents/{intent}/confirm", "other key") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [402, 402]
    assert answers[0].json() == answers[1].json()


async def test_what_was_not_done_is_not_kept_under_its_key(client: httpx.AsyncClient, stripe: StripeSimulator) -> None:
    stripe.faults.add(Fault(on="POST /v1/payment_intents", what=What.ERROR_500))
    assert (await post(client, "/v1/payment_intents", "key", **INTENT)).status_code == 500
    assert (await post(client, "/v1/payment_intents", "key", **INTENT)).status_code == 200


@pytest.mark.parametrize(("path", "fields", "status", "code"), [
    ("/v1/payment_intents", {"currency": "usd"}, 400, "parameter_missing"),
    ("/v1/payment_intents", {**INTENT, "amount": "ten"}, 400, "parameter_invalid_integer"),
    ("/v1/payment_intents", {**INTENT, "amount": "0"}, 400, "parameter_invalid_integer"),
    ("/v1/payment_intents", {**INTENT, "payment_method": "pm_0"}, 404, "resource_missing"),
    ("/v1/payment_intents/pi_0/confirm", {}, 404, "resource_missing"),
    ("/v1/transfers", {"amount": "1", "currency": "usd", "destination": "me"}, 400, "resource_missing"),
    ("/v1/unheard_of", {}, 404, None),
])  # fmt: skip
async def test_errors_are_stripes(
    client: httpx.AsyncClient, path: str, fields: dict[str, str], status: int, code: str | None
) -> None:
    answer = await post(client, path, **fields)
    error = answer.json()["error"]
    assert (answer.status_code, error["type"], error["code"]) == (status, "invalid_request_error", code)
    assert error["message"]


async def test_only_a_secret_key_is_let_in(stripe: StripeSimulator) -> None:
    async with httpx.AsyncClient(base_url=stripe.origin) as client:
        for key in ("", "Bearer pk_test_1", "Basic sk_test_1"):
            answer = await client.get("/v1/events", headers={"authorization": key})
            assert (answer.status_code, answer.json()["error"]["type"]) == (401, "invalid_request_error")


@pytest.mark.parametrize(("says", "status"), [("approve", "succeeded"), ("decline", "failed")])
async def test_the_bank_sends_the_payer_back(
    client: httpx.AsyncClient, stripe: StripeSimulator, says: str, status: str
) -> None:
    intent = await post(client, "/v1/payment_intents", **{**INTENT, "payment_method": "pm_card_threeDSecure2Required"})
    path = f"/v1/payment_intents/{intent.json()['id']}"
    asked = (await post(client, f"{path}/confirm", return_url="https://shop.example/p?a=b")).json()
    page = asked["next_action"]["redirect_to_url"]["url"]
    assert 'value="approve"' in (await client.get(page)).text
    back = await client.post(page, data={"answer": says})
    assert back.status_code == 303
    assert back.headers["location"] == (
        f"https://shop.example/p?a=b&payment_intent={intent.json()['id']}&redirect_status={status}"
    )
    found = (await client.get(path)).json()
    assert found["status"] == {"succeeded": "succeeded", "failed": "requires_payment_method"}[status]
    assert (await client.get(page)).status_code == 410


async def test_faults_strike_as_scripted_and_the_same_for_a_seed(client: httpx.AsyncClient) -> None:
    async def struck() -> list[Any]:
        await client.post("/_control/clear")
        faults = [{"on": "GET /v1/events", "what": "error_500", "skip": 1, "times": 2},
                  {"on": "GET /v1/dis*", "what": "malformed"}]  # fmt: skip
        assert (await client.post("/_control/faults", content=json.dumps(faults))).json() == {"armed": True}
        statuses = [(await client.get("/v1/events")).status_code for _ in range(4)]
        broken = (await client.get("/v1/disputes")).text
        with pytest.raises(json.JSONDecodeError):
            json.loads(broken)
        return statuses

    assert await struck() == await struck() == [200, 500, 500, 200]
    assert (await client.get("/_control/calls")).json() == ["GET /v1/events"] * 4 + ["GET /v1/disputes"]
    assert (await client.get("/_control/nothing")).status_code == 404

    def rolled(seed: int) -> list[bool]:
        stripe = StripeSimulator(seed=seed, faults=[Fault(on="*", what=What.DROP, times=99, chance=0.5)])
        return [bool(stripe.faults.of("x")) for _ in range(20)]

    assert rolled(1) == rolled(1) != rolled(2)


async def test_webhooks_are_dropped_doubled_late_and_tried_again() -> None:
    told: list[str] = []
    answers = [500, *[200] * 9]

    async def send(name: str, _: bytes) -> int:
        told.append(name)
        return answers.pop(0)

    stripe = StripeSimulator(faults=[
        Fault(on="webhook b", what=What.REORDER), Fault(on="webhook c", what=What.DUPLICATE),
        Fault(on="webhook d", what=What.DROP),
    ])  # fmt: skip
    stripe.send = send
    for name in "abcde":
        stripe.outgoing.put(name, b"")
    assert await stripe.outgoing.deliver() == [500, 200, 200, 200, 200]
    assert told == ["a", "c", "c", "b", "e"]
    assert await stripe.outgoing.deliver() == [200]
    assert told[-1] == "a"
    assert await stripe.outgoing.deliver() == []


async def test_events_go_to_a_url_signed_and_what_is_not_there_waits(stripe: StripeSimulator) -> None:
    async with running(StripeSimulator()) as another:
        stripe.webhook_url, stripe.webhook_secrets = f"{another.origin}/v1/nowhere", ("whsec_1",)
        stripe.books.begin({"amount": 1, "currency": "usd", "metadata": {}})
        assert await stripe.outgoing.deliver() == [401]
        stripe.webhook_url = "http://127.0.0.1:9/"
        assert await stripe.outgoing.deliver() == [0]


def test_it_runs_from_the_command_line(tmp_path: Path) -> None:
    script = tmp_path / "faults.json"
    script.write_text('[{"on": "GET /v1/events", "what": "error_500"}]')
    command = [sys.executable, "-m", "simulators", "stripe", "--port", "0", "--script", str(script)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own words
        assert process.stdout
        origin = process.stdout.readline().split()[3].rstrip(":")
        try:
            statuses = [httpx.get(f"{origin}/v1/events", headers={"authorization": "Bearer sk_1"}).status_code
                        for _ in range(2)]  # fmt: skip
        finally:
            process.kill()
    assert statuses == [500, 200]
