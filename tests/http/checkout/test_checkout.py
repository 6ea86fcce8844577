"""From the cart to orders: all of it or nothing, one order for each seller and currency."""

from typing import Any
from uuid import uuid4

import pytest

from prove.people import payment
from tests.http.checkout.shopping import LOT, buy, cart, check_out, listed, pay, put
from tests.http.commerce.market import data, refusal
from tests.http.people.town import Town

BAD = "4000000000000002"
pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_cart_of_two_sellers_becomes_an_order_for_each_and_currency(town: Town) -> None:
    buyer, one, other = await town.person(), await town.person("seller"), await town.person("seller")
    camera, lens, book = await listed(town, one), await listed(town, one, price=150), await listed(town, other)
    foreign = await listed(town, other, price=20, currency="USD")
    kept = await put(town, buyer, await listed(town, other))
    items = [(await put(town, buyer, product))["id"] for product in (camera, lens, book, foreign)]
    placed = data(await check_out(town, buyer, item_ids=items, notes="Ring twice."), 201)
    assert placed["payments"] == []
    assert placed["number"].startswith("G-")
    assert [(order["seller_id"], order["amount"], order["currency"]) for order in placed["orders"]] == [
        (str(one.id), "1000.00", "AED"), (str(other.id), "850.00", "AED"), (str(other.id), "20.00", "USD"),
    ]  # fmt: skip
    assert {total["currency"]: total["amount"] for total in placed["totals"]} == {"AED": "1850.00", "USD": "20.00"}
    first = placed["orders"][0]
    assert {line["subject_id"]: line["amount"] for line in first["lines"]} == {camera: "850.00", lens: "150.00"}
    assert (first["platform_fee"], first["notes"], first["status"]) == ("50.00", "Ring twice.", "pending")
    assert [item["id"] for item in (await cart(town, buyer))["items"]] == [kept["id"]]
    path = f"/order-groups/{placed['id']}"
    del placed["payments"]
    assert data(await town.call("GET", path, buyer)) == placed
    for stranger in (one, other, await town.person("admin")):
        refusal(await town.call("GET", path, stranger), 404, "order_group_not_found")
    assert data(await town.call("GET", f"/orders/{first['id']}", one))["group_id"] == placed["id"]


async def test_what_is_gone_is_named_and_nothing_changes(town: Town) -> None:
    buyer, rival, seller = await town.person(), await town.person(), await town.person("seller")
    camera, lens = await listed(town, seller), await listed(town, seller)
    lot = await listed(town, seller, **LOT)
    items = {product: (await put(town, buyer, product))["id"] for product in (camera, lens)}
    items[lot] = (await put(town, buyer, lot, quantity=9))["id"]
    data(await buy(town, rival, camera), 201)
    data(await buy(town, rival, lot, quantity=2), 201)
    facts = refusal(await check_out(town, buyer), 409, "cart_items_gone")["facts"]
    assert [(one["item_id"], one["product_id"], one["code"]) for one in facts["items"]] == [
        (items[camera], camera, "listing_not_available")
    ]
    facts = refusal(await check_out(town, buyer, item_ids=[items[lens], items[lot]]), 409, "cart_items_gone")["facts"]
    assert [(one["item_id"], one["code"]) for one in facts["items"]] == [(items[lot], "nothing_left")]
    shown = {item["product_id"]: item["is_available"] for item in (await cart(town, buyer))["items"]}
    assert shown == {camera: False, lens: True, lot: False}
    assert data(await town.call("GET", "/orders", buyer))["items"] == []
    assert len(data(await check_out(town, buyer, item_ids=[items[lens]]), 201)["orders"]) == 1


async def test_an_empty_cart_and_foreign_items_are_refused(town: Town) -> None:
    buyer, other, seller = await town.person(), await town.person(), await town.person("seller")
    refusal(await check_out(town, buyer), 409, "cart_empty")
    foreign = (await put(town, other, await listed(town, seller)))["id"]
    refusal(await check_out(town, buyer, item_ids=[foreign]), 404, "cart_item_not_found")
    refusal(await check_out(town, buyer, item_ids=[]), 422, "invalid_request", "item_ids")
    refusal(await check_out(town, buyer, card=payment(BAD)["card"]), 422, "invalid_request", "payment_method")
    unknown = {"payment_method": "credit_card", "method_id": str(uuid4())}
    refusal(await check_out(town, other, **unknown), 404, "saved_method_not_found")
    refusal(await town.call("POST", "/checkout", None, {}), 401, "not_authenticated")
    refusal(await town.call("GET", f"/order-groups/{uuid4()}", buyer), 404, "order_group_not_found")
    assert len((await cart(town, other))["items"]) == 1


@pytest.mark.parametrize(("card", "status"), [("4242424242424242", "completed"), (BAD, "failed")])
async def test_each_order_is_charged_on_its_own_and_can_be_paid_later(town: Town, card: str, status: str) -> None:
    buyer, sellers = await town.person(), [await town.person("seller") for _ in range(2)]
    for seller in sellers:
        await put(town, buyer, await listed(town, seller))
    placed = data(await check_out(town, buyer, **payment(card)), 201)
    assert [one["order_id"] for one in placed["payments"]] == [order["id"] for order in placed["orders"]]
    assert {one["status"] for one in placed["payments"]} == {status}
    for order in placed["orders"]:
        paid = await pay(town, buyer, order["id"])
        if status == "completed":
            refusal(paid, 409, "order_not_payable")
        else:
            assert data(paid, 201)["status"] == "completed"


async def test_a_payment_that_is_refused_says_why_beside_its_order(town: Town) -> None:
    buyer = await town.person()
    await put(town, buyer, await listed(town, await town.person("seller")))
    placed = data(await check_out(town, buyer, payment_method="wallet"), 201)
    [order], [paid] = placed["orders"], placed["payments"]
    assert paid == {
        "order_id": order["id"], "payment_id": None, "status": "failed", "code": "insufficient_funds",
        "detail": "your wallet holds 0.00 AED", "checkout_url": None,
    }  # fmt: skip
    assert order["payment_status"] == "unpaid"


async def test_the_same_idempotency_key_is_one_group(town: Town) -> None:
    buyer, seller = await town.person(), await town.person("seller")
    await put(town, buyer, await listed(town, seller))

    async def submit() -> Any:
        headers = {**buyer.headers, "idempotency-key": "once"}
        return await town.client.post("/api/v1/checkout", json=payment("4242424242424242"), headers=headers)

    first, again = await submit(), await submit()
    assert data(first, 201)["payments"][0]["status"] == "completed"
    assert again.headers["idempotent-replayed"] == "true"
    assert data(again, 201)["id"] == data(first, 201)["id"]
    assert len(data(await town.call("GET", "/orders", buyer))["items"]) == 1
