"""The pictures of a listing: sent, shown in three sizes, ordered and removed."""

import asyncio
from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image

from marketplace.application.catalog.images import KEPT
from marketplace.application.catalog.sweep import SweepFiles
from marketplace.application.shared.images import LARGEST_IMAGE
from tests.builders.images import a_jpeg, a_png, a_webp, chunks_of
from tests.fakes.world import FixedClock
from tests.http.commerce.market import data, refusal
from tests.http.media.shop import Shop

pytestmark = pytest.mark.asyncio(loop_scope="module")

LINK = "https://cdn.example/camera.jpg"


@pytest.mark.parametrize("picture", [a_jpeg(1_000, 500), a_png(1_000, 500), a_webp(1_000, 500)])
async def test_a_picture_is_shown_in_three_widths_without_its_metadata(shop: Shop, picture: bytes) -> None:
    image = data(await shop.send_image(picture), 201)
    assert (image["width"], image["height"], list(image["urls"])) == (1_000, 500, ["320", "800", "1600"])
    for width, size in {"320": (320, 160), "800": (800, 400), "1600": (1_000, 500)}.items():
        answer = await shop.fetch(image["urls"][width])
        assert Image.open(BytesIO(answer.content)).size == size
        assert chunks_of(answer.content) == [b"VP8 "]
    wanted = {
        "content-type": "image/webp", "content-disposition": "inline", "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
        "cache-control": "max-age=31536000, public, immutable",
    }  # fmt: skip
    assert {name: answer.headers[name] for name in wanted} == wanted
    product = await shop.shown()
    assert (product["image_urls"], product["images"]) == ([image["urls"]["800"]], [image])


async def test_pictures_and_links_keep_their_order_and_are_ten_at_most(shop: Shop) -> None:
    shop.listing = await shop.product(image_urls=[LINK] * 8)
    first, second = [data(await shop.send_image(a_png()), 201) for _ in range(2)]
    refusal(await shop.send_image(a_png()), 409, "too_many_images")
    product = await shop.shown()
    assert product["images"] == [first, second]
    assert product["image_urls"] == [LINK] * 8 + [first["urls"]["800"], second["urls"]["800"]]
    gone = await shop.call("DELETE", f"/products/{shop.listing}/media/{first['id']}", shop.seller)
    assert (gone.status_code, gone.content) == (204, b"")
    assert (await shop.shown())["images"] == [second]
    again = await shop.call("DELETE", f"/products/{shop.listing}/media/{first['id']}", shop.seller)
    refusal(again, 404, "image_not_found")
    other = await shop.product(image_urls=[second["urls"]["800"]])
    assert (await shop.shown(listing=other))["images"] == [], "the link is fine, the picture is another listing's"


async def test_ten_sent_at_once_are_all_there_and_no_more(shop: Shop) -> None:
    shop.listing = await shop.product(image_urls=[LINK] * 7)
    answers = await asyncio.gather(*(shop.send_image(a_png(40, 40)) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 201, 201, 409, 409]
    made = {answer.json()["data"]["id"] for answer in answers if answer.status_code == 201}
    assert {image["id"] for image in (await shop.shown())["images"]} == made


async def test_only_its_seller_adds_and_removes_pictures(shop: Shop) -> None:
    image = data(await shop.send_image(a_png()), 201)
    path = f"/products/{shop.listing}/media/{image['id']}"
    refusal(
        await shop.call("POST", f"/products/{shop.listing}/media", files={"file": a_png()}), 401, "not_authenticated"
    )
    for stranger, code in ((shop.rival, "not_your_listing"), (shop.buyer, "missing_permission")):
        refusal(await shop.send_image(a_png(), stranger), 403, code)
        refusal(await shop.call("DELETE", path, stranger), 403, code)
    refusal(await shop.send_image(a_png(), listing=image["id"]), 404, "listing_not_found")
    assert (await shop.shown())["images"] == [image]
    assert len(shop.files) == 3


@pytest.mark.parametrize(
    ("file", "status", "code"),
    [
        (b"<svg/>", 422, "unusable_image"), (b"\xff\xd8\xff" + b"\0" * 500, 422, "unusable_image"),
        (a_jpeg().ljust(LARGEST_IMAGE + 1), 413, "body_too_large"),
    ],
)  # fmt: skip
async def test_what_is_no_picture_is_refused(shop: Shop, file: bytes, status: int, code: str) -> None:
    refusal(await shop.send_image(file), status, code, "file")
    assert shop.files == {}


async def test_what_is_not_on_the_market_any_more_takes_no_picture(shop: Shop) -> None:
    await shop.sql("UPDATE catalog.listing_states SET status = 'reserved' WHERE listing_id = $1", shop.listing)
    refusal(await shop.send_image(a_png()), 409, "listing_not_available")


async def test_a_removed_picture_and_one_that_lost_its_listing_go_after_a_while(fresh_shop: Shop) -> None:
    shop = fresh_shop
    kept, removed = [data(await shop.send_image(a_png()), 201) for _ in range(2)]
    await shop.call("DELETE", f"/products/{shop.listing}/media/{removed['id']}", shop.seller)
    other = await shop.product()
    orphan = data(await shop.send_image(a_png(), listing=other), 201)
    await shop.house.work()
    assert len(shop.files) == 9, "pages that are open may still point to them"
    await shop.sql("UPDATE jobs.job SET run_at = run_at - $1::interval WHERE state = 'ready'", KEPT)
    await shop.sql("UPDATE catalog.listing_states SET status = 'removed' WHERE listing_id = $1", other)
    await shop.house.work()
    assert {key[9:41] for key in shop.files} == {name_of(kept), name_of(orphan)}
    await swept(shop, timedelta(0))
    assert len(shop.files) == 6, "young files may be about to be named"
    await swept(shop, timedelta(days=2))
    assert {key[9:41] for key in shop.files} == {name_of(kept)}


def name_of(image: dict[str, str]) -> str:
    return image["id"].replace("-", "")


async def swept(shop: Shop, later: timedelta) -> None:
    async with shop.house.container() as scope:
        sweep = await scope.get(SweepFiles)
        await SweepFiles(sweep.storage, sweep.named, FixedClock(sweep.clock.now() + later))()


async def test_the_same_key_sends_a_picture_once(shop: Shop) -> None:
    form = b'--line\r\ncontent-disposition: form-data; name="file"\r\n\r\n' + a_jpeg() + b"\r\n--line--\r\n"
    headers = {"content-type": "multipart/form-data; boundary=line", "idempotency-key": "once"}
    path = f"/products/{shop.listing}/media"
    first, second = [await shop.call("POST", path, shop.seller, content=form, headers=headers) for _ in range(2)]
    assert data(first, 201) == data(second, 201)
    assert second.headers["idempotent-replayed"] == "true"
    assert len((await shop.shown())["images"]) == 1
