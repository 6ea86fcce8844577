"""Services and gigs over HTTP."""

from typing import Any
from uuid import uuid4

from prove.people import Person
from tests.http.commerce.market import Market, data, refusal

SERVICE: dict[str, Any] = {"title": "A dripping tap repaired", "price": 120, "category": "plumbing"}
PACKAGES = [
    {"name": "Full", "price": 300.50, "description": "With parts", "delivery_days": 3}, {"name": "Basic", "price": 90},
]  # fmt: skip
GIG: dict[str, Any] = {"title": "A logo drawn for you", "category": "graphic_design", "packages": PACKAGES}
KEYS = {
    "id", "title", "description", "price", "currency", "category", "duration_minutes", "area_km", "packages",
    "time_zone", "location", "neighborhood", "image_urls", "video_url", "video_thumbnail_url", "tags", "platform_fee",
    "seller_payout", "is_available", "status", "audience", "seller", "created_at",
}  # fmt: skip


async def made(market: Market, path: str = "/services", who: Person | None = None, **changes: Any) -> str:
    body = {**(SERVICE if path == "/services" else GIG), **changes}
    return str(data(await market.call("POST", path, who or market.seller, body), 201)["id"])


async def ids(market: Market, path: str = "/services", **params: Any) -> list[str]:
    return [one["id"] for one in data(await market.call("GET", path, params=params))["items"]]


async def test_a_service_is_shown_as_it_was_offered(market: Market) -> None:
    said = {
        **SERVICE, "description": "Within a day.", "currency": "UZS", "duration_minutes": 90, "area_km": 12.5,
        "time_zone": "Asia/Tashkent", "location": {"latitude": 41.3, "longitude": 69.2}, "tags": ["tap"],
        "neighborhood": "Chilanzar", "image_urls": ["https://cdn.example/tap.jpg"], "audience": "everyone",
    }  # fmt: skip
    made = data(await market.call("POST", "/services", market.seller, said), 201)
    assert set(made) == KEYS
    for path in (f"/services/{made['id']}", f"/gigs/{made['id']}"):
        assert data(await market.call("GET", path)) == made
    assert {name: made[name] for name in said if name not in {"price", "area_km", "location"}} == {
        name: value for name, value in said.items() if name not in {"price", "area_km", "location"}
    }
    assert (made["price"], made["status"], made["is_available"], made["packages"]) == ("120.00", "active", True, [])
    assert made["seller"]["id"] == str(market.seller.id)
    assert float(made["platform_fee"]) + float(made["seller_payout"]) == 120
    product = data(await market.call("GET", f"/products/{made['id']}"))
    assert (product["kind"], product["feed_type"], product["condition"]) == ("service", "services", None)


async def test_the_paths_of_system_one_answer_the_same(market: Market) -> None:
    answer = await market.client.post("/api/services/", headers=market.seller.headers, json=SERVICE)
    service = data(answer, 201)["id"]
    read = await market.client.get(f"/api/services/{service}/", headers={"x-request-id": "1"})
    assert read.content == (await market.call("GET", f"/services/{service}")).content
    assert service in [one["id"] for one in data(await market.client.get("/api/services/"))["items"]]


async def test_a_repeated_request_offers_one_service_and_gets_its_answer_again(market: Market) -> None:
    key = {"idempotency-key": uuid4().hex}
    first, again = [await market.call("POST", "/services", market.seller, SERVICE, headers=key) for _ in range(2)]
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotent-replayed"] == "true"


NONSENSE: list[tuple[dict[str, Any], str, str]] = [
    ({"category": "electronics"}, "unknown_category", "category"), ({"price": 1.234}, "invalid_amount", "price"),
    ({"duration_minutes": 0}, "invalid_request", "duration_minutes"), ({"area_km": 501}, "invalid_request", "area_km"),
    ({"time_zone": "Mars/Base"}, "unknown_time_zone", "time_zone"), ({"colour": "red"}, "invalid_request", "colour"),
    ({"packages": PACKAGES}, "invalid_request", "packages"), ({"title": "a\u200bb"}, "invalid_text", "title"),
]  # fmt: skip
"""Changes, and the code and the field of their refusal."""


async def test_a_service_that_makes_no_sense_is_refused(market: Market) -> None:
    service = await made(market)
    for changes, code, field in NONSENSE:
        for method, path in (("POST", "/services"), ("PUT", f"/services/{service}")):
            refusal(await market.call(method, path, market.seller, {**SERVICE, **changes}), 422, code, field)
    assert data(await market.call("GET", f"/services/{service}"))["title"] == SERVICE["title"]


async def test_a_service_is_replaced_whole_by_its_seller_alone(market: Market) -> None:
    service = await made(market, description="Old", duration_minutes=30)
    new = {**SERVICE, "title": "A new tap put in", "price": 200, "category": "home_services"}
    refusal(await market.call("PUT", f"/services/{service}", market.buyer, new), 403, "missing_permission")
    refusal(await market.call("PUT", f"/services/{service}", market.admin, new), 403, "not_your_listing")
    replaced = data(await market.call("PUT", f"/services/{service}", market.seller, new))
    assert (replaced["title"], replaced["price"], replaced["description"], replaced["duration_minutes"]) == (
        "A new tap put in", "200.00", "", None,
    )  # fmt: skip
    assert data(await market.call("GET", f"/services/{service}")) == replaced
    assert service in await ids(market, category="home_services")


async def test_a_withdrawn_service_is_gone(market: Market) -> None:
    service = await made(market)
    refusal(await market.call("DELETE", f"/services/{service}", market.buyer), 403, "missing_permission")
    refusal(await market.call("DELETE", f"/services/{service}", market.admin), 403, "not_your_listing")
    assert (await market.call("DELETE", f"/services/{service}", market.seller)).status_code == 204
    for who in (None, market.seller):
        refusal(await market.call("GET", f"/services/{service}", who), 404, "listing_not_found")
    refusal(await market.call("DELETE", f"/services/{service}", market.seller), 404, "listing_not_found")
    refusal(await market.call("PUT", f"/services/{service}", market.seller, SERVICE), 404, "listing_not_found")
    assert service not in await ids(market)


async def test_a_product_is_no_service(market: Market) -> None:
    product = await market.product()
    for path, body in (("/services", SERVICE), ("/gigs", GIG)):
        refusal(await market.call("GET", f"{path}/{product}"), 404, "listing_not_found")
        refusal(await market.call("PUT", f"{path}/{product}", market.seller, body), 404, "listing_not_found")
        assert product not in await ids(market, path)
    refusal(await market.call("DELETE", f"/services/{product}", market.seller), 404, "listing_not_found")
    assert data(await market.call("GET", f"/products/{product}"))["is_available"] is True


async def test_what_is_for_followers_is_for_followers(market: Market) -> None:
    service = await made(market, audience="followers")
    for who in (None, market.buyer):
        refusal(await market.call("GET", f"/services/{service}", who), 404, "listing_not_found")
        refusal(await market.call("GET", f"/services/{service}/availability", who), 404, "listing_not_found")
    assert service not in await ids(market, seller=str(market.seller.id))
    data(await market.call("POST", f"/users/{market.seller.id}/follow", market.buyer), 201)
    assert data(await market.call("GET", f"/services/{service}", market.buyer))["id"] == service


async def test_a_gig_costs_as_much_as_its_cheapest_package(market: Market) -> None:
    gig = data(await market.call("POST", "/gigs", market.seller, GIG), 201)
    assert (gig["price"], [one["name"] for one in gig["packages"]]) == ("90.00", ["Full", "Basic"])
    assert gig["packages"][0] == {
        "name": "Full", "price": "300.50", "description": "With parts", "delivery_days": 3,
    }  # fmt: skip
    assert data(await market.call("GET", f"/gigs/{gig['id']}")) == gig
    new = {**GIG, "packages": [{"name": "Only", "price": 100}]}
    replaced = data(await market.call("PUT", f"/gigs/{gig['id']}", market.seller, new))
    assert (replaced["price"], [one["name"] for one in replaced["packages"]]) == ("100.00", ["Only"])
    refusal(await market.call("PUT", f"/gigs/{gig['id']}", market.admin, new), 403, "not_your_listing")
    refusal(await market.call("POST", "/gigs", market.buyer, new), 403, "missing_permission")


PACKAGED: list[tuple[list[Any], str, str]] = [
    ([], "invalid_request", "packages"), (PACKAGES * 2, "invalid_request", "packages"),
    ([{"name": "Basic", "price": 1.999}], "invalid_amount", "packages.price"),
    ([{"name": "\u200b", "price": 1}], "invalid_text", "packages.name"),
    ([{"name": "Basic", "price": 1, "delivery_days": 0}], "invalid_request", "packages[0].delivery_days"),
]  # fmt: skip


async def test_a_gig_has_one_to_three_packages(market: Market) -> None:
    for packages, code, field in PACKAGED:
        refusal(await market.call("POST", "/gigs", market.seller, {**GIG, "packages": packages}), 422, code, field)


async def test_gigs_are_the_services_in_packages_newest_first(market: Market) -> None:
    first, plain, second = await made(market, "/gigs"), await made(market), await made(market, "/gigs")
    found = await ids(market, "/gigs")
    assert found[:2] == [second, first]
    assert plain not in found
    assert (await ids(market))[:3] == [second, plain, first]
    page = data(await market.call("GET", "/gigs", params={"per_page": 1}))
    assert page["has_more"] is True
    assert (await ids(market, "/gigs", cursor=page["next_cursor"]))[0] == first
    data(await market.call("PUT", f"/services/{second}", market.seller, SERVICE))
    assert (await ids(market, "/gigs"))[0] == first


async def test_services_are_found_by_category_below_price_and_seller(market: Market) -> None:
    tap = await made(market, price=120)
    lamp = await made(market, category="electrical", price=80)
    house = await made(market, category="home_services", price=500)
    euro = await made(market, category="cleaning", price=100, currency="EUR")
    lesson = await made(market, category="tutoring", price=120)
    theirs = {"seller": str(market.seller.id)}
    for params, wanted in (
        ({}, [lesson, euro, house, lamp, tap]), ({"category": "home_services"}, [euro, house, lamp, tap]),
        ({"category": "plumbing"}, [tap]), ({"category": "nothing"}, []), ({"category": "books"}, []),
        ({"min_price": "100"}, [lesson, house, tap]), ({"max_price": "119.99"}, [lamp]),
        ({"min_price": "80", "max_price": "120.00"}, [lesson, lamp, tap]), ({"max_price": "79.999"}, []),
        ({"min_price": "100", "currency": "EUR"}, [euro]), ({"min_price": "130", "max_price": "110"}, []),
        ({"category": "home_services", "max_price": "200"}, [lamp, tap]),
    ):  # fmt: skip
        assert await ids(market, **theirs, **params) == wanted, params
        if wanted:
            assert (await ids(market, **params, per_page=100))[: len(wanted)] == wanted, params
            first = data(await market.call("GET", "/services", params={**params, "per_page": 1}))
            assert [one["id"] for one in first["items"]] == wanted[:1]
            if len(wanted) > 1:
                assert first["total"] >= len(wanted)
                for where in ({"cursor": first["next_cursor"]}, {"page": 2}):
                    assert await ids(market, **params, **where, per_page=1) == wanted[1:2], (params, where)
    assert await ids(market, seller=str(uuid4())) == []


FILTERED: list[tuple[dict[str, str], str, str]] = [
    ({"min_price": "-1"}, "invalid_request", "min_price"), ({"max_price": "NaN"}, "invalid_request", "max_price"),
    ({"min_price": "1", "currency": "XXX"}, "unknown_currency", "currency"),
    ({"seller": "me"}, "invalid_request", "seller"), ({"seller": f"{uuid4()}\n"}, "invalid_request", "seller"),
    ({"cursor": "x"}, "invalid_cursor", "cursor"),
]  # fmt: skip


async def test_filters_that_make_no_sense_are_refused(market: Market) -> None:
    for params, code, field in FILTERED:
        answer = await market.call("GET", "/services", params=params)
        refusal(answer, 400 if code == "invalid_cursor" else 422, code, field)
