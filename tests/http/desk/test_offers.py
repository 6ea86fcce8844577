"""Offers on trades over HTTP: made, revised, countered, refused, compared."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from marketplace.domain.shared.ids import UserId
from marketplace.domain.trading.trade import TradeSide, Visibility
from tests.builders.trades import a_trade
from tests.http.commerce.market import data, refusal
from tests.http.desk.desk import OFFER, Desk


async def test_an_offer_shows_its_terms_and_its_price_for_the_base_unit(desk: Desk) -> None:
    trade = await desk.trade()
    body = {
        "price": 62_000, "quantity": 300, "delivery_days": 15, "delivery_terms": "ex-works",
        "payment_terms": "letter of credit, 30 days", "quality": {"staple_length": "28 mm"}, "message": "Fresh crop.",
    }  # fmt: skip
    made = data(await desk.call("POST", f"/trades/{trade.id}/offers", desk.author, body), 201)
    (author,) = await desk.fetch("SELECT username FROM identity.users WHERE id = $1", desk.author.id)
    assert made.pop("created_at") < made.pop("expires_at")
    assert made.pop("terms") == {
        "delivery_terms": "ex-works", "delivery_place": None, "delivery_days": 15, "deliver_by": None,
        "payment_terms": "letter of credit, 30 days", "quality": {"staple_length": "28 mm"}, "lot_id": None,
    }  # fmt: skip
    assert made == {
        "id": made["id"], "trade_id": str(trade.id), "offer_id": made["offer_id"], "status": "pending",
        "author_id": str(desk.author.id), "author": author["username"], "price": "62000.00", "price_unit": "candy",
        "currency": "INR", "quantity": 300, "unit": "bale", "amount": "8891513.41",
        "unit_price_normalized": "174.343400", "normalized_unit": "kilogram", "lot_id": None,
        "message": "Fresh crop.", "turn": "buyer", "rounds": 1,
    }  # fmt: skip
    for who in (desk.author, desk.owner):
        assert data(await desk.call("GET", f"/offers/{made['id']}", who)).items() >= made.items()
    (status,) = await desk.fetch("SELECT status FROM trading.trades WHERE id = $1", trade.id)
    assert status["status"] == "negotiating"


async def test_who_sees_which_offers_on_a_trade(desk: Desk) -> None:
    trade = await desk.trade()
    first, second = await desk.offer(trade), await desk.offer(trade, desk.rival, price=61_500)

    async def seen(who: Any, **params: Any) -> tuple[list[str], int]:
        page = data(await desk.call("GET", f"/trades/{trade.id}/offers", who, params=params))
        return [one["id"] for one in page["items"]], page["total"]

    assert await seen(desk.owner) == ([second, first], 2)
    assert await seen(desk.author) == ([first], 1)
    assert await seen(desk.rival) == ([second], 1)
    assert await seen(desk.stranger) == await seen(desk.admin) == ([], 0)
    page = data(await desk.call("GET", f"/trades/{trade.id}/offers", desk.owner, params={"per_page": 1}))
    after = {"per_page": 1, "cursor": page["next_cursor"]}
    assert await seen(desk.owner, **after) == ([first], 2)
    refusal(await desk.call("GET", f"/trades/{trade.id}/offers", desk.moderator), 403, "missing_permission")
    draft = await desk.trade(is_draft=True)
    refusal(await desk.call("GET", f"/trades/{draft.id}/offers", desk.author), 404, "trade_not_found")


async def test_who_may_make_an_offer(desk: Desk) -> None:
    trade = await desk.trade()
    path = f"/trades/{trade.id}/offers"
    refusal(await desk.call("POST", path, None, OFFER), 401, "not_authenticated")
    refusal(await desk.call("POST", path, desk.moderator, OFFER), 403, "missing_permission")
    refusal(await desk.call("POST", path, desk.owner, OFFER), 403, "own_trade")
    await desk.offer(trade)
    refusal(await desk.call("POST", path, desk.author, OFFER), 409, "negotiation_already_open")
    refusal(await desk.call("POST", f"/trades/{uuid4()}/offers", desk.author, OFFER), 404, "trade_not_found")

    draft = await desk.trade(is_draft=True)
    refusal(await desk.call("POST", f"/trades/{draft.id}/offers", desk.author, OFFER), 404, "trade_not_found")
    invited = await desk.trade(visibility=Visibility.INVITED, invited=frozenset({UserId(desk.rival.id)}))
    refusal(await desk.call("POST", f"/trades/{invited.id}/offers", desk.author, OFFER), 404, "trade_not_found")
    await desk.offer(invited, desk.rival)
    over = await desk.trade(valid_until=desk.clock.at + timedelta(minutes=5))
    desk.clock.at = over.valid_until
    refusal(await desk.call("POST", f"/trades/{over.id}/offers", desk.rival, OFFER), 409, "trade_not_open")


async def test_blocked_people_make_no_offers_to_each_other(desk: Desk) -> None:
    trade = await desk.trade()
    offer = await desk.offer(trade)
    blocked = await desk.client.post(f"/api/v1/users/{desk.author.id}/block", headers=desk.owner.headers)
    assert blocked.is_success, blocked.text
    refusal(await desk.call("POST", f"/offers/{offer}/negotiations", desk.owner, {"price": 61_000}), 403, "blocked")
    refusal(await desk.call("PATCH", f"/offers/{offer}", desk.author, {"message": "Hear me"}), 403, "blocked")
    other = await desk.trade()
    refusal(await desk.call("POST", f"/trades/{other.id}/offers", desk.author, OFFER), 403, "blocked")


async def test_an_offer_that_cannot_be_counted_or_paid_is_refused_by_its_field(desk: Desk) -> None:
    path = f"/trades/{(await desk.trade()).id}/offers"

    async def refused(code: str, field: str, **changes: Any) -> None:
        refusal(await desk.call("POST", path, desk.author, {**OFFER, **changes}), 422, code, field)

    await refused("invalid_amount", "price", price=0)
    await refused("invalid_amount", "price", price=1.001)
    await refused("invalid_quantity", "quantity", quantity=0)
    await refused("unknown_unit", "unit", unit="wagonload")
    await refused("units_differ", "unit", unit="liter")
    await refused("invalid_quantity", "quantity", quantity=1, unit="pound")
    await refused("invalid_request", "delivery_days", delivery_days=-1)
    await refused("invalid_request", "currency", currency="USD")
    refusal(await desk.call("POST", path, desk.author, {"quantity": 1}), 422, "invalid_request", "price")


async def test_an_author_revises_and_withdraws_and_nobody_else_does(desk: Desk) -> None:
    trade = await desk.trade()
    offer = await desk.offer(trade, delivery_days=15)
    refusal(await desk.call("PATCH", f"/offers/{offer}", desk.owner, {"price": 1}), 403, "not_your_offer")
    refusal(await desk.call("PATCH", f"/offers/{offer}", desk.rival, {"price": 1}), 404, "offer_not_found")
    revised = data(await desk.call("PATCH", f"/offers/{offer}", desk.author, {"price": 61_900, "quantity": 400}))
    assert [revised[name] for name in ("id", "price", "quantity", "rounds", "status")] == [
        offer, "61900.00", 400, 2, "pending",
    ]  # fmt: skip
    assert revised["terms"]["delivery_days"] == 15

    refusal(await desk.call("POST", f"/offers/{offer}/withdraw", desk.owner), 403, "not_your_offer")
    refusal(await desk.call("POST", f"/offers/{offer}/withdraw", desk.rival), 404, "offer_not_found")
    gone = data(await desk.call("POST", f"/offers/{offer}/withdraw", desk.author))
    assert (gone["status"], gone["turn"], [one["status"] for one in gone["history"]]) == (
        "closed", None, ["withdrawn", "withdrawn"],
    )  # fmt: skip
    refusal(await desk.call("PATCH", f"/offers/{offer}", desk.author, {"price": 1}), 409, "offer_not_open")
    refusal(await desk.call("POST", f"/offers/{offer}/withdraw", desk.author), 409, "offer_not_open")
    assert data(await desk.call("GET", f"/offers/{offer}", desk.owner))["status"] == "withdrawn"
    await desk.offer(trade)


async def test_a_negotiation_from_counter_to_agreement(desk: Desk) -> None:
    trade = await desk.trade()
    offer = await desk.offer(trade, delivery_days=15, quality={"staple_length": "28 mm"})
    negotiations = f"/offers/{offer}/negotiations"
    assert data(await desk.call("GET", negotiations, desk.owner)) == []
    refusal(await desk.call("POST", negotiations, desk.author, {"price": 61_000}), 403, "not_your_turn")
    refusal(await desk.call("POST", negotiations, desk.rival, {"price": 61_000}), 404, "offer_not_found")
    refusal(await desk.call("POST", negotiations, desk.owner, {"prize": 1}), 422, "invalid_request", "prize")
    counter = {"price": 61_000, "terms": {"delivery_days": 10, "quality": {"staple_length": "29 mm"}}, "message": "Ok?"}
    opened = data(await desk.call("POST", negotiations, desk.owner, counter), 201)
    assert [opened[name] for name in ("id", "status", "turn", "rounds")] == [offer, "open", "seller", 2]
    assert opened["history"][1]["changes"] == [
        {"field": "price", "before": "62000.00 INR", "after": "61000.00 INR"},
        {"field": "delivery_days", "before": "15", "after": "10"},
        {"field": "quality.staple_length", "before": "28 mm", "after": "29 mm"},
    ]
    assert data(await desk.call("GET", f"/offers/{offer}", desk.author))["status"] == "countered"
    assert data(await desk.call("GET", negotiations, desk.author)) == [opened]

    path = f"/negotiations/{offer}"
    refusal(await desk.call("POST", f"{path}/counter", desk.owner, {"price": 1}), 403, "not_your_turn")
    refusal(await desk.call("POST", f"{path}/counter", desk.stranger, {"price": 1}), 404, "offer_not_found")
    again = data(await desk.call("POST", f"{path}/counter", desk.author, {"price": 61_500}))
    assert [again[name] for name in ("status", "turn", "rounds")] == ["open", "buyer", 3]
    assert data(await desk.call("GET", path, desk.owner)) == again
    refusal(await desk.call("GET", path, desk.admin), 404, "offer_not_found")

    refusal(await desk.call("POST", f"{path}/accept", desk.author), 403, "not_your_turn")
    refusal(await desk.call("POST", f"{path}/accept", desk.rival), 404, "offer_not_found")
    accepted = data(await desk.call("POST", f"{path}/accept", desk.owner, {"quantity": 100}))
    assert accepted.pop("transaction_id")
    assert accepted == {
        "id": offer, "status": "accepted", "message": "Offer accepted: the order awaits payment.", "quantity": 100,
        "unit": "bale", "amount": "2939935.89", "remaining_quantity": 400,
    }  # fmt: skip
    history = data(await desk.call("GET", path, desk.author))["history"]
    assert [(one["status"], one["accepted_quantity"]) for one in history] == [
        ("countered", None), ("countered", None), ("accepted", 100),
    ]  # fmt: skip


async def test_terms_are_rejected_by_whoever_is_asked(desk: Desk) -> None:
    trade = await desk.trade()
    first, second = await desk.offer(trade), await desk.offer(trade, desk.rival)
    refusal(await desk.call("POST", f"/offers/{first}/reject", desk.author), 403, "not_your_turn")
    refusal(await desk.call("POST", f"/offers/{first}/reject", desk.rival), 404, "offer_not_found")
    rejected = data(await desk.call("POST", f"/offers/{first}/reject", desk.owner))
    assert (rejected["status"], rejected["history"][0]["status"]) == ("closed", "declined")
    refusal(await desk.call("POST", f"/offers/{first}/reject", desk.owner), 409, "offer_not_open")
    data(await desk.call("POST", f"/offers/{second}/negotiations", desk.owner, {"price": 60_000}), 201)
    refusal(await desk.call("POST", f"/negotiations/{second}/reject", desk.owner), 403, "not_your_turn")
    refusal(await desk.call("POST", f"/negotiations/{second}/reject", desk.stranger), 404, "offer_not_found")
    assert data(await desk.call("POST", f"/negotiations/{second}/reject", desk.rival))["status"] == "closed"


async def test_offers_compare_by_their_price_for_one_unit_the_best_first(desk: Desk) -> None:
    need = replace(a_trade().need, quality={"staple_length": "29 mm"})
    trade = await desk.trade(need=need)
    dear = await desk.offer(trade, quality={"staple_length": "29 mm"})
    cheap = await desk.offer(trade, desk.rival, price=61_000, quantity=17, unit="tonne", delivery_days=3)
    refusal(await desk.call("GET", f"/trades/{trade.id}/comparison", desk.author), 403, "not_your_trade")
    path = f"/offers/{cheap}/shortlist"
    refusal(await desk.call("POST", path, desk.rival), 403, "not_your_trade")
    refusal(await desk.call("POST", path, desk.stranger), 404, "offer_not_found")
    for _ in range(2):
        assert data(await desk.call("POST", path, desk.owner)) == {"offer_id": cheap, "shortlisted": True}

    async def compared() -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = data(await desk.call("GET", f"/trades/{trade.id}/comparison", desk.owner))[
            "items"
        ]
        return items

    first, second = await compared()
    assert [first["offer_id"], second["offer_id"]] == [cheap, dear]
    assert Decimal(first["unit_price_normalized"]) < Decimal(second["unit_price_normalized"])
    assert (first["normalized_unit"], first["unit"], first["quantity"]) == ("kilogram", "tonne", 17)
    assert first["terms"]["delivery_days"] == 3
    assert first["quality_differences"] == [{"parameter": "staple_length", "wanted": "29 mm", "offered": None}]
    assert second["quality_differences"] == []
    assert [(one["shortlisted"], one["has_lot_report"]) for one in (first, second)] == [(True, False), (False, False)]
    assert "shortlisted" not in data(await desk.call("GET", f"/offers/{cheap}", desk.rival))
    refusal(await desk.call("DELETE", path, desk.rival), 403, "not_your_trade")
    refusal(await desk.call("DELETE", path, desk.stranger), 404, "offer_not_found")
    for _ in range(2):
        assert (await desk.call("DELETE", path, desk.owner)).status_code == 204
    assert [one["shortlisted"] for one in await compared()] == [False, False]


async def test_who_sells_compares_the_dearest_first_and_is_offered_by_buyers(desk: Desk) -> None:
    trade = await desk.trade(side=TradeSide.SELL)
    low, high = await desk.offer(trade, desk.stranger, price=60_000), await desk.offer(trade, desk.rival, price=63_000)
    items = data(await desk.call("GET", f"/trades/{trade.id}/comparison", desk.owner))["items"]
    assert [one["offer_id"] for one in items] == [high, low]
    order = data(await desk.call("POST", f"/offers/{high}/accept", desk.owner))["transaction_id"]
    (placed,) = await desk.fetch("SELECT buyer_id, seller_id FROM ordering.orders WHERE id::text = $1", order)
    assert (placed["buyer_id"], placed["seller_id"]) == (desk.rival.id, desk.owner.id)


async def test_after_the_deadline_nothing_is_answered_any_more(desk: Desk) -> None:
    trade = await desk.trade(valid_until=desk.clock.at + timedelta(minutes=5))
    offer = await desk.offer(trade)
    desk.clock.advance(timedelta(minutes=5))
    refusal(await desk.call("POST", f"/offers/{offer}/accept", desk.owner), 409, "trade_not_open")
    refusal(await desk.call("POST", f"/offers/{offer}/negotiations", desk.owner, {"price": 1}), 409, "offer_not_open")
    refusal(await desk.call("PATCH", f"/offers/{offer}", desk.author, {"price": 1}), 409, "offer_not_open")
