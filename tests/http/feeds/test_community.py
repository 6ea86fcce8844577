"""The community feed over HTTP."""

from typing import Any
from uuid import uuid4

from tests.http.commerce.market import data, refusal
from tests.http.feeds.square import CENTRE, KM, Square


async def test_the_nearest_come_first_with_their_distance(square: Square) -> None:
    far, here, near = await square.community(3.5), await square.community(0), await square.community(-0.84)
    await square.community(6)
    await square.discover()
    await square.sell(None, {})
    page = await square.feed("community", **CENTRE)
    shown = [(item["id"], item["distance_km"], item["distance_label"]) for item in page["items"]]
    assert shown == [(here, "0.0", "Walking distance"), (near, "0.84", "Walking distance"), (far, "3.5", "Nearby")]
    assert (page["total"], page["has_more"]) == (3, False)
    assert await square.near() == [here, near, far]
    assert await square.near(sort="recent") == [near, here, far]
    assert await square.near(radius_km=3.4) == [here, near]


async def test_distances_are_said_in_the_language_asked_for(square: Square) -> None:
    await square.community(0.5)
    labels = {
        "ru": "В шаговой доступности", "uz;q=0.9, fr": "Piyoda yurish masofasida", "ar": "على مسافة سير",
        "hi-IN": "पैदल दूरी पर", "fr": "Walking distance",
    }  # fmt: skip
    for language, label in labels.items():
        headers = {"accept-language": language}
        answer = await square.town.client.get("/api/v1/feeds/community", params=CENTRE, headers=headers)
        assert data(answer)["items"][0]["distance_label"] == label
        assert answer.headers["vary"] == "Accept-Language, Authorization"


async def test_where_to_look_must_be_said_and_be_on_earth(square: Square) -> None:
    wrong: list[tuple[str, Any]] = [
        ("latitude", None), ("longitude", None), ("latitude", 90.01), ("latitude", "nan"), ("longitude", "east"),
        ("longitude", "inf"), ("radius_km", 0), ("radius_km", 501), ("sort", "best"),
    ]  # fmt: skip
    for field, value in wrong:
        params = {name: one for name, one in ({**CENTRE, field: value}).items() if one is not None}
        refusal(await square.town.call("GET", "/feeds/community", **params), 422, "invalid_request", field)


async def test_across_the_antimeridian_and_at_a_pole(square: Square) -> None:
    east = await square.sell(None, {"location": {"latitude": 0.0, "longitude": 180.0}})
    west = await square.sell(None, {"location": {"latitude": 0.0, "longitude": -180 + 2 * KM}})
    pole = await square.sell(None, {"location": {"latitude": 89.99, "longitude": -100.0}})
    for sort, expected in (("nearest", [east, west]), ("recent", [west, east])):
        assert await square.near(latitude=0, longitude=180 - KM, sort=sort) == expected
    page = await square.feed("community", latitude=90, longitude=80)
    assert [(item["id"], item["distance_km"]) for item in page["items"]] == [(pole, "1.11")]


async def test_what_is_for_followers_is_for_them_and_the_seller(square: Square) -> None:
    public, secret = await square.community(1), await square.community(2, audience="followers")
    await square.follow(square.reader, square.seller)
    for sort, expected in (("nearest", [public, secret]), ("recent", [secret, public])):
        for who in (square.reader, square.seller):
            assert await square.near(who, sort=sort) == expected
            assert (await square.feed("community", who, sort=sort, **CENTRE))["total"] == 2
            assert await square.near(who, sort=sort, category="electronics") == expected
            assert await square.near(who, sort=sort, category="books") == []
        for outsider in (square.other, None):
            assert await square.near(outsider, sort=sort) == [public]


async def test_blocked_people_see_nothing_of_each_other(square: Square) -> None:
    mine, theirs = await square.community(1), await square.community(2, square.other)
    await square.block(square.other, square.seller)
    for sort in ("nearest", "recent"):
        assert await square.near(square.seller, sort=sort) == [mine]
        assert await square.near(square.other, sort=sort) == [theirs]
        assert set(await square.near(square.reader, sort=sort)) == {mine, theirs}


async def test_many_at_one_point_are_told_apart_by_their_ids(square: Square) -> None:
    listed = [await square.community(1) for _ in range(7)]
    assert await square.near() == listed
    assert await square.near(sort="recent") == listed[::-1]


async def test_what_is_sold_is_gone_at_once_and_back_where_it_was(square: Square) -> None:
    near, far = await square.community(1), await square.community(2)
    for status in ("reserved", "paused"):
        await square.move(near, status)
        assert await square.near() == [far]
        await square.move(near, "active")
        assert await square.near() == [near, far]
    await square.move(far, "removed")
    assert await square.near() == [near]


async def test_a_cursor_is_good_for_its_own_place_only(square: Square) -> None:
    for _ in range(3):
        await square.community(1)
    cursor = (await square.feed("community", per_page=1, **CENTRE))["next_cursor"]
    for change in ({"radius_km": 6}, {"sort": "recent"}, {"latitude": 25.1}, {"category": "books"}, {"cursor": "x"}):
        params = {**CENTRE, "cursor": cursor, **change}
        refusal(await square.town.call("GET", "/feeds/community", **params), 400, "invalid_cursor", "cursor")
    discover = await square.town.call("GET", "/feeds/discover", cursor=cursor)
    refusal(discover, 400, "invalid_cursor", "cursor")


async def test_only_how_many_negotiate_is_public(square: Square) -> None:
    product = await square.community(1)
    path = f"/feeds/community/{product}/offers"
    assert data(await square.town.call("GET", path)) == {"product_id": product, "open_offers": 0}
    offer = data(await square.town.offer(product, square.reader), 201)["id"]
    for who in (None, square.other, square.seller, square.reader):
        assert data(await square.town.call("GET", path, who)) == {"product_id": product, "open_offers": 1}
    await square.town.call("PATCH", f"/offers/{offer}/decline", square.seller)
    assert data(await square.town.call("GET", path))["open_offers"] == 0


async def test_offers_on_what_one_may_not_see_are_not_counted_for_one(square: Square) -> None:
    secret, elsewhere = await square.community(1, audience="followers"), await square.discover()
    blocked = await square.community(1, square.other)
    await square.block(square.other, square.seller)
    for product, who in ((secret, None), (secret, square.reader), (elsewhere, None), (blocked, square.seller)):
        refusal(await square.town.call("GET", f"/feeds/community/{product}/offers", who), 404, "listing_not_found")
    refusal(await square.town.call("GET", f"/feeds/community/{uuid4()}/offers"), 404, "listing_not_found")
    assert data(await square.town.call("GET", f"/feeds/community/{secret}/offers", square.seller))["open_offers"] == 0
