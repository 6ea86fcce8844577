"""A repeated request with its `Idempotency-Key` has one effect, and nothing remembers a card."""

import asyncio
import logging
from typing import Any
from uuid import uuid4

import httpx
import pytest

from prove.people import DECLINED, GOOD, Person, payment
from tests.http.commerce.market import PRODUCT, Market, data, refusal

COUNTS = {
    "products": "SELECT count(*) FROM catalog.listings WHERE seller_id = $1",
    "offers": "SELECT count(*) FROM trading.negotiations WHERE seller_id = $1",
    "orders": "SELECT count(*) FROM ordering.orders WHERE seller_id = $1",
    "payments": "SELECT count(*) FROM payments.payments WHERE payee_id = $1",
}  # fmt: skip


def key(text: str = "") -> dict[str, str]:
    return {"idempotency-key": text or uuid4().hex}


async def the_request(market: Market, kind: str) -> tuple[str, str, Person, Any]:
    """One that makes a row of `kind`."""
    if kind == "products":
        return "POST", "/products", market.seller, PRODUCT
    if kind == "payments":
        return "POST", f"/payments/order/{await market.order()}/pay", market.buyer, payment(GOOD)
    product = await market.product()
    if kind == "offers":
        return "POST", "/offers", market.buyer, {"product_id": product, "offered_price": 750.00}
    return "PATCH", f"/offers/{await market.offer(product)}/accept", market.seller, None


async def rows(market: Market, kind: str) -> int:
    return int((await market.fetch(COUNTS[kind], market.seller.id))[0][0])


@pytest.mark.parametrize("kind", COUNTS)
async def test_a_repeated_request_gets_the_same_bytes(market: Market, kind: str) -> None:
    request = await the_request(market, kind)
    headers = key()
    before = await rows(market, kind)
    first, *others = [await market.call(*request, headers=headers) for _ in range(3)]
    assert first.is_success, first.text
    assert "idempotent-replayed" not in first.headers
    for other in others:
        assert (other.status_code, other.content) == (first.status_code, first.content)
        assert other.headers["idempotent-replayed"] == "true"
        assert other.headers["content-type"] == first.headers["content-type"]
    assert await rows(market, kind) == before + 1


@pytest.mark.parametrize("kind", COUNTS)
async def test_eight_at_once_have_one_effect(market: Market, kind: str) -> None:
    request = await the_request(market, kind)
    headers = key()
    before = await rows(market, kind)
    answers: list[httpx.Response] = await asyncio.gather(*(market.call(*request, headers=headers) for _ in range(8)))
    done = [one for one in answers if one.is_success]
    assert len({one.content for one in done}) == 1
    assert sum("idempotent-replayed" not in one.headers for one in done) == 1
    for one in answers:
        if not one.is_success:
            refusal(one, 409, "idempotent_request_in_progress")
    assert await rows(market, kind) == before + 1
    assert (await market.call(*request, headers=headers)).content == done[0].content


async def test_a_key_is_for_one_body(market: Market) -> None:
    headers = key()
    data(await market.call("POST", "/products", market.seller, PRODUCT, headers=headers), 201)
    before = await rows(market, "products")
    other = await market.call("POST", "/products", market.seller, {**PRODUCT, "price": 851}, headers=headers)
    refusal(other, 422, "idempotency_key_reused", "Idempotency-Key")
    assert await rows(market, "products") == before
    shuffled = dict(reversed(PRODUCT.items()))
    again = await market.call("POST", "/products", market.seller, shuffled, headers=headers)
    assert again.headers["idempotent-replayed"] == "true"


async def test_a_key_is_for_one_caller_and_one_address(market: Market) -> None:
    headers = key()
    first, second = await market.product(), await market.product()
    bid = {"product_id": first, "offered_price": 750}
    mine = data(await market.call("POST", "/offers", market.buyer, bid, headers=headers), 201)
    theirs = await market.call("POST", "/offers", market.rival, bid, headers=headers)
    assert "idempotent-replayed" not in theirs.headers
    assert data(theirs, 201)["id"] != mine["id"]
    declined = [await market.offer(one, who=market.rival) for one in (second, await market.product())]
    answers = [await market.call("PATCH", f"/offers/{one}/decline", market.seller, headers=headers) for one in declined]
    assert [data(one)["id"] for one in answers] == declined


async def test_a_refused_request_may_be_repeated_with_its_key(market: Market) -> None:
    product = await market.product()
    headers = key()
    bid = {"product_id": product, "offered_price": 851}
    for _ in range(2):
        refusal(await market.call("POST", "/offers", market.buyer, bid, headers=headers), 422, "offer_above_price",
                "offered_price")  # fmt: skip
    malformed = await market.call("POST", "/offers", market.buyer, [], headers=headers)
    refusal(malformed, 422, "invalid_request", "body")
    good = await market.call("POST", "/offers", market.buyer, {**bid, "offered_price": 850}, headers=headers)
    assert data(good, 201)["offered_price"] == "850.00"
    assert "idempotent-replayed" not in good.headers


async def test_a_declined_card_is_an_answer_and_is_replayed(market: Market) -> None:
    order = await market.order()
    headers = key()
    first = await market.pay(order, DECLINED, headers=headers)
    again = await market.pay(order, DECLINED, headers=headers)
    assert data(first, 201)["status"] == "failed"
    assert (again.content, again.headers["idempotent-replayed"]) == (first.content, "true")
    refusal(await market.pay(order, GOOD, headers=headers), 422, "idempotency_key_reused", "Idempotency-Key")
    assert data(await market.pay(order, GOOD, headers=key()), 201)["status"] == "completed"


@pytest.mark.parametrize("text", ["", " ", "with space", "a" * 256, "\x7f", "\xe9"])
async def test_a_key_of_the_wrong_shape(market: Market, text: str) -> None:
    before = await rows(market, "products")
    headers = {"idempotency-key": text.encode("latin-1")}
    answer = await market.call("POST", "/products", market.seller, PRODUCT, headers=headers)
    refusal(answer, 422, "invalid_idempotency_key", "Idempotency-Key")
    assert await rows(market, "products") == before


async def test_a_key_lets_nobody_in(market: Market) -> None:
    headers = key()
    data(await market.call("POST", "/products", market.seller, PRODUCT, headers=headers), 201)
    answer = await market.call("POST", "/products", None, PRODUCT, headers=headers)
    refusal(answer, 401, "not_authenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_no_table_and_no_log_line_knows_the_card(
    market: Market, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    order = await market.order()
    broken = payment(GOOD)
    broken["card"]["cvc"] = "not a code"
    for body, status in ((payment(DECLINED), 201), (broken, 422), (payment(GOOD), 201), (payment(GOOD), 409)):
        path = f"/payments/order/{order}/pay"
        answer = await market.call("POST", path, market.buyer, body, headers=key())
        assert answer.status_code == status, answer.text
        assert not any(card in answer.text for card in (GOOD, DECLINED))
    said = "".join(capfd.readouterr()) + caplog.text
    assert f"/payments/order/{order}" in said or "/pay" in said
    columns = await market.fetch("""
        SELECT table_schema, table_name, column_name, data_type FROM information_schema.columns
        JOIN information_schema.tables USING (table_schema, table_name)
        WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')
          AND data_type IN ('text', 'character varying', 'json', 'jsonb', 'bytea', 'ARRAY', 'bigint', 'numeric')
    """)
    assert {"charges", "payments", "idempotency_keys", "job"} <= {one["table_name"] for one in columns}
    for schema, table, column, type_ in columns:
        text = f"encode({column}, 'escape')" if type_ == "bytea" else f"{column}::text"
        statement = f'SELECT count(*) FROM "{schema}"."{table}" WHERE strpos({text}, $1) > 0'  # noqa: S608
        for card in (GOOD, DECLINED):
            assert (await market.fetch(statement, card))[0][0] == 0, (schema, table, column)
    assert not any(card in said for card in (GOOD, DECLINED))
