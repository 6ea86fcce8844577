"""Buying at once: what it holds, what it ends, and what is given back."""

from datetime import timedelta
from typing import Any

import pytest

from marketplace.application.ordering.orders import ExpireOrder
from marketplace.domain.shared.ids import OrderId
from tests.http.checkout.shopping import ALWAYS, LOT, buy, listed, offered_service
from tests.http.commerce.market import data, refusal
from tests.http.people.town import Town

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("path", ["/api/v1/orders", "/api/v1/orders/create", "/api/orders/create/"])
async def test_a_product_is_bought_at_its_price(town: Town, path: str) -> None:
    buyer, seller = await town.person(), await town.person("seller")
    camera = await listed(town, seller)
    body = {"product_id": camera, "notes": "After six, please."}
    order = data(await town.client.post(path, json=body, headers=buyer.headers), 201)
    assert (order["amount"], order["platform_fee"], order["seller_payout"]) == ("850.00", "42.50", "807.50")
    assert (order["product_id"], order["status"], order["payment_status"]) == (camera, "pending", "unpaid")
    assert (order["notes"], order["group_id"], order["is_service"]) == ("After six, please.", None, False)
    assert data(await town.call("GET", f"/orders/{order['id']}", seller)) == order
    assert not data(await town.call("GET", f"/products/{camera}", seller))["is_available"]
    [hold] = await town.fetch("SELECT reason, status FROM inventory.holds WHERE reference = $1", order["id"])
    assert tuple(hold) == ("buy_now", "held")
    refusal(await buy(town, await town.person(), camera), 409, "listing_not_available")


async def test_offers_on_it_end_and_none_is_accepted_any_more(town: Town) -> None:
    buyer, rival, seller = await town.person(), await town.person(), await town.person("seller")
    camera = await listed(town, seller)
    offers = [(await town.offer(camera, who)).json()["data"]["id"] for who in (buyer, rival)]
    data(await buy(town, buyer, camera), 201)
    for offer, who in zip(offers, (buyer, rival), strict=True):
        assert data(await town.call("GET", f"/offers/{offer}", who))["status"] == "superseded"
        refusal(await town.call("PATCH", f"/offers/{offer}/accept", seller), 409, "offer_not_open")


async def test_a_lot_is_bought_in_parts_until_nothing_is_left(town: Town) -> None:
    buyer, seller = await town.person(), await town.person("seller")
    lot = await listed(town, seller, **LOT)
    offer = (await town.offer(lot, await town.person())).json()["data"]["id"]
    order = data(await buy(town, buyer, lot, quantity=4), 201)
    assert (order["amount"], order["lines"][0]["quantity"], order["lines"][0]["unit"]) == ("400.00", 4, "tonne")
    assert refusal(await buy(town, buyer, lot, quantity=7), 409, "nothing_left")["facts"] == {"left": 6}
    refusal(await buy(town, buyer, lot), 409, "nothing_left")
    refusal(await buy(town, buyer, lot, quantity=1), 422, "invalid_quantity", "quantity")
    assert data(await town.call("GET", f"/offers/{offer}", seller))["status"] == "pending"
    assert data(await buy(town, buyer, lot, quantity=6), 201)["amount"] == "600.00"
    assert data(await town.call("GET", f"/offers/{offer}", seller))["status"] == "superseded"
    refusal(await buy(town, buyer, lot, quantity=2), 409, "listing_not_available")


async def test_a_service_is_booked_with_its_order_and_free_again_when_that_expires(fresh_town: Town) -> None:
    town = fresh_town
    buyer, seller = await town.person(), await town.person("seller")
    service = await offered_service(town, seller)
    data(await town.call("PUT", f"/services/{service}/availability", seller, ALWAYS))

    async def free() -> list[str]:
        slots = data(await town.call("GET", f"/services/{service}/availability", buyer))["slots"]
        return [one["starts_at"] for one in slots]

    [slot, *_] = await free()
    order = await town.call("POST", "/orders", buyer, {"service_id": service, "scheduled_at": slot})
    order_id = data(order, 201)["id"]
    assert (data(order, 201)["is_service"], data(order, 201)["scheduled_at"]) == (True, slot)
    again: dict[str, Any] = {"service_id": service, "scheduled_at": slot}
    refusal(await town.call("POST", "/orders", await town.person(), again), 409, "slot_taken")
    [booking] = data(await town.call("GET", f"/services/{service}/bookings", buyer))["items"]
    assert (booking["starts_at"], booking["status"]) == (slot, "confirmed")
    assert slot not in await free()
    await town.fetch("UPDATE ordering.orders SET payment_due_at = now() - $1::interval", timedelta(minutes=1))
    async with town.container() as scope:
        await (await scope.get(ExpireOrder))(OrderId(order_id))
    await town.work()
    assert slot in await free()
    later = data(await town.call("POST", "/orders", buyer, {"service_id": service}), 201)
    assert (later["scheduled_at"], later["is_service"]) == (None, True)


async def test_requests_that_make_no_sense_are_refused(town: Town) -> None:
    buyer, seller = await town.person(), await town.person("seller")
    camera = await listed(town, seller)
    both = {"product_id": camera, "service_id": camera}
    for wrong in ({}, both):
        refusal(await town.call("POST", "/orders", buyer, wrong), 422, "invalid_request", "product_id")
    refusal(await buy(town, buyer, camera, price=1), 422, "invalid_request", "price")
    refusal(await buy(town, buyer, camera, quantity=2), 422, "invalid_quantity", "quantity")
    refusal(await buy(town, buyer, camera, scheduled_at="2030-01-01T10:00:00Z"), 422, "no_slots", "scheduled_at")
    refusal(await buy(town, buyer, camera, promo_code="NO-SUCH"), 422, "promo_code_unknown")
    refusal(await buy(town, seller, camera), 403, "own_listing")
    refusal(await buy(town, await town.person("moderator"), camera), 403, "missing_permission")
    refusal(await town.call("POST", "/orders", None, {"product_id": camera}), 401, "not_authenticated")
    assert data(await town.call("GET", f"/products/{camera}", buyer))["is_available"]
