"""A trade is given away over HTTP: in parts, to several at once, and never more of it than there is."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

from marketplace.domain.trading.trade import Trade
from prove.people import Person
from tests.http.commerce.market import data, refusal
from tests.http.desk.desk import Desk


async def status_of(desk: Desk, trade: Trade) -> str:
    (row,) = await desk.fetch("SELECT status FROM trading.trades WHERE id = $1", trade.id)
    return str(row["status"])


async def statuses(desk: Desk, who: Person, *offers: str) -> list[str]:
    return [data(await desk.call("GET", f"/offers/{offer}", who))["status"] for offer in offers]


async def test_acceptances_take_parts_until_nothing_is_left(desk: Desk) -> None:
    trade = await desk.trade()
    first, second, third = await desk.offer(trade), await desk.offer(trade, desk.rival), await desk.offer(
        trade, desk.stranger, quantity=34, unit="tonne"
    )  # fmt: skip
    taken = data(await desk.call("POST", f"/offers/{first}/accept", desk.owner, {"quantity": 250}))
    assert [taken[name] for name in ("quantity", "remaining_quantity")] == [250, 250]
    assert await status_of(desk, trade) == "awarded"
    refused = refusal(await desk.call("POST", f"/offers/{second}/accept", desk.owner), 409, "nothing_left")
    assert refused["detail"] == "only 250 is left"
    assert await statuses(desk, desk.owner, second, third) == ["pending", "pending"]

    refusal(
        await desk.call("POST", f"/offers/{third}/accept", desk.owner, {"quantity": 35}), 422, "invalid_terms",
        "quantity",
    )  # fmt: skip
    refusal(
        await desk.call("POST", f"/offers/{third}/accept", desk.owner, {"quantity": 1, "unit": "liter"}), 422,
        "units_differ", "unit",
    )  # fmt: skip
    part = {"quantity": 50, "unit": "bale"}
    taken = data(await desk.call("POST", f"/offers/{third}/accept", desk.owner, part))
    assert [taken[name] for name in ("quantity", "unit", "remaining_quantity")] == ["8.5", "tonne", 200]
    taken = data(await desk.call("POST", f"/offers/{second}/accept", desk.owner, {"quantity": 200}))
    assert taken["remaining_quantity"] == 0

    orders = await desk.fetch("SELECT * FROM ordering.orders WHERE subject_id = $1 ORDER BY id", trade.id)
    assert [(row["buyer_id"], row["seller_id"]) for row in orders] == [
        (desk.owner.id, desk.author.id), (desk.owner.id, desk.stranger.id), (desk.owner.id, desk.rival.id),
    ]  # fmt: skip
    (stock,) = await desk.fetch("SELECT * FROM inventory.stocks WHERE subject_id = $1", trade.id)
    assert (stock["total"], stock["held"], stock["sold"]) == (500, 500, 0)
    refusal(
        await desk.call("POST", f"/trades/{trade.id}/offers", desk.admin, {"price": 1, "quantity": 1}),
        409,
        "trade_not_open",
    )


async def test_when_nothing_is_left_every_other_offer_is_superseded(desk: Desk) -> None:
    trade = await desk.trade()
    lost, won = await desk.offer(trade), await desk.offer(trade, desk.rival, quantity=500)
    data(await desk.call("POST", f"/offers/{lost}/negotiations", desk.owner, {"price": 60_000}), 201)
    data(await desk.call("POST", f"/offers/{won}/accept", desk.owner))
    assert await statuses(desk, desk.owner, won, lost) == ["accepted", "superseded"]
    refusal(await desk.call("POST", f"/negotiations/{lost}/accept", desk.author), 409, "offer_not_open")
    refusal(await desk.call("POST", f"/offers/{won}/withdraw", desk.rival), 409, "offer_not_open")


async def test_a_split_award_is_one_act_over_several_sellers(desk: Desk) -> None:
    trade = await desk.trade()
    first, second = await desk.offer(trade), await desk.offer(trade, desk.rival, price=61_000)
    other = await desk.offer(trade, desk.stranger)
    items = [{"offer_id": first, "quantity": 200}, {"offer_id": second}]
    path = f"/trades/{trade.id}/award"
    refusal(await desk.call("POST", path, desk.author, {"items": items}), 403, "not_your_trade")
    refusal(await desk.call("POST", f"/trades/{uuid4()}/award", desk.owner, {"items": items}), 404, "trade_not_found")
    refusal(await desk.call("POST", path, desk.owner, {"items": []}), 422, "invalid_request", "items")
    refusal(await desk.call("POST", path, desk.owner, {"items": [*items, items[0]]}), 422, "invalid_terms", "items")
    award = data(await desk.call("POST", path, desk.owner, {"items": items}))
    assert (award["trade_id"], award["status"], award["remaining_quantity"]) == (str(trade.id), "awarded", 0)
    assert [(one["id"], one["quantity"], one["remaining_quantity"]) for one in award["awards"]] == [
        (first, 200, 0), (second, 300, 0),
    ]  # fmt: skip
    assert await statuses(desk, desk.owner, first, second, other) == ["accepted", "accepted", "superseded"]
    orders = {one["transaction_id"] for one in award["awards"]}
    found = await desk.fetch("SELECT id::text, amount_minor FROM ordering.orders WHERE subject_id = $1", trade.id)
    assert {row["id"] for row in found} == orders
    assert sum(row["amount_minor"] for row in found) == sum(Decimal(one["amount"]) * 100 for one in award["awards"])


async def test_an_award_of_too_much_changes_nothing(desk: Desk) -> None:
    trade, elsewhere = await desk.trade(), await desk.trade()
    first, second = await desk.offer(trade), await desk.offer(trade, desk.rival)
    foreign = await desk.offer(elsewhere, desk.rival)

    async def refused(*offers: str, status: int, code: str) -> dict[str, Any]:
        body = {"items": [{"offer_id": offer} for offer in offers]}
        return refusal(await desk.call("POST", f"/trades/{trade.id}/award", desk.owner, body), status, code)

    assert (await refused(first, second, status=409, code="nothing_left"))["detail"] == "only 200 is left"
    await refused(first, foreign, status=404, code="offer_not_found")
    await refused(first, str(uuid4()), status=404, code="offer_not_found")
    assert await statuses(desk, desk.owner, first, second, foreign) == ["pending"] * 3
    assert await status_of(desk, trade) == "negotiating"
    assert await desk.fetch("SELECT FROM ordering.orders WHERE subject_id = $1", trade.id) == []
    assert await desk.fetch("SELECT FROM inventory.stocks WHERE subject_id = $1", trade.id) == []


async def test_who_may_accept(desk: Desk) -> None:
    offer = await desk.offer(await desk.trade())
    path = f"/offers/{offer}/accept"
    refusal(await desk.call("POST", path), 401, "not_authenticated")
    refusal(await desk.call("POST", path, desk.moderator), 403, "missing_permission")
    refusal(await desk.call("POST", path, desk.author), 403, "not_your_turn")
    for outsider in (desk.rival, desk.admin):
        refusal(await desk.call("POST", path, outsider), 404, "offer_not_found")
    refusal(await desk.call("POST", path, desk.owner, {"amount": 1}), 422, "invalid_request", "amount")


async def test_what_an_unpaid_order_held_may_be_given_to_another(desk: Desk) -> None:
    trade = await desk.trade()
    first = await desk.offer(trade, quantity=500)
    order = data(await desk.call("POST", f"/offers/{first}/accept", desk.owner))["transaction_id"]
    await desk.expire_order(order)
    second = await desk.offer(trade, desk.rival)
    taken = data(await desk.call("POST", f"/offers/{second}/accept", desk.owner))
    assert taken["remaining_quantity"] == 200
