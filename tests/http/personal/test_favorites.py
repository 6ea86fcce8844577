"""Favourites, and what one saw last, over HTTP."""

from typing import Any
from uuid import uuid4

from marketplace.adapters.sql.catalog.recent_views import BufferedRecentViews
from marketplace.application.catalog.personal_ports import RecentViews
from prove.people import Person
from tests.http.commerce.market import data, refusal
from tests.http.people.town import PRODUCT, Town


async def favorites(town: Town, who: Person, **params: Any) -> Any:
    return data(await town.call("GET", "/users/me/favorites", who, **params))


def products(items: list[Any]) -> list[str]:
    return [one["product"]["id"] for one in items]


async def keep(town: Town, who: Person, product: str) -> Any:
    return data(await town.call("POST", f"/products/{product}/favorite", who), 201)


async def counted(town: Town, product: str) -> tuple[int, int]:
    """Favourites and views."""
    rows = await town.fetch("SELECT favorites, views FROM catalog.listing_signals WHERE listing_id = $1", product)
    return (rows[0]["favorites"], rows[0]["views"]) if rows else (0, 0)


async def seen(town: Town, who: Person, **params: Any) -> list[str]:
    return products(data(await town.call("GET", "/users/me/recently-seen", who, **params)))


async def views_written(town: Town) -> None:
    """What happens by itself within a second."""
    views = await town.container.get(RecentViews)
    assert isinstance(views, BufferedRecentViews)
    await views.flush()


async def test_favourites_are_listed_latest_first_by_cursor_and_by_page(town: Town) -> None:
    seller, fan = await town.person("seller"), await town.person()
    kept = [await town.product(seller) for _ in range(3)]
    for product in kept:
        since = await keep(town, fan, product)
        assert since.keys() == {"product_id", "favorited_at"}
        assert await keep(town, fan, product) == since, "twice changes nothing"
    first = await favorites(town, fan, per_page=2)
    assert (products(first["items"]), first["total"], first["has_more"]) == (kept[:0:-1], 3, True)
    last = await favorites(town, fan, per_page=2, cursor=first["next_cursor"])
    assert (products(last["items"]), last["has_more"], last["next_cursor"]) == (kept[:1], False, None)
    assert products((await favorites(town, fan, per_page=2, page=2))["items"]) == kept[:1]
    assert first["items"][0]["product"] == data(await town.call("GET", f"/products/{kept[2]}"))
    refusal(await town.call("GET", "/users/me/favorites", fan, cursor="nonsense"), 400, "invalid_cursor", "cursor")


async def test_a_person_counts_once_for_a_listing_whatever_is_taken_back(town: Town) -> None:
    seller, fan, other = await town.person("seller"), await town.person(), await town.person()
    product, younger = await town.product(seller), await town.product(seller)
    first = await keep(town, fan, product)
    await keep(town, fan, younger)
    for _ in range(2):
        assert (await town.call("DELETE", f"/products/{product}/favorite", fan)).status_code == 204
        assert products((await favorites(town, fan))["items"]) == [younger]
    assert (await keep(town, fan, product))["favorited_at"] > first["favorited_at"]
    assert products((await favorites(town, fan))["items"]) == [product, younger]
    assert await counted(town, product) == (1, 0)
    await keep(town, other, product)
    assert await counted(town, product) == (2, 0)


async def test_favourites_show_what_was_sold_and_hide_what_may_not_be_seen(town: Town) -> None:
    seller, blocker, fan, follower = [await town.person(role) for role in ("seller", "seller", "buyer", "buyer")]
    reserved, _ = await town.order(seller, await town.person())
    removed, of_blocker = await town.product(seller), await town.product(blocker)
    data(await town.call("POST", f"/users/{seller.id}/follow", follower), 201)
    for_followers = data(await town.call("POST", "/products", seller, PRODUCT | {"audience": "followers"}), 201)["id"]
    refusal(await town.call("POST", f"/products/{for_followers}/favorite", fan), 404, "listing_not_found")
    await keep(town, follower, for_followers)
    for product in (reserved, removed, of_blocker):
        await keep(town, fan, product)
    await town.fetch("UPDATE catalog.listing_states SET status = 'removed' WHERE listing_id = $1", removed)
    data(await town.call("POST", f"/users/{fan.id}/block", blocker), 201)
    (left,) = (await favorites(town, fan))["items"]
    assert (left["product"]["id"], left["product"]["status"], left["product"]["is_available"]) == (
        reserved, "sold", False,
    )  # fmt: skip
    assert products((await favorites(town, follower))["items"]) == [for_followers]
    assert (await town.call("DELETE", f"/users/{seller.id}/follow", follower)).status_code == 204
    assert (await favorites(town, follower))["items"] == []
    refusal(await town.call("POST", f"/products/{of_blocker}/favorite", fan), 404, "listing_not_found")


async def test_favourites_are_ones_own_and_of_others(town: Town) -> None:
    seller, fan, outsider = await town.person("seller"), await town.person(), await town.person()
    product = await town.product(seller)
    await keep(town, fan, product)
    refusal(await town.call("POST", f"/products/{product}/favorite", seller), 409, "own_listing")
    refusal(await town.call("POST", f"/products/{uuid4()}/favorite", fan), 404, "listing_not_found")
    assert (await town.call("DELETE", f"/products/{product}/favorite", outsider)).status_code == 204
    assert (await favorites(town, outsider))["items"] == []
    assert products((await favorites(town, fan))["items"]) == [product]
    for method, path in (
        ("POST", f"/products/{product}/favorite"), ("DELETE", f"/products/{product}/favorite"),
        ("GET", "/users/me/favorites"), ("GET", "/users/me/recently-seen"), ("DELETE", "/users/me/recently-seen"),
    ):  # fmt: skip
        refusal(await town.call(method, path), 401, "not_authenticated")


async def test_what_one_read_is_listed_latest_first_and_counted_once_a_day(town: Town) -> None:
    seller, reader, outsider = await town.person("seller"), await town.person(), await town.person()
    first, second = await town.product(seller), await town.product(seller)
    for product, who in ((first, reader), (second, reader), (first, seller), (second, None), (first, reader)):
        data(await town.call("GET", f"/products/{product}", who))
    await views_written(town)
    assert await seen(town, reader) == [first, second]
    assert await seen(town, reader, limit=1) == [first]
    assert await seen(town, seller) == [], "one's own products are no views"
    assert (await counted(town, first), await counted(town, second)) == ((0, 1), (0, 1))
    data(await town.call("GET", f"/products/{second}", reader))
    data(await town.call("GET", f"/products/{second}", outsider))
    await views_written(town)
    assert await seen(town, reader) == [second, first]
    assert await counted(town, second) == (0, 2), "the reader was counted before, the outsider was not"
    await town.fetch("UPDATE catalog.listing_views SET counted_on = counted_on - 1 WHERE user_id = $1", reader.id)
    data(await town.call("GET", f"/products/{first}", reader))
    await views_written(town)
    assert await counted(town, first) == (0, 2), "another day"


async def test_what_one_saw_can_be_cleared(town: Town) -> None:
    seller, reader, other = await town.person("seller"), await town.person(), await town.person()
    product = await town.product(seller)
    for who in (reader, other):
        data(await town.call("GET", f"/products/{product}", who))
    await views_written(town)
    assert (await town.call("DELETE", "/users/me/recently-seen", reader)).status_code == 204
    assert (await seen(town, reader), await seen(town, other)) == ([], [product])
    data(await town.call("GET", f"/products/{product}", reader))
    await views_written(town)
    assert await seen(town, reader) == [product]
    assert await counted(town, product) == (0, 2), "clearing does not count anew"


async def test_a_hundred_are_kept(town: Town) -> None:
    seller, reader = await town.person("seller"), await town.person()
    latest = await town.product(seller)
    await town.fetch(
        "INSERT INTO catalog.listing_views (user_id, listing_id, seen_at, counted_on)"
        " SELECT $1, gen_random_uuid(), now() - n * interval '1 hour', current_date - 1 FROM generate_series(1, 150) n",
        reader.id,
    )  # fmt: skip
    data(await town.call("GET", f"/products/{latest}", reader))
    await views_written(town)
    (row,) = await town.fetch(
        "SELECT count(*), bool_or(listing_id = $2) AS latest FROM catalog.listing_views WHERE user_id = $1",
        reader.id, latest,
    )  # fmt: skip
    assert tuple(row) == (101, True)
    refusal(await town.call("GET", "/users/me/recently-seen", reader, limit=101), 422, "invalid_request", "limit")
