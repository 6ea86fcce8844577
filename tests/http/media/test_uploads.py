"""Files in parts: any order, any number of times, completed once."""

import asyncio
import hashlib
from datetime import timedelta

import pytest

from marketplace.application.catalog.uploads import ForgetUploads
from tests.builders.documents import a_pdf
from tests.builders.images import a_jpeg, a_png
from tests.http.commerce.market import data, refusal
from tests.http.media.shop import Shop

pytestmark = pytest.mark.asyncio(loop_scope="module")

MIB = 1024 * 1024
LARGE = a_jpeg().ljust(2 * MIB + 5, b"\0")


async def test_parts_arrive_in_any_order_and_make_a_picture(shop: Shop) -> None:
    begun = data(await shop.begin(size=len(LARGE), sha256=hashlib.sha256(LARGE).hexdigest()), 201)
    assert (begun["part_size"], begun["part_count"], begun["parts"], begun["is_complete"]) == (MIB, 3, [], False)
    upload = begun["id"]
    for number, content in ((3, LARGE[2 * MIB :]), (1, bytes(MIB)), (1, LARGE[:MIB])):
        arrived = data(await shop.put(upload, number, content))
    assert arrived["parts"] == [1, 3]
    problem = refusal(await shop.complete(upload), 409, "upload_incomplete")
    assert problem["detail"] == "parts 2 are missing"
    data(await shop.put(upload, 2, LARGE[MIB : 2 * MIB]))
    assert data(await shop.call("GET", f"/uploads/{upload}", shop.seller))["parts"] == [1, 2, 3]
    image = data(await shop.complete(upload, key="c"), 201)
    assert image == data(await shop.complete(upload, key="c"), 201)
    assert (await shop.shown())["images"] == [image]
    assert image["id"] == upload
    refusal(await shop.complete(upload), 409, "upload_complete")
    refusal(await shop.put(upload, 1, LARGE[:MIB]), 409, "upload_complete")
    assert data(await shop.call("GET", f"/uploads/{upload}", shop.seller))["is_complete"] is True
    assert await shop.sql("SELECT count(*) FROM catalog.upload_parts WHERE upload_id = $1", upload) == 0


async def test_a_document_in_parts_is_what_it_is_in_one_piece(shop: Shop) -> None:
    document = data(await shop.send_in_parts(a_pdf(), "document"), 201)
    direct = data(await shop.send_document(a_pdf()), 201)
    assert {**document, "id": "", "created_at": ""} == {**direct, "id": "", "created_at": ""}
    assert (await shop.fetch(await shop.link(document["id"]))).content == a_pdf()


async def test_of_completions_at_once_one_wins(shop: Shop) -> None:
    upload = data(await shop.begin(size=len(a_png())), 201)["id"]
    await shop.put(upload, 1, a_png())
    answers = await asyncio.gather(*(shop.complete(upload) for _ in range(8)))
    codes = sorted(answer.json().get("code", "") for answer in answers)
    assert codes[0] == ""
    assert set(codes[1:]) <= {"upload_in_completion", "upload_complete"}
    assert len((await shop.shown())["images"]) == 1


async def test_a_completion_that_was_cut_off_is_begun_again_and_adds_nothing_twice(shop: Shop) -> None:
    upload = data(await shop.begin(size=len(a_png())), 201)["id"]
    await shop.put(upload, 1, a_png())
    image = data(await shop.complete(upload), 201)
    undo = "UPDATE catalog.uploads SET completed_at = NULL, claimed_at = now() - $2::interval WHERE id = $1"
    restore = "INSERT INTO catalog.upload_parts VALUES ($1, 1, $2)"
    await shop.sql(restore, upload, a_png())
    await shop.sql(undo, upload, timedelta(seconds=1))
    refusal(await shop.complete(upload), 409, "upload_in_completion")
    await shop.sql(undo, upload, timedelta(minutes=3))
    assert data(await shop.complete(upload), 201) == image
    assert (await shop.shown())["images"] == [image]
    assert len(shop.files) == 3


async def test_what_is_damaged_on_its_way_may_be_sent_again_and_what_is_no_good_is_over(shop: Shop) -> None:
    wanted = hashlib.sha256(a_png()).hexdigest()
    upload = data(await shop.begin(size=len(a_png()), sha256=wanted), 201)["id"]
    await shop.put(upload, 1, bytes(len(a_png())))
    refusal(await shop.complete(upload), 422, "wrong_digest", "sha256")
    await shop.put(upload, 1, a_png())
    data(await shop.complete(upload), 201)
    svg = b"<svg onload='alert(1)'/>"
    refusal(await shop.send_in_parts(svg, "listing_image"), 422, "unusable_image", "file")
    refusal(await shop.send_in_parts(svg, "document"), 422, "unusable_document", "file")
    assert (
        await shop.ids(
            "SELECT id FROM catalog.uploads WHERE owner_id = $1 AND expires_at > now() AND completed_at IS NULL",
            shop.seller.id,
        )
        == []
    )


async def test_an_upload_is_its_owner_s_alone(shop: Shop) -> None:
    refusal(await shop.begin(shop.rival), 403, "not_your_listing")
    refusal(await shop.begin(shop.buyer), 403, "missing_permission")
    refusal(await shop.call("POST", "/uploads", json={}), 401, "not_authenticated")
    upload = data(await shop.begin(), 201)["id"]
    refusal(await shop.put(upload, 1, b"x", shop.rival), 404, "upload_not_found")
    refusal(await shop.call("GET", f"/uploads/{upload}", shop.rival), 404, "upload_not_found")
    refusal(await shop.complete(upload, shop.rival), 404, "upload_not_found")
    refusal(await shop.complete(shop.listing), 404, "upload_not_found")
    assert data(await shop.call("GET", f"/uploads/{upload}", shop.seller))["parts"] == []


@pytest.mark.parametrize(
    ("number", "length", "field"), [(0, 1, "part_number"), (4, 1, "part_number"), (1, 5, "body"), (3, 6, "body")]
)
async def test_parts_have_their_place_and_length(shop: Shop, number: int, length: int, field: str) -> None:
    upload = data(await shop.begin(size=len(LARGE)), 201)["id"]
    refusal(await shop.put(upload, number, bytes(length)), 422, "invalid_part", field)


async def test_a_part_is_at_most_a_mebibyte_of_plain_bytes_and_a_file_five(shop: Shop) -> None:
    upload = data(await shop.begin(size=5 * MIB), 201)["id"]
    refusal(await shop.put(upload, 1, bytes(MIB + 1)), 413, "body_too_large")
    answer = await shop.call("PUT", f"/uploads/{upload}/parts/1", shop.seller, json={})
    refusal(answer, 415, "unsupported_media_type")
    refusal(await shop.begin(size=5 * MIB + 1), 422, "invalid_request", "size")
    refusal(await shop.begin(size=0), 422, "invalid_request", "size")
    refusal(await shop.begin(purpose="video"), 422, "invalid_request", "purpose")


async def test_ten_are_open_at_a_time_and_they_are_forgotten_after_a_day(fresh_shop: Shop) -> None:
    shop = fresh_shop
    uploads = [data(await shop.begin(), 201)["id"] for _ in range(10)]
    await shop.put(uploads[0], 1, b"x")
    refusal(await shop.begin(), 409, "too_many_uploads")
    await shop.sql("UPDATE catalog.uploads SET expires_at = now() WHERE id = $1", uploads[0])
    refusal(await shop.complete(uploads[0]), 404, "upload_not_found")
    async with shop.house.container() as scope:
        await (await scope.get(ForgetUploads))()
    assert await shop.sql("SELECT count(*) FROM catalog.uploads") == 9
    assert await shop.sql("SELECT count(*) FROM catalog.upload_parts") == 0
    data(await shop.begin(), 201)
