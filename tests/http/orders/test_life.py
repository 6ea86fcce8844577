"""The life of an order over HTTP: from payment to completion, every way it ends, and who may know of it."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from marketplace.domain.ordering.order import AUTO_COMPLETE
from prove.people import SILENT
from tests.http.commerce.market import data, refusal
from tests.http.orders.shop import Shop

SHIPMENT = {
    "carrier": "Aramex", "tracking_number": "31274568902", "tracking_url": "https://carrier.example/track/31274568902",
    "note": "In two boxes.",
}  # fmt: skip


async def test_an_order_from_payment_to_completion(shop: Shop) -> None:
    order = await shop.paid()
    shop.clock.advance(timedelta(minutes=5))
    assert await shop.moved(order, "accept", shop.seller) == "assigned"
    shop.clock.advance(timedelta(minutes=5))
    shipped = data(await shop.move(order, "fulfilments", shop.seller, SHIPMENT), 201)
    assert shipped.pop("shipped_at").endswith("Z")
    whole = {**SHIPMENT, "id": shipped["id"], "order_id": order, "by": str(shop.seller.id)}
    assert shipped == {**whole, "lines": [{"line": 1, "quantity": 1}]}
    shop.clock.advance(timedelta(minutes=5))
    assert await shop.moved(order, "deliver", shop.seller) == "delivered"
    assert await shop.moved(order, "request-changes", shop.buyer, {"reason": "The lens is loose."}) == "in_progress"
    shop.clock.advance(timedelta(minutes=5))
    read = data(await shop.move(order, "deliver", shop.seller))
    assert (read["status"], read["assignee_id"]) == ("delivered", str(shop.seller.id))
    assert read["delivered_at"] < read["completes_at"]
    assert read["completed_at"] is None
    done = data(await shop.move(order, "complete", shop.buyer))
    assert (done["status"], done["payment_status"], done["completes_at"]) == ("completed", "paid", None)
    assert data(await shop.call("GET", f"/orders/{order}", shop.seller)) == done

    timeline = data(await shop.call("GET", f"/orders/{order}/timeline", shop.buyer))["items"]
    assert [(one["kind"], one["status"] or (one["money"] and one["money"]["status"])) for one in timeline] == [
        ("placed", "pending"), ("moved", "pending"), ("payment", "completed"), ("moved", "assigned"),
        ("moved", "in_progress"), ("shipped", None), ("moved", "delivered"), ("moved", "in_progress"),
        ("moved", "in_progress"), ("moved", "delivered"), ("moved", "completed"),
    ]  # fmt: skip
    assert [one["at"] for one in timeline] == sorted(one["at"] for one in timeline)
    asked = next(one for one in timeline if one["reason"])
    assert asked["reason"] == "The lens is loose."
    assert (asked["actor"]["role"], asked["actor"]["id"]) == ("buyer", str(shop.buyer.id))
    assert asked["actor"]["username"].startswith("p-")
    assert next(one for one in timeline if one["fulfilment"])["fulfilment"]["id"] == shipped["id"]
    fulfilments = data(await shop.call("GET", f"/orders/{order}/fulfilments", shop.buyer))["items"]
    assert [one["id"] for one in fulfilments] == [shipped["id"]]

    await shop.work()
    for who in (shop.buyer, shop.seller):
        told = [(name, one["status"], one["payment_status"]) for name, one in await shop.events(who)
                if name in {"order_assigned", "order_status_changed"} and one["order_id"] == order]  # fmt: skip
        moves = ["assigned", "in_progress", "delivered", "in_progress", "in_progress", "delivered", "completed"]
        assert [one for one in told if one[0] == "order_status_changed"] == [
            ("order_status_changed", status, "paid") for status in moves
        ]
        assert ("order_assigned", "assigned", "paid") in told


async def test_a_cancelled_order_gives_back_money_and_goods(shop: Shop) -> None:
    order = await shop.paid()
    product = data(await shop.call("GET", f"/orders/{order}", shop.buyer))["product_id"]
    declined = data(await shop.move(order, "decline", shop.seller, {"reason": "Out of stock"}))
    assert (declined["status"], declined["payment_status"]) == ("cancelled", "paid")
    await shop.work()
    read = data(await shop.call("GET", f"/orders/{order}", shop.buyer))
    assert (read["status"], read["payment_status"]) == ("cancelled", "refunded")
    shown = data(await shop.call("GET", f"/products/{product}"))
    assert (shown["is_available"], shown["status"]) == (True, "active")
    own = data(await shop.call("GET", "/users/me/products", shop.seller, params={"status": "active"}))["items"]
    assert product in {one["id"] for one in own}
    timeline = data(await shop.call("GET", f"/orders/{order}/timeline", shop.seller))["items"]
    (refund,) = [one["money"] for one in timeline if one["kind"] == "refund"]
    assert (refund["amount"], refund["currency"], refund["status"]) == ("750.00", "AED", "succeeded")
    assert next(one for one in timeline if one["status"] == "cancelled")["reason"] == "Out of stock"
    books = data(await shop.call("GET", "/ledger/trial-balance", shop.admin))
    assert books["balanced"] is True
    offer = await shop.offer(product, who=shop.rival)
    assert data(await shop.call("GET", f"/offers/{offer}", shop.rival))["status"] == "pending"


async def test_letters_tell_of_payment_delivery_completion_and_refund(shop: Shop) -> None:
    first, second = await shop.paid(), await shop.paid()
    for move, who in (("deliver", shop.seller), ("complete", shop.buyer)):
        await shop.moved(first, move, who)
        await shop.work()
    await shop.moved(second, "cancel", shop.buyer)
    await shop.work()

    paid, done, off = "An order was paid", "An order is complete", "An order was cancelled"
    asked, agreed = "You have a new offer", "An offer was accepted"
    assert await letters_of(shop, shop.seller) == sorted([asked, asked, paid, paid, done, off])
    assert await letters_of(shop, shop.buyer) == sorted([
        agreed, agreed, "Your order was delivered", off, "Your money is on its way back",
    ])  # fmt: skip


async def letters_of(shop: Shop, who: Any) -> list[str]:
    (address,) = await shop.fetch("SELECT email FROM identity.users WHERE id = $1", who.id)
    letters = data(await shop.client.get("/dev/outbox", params={"to": address["email"]}))
    return sorted(one["subject"] for one in letters)


async def test_what_is_delivered_completes_by_itself_once(shop: Shop) -> None:
    order = await shop.paid()
    assert await shop.moved(order, "deliver", shop.seller) == "delivered"
    (due,) = await shop.fetch(
        "SELECT run_at FROM jobs.job WHERE handler = 'ordering.auto_complete_order' AND key = $1", order
    )
    assert due["run_at"] == shop.clock.now() + AUTO_COMPLETE


async def test_an_administrator_assigns_somebody_who_then_sees_it_and_works(shop: Shop) -> None:
    order, place = await shop.paid(), "/api/orders/{}/assign/"
    refusal(await shop.move(order, "accept", shop.worker), 404, "order_not_found")
    stranger = {"worker_id": str(shop.rival.id)}
    refusal(await shop.move(order, "assign", shop.admin, stranger), 422, "unknown_worker", "worker_id")
    refusal(await shop.move(order, "assign", shop.seller, {"worker_id": str(shop.worker.id)}), 403, "not_your_move")
    answer = await shop.client.post(
        place.format(order), json={"worker_id": str(shop.worker.id)}, headers=shop.admin.headers
    )
    assert data(answer)["assignee_id"] == str(shop.worker.id)
    mine = data(await shop.call("GET", "/orders", shop.worker, params={"role": "seller", "status": "assigned"}))
    assert [one["id"] for one in mine["items"]] == [order]
    assert data(await shop.call("GET", "/orders", shop.worker, params={"role": "buyer"}))["items"] == []
    assert await shop.moved(order, "status", shop.worker, {"status": "in_progress"}) == "in_progress"
    assert data(await shop.call("GET", f"/orders/{order}", shop.worker))["assignee_id"] == str(shop.worker.id)
    await shop.work()
    assert "order_assigned" in {name for name, _ in await shop.events(shop.worker)}


async def test_ones_own_orders_by_side_and_status_page_by_page(shop: Shop) -> None:
    unpaid, paid, cancelled = await shop.order(), await shop.paid(), await shop.order()
    await shop.moved(cancelled, "cancel", shop.buyer)

    async def ids(who: Any, **params: Any) -> list[str]:
        page = data(await shop.call("GET", "/orders", who, params=params))
        assert page["total"] >= len(page["items"])
        return [one["id"] for one in page["items"]]

    everything = [cancelled, paid, unpaid]
    for who, side in ((shop.buyer, "buyer"), (shop.seller, "seller")):
        assert await ids(who) == await ids(who, **{"role": side}) == everything
        assert await ids(who, status="pending") == [paid, unpaid]
        assert await ids(who, status="cancelled") == [cancelled]
    assert await ids(shop.buyer, **{"role": "seller"}) == []
    assert await ids(shop.rival) == []
    first = data(await shop.call("GET", "/orders", shop.buyer, params={"per_page": 2}))
    rest = {"per_page": 2, "cursor": first["next_cursor"]}
    second = data(await shop.call("GET", "/orders", shop.buyer, params=rest))
    assert ([one["id"] for one in second["items"]], first["total"], second["has_more"]) == ([unpaid], 3, False)
    item = second["items"][0]
    assert item.items() >= {
        "status": "pending", "payment_status": "unpaid", "amount": "750.00", "currency": "AED", "is_service": False,
        "buyer_id": str(shop.buyer.id), "seller_id": str(shop.seller.id), "assignee_id": None,
    }.items()  # fmt: skip
    assert "lines" not in item
    for params, field in (({"status": "paid"}, "status"), ({"role": "admin"}, "role")):
        refusal(await shop.call("GET", "/orders", shop.buyer, params=params), 422, "invalid_request", field)


async def test_refusals_name_what_is_wrong(shop: Shop) -> None:
    unpaid, order = await shop.order(), await shop.paid()
    refusal(await shop.move(unpaid, "accept", shop.seller), 409, "order_not_paid")
    body = refusal(await shop.move(order, "complete", shop.buyer), 409, "illegal_order_move")
    assert body["status"] == 409
    refusal(await shop.move(order, "accept", shop.buyer), 403, "not_your_move")
    refusal(await shop.move(order, "deliver", shop.buyer), 403, "not_your_move")
    refusal(await shop.move(order, "status", shop.buyer, {"status": "delivered"}), 422, "foreign_status", "status")
    refusal(await shop.move(order, "status", shop.seller, {"status": "completed"}), 422, "foreign_status", "status")
    for word in ("paid", "disputed", "nonsense"):
        refusal(await shop.move(order, "status", shop.seller, {"status": word}), 422, "invalid_request", "status")
    refusal(await shop.move(order, "request-changes", shop.buyer, {}), 422, "invalid_request", "reason")
    refusal(await shop.move(order, "cancel", shop.buyer, {"reason": "\u200b"}), 422, "invalid_text", "reason")
    refusal(await shop.move(order, "cancel", shop.buyer, {"why": "x"}), 422, "invalid_request", "why")
    for wrong, code, field in (
        ({"tracking_url": "http://carrier.example/1"}, "invalid_fulfilment", "tracking_url"),
        ({"lines": [{"line": 1, "quantity": 2}]}, "invalid_fulfilment", "lines"),
        ({"lines": [{"line": 1, "quantity": 1}] * 2}, "invalid_fulfilment", "lines"),
        ({"lines": [{"line": 2, "quantity": 1}]}, "invalid_fulfilment", "lines"),
        ({"shipped_at": "2999-01-01T00:00:00Z"}, "invalid_fulfilment", "shipped_at"),
        ({"weight": 1}, "invalid_request", "weight"),
    ):
        refusal(await shop.move(order, "fulfilments", shop.seller, wrong), 422, code, field)
    refusal(await shop.move(order, "fulfilments", shop.buyer, {}), 403, "not_your_move")
    assert data(await shop.call("GET", f"/orders/{order}", shop.seller))["status"] == "pending"
    assert data(await shop.call("GET", f"/orders/{order}/fulfilments", shop.seller))["items"] == []


async def test_an_order_is_not_cancelled_while_its_payment_is_under_way(shop: Shop) -> None:
    order = await shop.order()
    assert data(await shop.pay(order, SILENT), 201)["status"] == "pending"
    refusal(await shop.move(order, "cancel", shop.buyer), 409, "payment_in_progress")
    assert data(await shop.call("GET", f"/orders/{order}", shop.buyer))["status"] == "pending"


async def test_a_shipment_sent_twice_with_one_key_is_one(shop: Shop) -> None:
    order, key = await shop.paid(), {"Idempotency-Key": uuid4().hex}
    answers = [
        data(await shop.call("POST", f"/orders/{order}/fulfilments", shop.seller, SHIPMENT, headers=key), 201)
        for _ in range(2)
    ]
    assert answers[0] == answers[1]
    assert len(data(await shop.call("GET", f"/orders/{order}/fulfilments", shop.seller))["items"]) == 1
    refusal(await shop.move(order, "fulfilments", shop.seller, {}), 409, "nothing_to_ship")


@pytest.mark.parametrize("who", ["rival", "worker"])
async def test_outsiders_find_nothing(shop: Shop, who: str) -> None:
    order, outsider = await shop.order(), getattr(shop, who)
    moves: dict[str, Any] = {
        "assign": {}, "accept": None, "decline": {}, "status": {"status": "cancelled"}, "deliver": None,
        "request-changes": {"reason": "More"}, "complete": None, "cancel": {}, "fulfilments": {},
    }  # fmt: skip
    for move, body in moves.items():
        refusal(await shop.move(order, move, outsider, body), 404, "order_not_found")
    for read in ("", "/timeline", "/fulfilments"):
        refusal(await shop.call("GET", f"/orders/{order}{read}", outsider), 404, "order_not_found")
        assert data(await shop.call("GET", f"/orders/{order}{read}", shop.admin))
    assert data(await shop.call("GET", f"/orders/{order}", shop.buyer))["status"] == "pending"
