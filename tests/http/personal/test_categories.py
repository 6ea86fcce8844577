"""Categories over HTTP: read by everybody, edited by administrators."""

from typing import Any
from uuid import uuid4

from marketplace.application.catalog.categories import ReadCategories
from prove.people import Person
from tests.http.commerce.market import data, refusal
from tests.http.people.town import PRODUCT, Town

TWELVE = [
    "trading_cards", "sneakers", "electronics", "fashion", "home", "beauty", "toys", "sports", "books", "jewelry",
    "art", "vehicles",
]  # fmt: skip
SHOWN = {
    "slug", "kind", "parent", "name", "icon", "color", "secondary_color", "total_products", "live_streams_count",
    "active_listings_count",
}  # fmt: skip
NEW: dict[str, Any] = {
    "names": {"en": "Cameras", "uz": "Kameralar"}, "icon": "camera", "color": "#2563EB", "secondary_color": "#DBEAFE",
}  # fmt: skip


async def categories(town: Town, path: str = "/categories", language: str = "en") -> Any:
    answer = await town.client.get(f"/api/v1{path}", headers={"accept-language": language})
    return data(answer)


async def added(town: Town, admin: Person, **more: Any) -> str:
    slug = f"c{uuid4().hex[:12]}"
    data(await town.call("POST", "/categories", admin, {"slug": slug, **NEW, **more}), 201)
    return slug


async def test_the_twelve_categories_of_products_in_order(fresh_town: Town) -> None:
    listed = await categories(fresh_town)
    assert [one["slug"] for one in listed] == TWELVE
    assert all(one.keys() == SHOWN for one in listed)
    assert listed[2] == {
        "slug": "electronics", "kind": "product", "parent": None, "name": "Electronics", "icon": "device",
        "color": "#2563EB", "secondary_color": "#DBEAFE", "total_products": 0, "live_streams_count": 0,
        "active_listings_count": 0,
    }  # fmt: skip


async def test_names_are_in_the_language_of_the_caller(town: Town) -> None:
    for language, name in (
        ("ru-RU, en;q=0.5", "Электроника"), ("uz", "Elektronika"), ("ar", "إلكترونيات"), ("hi", "इलेक्ट्रॉनिक्स"),
        ("fr", "Electronics"),
    ):  # fmt: skip
        assert (await categories(town, language=language))[2]["name"] == name
        assert (await categories(town, "/categories/electronics", language))["name"] == name


async def test_every_name_is_translated(town: Town) -> None:
    english = await categories(town) + await categories(town, "/services/categories")
    for language in ("ru", "ar", "hi", "uz"):
        translated = await categories(town, language=language)
        translated += await categories(town, "/services/categories", language)
        same = {one["slug"] for one, other in zip(english, translated, strict=True) if one["name"] == other["name"]}
        assert same <= {"marketing", "sports"}


async def test_the_tree_of_services_names_parents_first_at_both_addresses(town: Town) -> None:
    answer = await town.client.get("/api/services/categories/")
    assert answer.headers["vary"] == "accept-language, Authorization"
    listed = data(answer)
    assert listed == await categories(town, "/services/categories")
    assert len(listed) >= 39
    seen: set[str] = set()
    for one in listed:
        assert one["kind"] == "service"
        assert one["parent"] is None or one["parent"] in seen
        seen.add(one["slug"])
    plumbing = await categories(town, "/categories/plumbing")
    assert (plumbing["parent"], plumbing["path"], plumbing["children"]) == ("home_services", ["home_services"], [])
    parent = await categories(town, "/categories/home_services")
    assert "plumbing" in [child["slug"] for child in parent["children"]]


async def test_an_unknown_category_is_not_found(town: Town) -> None:
    refusal(await town.call("GET", "/categories/nothing_like_it"), 404, "category_not_found")


async def test_what_everybody_sees_for_sale_is_counted_soon_after_it_changed(fresh_town: Town) -> None:
    town = fresh_town
    seller, buyer, admin = await town.person("seller"), await town.person(), await town.person("admin")
    slug = await added(town, admin, parent="electronics")
    assert (await categories(town, "/categories/electronics"))["total_products"] == 0
    sold, _ = await town.order(seller, buyer)
    live = await town.product(seller)
    await town.fetch("INSERT INTO catalog.listing_signals (listing_id, is_live) VALUES ($1, true)", live)
    for more in ({"category": slug}, {"audience": "followers"}):
        data(await town.call("POST", "/products", seller, PRODUCT | more), 201)
    await town.work()
    await renewed(town)
    electronics = (await categories(town))[2]
    assert (electronics["total_products"], electronics["live_streams_count"]) == (2, 1)
    assert electronics["active_listings_count"] == 2
    assert (await categories(town, f"/categories/{slug}"))["total_products"] == 1
    assert sold != live


async def renewed(town: Town) -> None:
    """What a worker does each second."""
    await (await town.container.get(ReadCategories)).renew()


async def test_administrators_add_edit_and_delete(town: Town) -> None:
    admin = await town.person("admin")
    slug = f"c{uuid4().hex[:12]}"
    body = {"slug": slug, **NEW, "parent": "electronics"}
    record = data(await town.call("POST", "/categories", admin, body), 201)
    assert record == body | {"kind": "product", "position": record["position"]}
    shown = await categories(town, "/categories/electronics", "uz")
    assert [child["name"] for child in shown["children"] if child["slug"] == slug] == ["Kameralar"]
    change = {"names": {"ru": "Камеры"}, "parent": "home", "color": "#000000"}
    edited = data(await town.call("PATCH", f"/categories/{slug}", admin, change))
    assert edited == record | {"parent": "home", "color": "#000000", "names": NEW["names"] | {"ru": "Камеры"}}
    assert (await categories(town, f"/categories/{slug}", "ru"))["name"] == "Камеры"
    assert (await categories(town, f"/categories/{slug}", "hi"))["name"] == "Cameras"
    assert data(await town.call("PATCH", f"/categories/{slug}", admin, {"parent": None}))["parent"] is None
    assert slug in [one["slug"] for one in await categories(town)]
    assert (await town.call("DELETE", f"/categories/{slug}", admin)).status_code == 204
    refusal(await town.call("GET", f"/categories/{slug}"), 404, "category_not_found")
    refusal(await town.call("DELETE", f"/categories/{slug}", admin), 404, "category_not_found")
    refusal(await town.call("PATCH", f"/categories/{slug}", admin, {}), 404, "category_not_found")
    rows = await town.fetch(
        "SELECT action FROM audit.entries WHERE facts ->> 'slug' = $1 AND actor = $2 ORDER BY id", slug, admin.id
    )
    assert [row[0] for row in rows] == [
        f"catalog.category_{deed}" for deed in ("created", "edited", "edited", "deleted")
    ]


async def test_administrators_add_services(town: Town) -> None:
    admin = await town.person("admin")
    slug = f"c{uuid4().hex[:12]}"
    body = {"slug": slug, **NEW, "parent": "teaching", "position": 7}
    record = data(await town.call("POST", "/services/categories", admin, body), 201)
    assert (record["kind"], record["position"]) == ("service", 7)
    listed = [one["slug"] for one in await categories(town, "/services/categories")]
    assert slug in listed[listed.index("teaching") :]


async def test_a_category_with_others_below_it_or_listings_stays(town: Town) -> None:
    admin, seller = await town.person("admin"), await town.person("seller")
    above = await added(town, admin)
    below = await added(town, admin, parent=above)
    refusal(await town.call("DELETE", f"/categories/{above}", admin), 409, "category_in_use")
    product = data(await town.call("POST", "/products", seller, PRODUCT | {"category": below}), 201)["id"]
    await town.fetch("UPDATE catalog.listing_states SET status = 'removed' WHERE listing_id = $1", product)
    refusal(await town.call("DELETE", f"/categories/{below}", admin), 409, "category_in_use")
    assert (await categories(town, f"/categories/{below}"))["path"] == [above]


REFUSED: tuple[tuple[dict[str, Any], str, str], ...] = (
    ({"slug": "Cameras"}, "invalid_request", "slug"), ({"slug": "1cameras"}, "invalid_request", "slug"),
    ({"names": {"ru": "Камеры"}}, "invalid_category", "names"),
    ({"names": {"en": "Cameras", "fr": "Caméras"}}, "invalid_category", "names"),
    ({"names": {"en": "\u200b"}}, "invalid_text", "names"), ({"color": "blue"}, "invalid_request", "color"),
    ({"icon": "../x"}, "invalid_request", "icon"), ({"parent": "nothing"}, "invalid_category", "parent"),
    ({"parent": "plumbing"}, "invalid_category", "parent"), ({"kind": "lot"}, "invalid_request", "kind"),
    ({"position": -1}, "invalid_request", "position"), ({"more": 1}, "invalid_request", "more"),
)  # fmt: skip


async def test_what_is_no_category_is_refused(town: Town) -> None:
    admin = await town.person("admin")
    body = {"slug": f"c{uuid4().hex[:12]}", **NEW}
    for change, code, field in REFUSED:
        refusal(await town.call("POST", "/categories", admin, body | change), 422, code, field)
    taken = await town.call("POST", "/categories", admin, body | {"slug": "electronics"})
    refusal(taken, 409, "slug_taken")
    refusal(await town.call("GET", f"/categories/{body['slug']}"), 404, "category_not_found")


async def test_trees_have_no_cycles_and_four_levels(town: Town) -> None:
    admin = await town.person("admin")
    first = await added(town, admin)
    second = await added(town, admin, parent=first)
    third = await added(town, admin, parent=second)
    fourth = await added(town, admin, parent=third)
    answer = await town.call("POST", "/categories", admin, {"slug": "too_deep", **NEW, "parent": fourth})
    refusal(answer, 422, "invalid_category", "parent")
    for parent in (first, fourth):
        answer = await town.call("PATCH", f"/categories/{first}", admin, {"parent": parent})
        refusal(answer, 422, "invalid_category", "parent")
    answer = await town.call("PATCH", f"/categories/{first}", admin, {"parent": "electronics"})
    refusal(answer, 422, "invalid_category", "parent")
    assert (await categories(town, f"/categories/{fourth}"))["path"] == [first, second, third]


async def test_nobody_else_edits_categories(town: Town) -> None:
    slug = await added(town, await town.person("admin"))
    before = await categories(town, f"/categories/{slug}")
    deeds: list[tuple[str, str, Any]] = [
        ("POST", "/categories", {"slug": "mine", **NEW}), ("POST", "/services/categories", {"slug": "mine", **NEW}),
        ("PATCH", f"/categories/{slug}", {"icon": "x"}), ("DELETE", f"/categories/{slug}", None),
    ]  # fmt: skip
    outsiders = [await town.person(role) for role in ("buyer", "seller", "moderator")]
    for method, path, body in deeds:
        refusal(await town.call(method, path, None, body), 401, "not_authenticated")
        for outsider in outsiders:
            refusal(await town.call(method, path, outsider, body), 403, "missing_permission")
    assert await categories(town, f"/categories/{slug}") == before
    refusal(await town.call("GET", "/categories/mine"), 404, "category_not_found")
