"""The discover feed over HTTP."""

import pytest

from marketplace.application.catalog.ports import Signal
from tests.http.commerce.market import data, refusal
from tests.http.feeds.square import Square


async def test_the_newest_come_first_and_the_live_before_them(square: Square) -> None:
    oldest, middle, newest = [await square.discover() for _ in range(3)]
    await square.community(1)
    assert await square.ids("discover") == [newest, middle, oldest]
    await square.show_live(oldest, is_live=True)
    assert await square.ids("discover") == [oldest, newest, middle]
    assert await square.ids("discover", sort="top") == [oldest, newest, middle]
    await square.show_live(oldest, is_live=False)
    assert await square.ids("discover") == [newest, middle, oldest]


async def test_an_item_is_the_product_with_its_picture(square: Square) -> None:
    images = ["https://cdn.example/1.jpg", "https://cdn.example/2.jpg"]
    plain = await square.discover(image_urls=images)
    drawn = await square.discover(image_urls=images, video_thumbnail_url="https://cdn.example/t.webp")
    bare = await square.discover()
    page = await square.feed("discover")
    items = {item["id"]: item for item in page["items"]}
    pictures = {id_: item["thumbnail_url"] for id_, item in items.items()}
    assert pictures == {plain: images[0], drawn: "https://cdn.example/t.webp", bare: None}
    product = data(await square.town.call("GET", f"/products/{plain}"))
    assert items[plain] == product | {"is_live": False, "thumbnail_url": images[0]}
    assert (page["total"], page["page"], page["has_more"]) == (3, 1, False)


async def test_a_score_is_explained_and_adds_up(square: Square) -> None:
    plain, liked, live = [await square.discover() for _ in range(3)]
    followed = await square.discover(square.other)
    await square.follow(square.reader, square.other)
    await square.count(Signal.VIEW, liked, 2)
    await square.count(Signal.FAVORITE, liked, 1)
    await square.count(Signal.OFFER, liked, 2)
    await square.show_live(live, is_live=True)
    page = await square.feed("discover", square.reader, sort="top", explain="true")
    assert [item["id"] for item in page["items"]] == [live, liked, followed, plain]
    scores = {item["id"]: item["score"] for item in page["items"]}
    parts = {id_: (float(one["engagement"]), float(one["affinity"]), one["why"]) for id_, one in scores.items()}
    assert parts == {
        live: (0, 0, ["live", "fresh"]), liked: (4.75, 0, ["fresh", "popular"]),
        followed: (0, 3, ["followed_seller", "fresh"]), plain: (0, 0, ["fresh"]),
    }  # fmt: skip
    for one in scores.values():
        assert -0.01 < float(one["freshness"]) <= 0
        summed = sum(float(one[part]) for part in ("freshness", "engagement", "affinity"))
        assert float(one["total"]) == pytest.approx(summed, abs=0.002)
    assert all("score" not in item for item in (await square.feed("discover", square.reader))["items"])


async def test_what_is_for_followers_is_for_them_and_the_seller(square: Square) -> None:
    public = await square.discover()
    secret = await square.discover(audience="followers")
    await square.follow(square.reader, square.seller)
    for sort in ("recent", "top"):
        for who in (square.reader, square.seller):
            assert await square.ids("discover", who, sort=sort) == [secret, public]
            assert (await square.feed("discover", who, sort=sort))["total"] == 2
            assert await square.ids("discover", who, sort=sort, category="electronics") == [secret, public]
        for outsider in (square.other, None):
            assert await square.ids("discover", outsider, sort=sort) == [public]
            assert (await square.feed("discover", outsider, sort=sort))["total"] == 1


async def test_blocked_people_see_nothing_of_each_other(square: Square) -> None:
    theirs, mine = await square.discover(square.other), await square.discover()
    await square.block(square.other, square.seller)
    for sort in ("recent", "top"):
        assert await square.ids("discover", square.seller, sort=sort) == [mine]
        assert await square.ids("discover", square.other, sort=sort) == [theirs]
        assert (await square.feed("discover", square.seller, sort=sort))["total"] == 1
        assert await square.ids("discover", square.reader, sort=sort) == [mine, theirs]


async def test_a_followed_seller_rises_by_the_same_on_every_page(square: Square) -> None:
    """Three points, as eight times the views do."""
    await square.follow(square.reader, square.other)
    theirs = [await square.discover(square.other) for _ in range(3)]
    others = [await square.discover() for _ in range(3)]
    for listing, views in ((others[0], 3), (others[1], 15), (theirs[2], 1)):
        await square.count(Signal.VIEW, listing, views)
    ranked = [others[1], theirs[2], theirs[1], theirs[0], others[0], others[2]]
    assert await square.ids("discover", square.reader, sort="top") == ranked
    ranked = [others[1], others[0], theirs[2], others[2], theirs[1], theirs[0]]
    assert await square.ids("discover", sort="top") == ranked


async def test_categories_of_what_one_keeps_rise_for_oneself_alone(square: Square) -> None:
    kept = await square.discover(square.other, category="books")
    alike = await square.discover(square.other, category="books")
    newer = await square.discover(square.other, category="toys")
    assert (await square.town.call("POST", f"/products/{kept}/favorite", square.reader)).status_code == 201
    page = await square.feed("discover", square.reader, sort="top", explain=True)
    assert {item["id"] for item in page["items"][:2]} == {kept, alike}
    scores = {item["id"]: item["score"] for item in page["items"]}
    assert (float(scores[alike]["affinity"]), "liked_category" in scores[alike]["why"]) == (1, True)
    assert float(scores[newer]["affinity"]) == 0
    others = await square.feed("discover", sort="top", explain=True)
    assert {float(item["score"]["affinity"]) for item in others["items"]} == {0}


async def test_a_category_is_asked_for(square: Square) -> None:
    book, camera = await square.discover(category="books"), await square.discover()
    for sort in ("recent", "top"):
        assert await square.ids("discover", category="books", sort=sort) == [book]
        assert await square.ids("discover", category="electronics", sort=sort) == [camera]
    empty = await square.feed("discover", category="toys")
    assert (empty["items"], empty["total"], empty["has_more"]) == ([], 0, False)


async def test_what_is_sold_paused_or_reserved_is_gone_at_once_and_back_where_it_was(square: Square) -> None:
    first, second, third = [await square.discover() for _ in range(3)]
    await square.count(Signal.FAVORITE, first, 3)
    for status in ("reserved", "paused"):
        await square.move(first, status)
        assert await square.ids("discover", sort="top") == [third, second]
        await square.count(Signal.OFFER, first, 1)
        await square.move(first, "active")
        assert await square.ids("discover", sort="top") == [first, third, second]
    await square.move(second, "removed")
    assert await square.ids("discover") == [third, first]


async def test_a_cursor_is_good_for_its_own_list_and_viewer(square: Square) -> None:
    for _ in range(3):
        await square.discover()
    cursor = (await square.feed("discover", per_page=1))["next_cursor"]
    page = await square.feed("discover", per_page=1, cursor=cursor)
    assert (page["total"], page["has_more"]) == (3, True)
    changed = ("A" if cursor[0] != "A" else "B") + cursor[1:]
    for who, params in (
        (None, {"cursor": cursor, "sort": "top"}), (None, {"cursor": cursor, "category": "books"}),
        (square.reader, {"cursor": cursor}), (None, {"cursor": changed}), (None, {"cursor": "none of ours"}),
    ):  # fmt: skip
        answer = await square.town.call("GET", "/feeds/discover", who, **params)
        refusal(answer, 400, "invalid_cursor", "cursor")


async def test_pages_by_number_end_where_cursors_go_on(square: Square) -> None:
    listed = [await square.discover() for _ in range(5)][::-1]
    pages = [await square.feed("discover", per_page=2, page=number) for number in (1, 2, 3)]
    assert [item["id"] for page in pages for item in page["items"]] == listed
    assert [page["has_more"] for page in pages] == [True, True, False]
    answer = await square.town.call("GET", "/feeds/discover", per_page=100, page=101)
    refusal(answer, 422, "page_too_far", "page")


async def test_an_answer_depends_on_who_asks_and_says_so(square: Square) -> None:
    answer = await square.town.call("GET", "/feeds/discover")
    assert answer.headers["vary"] == "Authorization"
    assert "public" in answer.headers["cache-control"]
    refusal(await square.town.call("GET", "/feeds/discover", sort="best"), 422, "invalid_request", "sort")
