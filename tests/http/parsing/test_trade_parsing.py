"""Messages become trades over HTTP: read, then confirmed, and nothing in between."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from prove.people import Person
from tests.http.commerce.market import Market, data, refusal

SAID = "Need 500 bales MCU-5 29mm, 62k/candy ex-Guntur, 15 days, LC 30"


async def parsed(market: Market, who: Person, text: str = SAID) -> dict[str, Any]:
    view: dict[str, Any] = data(await market.call("POST", "/trade-desk/parse", who, {"text": text}), 201)
    return view


async def trades(market: Market) -> int:
    return int((await market.fetch("SELECT count(*) FROM trading.trades"))[0][0])


async def test_a_message_is_read_and_nothing_is_created(market: Market) -> None:
    before = await trades(market)
    view = await parsed(market, market.buyer)
    assert set(view) == {"id", "trade_id", "text", "fields"}
    assert (view["trade_id"], view["text"]) == (None, SAID)
    assert view["fields"]["quantity"] == {"value": 500, "unit": "bale", "confidence": "0.95", "span": [5, 14]}
    assert view["fields"]["target_price"]["value"] == 62000
    assert view["fields"]["delivery_days"] == {"value": 15, "unit": None, "confidence": "0.7", "span": [48, 55]}
    assert view["fields"]["currency"] == {"value": "INR", "unit": None, "confidence": "0.5", "span": [31, 36]}
    assert set(view["fields"]) == {
        "side", "commodity", "grade", "quantity", "quality.staple_length", "target_price", "price_unit", "currency",
        "delivery_terms", "delivery_place", "delivery_days", "payment_terms",
    }  # fmt: skip
    assert await trades(market) == before


async def test_a_confirmed_message_is_a_draft_of_its_owner(market: Market) -> None:
    view = await parsed(market, market.buyer)
    body = {"overrides": {"quantity": 450.5, "grade": None}}
    confirmed = data(await market.call("POST", f"/trade-desk/parse/{view['id']}/confirm", market.buyer, body), 201)
    assert confirmed == view | {"trade_id": confirmed["trade_id"]}
    (row,) = await market.fetch("SELECT * FROM trading.trades WHERE id = $1", confirmed["trade_id"])
    assert (row["owner_id"], row["status"], row["side"]) == (market.buyer.id, "draft", "buy")
    assert (row["commodity"], row["grade"], str(row["quantity"]), row["unit"]) == ("cotton", None, "450.500000", "bale")
    assert (row["target_minor"], row["currency"], row["price_unit"]) == (6_200_000, "INR", "candy")


async def test_it_is_confirmed_only_once_however_often_it_is_asked(market: Market) -> None:
    view = await parsed(market, market.seller)
    before, place = await trades(market), f"/trade-desk/parse/{view['id']}/confirm"
    answers = await asyncio.gather(*(market.call("POST", place, market.seller, {}) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
    (made,) = [data(answer, 201) for answer in answers if answer.status_code == 201]
    assert refusal(await market.call("POST", place, market.seller, {}), 409, "parse_already_confirmed")["facts"] == {
        "trade_id": made["trade_id"]
    }
    assert await trades(market) == before + 1


async def test_what_is_missing_is_named(market: Market) -> None:
    view = await parsed(market, market.buyer, "Нужно 20 тонн пшеницы")
    before, place = await trades(market), f"/trade-desk/parse/{view['id']}/confirm"
    refusal(await market.call("POST", place, market.buyer, {}), 422, "missing_field", "currency")
    assert await trades(market) == before
    given = data(await market.call("POST", place, market.buyer, {"overrides": {"currency": "RUB"}}), 201)
    assert given["trade_id"] is not None


async def test_others_do_not_find_what_was_read(market: Market) -> None:
    view = await parsed(market, market.buyer)
    before, place = await trades(market), f"/trade-desk/parse/{view['id']}/confirm"
    for outsider in (market.rival, market.seller):
        refusal(await market.call("POST", place, outsider, {}), 404, "parse_not_found")
    refusal(await market.call("POST", place, None, {}), 401, "not_authenticated")
    refusal(await market.call("POST", f"/trade-desk/parse/{uuid4()}/confirm", market.buyer, {}), 404, "parse_not_found")
    assert await trades(market) == before


async def test_nobody_has_messages_read_who_is_not_signed_in(market: Market) -> None:
    before = await market.fetch("SELECT count(*) FROM trading.parses")
    refusal(await market.call("POST", "/trade-desk/parse", None, {"text": SAID}), 401, "not_authenticated")
    assert await market.fetch("SELECT count(*) FROM trading.parses") == before


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({}, "invalid_request", "text"), ({"text": 5}, "invalid_request", "text"),
        ({"text": ""}, "invalid_request", "text"), ({"text": "x" * 2_001}, "invalid_request", "text"),
        ({"text": " \u200b"}, "invalid_text", "text"), ({"text": SAID, "more": 1}, "invalid_request", "more"),
    ],
)  # fmt: skip
async def test_texts_that_are_refused(market: Market, body: dict[str, Any], code: str, field: str) -> None:
    refusal(await market.call("POST", "/trade-desk/parse", market.buyer, body), 422, code, field)


@pytest.mark.parametrize(
    ("overrides", "code", "field"),
    [
        ({"side": "rent"}, "invalid_request", "overrides.side"), ({"more": 1}, "invalid_request", "overrides.more"),
        ({"commodity": None}, "invalid_request", "overrides.commodity"), ({"unit": "smoots"}, "unknown_unit", "unit"),
        ({"currency": "XXX"}, "unknown_currency", "currency"), ({"price_unit": "liter"}, "units_differ", "unit"),
        ({"target_price": 0}, "invalid_amount", "target_price"), ({"quantity": 0}, "invalid_quantity", "quantity"),
        ({"valid_until": "2020-01-01T00:00:00Z"}, "invalid_validity", "valid_until"),
        ({"visibility": "invited"}, "invalid_terms", "invited"),
    ],
)  # fmt: skip
async def test_overrides_that_make_no_trade(market: Market, overrides: dict[str, Any], code: str, field: str) -> None:
    view = await parsed(market, market.buyer)
    place = f"/trade-desk/parse/{view['id']}/confirm"
    before = await trades(market)
    refusal(await market.call("POST", place, market.buyer, {"overrides": overrides}), 422, code, field)
    assert await trades(market) == before


async def test_a_text_in_any_script_is_kept_as_it_was_read(market: Market) -> None:
    view = await parsed(market, market.buyer, "  🙏 Куплю 5 т риса\n по 45 тыс руб за тонну, Ташкент 'x'; -- \\ ")
    assert view["text"] == "🙏 Куплю 5 т риса\n по 45 тыс руб за тонну, Ташкент 'x'; -- \\"
    start, end = view["fields"]["target_price"]["span"]
    assert view["text"][start:end] == "45 тыс"
    assert view["fields"]["delivery_place"]["value"] == "Ташкент"
