"""Lists of offers, their history, packages, parts of lots, and a price offered to all who watch."""

import asyncio
from typing import Any
from uuid import uuid4

from prove.people import Person
from tests.http.commerce.market import Market, data, refusal

LOT = {"price": 5_000, "lot": {"quantity": 1_000, "unit": "kg", "smallest": 100}}
LINES: dict[str, Any] = {
    "delivery_terms": "ex-works", "delivery_place": "Guntur", "delivery_days": 15, "deliver_by": "2030-06-30",
    "payment_terms": "LC, 30 days", "quality": {"staple": "29 mm"},
}  # fmt: skip


async def offered(market: Market, who: Person, **body: Any) -> str:
    return str(data(await market.call("POST", "/offers", who, body), 201)["id"])


async def answered(market: Market, who: Person, word: str, offer: str, body: Any = None) -> Any:
    return await market.call("PATCH", f"/offers/{offer}/{word}", who, body)


async def listed(market: Market, who: Person, path: str = "/offers", **params: Any) -> list[str]:
    return [one["id"] for one in data(await market.call("GET", path, who, params=params))["items"]]


async def test_every_line_of_an_offer_is_kept_and_each_may_be_countered(market: Market) -> None:
    product = await market.product()
    offer = await offered(market, market.buyer, product_id=product, offered_price=750, **LINES)
    shown = data(await market.call("GET", f"/offers/{offer}", market.seller))
    assert shown["terms"] == {**LINES, "lot_id": None}
    for nothing in ({}, {"message": "Please"}, {"counter_price": 750, "delivery_days": 15}):
        refusal(
            await answered(market, market.seller, "counter", offer, nothing), 422, "nothing_changed", "counter_price"
        )
    counter = data(await answered(market, market.seller, "counter", offer, {"delivery_days": 5}))
    assert (counter["offered_price"], counter["terms"]) == ("750.00", {**LINES, "delivery_days": 5, "lot_id": None})
    assert counter["changes"] == [{"field": "delivery_days", "before": "15", "after": "5"}]


async def test_what_is_no_offer(market: Market) -> None:
    product, two = await market.product(), [str(uuid4()), str(uuid4())]
    wrong: list[tuple[dict[str, Any], str, str]] = [
        ({"quantity": 2}, "invalid_terms", "quantity"),
        ({"unit": "kg"}, "units_differ", "unit"),
        ({"unit": "vat"}, "unknown_unit", "unit"),
        ({"delivery_days": 731}, "invalid_request", "delivery_days"),
        ({"deliver_by": "tomorrow"}, "invalid_request", "deliver_by"),
        ({"quality": {"": "x"}}, "invalid_text", "quality"),
        ({"seller_id": "x"}, "invalid_request", "seller_id"),
        ({"offered_price": None}, "invalid_request", "offered_price"),
        ({"product_ids": two[:1]}, "invalid_request", "product_ids"),
        ({"product_ids": two}, "invalid_request", "product_id"),
        ({"product_id": None}, "invalid_request", "product_id"),
    ]
    for changes, code, field in wrong:
        body = {"product_id": product, "offered_price": 750, **changes}
        refusal(await market.call("POST", "/offers", market.buyer, body), 422, code, field)
    assert await listed(market, market.buyer) == []


async def test_a_package_is_bought_as_one(market: Market) -> None:
    camera, lens = await market.product(price=300), await market.product(price=100)
    body = {"product_ids": [camera, lens], "offered_price": 360}
    offer = data(await market.call("POST", "/offers", market.buyer, body), 201)
    assert sorted(offer["product_ids"]) == sorted([camera, lens])
    assert (offer["product_id"], offer["original_price"]) == (offer["product_ids"][0], "400.00")
    twice = {**body, "product_ids": [camera, camera]}
    refusal(await market.call("POST", "/offers", market.rival, twice), 422, "invalid_terms", "product_ids")
    order = data(await answered(market, market.seller, "accept", offer["id"]))["transaction_id"]
    assert data(await market.call("GET", f"/transactions/{order}", market.buyer))["amount"] == "360.00"
    for product in (camera, lens):
        assert data(await market.call("GET", f"/products/{product}"))["status"] == "sold"


async def test_parts_of_a_lot_until_nothing_is_left(market: Market) -> None:
    lot = await market.product(**LOT)
    six, five, four = [
        await offered(market, who, product_id=lot, offered_price=4 * kilos, quantity=kilos, unit="kg")
        for who, kilos in ((market.buyer, 600), (market.rival, 500), (market.admin, 400))
    ]
    data(await answered(market, market.seller, "accept", six))
    assert data(await market.call("GET", f"/products/{lot}"))["is_available"] is True
    problem = refusal(await answered(market, market.seller, "accept", five), 409, "nothing_left")
    assert (problem["detail"], problem["facts"]) == ("only 400 is left", {"left": 400})
    assert data(await market.call("GET", f"/offers/{five}", market.rival))["status"] == "pending"
    data(await answered(market, market.seller, "accept", four))
    assert data(await market.call("GET", f"/products/{lot}"))["is_available"] is False
    assert data(await market.call("GET", f"/offers/{five}", market.rival))["status"] == "superseded"


async def test_ones_offers_by_role_status_and_product(fresh_market: Market) -> None:
    market = fresh_market
    buyer, seller, rival = market.buyer, market.seller, market.rival
    camera, lens, book = [await market.product() for _ in range(3)]
    first = await market.offer(camera)
    package = await offered(market, buyer, product_ids=[camera, lens], offered_price=900)
    other = await market.offer(lens, who=rival)
    counter = data(await answered(market, seller, "counter", first, {"counter_price": 800}))["id"]
    lost = await market.offer(book, who=rival)
    data(await answered(market, seller, "decline", lost))

    assert await listed(market, seller) == [lost, counter, other, package, first]
    assert await listed(market, buyer) == [counter, package, first]
    assert await listed(market, market.admin) == []
    assert await listed(market, seller, role="seller") == [lost, counter, other, package, first]
    assert await listed(market, seller, role="buyer") == []
    assert await listed(market, buyer, role="buyer", status="pending") == [counter, package]
    assert await listed(market, seller, status="countered") == [first]
    assert await listed(market, seller, status="accepted") == []
    assert await listed(market, seller, product_id=camera) == [counter, package, first]
    assert await listed(market, rival, product_id=lens) == [other]
    assert await listed(market, seller, product_id=lens, role="seller", status="pending") == [other, package]
    assert await listed(market, seller, product_id=str(uuid4())) == []
    walked: list[str] = []
    params: dict[str, Any] = {"per_page": 2}
    for total in (5, 5, 5):
        page = data(await market.call("GET", "/offers", seller, params=params))
        walked += [one["id"] for one in page["items"]]
        assert (page["total"], page["has_more"]) == (total, page["next_cursor"] is not None)
        params["cursor"] = page["next_cursor"]
    assert walked == [lost, counter, other, package, first]
    assert await listed(market, seller, per_page=2, page=3) == [first]
    refusal(await market.call("GET", "/offers", seller, params={"role": "thief"}), 422, "invalid_request", "role")
    refusal(await market.call("GET", "/offers", seller, params={"cursor": "mine"}), 400, "invalid_cursor", "cursor")
    refusal(await market.call("GET", "/offers"), 401, "not_authenticated")

    assert await listed(market, seller, f"/products/{lens}/offers") == [other, package]
    assert await listed(market, buyer, f"/products/{lens}/offers") == [package]
    assert await listed(market, buyer, f"/products/{camera}/offers", status="countered") == [first]
    assert await listed(market, market.admin, f"/products/{camera}/offers") == []
    refusal(await market.call("GET", f"/products/{uuid4()}/offers", buyer), 404, "listing_not_found")


async def test_the_offers_on_what_was_removed_are_its_parties_still(market: Market) -> None:
    product = await market.product()
    offer = await market.offer(product)
    assert (await market.call("DELETE", f"/products/{product}", market.seller)).status_code == 204
    for who in (market.buyer, market.seller):
        assert await listed(market, who, f"/products/{product}/offers") == [offer]
    refusal(await market.call("GET", f"/products/{product}/offers", market.rival), 404, "listing_not_found")


async def test_the_history_of_a_negotiation_for_its_two_parties(market: Market) -> None:
    product = await market.product()
    first = await market.offer(product)
    body = {"counter_price": 800, "delivery_days": 3}
    second = data(await answered(market, market.seller, "counter", first, body))["id"]
    data(await answered(market, market.buyer, "accept", second))
    history = data(await market.call("GET", f"/offers/{first}/history", market.buyer))
    assert data(await market.call("GET", f"/offers/{second}/history", market.seller)) == history
    assert [(one["id"], one["side"], one["status"], one["by_rule"]) for one in history.pop("items")] == [
        (first, "buyer", "countered", None), (second, "seller", "accepted", None),
    ]  # fmt: skip
    parties = {"buyer_id": str(market.buyer.id), "seller_id": str(market.seller.id)}
    assert history == {
        "negotiation_id": history["negotiation_id"], "product_id": product, "product_ids": [product], **parties,
        "status": "agreed", "turn": None,
    }  # fmt: skip
    open_ = await market.offer(await market.product())
    assert data(await market.call("GET", f"/offers/{open_}/history", market.seller))["turn"] == "seller"
    for who in (market.rival, market.admin):
        refusal(await market.call("GET", f"/offers/{first}/history", who), 404, "offer_not_found")


async def test_an_offer_of_the_desk_is_not_of_this_family(market: Market) -> None:
    offer = await market.offer(await market.product())
    await market.fetch(
        "UPDATE trading.negotiations SET subject_kind = 'trade', listing_ids = '{}' "
        "WHERE id = (SELECT negotiation_id FROM trading.offers WHERE id = $1)",
        offer,
    )
    for method, path, body in (
        ("GET", "", None), ("GET", "/history", None), ("PATCH", "/accept", None), ("PATCH", "/decline", None),
        ("PATCH", "/counter", {"counter_price": 5}), ("PATCH", "/withdraw", None),
    ):  # fmt: skip
        for who in (market.seller, market.buyer):
            refusal(await market.call(method, f"/offers/{offer}{path}", who, body), 404, "offer_not_found")


async def test_a_buyer_has_ten_offers_on_a_product_however_they_are_made(market: Market) -> None:
    """Two at once for the last one: exactly one is made."""
    product = await market.product()
    for price in range(1, 10):
        offer = await market.offer(product, price)
        data(await answered(market, market.buyer, "withdraw", offer))
    body = {"product_id": product, "offered_price": 10}
    one, other = await asyncio.gather(*(market.call("POST", "/offers", market.buyer, body) for _ in range(2)))
    made, refused = sorted((one, other), key=lambda answer: answer.status_code)
    refusal(refused, 409, "negotiation_already_open")
    counter = data(await answered(market, market.seller, "counter", data(made, 201)["id"], {"counter_price": 800}))[
        "id"
    ]
    more = await answered(market, market.buyer, "counter", counter, {"counter_price": 11})
    refusal(more, 409, "no_attempts_left")
    data(await answered(market, market.buyer, "decline", counter))
    refusal(await market.call("POST", "/offers", market.buyer, body), 409, "no_attempts_left")
    await market.offer(product, who=market.rival)


async def test_a_price_for_all_who_watch(market: Market) -> None:
    product, blocked = await market.product(), market.admin
    for who in (market.buyer, market.rival, blocked):
        data(await market.call("POST", f"/products/{product}/favorite", who), 201)
    assert (await market.call("POST", f"/users/{market.seller.id}/block", blocked)).is_success
    path, body = f"/products/{product}/offers/broadcast", {"offered_price": 700, "message": "Yours today"}
    for who, status, code in ((market.buyer, 403, "missing_permission"), (market.admin, 404, "listing_not_found")):
        refusal(await market.call("POST", path, who, body), status, code)
    above = {"offered_price": 851}
    refusal(await market.call("POST", path, market.seller, above), 422, "offer_above_price", "offered_price")
    both = await asyncio.gather(*(market.call("POST", path, market.seller, body) for _ in range(2)))
    assert sorted((data(one)["sent"], data(one)["skipped"]) for one in both) == [(0, 3), (2, 1)]

    (offer,) = await listed(market, market.buyer, role="buyer", product_id=product)
    shown = data(await market.call("GET", f"/offers/{offer}", market.buyer))
    assert (shown["side"], shown["offered_price"], shown["message"]) == ("seller", "700.00", "Yours today")
    (other,) = await listed(market, market.rival, role="buyer", product_id=product)
    data(await answered(market, market.rival, "decline", other))
    order = data(await answered(market, market.buyer, "accept", offer))["transaction_id"]
    assert data(await market.call("GET", f"/orders/{order}", market.buyer))["amount"] == "700.00"
    assert await listed(market, blocked, product_id=product) == []
    refusal(await market.call("POST", path, market.seller, body), 409, "listing_not_available")


async def test_what_one_may_not_see_is_not_found_by_an_offer_either(market: Market) -> None:
    shown, hidden = await market.product(), await market.product(audience="followers")
    bid = {"product_id": hidden, "offered_price": 700}
    package = {"product_ids": [shown, hidden], "offered_price": 1_000}
    for body in (bid, package, {**bid, "product_id": str(uuid4())}):
        refusal(await market.call("POST", "/offers", market.rival, body), 404, "listing_not_found")
    assert await listed(market, market.seller) == []
    refusal(await market.call("GET", f"/products/{hidden}/bargain", market.rival), 404, "listing_not_found")

    data(await market.call("POST", f"/users/{market.seller.id}/follow", market.buyer), 201)
    data(await market.call("POST", "/offers", market.buyer, package), 201)
    lot = await market.product(audience="followers", **LOT)
    offer = await offered(market, market.buyer, product_id=lot, offered_price=2_000, quantity=500)
    assert (await market.call("DELETE", f"/users/{market.seller.id}/follow", market.buyer)).is_success
    part = data(await answered(market, market.seller, "counter", offer, {"quantity": 600}))
    more = data(await answered(market, market.buyer, "counter", part["id"], {"quantity": 700}))
    assert more["quantity"] == 700, "who negotiates already goes on"
    refusal(await market.call("POST", "/offers", market.buyer, bid), 404, "listing_not_found")
