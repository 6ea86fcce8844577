"""The addresses that Payme and Click call: their own formats to the byte, for nobody else, and without limits."""

import hashlib
import json
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from marketplace.entrypoints.wiring.payme_click import made_key
from marketplace.entrypoints.wiring.settings import Settings
from tests.fakes.local_market import FORM, basic
from tests.http.commerce.market import SECRET_KEY, Market, data, refusal

PRICE, TIYIN = 750_000, 75_000_000
PAYME = "/payments/providers/payme"
KEY = made_key(Settings.from_environment({"SECRET_KEY": SECRET_KEY}))
ID = "5305e3bab097f420a62ced0b"


async def awaiting(market: Market, method: str) -> dict[str, Any]:
    offer = await market.offer(await market.product(price=850_000, currency="UZS"), PRICE)
    order = data(await market.call("PATCH", f"/offers/{offer}/accept", market.seller))["transaction_id"]
    paid: dict[str, Any] = data(
        await market.call("POST", f"/payments/order/{order}/pay", market.buyer, {"payment_method": method}), 201
    )
    assert (paid["status"], paid["currency"]) == ("pending", "UZS")
    return paid


async def payme(market: Market, method: str, params: Any, **changes: Any) -> httpx.Response:
    options = {"headers": {"authorization": basic(KEY)}, **changes}
    return await market.call("POST", PAYME, body={"id": 2032, "method": method, "params": params}, **options)


async def click(market: Market, action: int, payment: dict[str, Any], **more: Any) -> Any:
    fields: dict[str, Any] = {
        "click_trans_id": 13867812, "service_id": 1, "click_paydoc_id": 13867813, "merchant_trans_id": payment["id"],
        "amount": payment["amount"], "action": action, "error": 0, "error_note": "Success",
        "sign_time": "2026-11-21 16:40:00", **more,
    }  # fmt: skip
    prepare = fields.get("merchant_prepare_id", "")
    signed = (
        f"{fields['click_trans_id']}{fields['service_id']}{KEY}{payment['id']}{prepare}{fields['amount']}{action}"
        f"{fields['sign_time']}"
    )
    fields = {"sign_string": hashlib.md5(signed.encode()).hexdigest(), **fields}  # noqa: S324 - Click's protocol
    answer = await market.call(
        "POST", f"/payments/providers/click/{'complete' if action else 'prepare'}",
        content=urlencode(fields).encode(), headers={"content-type": FORM},
    )  # fmt: skip
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    return answer.json()


async def test_payme_pays_an_order(market: Market) -> None:
    payment = await awaiting(market, "payme")
    assert payment["checkout_url"].startswith("https://test.paycom.uz/")
    account = {"amount": TIYIN, "account": {"order_id": payment["id"]}}
    transaction = payment["id"].replace("-", "")[-24:]
    created = {"id": transaction, "time": 1_900_000_000_000, **account}
    for method, params, state in (
        ("CheckPerformTransaction", account, None), ("CreateTransaction", created, 1),
        ("PerformTransaction", {"id": transaction}, 2), ("CheckTransaction", {"id": transaction}, 2),
    ):  # fmt: skip
        answer = await payme(market, method, params)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
        assert "ratelimit-limit" not in answer.headers
        assert answer.json()["result"].get("state") == state
        assert (await payme(market, method, params)).content == answer.content
    view = data(await market.call("GET", f"/payments/{payment['id']}", market.buyer))
    assert (view["status"], view["transaction_id"], view["checkout_url"]) == ("completed", transaction, None)
    [call] = await market.fetch(
        "SELECT headers, body, answer FROM payments.provider_calls WHERE body LIKE '%Perform%' || $1 || '%' LIMIT 1",
        transaction,
    )
    assert "authorization" not in json.dumps(call["headers"])


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
async def test_every_answer_of_payme_s_protocol_has_status_200(market: Market, method: str) -> None:
    answer = await market.call(method, PAYME)
    assert (answer.status_code, answer.json()["error"]["code"]) == (200, -32300)
    for content in (b"", b"{", b"[]"):
        answer = await market.call("POST", PAYME, content=content, headers={"authorization": basic(KEY)})
        assert answer.status_code == 200
        assert answer.json()["error"]["code"] in {-32700, -32600}


async def test_a_fault_of_ours_is_an_error_in_payme_s_words(fresh_market: Market) -> None:
    await fresh_market.fetch("ALTER TABLE payments.payme_transactions RENAME TO hidden")
    answer = await payme(fresh_market, "CheckTransaction", {"id": ID})
    assert (answer.status_code, answer.json()["id"], answer.json()["error"]["code"]) == (200, 2032, -32400)


@pytest.mark.parametrize("who", ["nobody", "buyer", "seller", "admin"])
async def test_nobody_but_payme_and_click_is_heard(market: Market, who: str) -> None:
    payment = await awaiting(market, "payme")
    person = None if who == "nobody" else getattr(market, who)
    params = {"amount": TIYIN, "account": {"order_id": payment["id"]}}
    body = {"id": 1, "method": "CheckPerformTransaction", "params": params}
    answer = await market.call("POST", PAYME, person, body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (200, -32504)
    for action in ("prepare", "complete"):
        answer = await market.call("POST", f"/payments/providers/click/{action}", person, body)
        assert answer.json() == {"error": -8, "error_note": "Error in request from click"}


async def test_click_pays_an_order_and_takes_it_back(market: Market) -> None:
    payment = await awaiting(market, "click")
    prepared = await click(market, 0, payment)
    assert prepared["error"] == 0
    assert (await click(market, 0, payment, sign_string="0" * 32))["error"] == -1
    number = prepared["merchant_prepare_id"]
    completed = await click(market, 1, payment, merchant_prepare_id=number)
    assert completed == {
        "click_trans_id": 13867812, "merchant_trans_id": payment["id"], "merchant_confirm_id": number, "error": 0,
        "error_note": "Success",
    }  # fmt: skip
    assert (await click(market, 1, payment, merchant_prepare_id=number))["error"] == -4
    view = data(await market.call("GET", f"/payments/{payment['id']}", market.buyer))
    assert (view["status"], view["transaction_id"]) == ("completed", "13867813")
    assert (await click(market, 1, payment, merchant_prepare_id=number, error=-5017))["error"] == -9
    view = data(await market.call("GET", f"/payments/{payment['id']}", market.buyer))
    assert view["status"] == "refunded"


async def test_other_money_is_refused_before_a_payment_is_made(market: Market) -> None:
    for method in ("payme", "click"):
        order = await market.order()
        answer = await market.call("POST", f"/payments/order/{order}/pay", market.buyer, {"payment_method": method})
        refusal(answer, 422, "payment_method_unavailable", "payment_method")
        data(await market.pay(order), 201)


async def test_part_of_such_a_payment_does_not_go_back(market: Market) -> None:
    payment = await awaiting(market, "payme")
    data(await simulated(market, payment, "paid"))
    wish = {"amount": 1.00, "reason": "A scratch"}
    answer = await market.call("POST", f"/payments/{payment['id']}/refund", market.admin, wish)
    refusal(answer, 422, "partial_refund_unavailable", "amount")
    whole = data(
        await market.call("POST", f"/payments/{payment['id']}/refund", market.admin, {"reason": "Broken"}), 201
    )
    assert (whole["refund"]["status"], whole["status"]) == ("processing", "completed")
    assert data(await simulated(market, payment, "cancelled"))["status"] == "refunded"


async def simulated(market: Market, payment: dict[str, Any], outcome: str) -> httpx.Response:
    return await market.call("POST", f"/dev/payments/{payment['id']}/simulate", body={"outcome": outcome})


@pytest.mark.parametrize("method", ["payme", "click"])
async def test_development_plays_the_provider(market: Market, method: str) -> None:
    payment = await awaiting(market, method)
    assert data(await simulated(market, payment, "paid"))["status"] == "completed"
    assert data(await simulated(market, payment, "cancelled"))["status"] == "refunded"
    refused = await awaiting(market, method)
    assert data(await simulated(market, refused, "failed"))["status"] == "failed"
    refusal(await simulated(market, payment, "lost"), 422, "invalid_request", "outcome")
    refusal(await simulated(market, {"id": ID + "-0000"}, "paid"), 404, "not_found")
    nothing = {"id": "019aa5c0-b3e8-7dae-b903-840ad6b2ccb8"}
    refusal(await simulated(market, nothing, "paid"), 404, "payment_not_found")
    by_card = data(await market.pay(await market.order()), 201)
    refusal(await simulated(market, by_card, "paid"), 422, "payment_method_unavailable", "payment_id")
