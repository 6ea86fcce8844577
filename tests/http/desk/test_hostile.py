"""What nobody means to send: every number and text of the desk, the hostile ones, and the largest that are allowed."""

import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from prove.people import Person
from tests.http.commerce.market import PRODUCT, data, refusal
from tests.http.desk.desk import Desk
from tests.http.lots.desk import LOT

NUMBERS = [
    b"-1", b"-0.0", b"0.0000001", b"1e400", b"1e-400", b"1" + b"0" * 1_000, b"0." + b"1" * 1_000, b"1e16",
    b"1e99999999999999999999", b"NaN", b"-Infinity", b'"12"', b"true", b"{}", b"[1]",
    b"123456789012345678901234567890.1234567", b"1." + b"0" * 60 + b"1",
]  # fmt: skip
TEXTS = [
    b'"\\u0000"', b'"a\\u0000b"', b'"\\ud800"', b'"\\udc00\\ud800"', b'"\xff"', b'"\\u200b"',
    b'"' + b"a" * 10_001 + b'"', b'{"a\\u0000":"b"}', b'{"a":"\\ud800"}', b'{"":"x"}', b'{"a\\u200b":"x","a":"y"}',
    b"5",
    b"{%s}" % b",".join(b'"k%d":"v"' % number for number in range(10_000)),
    b"[%s]" % b",".join(b'"%s"' % str(uuid4()).encode() for _ in range(10_000)),
]  # fmt: skip
DATES = [b'"9999-12-31T23:59:59-23:59"', b'"0001-01-01T00:00:00+23:59"', b'"0001-01-01"', b'"2026-13-01"', b'"0"']
QUERIES = ["%00", "%ED%A0%80", "%FF", "9" * 30, "-1", "0x10", "1e3", "a" * 5_000]
TEXTS_OF_TERMS = ("unit", "message", "quality", "payment_terms")
Operation = tuple[str, str, Person, Any]


async def the_operations(desk: Desk) -> Iterator[tuple[Operation, list[str], list[str], list[str]]]:
    """Each with its fields: numbers, texts and dates. One refusal after the other changes nothing of any."""
    until = (desk.clock.at + timedelta(days=3)).isoformat()
    wish = {
        "side": "buy", "commodity": "cotton", "quantity": 5, "unit": "bale", "currency": "INR", "visibility": "open",
        "valid_until": until,
    }  # fmt: skip
    draft = data(await desk.call("POST", "/trades", desk.owner, wish), 201)["id"]
    trade = await desk.trade()
    offer, countered = await desk.offer(trade), await desk.offer(trade, desk.rival)
    data(await desk.call("POST", f"/negotiations/{countered}/counter", desk.owner, {"price": 60_000}))
    lot = data(await desk.call("POST", "/tested-lots", desk.author, LOT), 201)["id"]
    goods = {**PRODUCT, "price": 5_000, "lot": {"quantity": 1_000, "unit": "kg", "smallest": 100}}
    listing, bid = await for_sale(desk, goods), {"offered_price": 1_000, "quantity": 500}
    on_listing = data(await asked(desk, ("POST", "/offers", desk.owner, {"product_id": listing, **bid})), 201)["id"]
    rules = {"quiet_hours": {"from": "22:00", "until": "07:00", "time_zone": "Asia/Dubai"}}
    tons, at = {"unit": "t"}, "/trade-desk"
    prices, texts = ["price", "quantity"], ["commodity", "unit", "grade", "quality", "price_unit"]
    return iter([
        (("POST", f"{at}/trades", desk.owner, wish), ["quantity", "target_price", "delivery_days"],
            [*texts, "delivery_place", "invited"], ["valid_until"]),
        (("PATCH", f"{at}/trades/{draft}", desk.owner, {}), ["quantity", "target_price"], texts, ["valid_until"]),
        (("POST", f"{at}/trades/{trade.id}/offers", desk.stranger, {"price": 5, "quantity": 5}),
            [*prices, "delivery_days"], [*TEXTS_OF_TERMS, "lot_id"], ["deliver_by"]),
        (("PATCH", f"{at}/offers/{offer}", desk.author, {}), prices, [*TEXTS_OF_TERMS], ["deliver_by"]),
        (("POST", f"{at}/offers/{offer}/negotiations", desk.owner, {}), prices, ["unit"], []),
        (("POST", f"{at}/negotiations/{offer}/counter", desk.owner, {"terms": {}}), prices, ["terms.quality"],
            ["terms.deliver_by"]),
        (("POST", f"{at}/offers/{offer}/accept", desk.owner, {"quantity": 1}), ["quantity"], ["unit"], []),
        (("POST", f"{at}/negotiations/{countered}/accept", desk.rival, {"quantity": 1}), ["quantity"], ["unit"], []),
        (("POST", f"{at}/trades/{trade.id}/award", desk.owner, {"items": [{"offer_id": offer, "quantity": 1}]}),
            ["items.0.quantity"], ["items.0.unit", "items"], []),
        (("POST", f"{at}/tested-lots", desk.author, LOT), prices, [*texts, "origin"], []),
        (("PATCH", f"{at}/tested-lots/{lot}", desk.author, {**tons, "currency": "USD", "price": 1, "quantity": 1}),
            prices, texts, []),
        (("POST", f"{at}/tested-lots/{lot}/reserve", desk.author, {**tons, "quantity": 1}), ["quantity"],
            ["unit", "for_user"], ["until"]),
        (("POST", f"{at}/tested-lots/{lot}/release", desk.author, {**tons, "quantity": 1}), ["quantity"], ["unit"], []),
        (("POST", "/offers", desk.stranger, {"product_id": listing, **bid}), ["offered_price", *bid, "delivery_days"],
            [*TEXTS_OF_TERMS, "product_ids"], ["deliver_by"]),
        (("PATCH", f"/offers/{on_listing}/counter", desk.author, {}), ["counter_price", "quantity"],
            [*TEXTS_OF_TERMS], ["deliver_by"]),
        (("POST", f"/products/{listing}/offers/broadcast", desk.author, {}), ["offered_price", "quantity"],
            ["message"], []),
        (("PUT", f"/products/{listing}/offer-rules", desk.author, rules),
            ["auto_accept_at", "auto_decline_below", "minimum_step"], ["quiet_hours.time_zone"], []),
        (("PUT", "/offers/rules", desk.author, rules), ["auto_accept_at_percent"], ["quiet_hours.from"], []),
    ])  # fmt: skip


async def for_sale(desk: Desk, goods: Any) -> str:
    return str(data(await asked(desk, ("POST", "/products", desk.author, goods)), 201)["id"])


async def asked(desk: Desk, operation: Operation, raw: bytes | None = None) -> Any:
    method, path, who, body = operation
    headers = {**who.headers, "content-type": "application/json"}
    content = json.dumps(body) if raw is None else raw
    return await desk.client.request(method, f"/api/v1{path}", content=content, headers=headers)


def with_value(body: Any, field: str, value: bytes) -> bytes:
    """`field` is the way through objects and lists, by dots."""
    changed = inner = json.loads(json.dumps(body))
    *way, last = field.split(".")
    for step in way:
        inner = inner[int(step) if step.isdigit() else step]
    inner[last] = "@@"
    return json.dumps(changed).encode().replace(b'"@@"', value)


async def test_hostile_values_are_refused_by_every_field(desk: Desk) -> None:
    wrong = []
    for operation, numbers, texts, dates in await the_operations(desk):
        for fields, values in ((numbers, NUMBERS), (texts, TEXTS), (dates, [*DATES, *TEXTS])):
            for field in fields:
                for value in values:
                    answer = await asked(desk, operation, with_value(operation[3], field, value))
                    if answer.status_code not in {400, 422}:
                        wrong.append((*operation[:2], field, value[:40], answer.status_code, answer.text[:200]))
    assert wrong == []
    commodity = "commodity=cotton&currency=INR"
    for path in (
        f"/price-history?{commodity}&days=", f"/price-history?{commodity}&grade=",
        "/price-history?currency=INR&commodity=",
        "/trades?commodity=", "/trades?cursor=", "/tested-lots?commodity=", f"/trades/{uuid4()}/matches?limit=",
    ):  # fmt: skip
        for asked_for in QUERIES:
            answer = await desk.call("GET", path + asked_for, desk.owner)
            assert answer.status_code in {200, 400, 404, 422}, (path, asked_for[:40], answer.text)


async def agreed(desk: Desk, quantity: float, unit: str, price: float, currency: str, part: Any = None) -> Any:
    """On a trade for so much, `price` being for one `unit`."""
    wish = {
        "side": "buy", "commodity": "extremes", "quantity": quantity, "unit": unit, "currency": currency,
        "visibility": "open", "valid_until": (desk.clock.at + timedelta(days=3)).isoformat(),
    }  # fmt: skip
    trade = data(await desk.call("POST", "/trades", desk.owner, wish), 201)["id"]
    data(await desk.call("POST", f"/trades/{trade}/publish", desk.owner))
    terms = {"price": price, "quantity": quantity}
    offer = data(await desk.call("POST", f"/trades/{trade}/offers", desk.author, terms), 201)["id"]
    return data(await desk.call("POST", f"/offers/{offer}/accept", desk.owner, part))


YESTERWEEK = """
UPDATE trading.agreements SET agreed_at = agreed_at - interval '8 days' WHERE category = 'extremes' RETURNING *
"""


async def test_the_least_and_the_most_are_paid_exactly_and_stop_no_statistics(desk: Desk) -> None:
    most = 10**12 - 1
    for quantity, unit, price, currency, amount in (
        (1, "gram", 10**13, "INR", "10000000000000.00"), (1, "gram", 10**15, "JPY", 10**15),
        (most, "tonne", 0.01, "INR", "9999999999.99"), (most, "gross", 10, "INR", "9999999999990.00"),
        (0.000001, "milliliter", 10**13, "INR", "10000000.00"),
    ):  # fmt: skip
        assert (await agreed(desk, quantity, unit, price, currency))["amount"] == amount
    for _ in range(3):
        assert (await agreed(desk, 0.000001, "gram", 10**6, "INR"))["amount"] == "1.00"
    part = await agreed(desk, 500, "bale", 29_638.33, "INR", {"quantity": 1.7, "unit": "kg"})
    assert (part["quantity"], part["amount"], part["remaining_quantity"]) == ("0.01", "296.38", "499.99")

    for price, quantity, unit, currency in ((10**13, 0.000001, "ml", "INR"), (10**15, 0.000001, "gram", "JPY")):
        lot = {**PRODUCT, "price": price, "currency": currency, "lot": {"quantity": quantity, "unit": unit}}
        listing = await for_sale(desk, lot)
        bid = {"product_id": listing, "offered_price": price}
        offer = data(await asked(desk, ("POST", "/offers", desk.owner, bid)), 201)["id"]
        data(await asked(desk, ("PATCH", f"/offers/{offer}/accept", desk.author, None)))
    await desk.work()
    assert await desk.fetch("SELECT handler, error FROM jobs.job WHERE error IS NOT NULL") == []
    (noted,) = await desk.fetch(YESTERWEEK)
    assert (noted["quantity"], noted["unit"], noted["price_minor"]) == (Decimal("1.7"), "kilogram", 29_638)
    history = {"commodity": "extremes", "currency": "INR"}
    assert data(await desk.call("GET", "/price-history", desk.owner, params=history))["items"] == []


async def test_dates_that_have_passed_and_parameters_said_twice(desk: Desk) -> None:
    trade, path = await desk.trade(), "/trades/{}/offers"
    body = {"price": 62_000, "quantity": 1}
    for changes, field in (
        ({"deliver_by": "2020-01-01"}, "deliver_by"), ({"quality": {"staple": "28", "staple\u200b": "29"}}, "quality"),
    ):  # fmt: skip
        answer = await desk.call("POST", path.format(trade.id), desk.author, {**body, **changes})
        refusal(answer, 422, "invalid_terms", field)
    far = {**body, "deliver_by": "9999-12-31"}
    assert data(await desk.call("POST", path.format(trade.id), desk.author, far), 201)["terms"] == {
        "deliver_by": "9999-12-31", "delivery_terms": None, "delivery_place": None, "delivery_days": None,
        "payment_terms": None, "quality": {}, "lot_id": None,
    }  # fmt: skip
