"""A repeated request with its `Idempotency-Key` has one effect on the desk; a key for programs has its scopes."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from prove.people import Person
from tests.http.commerce.market import PRODUCT, data, refusal
from tests.http.desk.desk import Desk
from tests.http.lots.desk import LOT

Request = tuple[str, str, Person, Any, Any]
"""Method, path, who asks, the body and another body."""


async def the_requests(desk: Desk) -> list[Request]:
    """In an order in which each is to be had."""
    until = (desk.clock.at + timedelta(days=3)).isoformat()
    wish = {
        "side": "buy", "commodity": "cotton", "quantity": 5, "unit": "bale", "currency": "INR", "visibility": "open",
        "valid_until": until,
    }  # fmt: skip
    draft = data(await desk.call("POST", "/trades", desk.owner, wish), 201)["id"]
    trade, second, third = await desk.trade(), await desk.trade(), await desk.trade()
    countered, awarded = await desk.offer(second), await desk.offer(third)
    lot = data(await desk.call("POST", "/tested-lots", desk.author, LOT), 201)["id"]
    for status in ("tested", "available"):
        await desk.fetch("UPDATE trading.tested_lots SET status = $2 WHERE id = $1", lot, status)
    goods = await desk.client.post("/api/v1/products", json=PRODUCT, headers=desk.author.headers)
    product, at = data(goods, 201)["id"], "/trade-desk"
    answers: list[Request] = [
        ("POST", f"{at}/trades", desk.owner, wish, {**wish, "quantity": 6}),
        ("PATCH", f"{at}/trades/{draft}", desk.owner, {"quantity": 7}, {"quantity": 8}),
        ("POST", f"{at}/trades/{draft}/publish", desk.owner, None, {}),
        ("POST", f"{at}/trades/{draft}/cancel", desk.owner, None, {}),
        ("POST", f"{at}/trades/{trade.id}/offers", desk.rival, {"price": 5, "quantity": 5},
            {"price": 6, "quantity": 5}),
        ("PATCH", f"{at}/offers/{countered}", desk.author, {"price": 61_000}, {"price": 61_001}),
        ("POST", f"{at}/offers/{countered}/shortlist", desk.owner, None, {}),
        ("POST", f"{at}/offers/{countered}/negotiations", desk.owner, {"price": 60_000}, {"price": 60_001}),
        ("POST", f"{at}/negotiations/{countered}/counter", desk.author, {"price": 60_500}, {"price": 60_501}),
        ("POST", f"{at}/offers/{countered}/accept", desk.owner, {"quantity": 100}, {"quantity": 101}),
        ("POST", f"{at}/trades/{third.id}/award", desk.owner, {"items": [{"offer_id": awarded, "quantity": 100}]},
            {"items": [{"offer_id": awarded}]}),
        ("POST", f"{at}/trades/{third.id}/close", desk.owner, None, {}),
        ("POST", f"{at}/tested-lots", desk.author, LOT, {**LOT, "quantity": 21}),
        ("POST", f"{at}/tested-lots/{lot}/reserve", desk.author, {"quantity": 5, "unit": "t"},
            {"quantity": 6, "unit": "t"}),
        ("POST", f"{at}/tested-lots/{lot}/release", desk.author, {"quantity": 2, "unit": "t"},
            {"quantity": 3, "unit": "t"}),
        ("POST", f"{at}/parse", desk.owner, {"text": "Need 500 bales MCU-5"}, {"text": "Need 501 bales MCU-5"}),
        ("PUT", f"/products/{product}/offer-rules", desk.author, {"auto_accept_at": 800}, {"auto_accept_at": 801}),
        ("PUT", "/offers/rules", desk.author, {"minimum_step_percent": 2}, {"minimum_step_percent": 3}),
        ("POST", f"/products/{product}/offers/broadcast", desk.author, {"offered_price": 8}, {"offered_price": 9}),
    ]  # fmt: skip
    return answers


async def sent(desk: Desk, request: Request, body: Any, key: str) -> Any:
    method, path, who, *_ = request
    headers = {**who.headers, "idempotency-key": key}
    return await desk.client.request(method, f"/api/v1{path}", json=body, headers=headers)


EFFECTS = """
SELECT (SELECT count(*) FROM trading.trades), (SELECT sum(version) FROM trading.trades),
    (SELECT count(*) FROM trading.offers), (SELECT count(*) FROM ordering.orders),
    (SELECT sum(held) FROM inventory.stocks), (SELECT count(*) FROM trading.tested_lots), (SELECT max(id) FROM jobs.job)
"""


async def test_a_repeated_request_has_one_effect(desk: Desk) -> None:
    for request in await the_requests(desk):
        key, (*_, body, other) = uuid4().hex, request
        before = await desk.fetch(EFFECTS)
        first = await sent(desk, request, body, key)
        assert first.is_success, (request[:2], first.text)
        after = await desk.fetch(EFFECTS)
        again = await sent(desk, request, body, key)
        assert (again.status_code, again.content) == (first.status_code, first.content), request[:2]
        assert again.headers["idempotent-replayed"] == "true"
        refusal(await sent(desk, request, other, key), 422, "idempotency_key_reused", "Idempotency-Key")
        assert await desk.fetch(EFFECTS) == after, request[:2]
        assert after != before or request[1].endswith(("shortlist", "parse", "rules", "broadcast")), request[:2]


async def test_a_program_trades_with_the_scope_for_it_and_only_with_it(desk: Desk) -> None:
    wish = {
        "side": "buy", "commodity": "cotton", "quantity": 5, "unit": "bale", "currency": "INR", "visibility": "open",
        "valid_until": (desk.clock.at + timedelta(days=3)).isoformat(),
    }  # fmt: skip
    for scopes, status in ((["trading.trade"], 201), (["trading.make_offers"], 403)):
        made = await desk.client.post(
            "/api/v1/auth/api-keys", json={"name": "Desk", "scopes": scopes}, headers=desk.owner.headers
        )
        headers = {"authorization": f"Bearer {data(made, 201)['key']}"}
        answer = await desk.client.post("/api/v1/trade-desk/trades", json=wish, headers=headers)
        assert answer.status_code == status, answer.text
        assert "ratelimit-remaining" in answer.headers
