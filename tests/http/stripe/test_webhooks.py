"""What comes in at the webhook: signed by Stripe or refused, kept once, and kept with its error until it is applied."""

import json
import time
from typing import Any
from uuid import uuid4

import httpx
import pytest

from marketplace.adapters.security.vault import NotSealedByUs, Vault
from marketplace.application.payments.inbox import ForgetProviderEvents, ReplayProviderEvents
from marketplace.application.payments.ports import GatewaySilent
from simulators.faults import Fault, What
from simulators.stripe import signed
from tests.http.commerce.market import data, refusal
from tests.http.stripe.conftest import NEXT_SECRET, SECRET, WEBHOOK, Shop

pytestmark = pytest.mark.asyncio(loop_scope="module")

STORED = "SELECT * FROM payments.provider_events WHERE external_id = $1"


def an_event(kind: str = "payout.failed", **about: Any) -> tuple[str, bytes]:
    """Its id and its bytes."""
    event_id = f"evt_{uuid4().hex}"
    body = {"id": event_id, "object": "event", "type": kind, "data": {"object": {"id": "po_1", **about}}}
    return event_id, json.dumps(body).encode()


async def test_a_signed_event_is_kept_sealed_and_answered_at_once(shop: Shop) -> None:
    event_id, body = an_event(iban="AE070331234567890123456")
    header = signed(body, ["whsec_of_another", SECRET])
    assert data(await shop.told(body, header)) is None
    (row,) = await shop.rows(STORED, event_id)
    assert (row["source"], row["kind"], row["applied_at"], row["error"]) == ("stripe", "payout.failed", None, None)
    assert json.loads(row["headers"]) == {"stripe-signature": header, "content-type": "application/json",
                                          "user-agent": f"python-httpx/{httpx.__version__}"}  # fmt: skip
    assert b"AE0703" not in row["body"]
    with pytest.raises(NotSealedByUs):
        Vault([b"k" * 32]).open(row["body"], f"provider-event:{row['id']}")
    await shop.work()
    (row,) = await shop.rows(STORED, event_id)
    assert row["applied_at"] is not None


async def test_an_event_told_twice_is_kept_once(shop: Shop) -> None:
    event_id, body = an_event()
    for at in (None, int(time.time()) - 100):
        assert data(await shop.told(body, signed(body, [SECRET], at))) is None
    assert len(await shop.rows(STORED, event_id)) == 1
    await shop.work()
    assert data(await shop.told(body, signed(body, [SECRET]))) is None
    assert len(await shop.rows(STORED, event_id)) == 1


async def test_while_a_secret_is_replaced_both_are_good(shop: Shop) -> None:
    for secret in (SECRET, NEXT_SECRET):
        _, body = an_event()
        assert data(await shop.told(body, signed(body, [secret]))) is None


async def test_what_stripe_did_not_sign_now_is_refused_and_not_kept(shop: Shop) -> None:
    event_id, body = an_event()
    now = int(time.time())
    for header in (
        "", "nonsense", "t=,v1=",
        signed(body, ["whsec_of_another"]),
        signed(body + b" ", [SECRET]),
        signed(body, [SECRET], now - 302),
        signed(body, [SECRET], now + 302),
        signed(body, [SECRET]).replace("v1=", "v0="),
        f"t={now},{signed(body, [SECRET])}",
    ):  # fmt: skip
        refusal(await shop.told(body, header), 401, "signature_refused")
    for body in (b"", b"{", b"[]", b'{"id": 1}', b"\xff\xfe", b'{"id": "evt_1"}'):
        refusal(await shop.told(body, signed(body, [SECRET])), 401, "signature_refused")
    assert await shop.rows(STORED, event_id) == []


async def test_a_provider_that_is_not_set_up_is_not_found(shop: Shop) -> None:
    _, body = an_event()
    headers = {"stripe-signature": signed(body, [SECRET])}
    for provider in ("simulator", "nobody", "STRIPE"):
        answer = await shop.call("POST", WEBHOOK.replace("stripe", provider), content=body, headers=headers)
        refusal(answer, 404, "provider_not_set_up")


async def test_who_is_signed_in_tells_nothing_either(shop: Shop) -> None:
    """Outsiders: there is no account that may speak for Stripe."""
    _, body = an_event()
    for who in (shop.buyer, shop.seller):
        refusal(await shop.call("POST", WEBHOOK, who, content=body), 401, "signature_refused")


async def test_the_webhook_is_not_counted_against_the_address(shop: Shop) -> None:
    _, body = an_event()
    answer = await shop.told(body, signed(body, [SECRET]))
    assert "ratelimit-remaining" not in answer.headers
    assert "ratelimit-remaining" in (await shop.call("GET", "/payments/methods", shop.buyer)).headers


async def test_what_cannot_be_applied_keeps_its_error_until_it_is_replayed(shop: Shop) -> None:
    paid = await shop.pay(await shop.order(), token="pm_card_threeDSecure2Required")
    intent = await shop.intent(paid["id"])
    shop.stripe.bank_answers(intent, approves=True)
    shop.stripe.faults.add(Fault(on=f"GET /v1/payment_intents/{intent['id']}", what=What.ERROR_500))
    await shop.stripe.outgoing.deliver()
    with pytest.raises(GatewaySilent):
        await shop.work()
    event = next(one for one in shop.stripe.books.every("event") if one["type"] == "payment_intent.succeeded")
    (row,) = await shop.rows(STORED, event["id"])
    assert (row["error"], row["failures"], row["applied_at"]) == ("gateway_silent", 1, None)
    assert (await shop.payment(paid["id"]))["status"] == "pending"

    async with shop.container() as request:
        assert await (await request.get(ReplayProviderEvents))() == 1
    await shop.work()
    (row,) = await shop.rows(STORED, event["id"])
    assert (row["error"], row["failures"]) == (None, 1)
    assert (await shop.payment(paid["id"]))["status"] == "completed"


async def test_events_of_payments_that_are_not_ours_are_only_kept(shop: Shop) -> None:
    event_id, body = an_event("payment_intent.succeeded")
    data(await shop.told(body, signed(body, [SECRET])))
    await shop.work()
    (row,) = await shop.rows(STORED, event_id)
    assert (row["error"], row["applied_at"] is not None) == (None, True)


async def test_old_events_are_forgotten_once_they_are_applied(shop: Shop) -> None:
    names = [an_event() for _ in range(3)]
    for _, body in names:
        await shop.told(body, signed(body, [SECRET]))
    await shop.work()
    old, unapplied, new = (name for name, _ in names)
    aged = "UPDATE payments.provider_events SET received_at = now() - interval '91 days' WHERE external_id = ANY($1)"
    await shop.rows(aged, [old, unapplied])
    await shop.rows("UPDATE payments.provider_events SET applied_at = NULL WHERE external_id = $1", unapplied)
    async with shop.container() as request:
        await (await request.get(ForgetProviderEvents))()
    left = await shop.rows("SELECT external_id FROM payments.provider_events WHERE external_id = ANY($1)",
                           [old, unapplied, new])  # fmt: skip
    assert {row["external_id"] for row in left} == {unapplied, new}
