"""A deal over HTTP from listing to ledger, and every refusal on its way."""

from typing import Any
from uuid import uuid4

import pytest

from prove.people import DECLINED, Person, payment
from tests.http.commerce.market import PRODUCT, Market, data, refusal


async def test_a_product_shows_what_a_sale_brings_to_the_last_digit(market: Market) -> None:
    answer = await market.call("POST", "/products", market.seller, PRODUCT)
    product = data(answer, 201)
    assert '"price":850.00' in answer.text
    seller = product.pop("seller")
    assert (seller["id"], seller["is_verified"], seller["rating"]) == (str(market.seller.id), True, None)
    assert set(seller) == {"id", "username", "avatar_url", "is_verified", "rating"}
    assert product.pop("created_at").endswith("Z")
    place = f"/products/{product['id']}"
    assert product == {
        "id": product["id"], "title": "Vintage film camera", "description": "", "price": "850.00", "currency": "AED",
        "category": "electronics", "condition": "good", "feed_type": "community", "location": None,
        "neighborhood": None, "image_urls": [], "video_url": None, "video_thumbnail_url": None, "tags": [],
        "platform_fee": "42.50", "seller_payout": "807.50", "is_available": True, "status": "active",
        "kind": "product", "audience": "everyone", "service": None, "lot": None,
        "images": [],
    }  # fmt: skip

    read = await market.call("GET", place)
    assert data(read) == data(answer, 201)
    tag = read.headers["etag"]
    assert "public" in read.headers["cache-control"]
    same = await market.call("GET", place, headers={"if-none-match": f'"other", W/{tag}'})
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    changed = await market.call("GET", place, headers={"if-none-match": '"other"'})
    assert (changed.status_code, changed.content) == (200, read.content)
    head = await market.call("HEAD", place)
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", tag)
    assert head.headers["content-length"] == str(len(read.content))


async def test_the_discover_feed_costs_more(market: Market) -> None:
    changes = {"feed_type": "discover", "video_url": "https://cdn.example/a.m3u8", "price": 0.01, "currency": "KWD"}
    product = data(await market.call("POST", "/products", market.seller, {**PRODUCT, **changes}), 201)
    assert [product[name] for name in ("price", "platform_fee", "seller_payout")] == ["0.010", "0.002", "0.008"]


async def test_the_list_has_pages_and_categories(fresh_market: Market) -> None:
    market = fresh_market
    products = [await market.product() for _ in range(3)]
    book = await market.product(category="books")

    async def ids(**params: Any) -> tuple[list[str], dict[str, Any]]:
        page = data(await market.call("GET", "/products", params=params))
        return [one["id"] for one in page.pop("items")], page

    newest = [book, *reversed(products)]
    facts = {"page": 1, "per_page": 20, "total": 4, "has_more": False, "next_cursor": None}
    assert await ids() == (newest, facts)
    first, page = await ids(per_page=3)
    assert first == newest[:3]
    assert (page["total"], page["has_more"], page["page"], page["per_page"]) == (4, True, 1, 3)
    assert await ids(per_page=3, page=2) == (newest[3:], {**facts, "page": 2, "per_page": 3})
    assert (await ids(category="books"))[0] == [book]
    assert (await ids(category="toys"))[0] == []
    assert (await ids(page=99))[0] == []


async def test_a_cursor_walk_meets_every_lasting_row_once(fresh_market: Market) -> None:
    market = fresh_market
    products = [await market.product() for _ in range(12)]
    walked: list[str] = []
    cursor: str | None = None
    sold = [products[11], products[3], products[0]]
    for round_ in range(20):
        params = {"per_page": "3", **({"cursor": cursor} if cursor else {})}
        page = data(await market.call("GET", "/products", params=params))
        walked += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
        assert page["has_more"] is (cursor is not None)
        if cursor is None:
            break
        await market.product(title="Added behind the walker")
        if round_ < len(sold):
            offer = await market.offer(sold[round_])
            data(await market.call("PATCH", f"/offers/{offer}/accept", market.seller))
    assert cursor is None
    assert walked == [one for one in reversed(products) if one not in {products[3], products[0]}]


@pytest.mark.parametrize(("params", "status", "code", "field"), [
    ({"page": "501"}, 422, "page_too_far", "page"),
    ({"page": "0"}, 422, "invalid_request", "page"),
    ({"page": "many"}, 422, "invalid_request", "page"),
    ({"per_page": "101"}, 422, "invalid_request", "per_page"),
    ({"cursor": "nonsense"}, 400, "invalid_cursor", "cursor"),
    ({"cursor": "\N{FULLWIDTH DIGIT ONE}"}, 400, "invalid_cursor", "cursor"),
    ({"cursor": "A" * 38}, 400, "invalid_cursor", "cursor"),
    ({"cursor": "A" * 201}, 422, "invalid_request", "cursor"),
])  # fmt: skip
async def test_page_parameters_out_of_range(
    market: Market, params: dict[str, str], status: int, code: str, field: str
) -> None:
    refusal(await market.call("GET", "/products", params=params), status, code, field)


async def test_a_tampered_cursor(market: Market) -> None:
    for _ in range(2):
        await market.product()
    cursor = data(await market.call("GET", "/products", params={"per_page": 1}))["next_cursor"]
    for place in (0, 10, 30):
        other = "B" if cursor[place] == "A" else "A"
        tampered = cursor[:place] + other + cursor[place + 1 :]
        answer = await market.call("GET", "/products", params={"cursor": tampered})
        refusal(answer, 400, "invalid_cursor", "cursor")


async def test_a_deal_from_offer_to_ledger(market: Market) -> None:
    product = await market.product()
    body = {"product_id": product, "offered_price": 700.5, "message": "Today?"}
    offer = data(await market.call("POST", "/offers", market.buyer, body), 201)
    assert offer.pop("created_at") < offer.pop("expires_at")
    assert offer == {
        "id": offer["id"], "product_id": product, "negotiation_id": offer["negotiation_id"], "quantity": 1,
        "offered_price": "700.50", "original_price": "850.00", "currency": "AED", "message": "Today?",
        "status": "pending", "side": "buyer", "product_ids": [product], "unit": "piece", "by_rule": None, "changes": [],
        "terms": {
            "delivery_terms": None, "delivery_place": None, "delivery_days": None, "deliver_by": None,
            "payment_terms": None, "quality": {}, "lot_id": None,
        },
    }  # fmt: skip
    assert data(await market.call("GET", f"/offers/{offer['id']}", market.seller)).items() >= offer.items()

    path = f"/offers/{offer['id']}/counter"
    counter = data(await market.call("PATCH", path, market.seller, {"counter_price": 800}))
    assert counter["id"] != offer["id"]
    assert counter["negotiation_id"] == offer["negotiation_id"]
    assert [counter[name] for name in ("offered_price", "status", "side")] == ["800.00", "pending", "seller"]
    assert data(await market.call("GET", f"/offers/{offer['id']}", market.buyer))["status"] == "countered"
    lost = await market.offer(product, who=market.rival)

    accepted = data(await market.call("PATCH", f"/offers/{counter['id']}/accept", market.buyer))
    order = accepted["transaction_id"]
    assert (set(accepted), accepted["status"]) == ({"id", "status", "transaction_id", "message"}, "accepted")
    shown = data(await market.call("GET", f"/products/{product}"))
    assert (shown["is_available"], shown["status"]) == (False, "sold")
    assert data(await market.call("GET", f"/offers/{lost}", market.rival))["status"] == "superseded"

    money = {"amount": "800.00", "currency": "AED", "platform_fee": "40.00", "seller_payout": "760.00"}
    parties = {"product_id": product, "buyer_id": str(market.buyer.id), "seller_id": str(market.seller.id)}

    async def views() -> tuple[dict[str, Any], dict[str, Any]]:
        transaction = data(await market.call("GET", f"/transactions/{order}", market.buyer))
        whole = data(await market.call("GET", f"/orders/{order}", market.seller))
        assert transaction.pop("created_at") == whole.pop("created_at")
        assert whole.pop("payment_due_at").endswith("Z")
        assert whole.pop("number").startswith("M-")
        return transaction, whole

    fees = [{"rule": "community_500bp", "basis_points": 500, "base": "800.00", "amount": "40.00"}]
    line = {"kind": "listing", "subject_id": product, "quantity": 1, "unit": "piece", "amount": "800.00"}
    lines = [{**line, "fee": fees[0], "discount": 0}]
    absent = ("group_id", "discount", "notes", "scheduled_at", "assignee_id", "delivered_at", "completes_at")
    whole = {
        "id": order, **parties, **money, "quantity": 1, "gross": "800.00", "fees": fees, "lines": lines,
        "is_service": False, **dict.fromkeys(absent), "completed_at": None, "status": "pending",
    }  # fmt: skip
    assert await views() == (
        {"id": order, **parties, **money, "status": "pending"}, {**whole, "payment_status": "unpaid"}
    )  # fmt: skip

    declined = data(await market.pay(order, DECLINED), 201)
    assert (declined["status"], declined["transaction_id"], declined["order_id"]) == ("failed", None, order)
    assert (await views())[1]["payment_status"] == "unpaid"
    paid = data(await market.pay(order), 201)
    assert paid["transaction_id"]
    assert paid.items() >= {
        "order_id": order, "status": "completed", "amount": "800.00", "currency": "AED", "checkout_url": None,
        "payment_method": "credit_card",
    }.items()  # fmt: skip
    assert paid["id"] != declined["id"]
    assert data(await market.call("GET", f"/payments/{paid['id']}", market.seller)) == paid
    assert data(await market.call("GET", f"/payments/{declined['id']}", market.buyer)) == declined
    refusal(await market.pay(order), 409, "order_not_payable")
    assert await views() == (
        {"id": order, **parties, **money, "status": "paid"}, {**whole, "payment_status": "paid"}
    )  # fmt: skip

    balance = data(await market.call("GET", "/ledger/trial-balance", market.admin))
    assert (balance["balanced"], balance["differences"]) == (True, [])
    assert set(balance["totals"].values()) == {"0.00"}
    owner = {"owner_id": str(market.seller.id)}
    owed = data(await market.call("GET", "/ledger/accounts", market.admin, params=owner))["items"]
    assert [one["balance"] for one in owed] == ["-760.00"]
    refusal(await market.call("GET", "/ledger/trial-balance", market.seller), 403, "missing_permission")


async def test_who_may_do_what_with_an_offer(market: Market) -> None:
    product = await market.product()
    bid = {"product_id": product, "offered_price": 750}
    seller, buyer = market.seller, market.buyer

    async def act(word: str, offer: str, who: Person, body: Any = None) -> Any:
        return await market.call("PATCH", f"/offers/{offer}/{word}", who, body)

    refusal(await market.call("POST", "/offers", seller, bid), 403, "own_listing")
    above = await market.call("POST", "/offers", buyer, {**bid, "offered_price": 850.01})
    refusal(above, 422, "offer_above_price", "offered_price")
    offer = await market.offer(product)
    refusal(await market.call("POST", "/offers", buyer, bid), 409, "negotiation_already_open")
    for word, body in (("accept", None), ("decline", None), ("counter", {"counter_price": 760})):
        refusal(await act(word, offer, buyer, body), 403, "not_your_turn")
    refusal(await act("withdraw", offer, seller), 403, "not_your_offer")
    refusal(await act("counter", offer, seller, {"counter_price": 0}), 422, "invalid_amount", "counter_price")

    assert data(await act("withdraw", offer, buyer))["status"] == "withdrawn"
    assert data(await act("decline", await market.offer(product), seller))["status"] == "declined"
    offer = await market.offer(product)
    data(await act("accept", offer, seller))
    refusal(await act("accept", offer, seller), 409, "offer_not_open")
    refusal(await act("withdraw", offer, buyer), 409, "offer_not_open")
    refusal(await market.call("POST", "/offers", market.rival, bid), 409, "listing_not_available")


async def test_a_counter_above_the_price_names_its_own_field(market: Market) -> None:
    offer = await market.offer(await market.product())
    answer = await market.call("PATCH", f"/offers/{offer}/counter", market.seller, {"counter_price": 851})
    refusal(answer, 422, "offer_above_price", "counter_price")
    assert data(await market.call("GET", f"/offers/{offer}", market.buyer))["status"] == "pending"


async def test_an_expired_offer_cannot_be_answered(market: Market) -> None:
    offer = await market.offer(await market.product())
    await market.fetch("UPDATE trading.offers SET expires_at = now() - interval '1 second' WHERE id = $1", offer)
    for word, who in (("accept", market.seller), ("decline", market.seller), ("withdraw", market.buyer)):
        refusal(await market.call("PATCH", f"/offers/{offer}/{word}", who), 409, "offer_not_open")


async def test_what_cannot_be_listed_read_or_paid(market: Market) -> None:
    async def listed(who: Person, **changes: Any) -> Any:
        return await market.call("POST", "/products", who, {**PRODUCT, **changes})

    refusal(await listed(market.buyer), 403, "missing_permission")
    refusal(await listed(market.seller, category="submarines"), 422, "unknown_category", "category")
    refusal(await listed(market.seller, feed_type="discover"), 422, "video_required", "video_url")
    refusal(await listed(market.seller, currency="XXX"), 422, "unknown_currency", "currency")
    refusal(await listed(market.seller, image_urls=["ftp://a"]), 422, "invalid_media", "image_urls[0]")
    refusal(await market.call("GET", f"/products/{uuid4()}"), 404, "listing_not_found")
    refusal(await market.call("GET", "/products/42"), 404, "not_found")
    bid = {"product_id": str(uuid4()), "offered_price": 5}
    refusal(await market.call("POST", "/offers", market.buyer, bid), 404, "listing_not_found")

    order = await market.order()
    pay = f"/payments/order/{order}/pay"
    answer = await market.call("POST", pay, market.buyer, {"payment_method": "payme"})
    refusal(answer, 422, "payment_method_unavailable", "payment_method")
    answer = await market.call("POST", pay, market.buyer, {"payment_method": "wallet"})
    refusal(answer, 409, "insufficient_funds")
    answer = await market.call("POST", pay, market.buyer, {"payment_method": "barter"})
    refusal(answer, 422, "invalid_request", "payment_method")
    for name, wrong in (("number", "4242"), ("exp_month", 13), ("cvc", "12a")):
        body = payment("4242424242424242")
        body["card"][name] = wrong
        answer = await market.call("POST", pay, market.buyer, body)
        refusal(answer, 422, "invalid_request", f"card.{name}")
        assert str(wrong) not in answer.json()["detail"] or name == "exp_month"
    assert data(await market.call("GET", f"/orders/{order}", market.buyer))["payment_status"] == "unpaid"
