"""The cart: bounded, private, at today's prices."""

from uuid import uuid4

import pytest

from marketplace.domain.ordering.cart import MOST_ITEMS
from tests.http.checkout.shopping import LOT, buy, cart, listed, offered_service, put
from tests.http.commerce.market import data, refusal
from tests.http.people.town import Town

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_cart_shows_what_is_in_it_and_what_becomes_an_order(town: Town) -> None:
    buyer, seller, other = await town.person(), await town.person("seller", "cart_seller"), await town.person("seller")
    camera, book = await listed(town, seller), await listed(town, other, price=20, currency="USD")
    lot = await listed(town, seller, **LOT)
    service = await offered_service(town, other, price=30, currency="USD")
    assert await cart(town, buyer) == {"items": [], "totals": []}
    added = [await put(town, buyer, product) for product in (camera, book, service)]
    added.append(await put(town, buyer, lot, quantity=3))
    seen = await cart(town, buyer)
    assert seen["items"] == added
    assert {name: added[0][name] for name in added[0] if name not in {"id", "added_at"}} == {
        "product_id": camera, "title": "Vintage film camera", "quantity": 1, "unit": "piece", "price": "850.00",
        "currency": "AED", "price_changed_from": None, "seller": {"id": str(seller.id), "username": "cart_seller"},
        "is_available": True,
    }  # fmt: skip
    assert (added[3]["quantity"], added[3]["unit"], added[3]["price"]) == (3, "tonne", "300.00")
    assert [(total["seller_id"], total["currency"], total["items"], total["amount"]) for total in seen["totals"]] == [
        (str(seller.id), "AED", 2, "1150.00"), (str(other.id), "USD", 2, "50.00"),
    ]  # fmt: skip


async def test_a_quantity_is_changed_within_what_is_sold(town: Town) -> None:
    buyer, seller = await town.person(), await town.person("seller")
    item = await put(town, buyer, await listed(town, seller, **LOT), quantity=2)
    path = f"/cart/items/{item['id']}"
    changed = data(await town.call("PATCH", path, buyer, {"quantity": 5}))
    assert changed == {**item, "quantity": 5, "price": "500.00"}
    for wrong in (1, 11):
        refusal(await town.call("PATCH", path, buyer, {"quantity": wrong}), 422, "invalid_quantity", "quantity")
    refusal(await town.call("PATCH", path, buyer, {"quantity": 3, "price": 1}), 422, "invalid_request", "price")
    assert (await cart(town, buyer))["items"] == [changed]
    single = {"product_id": await listed(town, seller), "quantity": 2}
    refusal(await town.call("POST", "/cart/items", buyer, single), 422, "invalid_quantity", "quantity")


async def test_a_changed_price_is_shown_beside_the_one_that_was(town: Town) -> None:
    buyer, seller = await town.person(), await town.person("seller")
    camera = await listed(town, seller)
    item = await put(town, buyer, camera)
    data(await town.call("PATCH", f"/products/{camera}", seller, {"price": 800}))
    [seen] = (await cart(town, buyer))["items"]
    assert (seen["price"], seen["price_changed_from"]) == ("800.00", "850.00")
    agreed = data(await town.call("PATCH", f"/cart/items/{item['id']}", buyer, {"quantity": 1}))
    assert (agreed["price"], agreed["price_changed_from"]) == ("800.00", None)


async def test_what_is_sold_stays_and_says_so(town: Town) -> None:
    buyer, rival, seller = await town.person(), await town.person(), await town.person("seller")
    camera = await listed(town, seller)
    item = await put(town, buyer, camera)
    data(await buy(town, rival, camera), 201)
    assert await cart(town, buyer) == {"items": [{**item, "is_available": False}], "totals": []}
    refusal(await town.call("POST", "/cart/items", await town.person(), {"product_id": camera}), 409,
            "listing_not_available")  # fmt: skip


async def test_a_thing_is_in_a_cart_once_and_a_cart_is_bounded(town: Town) -> None:
    buyer, seller = await town.person(), await town.person("seller")
    camera = await listed(town, seller)
    item = await put(town, buyer, camera)
    again = refusal(await town.call("POST", "/cart/items", buyer, {"product_id": camera}), 409, "already_in_cart")
    assert again["facts"] == {"item_id": item["id"]}
    await town.fetch(
        """INSERT INTO ordering.cart_items (id, owner_id, listing_id, quantity, amount_minor, currency, added_at)
        SELECT uuidv7(), $1, uuidv7(), 1, 100, 'AED', now() FROM generate_series(1, $2)""",
        buyer.id, MOST_ITEMS - 1,
    )  # fmt: skip
    more = {"product_id": await listed(town, seller)}
    refusal(await town.call("POST", "/cart/items", buyer, more), 409, "cart_full")


async def test_what_is_not_for_one_does_not_get_into_the_cart(town: Town) -> None:
    buyer, seller = await town.person(), await town.person("seller")
    hidden, blocked = await listed(town, seller, audience="followers"), await town.person("seller")
    foes = await listed(town, blocked)
    data(await town.call("POST", f"/users/{buyer.id}/block", blocked), 201)
    for product in (hidden, foes, str(uuid4())):
        refusal(await town.call("POST", "/cart/items", buyer, {"product_id": product}), 404, "listing_not_found")
        refusal(await buy(town, buyer, product), 404, "listing_not_found")
    own = {"product_id": await listed(town, seller)}
    refusal(await town.call("POST", "/cart/items", seller, own), 403, "own_listing")
    refusal(await town.call("POST", "/cart/items", await town.person("moderator"), own), 403, "missing_permission")
    refusal(await town.call("GET", "/cart"), 401, "not_authenticated")
    assert (await cart(town, buyer))["items"] == []


async def test_nobody_reaches_into_another_cart(town: Town) -> None:
    buyer, other = await town.person(), await town.person()
    item = await put(town, buyer, await listed(town, await town.person("seller")))
    path = f"/cart/items/{item['id']}"
    refusal(await town.call("PATCH", path, other, {"quantity": 1}), 404, "cart_item_not_found")
    refusal(await town.call("DELETE", path, other), 404, "cart_item_not_found")
    assert (await cart(town, buyer))["items"] == [item]
    assert (await town.call("DELETE", path, buyer)).status_code == 204
    assert (await cart(town, buyer))["items"] == []


async def test_a_cart_is_in_the_export_and_ends_with_the_account(fresh_town: Town) -> None:
    town = fresh_town
    buyer = await town.person()
    item = await put(town, buyer, await listed(town, await town.person("seller")))
    records = data(await town.call("GET", "/users/me/export", buyer))["records"]
    assert [(one["id"], one["listing_id"]) for one in records["cart"]] == [(item["id"], item["product_id"])]
    assert (await town.call("DELETE", "/users/me", buyer)).status_code == 204
    await town.work()
    assert await town.fetch("SELECT FROM ordering.cart_items") == []
