"""What sellers do with their products over HTTP, and what others see of it."""

from typing import Any
from uuid import uuid4

from prove.people import Person
from tests.http.commerce.market import data, refusal
from tests.http.people.town import PRODUCT, Town

MOVES = ("publish", "pause", "resume")


async def draft(town: Town, seller: Person, **changes: Any) -> str:
    answer = await town.call("POST", "/products", seller, {**PRODUCT, "publish": False, **changes})
    return str(data(answer, 201)["id"])


async def status(town: Town, seller: Person, product: str) -> str:
    return str(data(await town.call("GET", f"/products/{product}", seller))["status"])


async def test_any_part_of_a_product_is_changed(town: Town) -> None:
    seller = await town.person("seller")
    product = await town.product(seller)
    before = data(await town.call("GET", f"/products/{product}", seller))
    after = data(await town.call("PATCH", f"/products/{product}", seller, {"price": 799.5}))
    assert after == before | {"price": "799.50", "platform_fee": "39.98", "seller_payout": "759.52"}
    change = {
        "title": "Film camera", "description": "Renewed.", "category": "books", "condition": "fair",
        "location": {"latitude": 25.5, "longitude": 55.25}, "neighborhood": "Marina", "tags": ["film"],
        "image_urls": ["https://cdn.example/1.jpg"], "video_url": "https://cdn.example/1.m3u8",
        "video_thumbnail_url": "https://cdn.example/1.webp", "audience": "followers", "feed_type": "discover",
        "price": 300, "currency": "USD",
    }  # fmt: skip
    changed = data(await town.call("PATCH", f"/products/{product}", seller, change))
    wanted = change | {"price": "300.00", "location": {"latitude": "25.5", "longitude": "55.25"}}
    assert {name: changed[name] for name in change} == wanted
    assert (changed["platform_fee"], changed["id"], changed["created_at"]) == ("45.00", product, before["created_at"])
    nothing = dict.fromkeys(("location", "neighborhood", "video_thumbnail_url"))
    cleared = data(await town.call("PATCH", f"/products/{product}", seller, {**nothing, "tags": [], "image_urls": []}))
    assert cleared == changed | nothing | {"tags": [], "image_urls": []}
    assert data(await town.call("GET", f"/products/{product}", seller)) == cleared
    assert data(await town.call("PATCH", f"/products/{product}", seller, {})) == cleared


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"id": str(uuid4())}, "invalid_request", "id"), ({"status": "active"}, "invalid_request", "status"),
    ({"publish": True}, "invalid_request", "publish"), ({"title": None}, "invalid_request", "title"),
    ({"price": None}, "invalid_request", "price"), ({"price": 0}, "invalid_amount", "price"),
    ({"price": 1.001}, "invalid_amount", "price"), ({"currency": "AED"}, "invalid_request", "currency"),
    ({"price": 1, "currency": "XXX"}, "unknown_currency", "currency"),
    ({"category": "weapons"}, "unknown_category", "category"), ({"title": "ab"}, "invalid_request", "title"),
    ({"feed_type": "discover"}, "video_required", "video_url"),
    ({"feed_type": "services"}, "wrong_channel", "feed_type"),
    ({"image_urls": ["ftp://x"]}, "invalid_media", "image_urls[0]"),
    ({"description": "Call +971 50 123 4567"}, "text_not_allowed", "description"),
    ({"tags": ["t.me/shop"]}, "text_not_allowed", "tags"),
]  # fmt: skip


async def test_a_change_that_is_not_acceptable_changes_nothing(town: Town) -> None:
    seller = await town.person("seller")
    product = await town.product(seller)
    for change, code, field in REFUSED:
        answer = await town.call("PATCH", f"/products/{product}", seller, {"neighborhood": "Marina", **change})
        refusal(answer, 422, code, field)
    assert data(await town.call("GET", f"/products/{product}"))["neighborhood"] is None


async def test_a_draft_is_its_sellers_until_it_is_published(town: Town) -> None:
    seller, other = await town.person("seller"), await town.person("seller")
    product = await draft(town, seller)
    for who in (None, other):
        refusal(await town.call("GET", f"/products/{product}", who), 404, "listing_not_found")
    shown = data(await town.call("GET", f"/products/{product}", seller))
    assert (shown["status"], shown["is_available"]) == ("draft", False)
    assert data(await town.call("POST", f"/products/{product}/publish", seller))["status"] == "active"
    assert data(await town.call("GET", f"/products/{product}"))["is_available"] is True
    refusal(await town.call("POST", f"/products/{product}/publish", seller), 409, "listing_not_available")


async def test_a_paused_product_is_its_sellers_alone_and_nothing_is_agreed_over_it(town: Town) -> None:
    seller, buyer = await town.person("seller"), await town.person()
    product = await town.product(seller)
    offer = (await town.offer(product, buyer)).json()["data"]["id"]
    assert data(await town.call("POST", f"/products/{product}/pause", seller))["status"] == "paused"
    refusal(await town.call("GET", f"/products/{product}", buyer), 404, "listing_not_found")
    assert product not in {one["id"] for one in data(await town.call("GET", "/products"))["items"]}
    refusal(await town.call("PATCH", f"/offers/{offer}/accept", seller), 409, "listing_not_available")
    refusal(await town.call("POST", f"/products/{product}/pause", seller), 409, "listing_not_available")
    assert data(await town.call("POST", f"/products/{product}/resume", seller))["status"] == "active"
    refusal(await town.call("POST", f"/products/{product}/resume", seller), 409, "listing_not_available")
    assert (await town.call("PATCH", f"/offers/{offer}/accept", seller)).status_code == 200
    for method, path in (("DELETE", ""), ("POST", "/pause"), ("PATCH", "")):
        body = {"title": "Another"} if method == "PATCH" else None
        answer = await town.call(method, f"/products/{product}{path}", seller, body)
        refusal(answer, 409, "listing_not_available")


async def test_a_removed_product_is_gone_for_everybody_at_once(town: Town) -> None:
    seller, buyer = await town.person("seller"), await town.person()
    product = await town.product(seller)
    assert (await town.call("DELETE", f"/products/{product}", seller)).status_code == 204
    for who in (None, buyer, seller):
        refusal(await town.call("GET", f"/products/{product}", who), 404, "listing_not_found")
    for path in (f"/users/{seller.id}/products", "/users/me/products"):
        assert data(await town.call("GET", path, seller))["items"] == []
    refusal(await town.offer(product, buyer), 404, "listing_not_found")
    for method, path in (("DELETE", ""), ("PATCH", ""), *(("POST", f"/{move}") for move in MOVES), ("GET", "/history")):
        body = {"title": "Another"} if method == "PATCH" else None
        answer = await town.call(method, f"/products/{product}{path}", seller, body)
        refusal(answer, 404, "listing_not_found")


async def test_others_are_refused_where_they_may_look_and_else_find_nothing(town: Town) -> None:
    seller, outsider, follower, blocked = [await town.person("seller") for _ in range(4)]
    admin = await town.person("admin")
    await town.call("POST", f"/users/{seller.id}/follow", follower)
    await town.call("POST", f"/users/{seller.id}/block", blocked)
    shown = await town.product(seller)
    hidden = data(await town.call("POST", "/products", seller, {**PRODUCT, "audience": "followers"}), 201)["id"]
    sealed = await draft(town, seller)
    seen = {
        shown: (outsider, follower, admin), hidden: (follower,), sealed: (),
    }  # fmt: skip
    for product, who_sees in seen.items():
        for who in (outsider, follower, blocked, admin):
            visible = who in who_sees
            answer = await town.call("GET", f"/products/{product}", who)
            assert answer.status_code == (200 if visible else 404)
            deeds: list[tuple[str, str, Any]] = [
                ("PATCH", "", {"title": "Mine now"}), ("DELETE", "", None),
                *(("POST", f"/{move}", None) for move in MOVES),
            ]  # fmt: skip
            for method, path, body in deeds:
                answer = await town.call(method, f"/products/{product}{path}", who, body)
                refusal(answer, *((403, "not_your_listing") if visible else (404, "listing_not_found")))
    assert [await status(town, seller, one) for one in seen] == ["active", "active", "draft"]
    for method in ("PATCH", "DELETE"):
        refusal(await town.call(method, f"/products/{shown}", None, {}), 401, "not_authenticated")
        refusal(await town.call(method, f"/products/{shown}", await town.person(), {}), 403, "missing_permission")


async def test_ones_own_products_in_every_state(town: Town) -> None:
    seller, buyer = await town.person("seller"), await town.person()
    products = {"draft": await draft(town, seller)}
    held = data(await town.call("POST", "/products", seller, {**PRODUCT, "description": "t.me/shop"}), 201)
    products["pending_review"] = held["id"]
    products["active"], products["paused"] = await town.product(seller), await town.product(seller)
    await town.call("POST", f"/products/{products['paused']}/pause", seller)
    products["sold"], _ = await town.order(seller, buyer)
    removed = await town.product(seller)
    await town.call("DELETE", f"/products/{removed}", seller)
    await town.product(await town.person("seller"))
    newest_first = list(reversed(products.values()))
    page = data(await town.call("GET", "/users/me/products", seller))
    assert ([one["id"] for one in page["items"]], page["total"], page["has_more"]) == (newest_first, 5, False)
    for wanted, product in products.items():
        found = data(await town.call("GET", "/users/me/products", seller, status=wanted))
        assert [(one["id"], one["status"]) for one in found["items"]] == [(product, wanted)]
    assert data(await town.call("GET", "/users/me/products", seller, status="rejected"))["items"] == []
    first = data(await town.call("GET", "/users/me/products", seller, per_page=2))
    second = data(await town.call("GET", "/users/me/products", seller, per_page=2, cursor=first["next_cursor"]))
    by_number = data(await town.call("GET", "/users/me/products", seller, per_page=2, page=2))
    assert [one["id"] for one in first["items"] + second["items"]] == newest_first[:4]
    assert by_number["items"] == second["items"]
    refusal(await town.call("GET", "/users/me/products", seller, status="removed"), 422, "invalid_request", "status")
    refusal(await town.call("GET", "/users/me/products"), 401, "not_authenticated")
    assert data(await town.call("GET", "/users/me/products", buyer))["items"] == []


async def test_the_history_is_its_sellers_and_moderators_to_read(town: Town) -> None:
    seller, outsider, moderator = await town.person("seller"), await town.person(), await town.person("moderator")
    product = await draft(town, seller)
    await town.call("PATCH", f"/products/{product}", seller, {"price": 800.5, "tags": ["film"]})
    for move in MOVES:
        await town.call("POST", f"/products/{product}/{move}", seller)
    page = data(await town.call("GET", f"/products/{product}/history", seller))
    moves = [(one["former_status"], one["status"]) for one in page["items"]]
    assert moves == [
        ("paused", "active"), ("active", "paused"), ("draft", "active"), ("draft", "draft"), (None, "draft"),
    ]  # fmt: skip
    edit = page["items"][3]
    assert edit["fields"] == {"price": {"old": "850.00", "new": "800.50"}, "tags": {"old": [], "new": ["film"]}}
    assert {(one["by"], one["actor_id"], one["reason"]) for one in page["items"]} == {("seller", str(seller.id), None)}
    assert data(await town.call("GET", f"/products/{product}/history", moderator)) == page
    first = data(await town.call("GET", f"/products/{product}/history", seller, per_page=2))
    rest = data(await town.call("GET", f"/products/{product}/history", seller, cursor=first["next_cursor"]))
    assert (first["items"] + rest["items"], first["total"], rest["has_more"]) == (page["items"], 5, False)
    refusal(await town.call("GET", f"/products/{product}/history", outsider), 403, "not_your_listing")
    refusal(await town.call("GET", f"/products/{uuid4()}/history", moderator), 404, "listing_not_found")
    hidden = await draft(town, seller)
    refusal(await town.call("GET", f"/products/{hidden}/history", outsider), 404, "listing_not_found")


async def test_a_seller_has_fifty_products_at_most(town: Town) -> None:
    seller = await town.person("seller")
    await town.fetch(
        """
WITH added AS (
    INSERT INTO catalog.listings SELECT (jsonb_populate_record(l, jsonb_build_object('id', gen_random_uuid()))).*
    FROM catalog.listings l, generate_series(1, 48) WHERE l.id = $1 RETURNING id
)
INSERT INTO catalog.listing_states (listing_id, status) SELECT id, 'paused' FROM added""",
        await town.product(seller),
    )
    product = await draft(town, seller)
    refusal(await town.call("POST", "/products", seller, PRODUCT), 409, "too_many_products")
    assert (await town.call("POST", f"/products/{product}/publish", seller)).status_code == 200
    await town.call("DELETE", f"/products/{product}", seller)
    await town.product(seller)
    refusal(await town.call("POST", "/products", seller, {**PRODUCT, "publish": False}), 409, "too_many_products")
