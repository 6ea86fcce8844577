"""Reviews over HTTP: hidden, public, replied to, listed and counted."""

import asyncio
from typing import Any
from uuid import uuid4

from tests.http.commerce.market import data, refusal
from tests.http.reviews.deals import FIVE, Deals

NOTHING = {"average": None, "count": 0, "distribution": {str(star): 0 for star in range(1, 6)}}
WRITTEN = {
    "rating": 4, "aspects": {"as_described": 5, "shipping": 3}, "text": " Exactly as described. ",
}  # fmt: skip


async def test_the_first_review_is_its_authors_secret(deals: Deals) -> None:
    order, untouched = await deals.order(), await deals.order()
    mine = await deals.write(deals.buyer, order, WRITTEN)
    assert (mine["order_id"], mine["rating"], mine["text"]) == (order, 4, "Exactly as described.")
    assert (mine["status"], mine["published_at"], mine["products"]) == ("hidden", None, [])
    assert mine["aspects"] == {"as_described": 5, "shipping": 3}
    seen = await deals.of_order(deals.buyer, order)
    assert (seen["mine"], seen["theirs"], seen["may_write"]) == (mine, None, True)
    others, blank = [await deals.of_order(deals.seller, one) for one in (order, untouched)]
    assert others["closes_at"] == seen["closes_at"]
    hidden = {**others, "order_id": untouched, "closes_at": blank["closes_at"]}
    assert hidden == blank == {**blank, "mine": None, "theirs": None, "may_write": True}
    for page in (await deals.of_seller(), await deals.of(f"/products/{deals.product}")):
        assert (page["items"], page["total"], page["summary"]) == ([], 0, NOTHING)
    assert data(await deals.town.call("GET", f"/users/{deals.seller.id}", deals.buyer))["rating"] is None
    for who in (deals.seller, deals.buyer, await deals.town.person()):
        for action, body in (("reply", {"text": "Thanks."}), ("report", {"reason": "fake"})):
            answer = await deals.town.call("POST", f"/reviews/{mine['id']}/{action}", who, body)
            refusal(answer, 404, "review_not_found")


async def test_the_second_review_makes_both_public(deals: Deals) -> None:
    order = await deals.order()
    mine = await deals.write(deals.buyer, order, WRITTEN)
    theirs = await deals.write(deals.seller, order, {"rating": 5, "aspects": {"payment": 5}, "text": "Paid at once."})
    assert theirs["status"] == "published"
    page = await deals.of_seller()
    (shown,) = page["items"]
    person = data(await deals.town.call("GET", f"/users/{deals.buyer.id}", deals.buyer))
    assert shown == {
        "id": mine["id"], "rating": 4, "aspects": mine["aspects"], "text": "Exactly as described.",
        "written_by": "buyer", "published_at": theirs["published_at"], "reply": None,
        "author": {name: person[name] for name in ("id", "username", "avatar_url", "is_verified")},
    }  # fmt: skip
    assert (page["total"], page["has_more"], page["next_cursor"]) == (1, False, None)
    assert page["summary"] == {"average": "4.0", "count": 1, "distribution": {**NOTHING["distribution"], "4": 1}}  # type: ignore[dict-item]
    (of_product,) = (await deals.of(f"/products/{deals.product}"))["items"]
    assert of_product == shown
    (of_buyer,) = (await deals.of(f"/users/{deals.buyer.id}", role="buyer"))["items"]
    assert (of_buyer["id"], of_buyer["written_by"], of_buyer["text"]) == (theirs["id"], "seller", "Paid at once.")
    assert (await deals.of(f"/users/{deals.buyer.id}"))["items"] == [], "nobody has bought of the buyer"
    seen = await deals.of_order(deals.seller, order)
    assert (seen["mine"], seen["theirs"], seen["may_write"]) == (theirs, shown, False)
    for path in (f"/products/{deals.product}", f"/users/{deals.seller.id}"):
        found = data(await deals.town.call("GET", path, deals.buyer))
        assert found.get("seller", found)["rating"] == "4.0"
    for who in (deals.buyer, deals.seller):
        answer = await deals.town.call("POST", f"/orders/{order}/reviews", who, FIVE)
        refusal(answer, 409, "reviews_closed")


async def test_the_rating_of_a_seller_is_found_and_stays(deals: Deals) -> None:
    town, title = deals.town, f"zither {uuid4().hex[:10]}"
    body = {"title": title, "price": 9, "category": "electronics", "feed_type": "community"}
    product = data(await town.call("POST", "/products", deals.seller, body), 201)["id"]
    await deals.published({"rating": 4})
    await deals.published({"rating": 5})
    data(await town.call("PATCH", "/users/me", deals.seller, {"bio": "I tune zithers."}))
    assert data(await town.call("PUT", "/workers/me", deals.seller, {"headline": "Tuner"}))["rating"] == "4.5"
    for least, found in ((4.5, [product]), (4.6, [])):
        page = data(await town.call("GET", "/search", deals.buyer, q=title, min_rating=least))
        assert [one["id"] for one in page["items"]] == found
        assert all(one["seller"]["rating"] == "4.5" for one in page["items"])


async def test_a_hidden_review_is_replaced_by_the_next(deals: Deals) -> None:
    order = await deals.order()
    first = await deals.write(deals.seller, order, {"rating": 1, "text": "Late."})
    again = await deals.write(deals.seller, order)
    assert (again["id"], again["rating"], again["text"]) == (first["id"], 5, "")
    assert again["edited_at"]
    assert (await deals.of_order(deals.seller, order))["mine"] == again


async def test_each_product_of_a_package_has_its_stars(deals: Deals) -> None:
    other = await deals.town.product(deals.seller)
    body = {"rating": 4, "products": [{"product_id": other, "rating": 1}]}
    await deals.published(body, FIVE, deals.product, other)
    for product, stars in ((deals.product, 4), (other, 1)):
        page = await deals.of(f"/products/{product}")
        assert ([one["rating"] for one in page["items"]], page["summary"]["average"]) == ([stars], f"{stars}.0")
    assert [one["rating"] for one in (await deals.of_seller())["items"]] == [4]


async def test_only_completed_orders_are_reviewed(deals: Deals) -> None:
    for status, payment_status in (
        ("delivered", "paid"), ("cancelled", "refunded"), ("completed", "refunded"), ("disputed", "paid"),
    ):  # fmt: skip
        order = await deals.order(status=status, payment_status=payment_status)
        answer = await deals.town.call("POST", f"/orders/{order}/reviews", deals.buyer, FIVE)
        refusal(answer, 409, "order_not_completed")
        assert (await deals.of_order(deals.buyer, order))["may_write"] is False
    late = await deals.order(days_ago=14.01)
    refusal(await deals.town.call("POST", f"/orders/{late}/reviews", deals.seller, FIVE), 409, "reviews_closed")
    assert (await deals.of_order(deals.seller, late))["may_write"] is False


async def test_outsiders_find_nothing_of_an_order(deals: Deals) -> None:
    order = await deals.order()
    for who in (await deals.town.person(), await deals.town.person("seller"), await deals.town.person("admin")):
        for id_ in (order, uuid4()):
            refusal(await deals.town.call("GET", f"/orders/{id_}/reviews", who), 404, "order_not_found")
            answer = await deals.town.call("POST", f"/orders/{id_}/reviews", who, FIVE)
            refusal(answer, 404, "order_not_found")
    for method, body in (("GET", None), ("POST", FIVE)):
        refusal(await deals.town.call(method, f"/orders/{order}/reviews", None, body), 401, "not_authenticated")
    answer = await deals.town.call("POST", f"/orders/{order}/reviews", await deals.town.person("moderator"), FIVE)
    refusal(answer, 403, "missing_permission")


async def test_what_is_not_a_review_is_refused(deals: Deals) -> None:
    order = await deals.order()
    product = {"product_id": deals.product, "rating": 5}
    cases: list[tuple[Any, Any, str, str]] = [
        (deals.buyer, {"rating": 0}, "invalid_request", "rating"),
        (deals.buyer, {"rating": 4.5}, "invalid_request", "rating"),
        (deals.buyer, {}, "invalid_request", "rating"),
        (deals.buyer, {"rating": 5, "stars": 5}, "invalid_request", "stars"),
        (deals.buyer, {"rating": 5, "aspects": {"shipping": 6}}, "invalid_request", "aspects.shipping"),
        (deals.buyer, {"rating": 5, "aspects": {"payment": 5}}, "invalid_review", "aspects.payment"),
        (deals.seller, {"rating": 5, "aspects": {"shipping": 5}}, "invalid_review", "aspects.shipping"),
        (deals.seller, {"rating": 5, "products": [product]}, "invalid_review", "products"),
        (deals.buyer, {"rating": 5, "products": [product, product]}, "invalid_review", "products"),
        (
            deals.buyer,
            {"rating": 5, "products": [{**product, "product_id": str(uuid4())}]},
            "invalid_review",
            "products",
        ),
        (deals.buyer, {"rating": 5, "text": "a" * 2_001}, "invalid_request", "text"),
    ]
    for who, body, code, field in cases:
        refusal(await deals.town.call("POST", f"/orders/{order}/reviews", who, body), 422, code, field)
    assert (await deals.of_order(deals.buyer, order))["mine"] is None


async def test_a_repeated_request_gets_the_same_answer(deals: Deals) -> None:
    order = await deals.order()
    headers = {**deals.buyer.headers, "idempotency-key": uuid4().hex}
    path = f"/api/v1/orders/{order}/reviews"
    answers = await asyncio.gather(*(deals.town.client.post(path, json=WRITTEN, headers=headers) for _ in range(4)))
    done = [one for one in answers if one.is_success]
    again = await deals.town.client.post(path, json=WRITTEN, headers=headers)
    assert {one.content for one in done} == {again.content}
    assert (again.headers["idempotent-replayed"], again.json()["data"]["edited_at"]) == ("true", None)
    for one in answers:
        if not one.is_success:
            refusal(one, 409, "idempotent_request_in_progress")
    other = await deals.town.client.post(path, json=FIVE, headers=headers)
    refusal(other, 422, "idempotency_key_reused", "Idempotency-Key")


async def test_who_is_reviewed_replies(deals: Deals) -> None:
    review, _ = await deals.published({"rating": 1, "text": "Broken."})
    path = f"/reviews/{review}/reply"
    reply = data(await deals.town.call("POST", path, deals.seller, {"text": " It was whole. "}), 201)
    assert (reply["text"], reply["edited_at"]) == ("It was whole.", None)
    again = data(await deals.town.call("POST", path, deals.seller, {"text": "Send it back."}), 201)
    assert (again["text"], again["replied_at"]) == ("Send it back.", reply["replied_at"])
    assert again["edited_at"]
    assert (await deals.of_seller())["items"][0]["reply"] == again
    for who in (deals.buyer, await deals.town.person("seller"), await deals.town.person("admin")):
        refusal(await deals.town.call("POST", path, who, {"text": "No."}), 404, "review_not_found")
    refusal(await deals.town.call("POST", path, deals.seller, {"text": " \u200b"}), 422, "invalid_text", "text")
    refusal(await deals.town.call("POST", path, None, {"text": "No."}), 401, "not_authenticated")
    await deals.town.fetch(
        "UPDATE reviews.reviews SET replied_at = replied_at - interval '24 hours' WHERE id = $1", review
    )
    refusal(await deals.town.call("POST", path, deals.seller, {"text": "No."}), 409, "reply_closed")
    absent = await deals.town.call("POST", f"/reviews/{uuid4()}/reply", deals.seller, {"text": "No."})
    refusal(absent, 404, "review_not_found")


async def test_lists_are_walked_and_filtered(deals: Deals) -> None:
    written = [(await deals.published({"rating": stars}))[0] for stars in (5, 4, 5, 1, 5)]
    newest = written[::-1]
    first = await deals.of_seller(per_page=2)
    assert ([one["id"] for one in first["items"]], first["total"], first["has_more"]) == (newest[:2], 5, True)
    late, _ = await deals.published({"rating": 2})
    second = await deals.of_seller(per_page=2, cursor=first["next_cursor"])
    assert [one["id"] for one in second["items"]] == newest[2:4], "what came meanwhile moves nothing"
    third = await deals.of_seller(per_page=2, cursor=second["next_cursor"])
    assert ([one["id"] for one in third["items"]], third["next_cursor"]) == (newest[4:], None)
    assert [one["id"] for one in (await deals.of_seller(per_page=2, page=2))["items"]] == newest[1:3]
    summary = {"average": "3.67", "count": 6, "distribution": {"1": 1, "2": 1, "3": 0, "4": 1, "5": 3}}
    fives = await deals.of_seller(stars=5, per_page=2)
    assert ([one["id"] for one in fives["items"]], fives["total"]) == ([newest[0], newest[2]], 3)
    assert (fives["summary"], (await deals.of_seller(stars=3))["summary"]) == (summary, summary)
    rest = await deals.of_seller(stars=5, per_page=2, cursor=fives["next_cursor"])
    assert [one["id"] for one in rest["items"]] == [newest[4]]
    assert (await deals.of_seller())["items"][0]["id"] == late
    for path, params in (
        (f"/users/{deals.seller.id}", {}), (f"/users/{deals.buyer.id}", {"stars": 5}),
        (f"/products/{deals.product}", {"stars": 5}),
    ):  # fmt: skip
        answer = await deals.town.call("GET", f"{path}/reviews", deals.buyer, cursor=fives["next_cursor"], **params)
        refusal(answer, 400, "invalid_cursor", "cursor")
    answer = await deals.town.call("GET", f"/users/{deals.seller.id}/reviews", None, stars=6)
    refusal(answer, 422, "invalid_request", "stars")


async def test_reviews_of_what_nobody_may_see_are_not_found(deals: Deals) -> None:
    stranger = await deals.town.person()
    body = {"title": "A draft", "price": 9, "category": "electronics", "feed_type": "community", "publish": False}
    draft = data(await deals.town.call("POST", "/products", deals.seller, body), 201)["id"]
    for product in (draft, uuid4()):
        for who in (None, stranger):
            refusal(await deals.town.call("GET", f"/products/{product}/reviews", who), 404, "listing_not_found")
    refusal(await deals.town.call("GET", f"/users/{uuid4()}/reviews"), 404, "user_not_found")


async def test_reviews_outlive_their_authors(deals: Deals) -> None:
    admin = await deals.town.person("admin")
    await deals.published({"rating": 3, "text": "Fine."})
    data(await deals.town.call("POST", f"/users/{deals.buyer.id}/suspend", admin, {"reason": "Fraud."}))
    anybody = await deals.town.person()
    path = f"/users/{deals.seller.id}/reviews"
    (shown,) = data(await deals.town.call("GET", path, anybody))["items"]
    assert shown["author"]["id"] == str(deals.buyer.id)
    assert (await deals.town.call("DELETE", f"/users/{deals.buyer.id}", admin)).status_code == 204
    page = data(await deals.town.call("GET", path, anybody))
    assert page["items"] == [{**shown, "author": None}]
    assert (page["summary"]["count"], page["summary"]["average"]) == (1, "3.0")
