"""Attachments over HTTP: uploaded, sent, opened through links by the members only, and gone when they are to be."""

from datetime import timedelta
from itertools import islice
from typing import Any
from uuid import uuid4

import httpx
import pytest

from marketplace.application.messaging.attachments import REMOVE_ATTACHMENT, ForgetAttachments
from marketplace.domain.messaging.attachment import DELETED_LIFE
from marketplace.domain.shared.ids import UserId
from prove.people import Person
from tests.builders.documents import a_pdf, packed
from tests.builders.hostile_documents import hostile_pdfs, other_files
from tests.builders.hostile_images import MARK, dirty_images
from tests.builders.images import a_jpeg
from tests.http.commerce.market import data, refusal
from tests.http.conversations.thread import Thread

NO_LINKS = {"url": None, "preview_url": None, "expires_at": None}
PLACE = {"latitude": 41.3111, "longitude": 69.2797, "name": "Chorsu bazaar"}


REFUSALS = {"unusable_document", "unusable_image", "body_too_large"}
LEFT = "SELECT run_at - now() AS \"left\" FROM jobs.job WHERE handler = $1 AND state = 'ready'"


async def uploads(thread: Thread, who: Person | None, file: bytes, where: str = "", **parts: str) -> httpx.Response:
    return await thread.town.client.post(
        f"/api/v1{where or thread.path}/attachments", files={"file": ("x", file)}, data=parts,
        headers=who.headers if who else {},
    )  # fmt: skip


async def holds(thread: Thread, file: bytes, who: Person | None = None, **parts: str) -> dict[str, Any]:
    found: dict[str, Any] = data(await uploads(thread, who or thread.buyer, file, **parts), 201)
    return found


async def test_members_see_the_pictures_and_files_of_messages(thread: Thread) -> None:
    town, buyer, seller = thread.town, thread.buyer, thread.seller
    picture, pdf = await holds(thread, a_jpeg()), await holds(thread, a_pdf(), name=" The \u200bcontract.pdf ")
    assert (picture["content_type"], pdf["content_type"], pdf["name"]) == (
        "image/webp", "application/pdf", "The contract.pdf",
    )  # fmt: skip
    refusal(await town.call("GET", f"{thread.path}/attachments/{pdf['id']}", seller), 404, "attachment_not_found")
    sent = await thread.says(buyer, "Look", message_type="image", attachments=[picture["id"]])
    facts = {name: picture[name] for name in ("id", "name", "content_type", "size", "width", "height")}
    assert sent["data"] == {"attachments": [facts]}
    await thread.says(buyer, "", message_type="file", attachments=[pdf["id"]])
    heard = await thread.heard(seller, "message:new")
    assert [one["data"] for one in heard[1:2]] == [{"attachments": [facts]}]

    page = await thread.messages(seller)
    for place, one, beginning, ending in ((0, pdf, b"%PDF", "pdf"), (1, picture, b"RIFF", "webp")):
        (shown,) = page["items"][place]["data"]["attachments"]
        assert {**shown, **NO_LINKS} == {**one, **NO_LINKS}
        file = await town.client.get(shown["url"])
        assert (file.status_code, file.content[:4]) == (200, beginning)
        assert len(file.content) == one["size"]
        assert file.headers["content-disposition"] == f'attachment; filename="{one["id"]}.{ending}"'
        assert file.headers["x-content-type-options"] == "nosniff"
        assert file.headers["cache-control"] == "private, no-store"
        again = data(await town.call("GET", f"{thread.path}/attachments/{one['id']}", seller))
        assert (await town.client.get(again["url"])).content == file.content
    preview = await town.client.get(shown["preview_url"])
    assert (preview.status_code, preview.content[:4]) == (200, b"RIFF")
    assert b"Exif" not in file.content


async def test_outsiders_get_nothing_and_links_die(thread: Thread) -> None:
    town, buyer, seller = thread.town, thread.buyer, thread.seller
    stranger = await town.person()
    refusal(await uploads(thread, stranger, a_pdf()), 404, "conversation_not_found")
    refusal(await uploads(thread, None, a_pdf()), 401, "not_authenticated")
    first, second = await holds(thread, a_pdf()), await holds(thread, a_pdf())
    await thread.says(buyer, "", message_type="file", attachments=[first["id"], second["id"]])
    path = f"{thread.path}/attachments/{first['id']}"
    refusal(await town.call("GET", path, stranger), 404, "attachment_not_found")
    refusal(await town.call("GET", f"{thread.path}/attachments/{uuid4()}", seller), 404, "attachment_not_found")
    other = data(await town.call("POST", "/conversations", buyer, {"other_user_id": str(seller.id)}), 201)["id"]
    elsewhere = await town.call("GET", f"/conversations/{other}/attachments/{first['id']}", seller)
    refusal(elsewhere, 404, "attachment_not_found")
    link = data(await town.call("GET", path, seller))["url"]
    refusal(await town.client.get(link[:-2] + "xx"), 403, "invalid_link")
    lent = f"/conversation-files/{second['id']}?{link.partition('?')[2]}"
    refusal(await town.client.get(lent), 403, "invalid_link")
    refusal(await town.client.get(link.replace("?", "/preview?")), 404, "object_not_found")
    await town.fetch("UPDATE messaging.messages SET deleted_at = now() WHERE seq = 2 AND author_id = $1", buyer.id)
    refusal(await town.client.get(link), 403, "invalid_link")
    assert (await thread.messages(seller))["items"][0]["data"] == {}


async def test_what_is_no_attachment(thread: Thread) -> None:
    buyer = thread.buyer
    for file, code in (
        (b"MZ a program", "unusable_image"), (b"<svg onload=alert(1)>", "unusable_image"),
        (b"%PDF-1.4\nnothing", "unusable_document"), (a_jpeg()[:200], "unusable_image"),
        (packed(b"<< /S /JavaScript /JS (alert(1)) >>"), "unusable_image"),
        (a_pdf(packed(b"<< /S /JavaScript /JS (alert(1)) >>")), "unusable_document"),
    ):  # fmt: skip
        refusal(await uploads(thread, buyer, file), 422, code, "file")
    refusal(await uploads(thread, buyer, a_pdf(), title="x"), 422, "invalid_request", "title")
    refusal(await uploads(thread, buyer, bytes(5 * 1024 * 1024 + 1)), 413, "body_too_large", "file")
    assert await thread.town.fetch("SELECT FROM messaging.attachments WHERE owner_id = $1", buyer.id) == []


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"message_type": "image"}, "invalid_message", "attachments"),
        ({"content": "Hi", "attachments": [str(uuid4())]}, "invalid_message", "attachments"),
        ({"message_type": "image", "attachments": [str(uuid4())]}, "invalid_message", "attachments"),
        ({"message_type": "image", "attachments": ["x"]}, "invalid_request", "attachments[0]"),
        ({"message_type": "location"}, "invalid_message", "location"),
        ({"content": "Hi", "location": PLACE}, "invalid_message", "location"),
        ({"message_type": "location", "location": {**PLACE, "latitude": 91}}, "invalid_request", "location.latitude"),
        ({"message_type": "location", "location": {**PLACE, "data": 1}}, "invalid_request", "location.data"),
        ({"message_type": "text"}, "invalid_text", "content"),
    ],
)
async def test_parts_that_do_not_fit_are_refused_by_their_name(
    thread: Thread, body: dict[str, Any], code: str, field: str
) -> None:
    refusal(await thread.town.call("POST", f"{thread.path}/messages", thread.buyer, body), 422, code, field)


async def test_hostile_files_are_refused_or_become_pictures_of_our_own(thread: Thread) -> None:
    for name, file in [*islice(hostile_pdfs(), 0, None, 18), *islice(other_files(), 1, None, 6)]:
        answer = await uploads(thread, thread.buyer, file)
        assert answer.json()["code"] in REFUSALS, name
    for _, file in islice(dirty_images(), 0, None, 16):
        url = (await holds(thread, file))["url"]
        assert MARK not in (await thread.town.client.get(url)).content


async def test_a_location_is_a_message(thread: Thread) -> None:
    sent = await thread.says(thread.buyer, "Here", message_type="location", location=PLACE)
    read = {"latitude": "41.3111", "longitude": "69.2797", "name": "Chorsu bazaar"}
    assert (sent["message_type"], sent["data"]) == ("location", read)


async def test_files_go_in_time_by_the_worker_and_a_person_takes_them_along(fresh_thread: Thread) -> None:
    thread, town = fresh_thread, fresh_thread.town
    kept = await holds(thread, a_pdf())
    await holds(thread, a_jpeg(), name="me")
    sent = await thread.says(thread.buyer, "", message_type="file", attachments=[kept["id"]])
    folder = town.settings.data_dir / "files" / "attachments"
    assert len(list(folder.iterdir())) == 3
    rows = data(await town.call("GET", "/users/me/export", thread.buyer))["records"]["attachments"]
    assert [(one["name"], one["message_id"] is None) for one in rows] == [("me", True), (kept["name"], False)]
    timers = await town.fetch(LEFT, REMOVE_ATTACHMENT)
    assert all(timedelta(hours=23) < one["left"] <= timedelta(hours=24) for one in timers)
    assert len(timers) == 2
    async with town.container() as request:
        await (await request.get(ForgetAttachments)).of_person(UserId(thread.buyer.id))
    await town.work()
    assert [path.name for path in folder.iterdir()] == [f"{kept['id'].replace('-', '')}.pdf"]
    (timer,) = await town.fetch(LEFT, REMOVE_ATTACHMENT)
    assert timer["left"] < timedelta(hours=24)
    assert (await town.call("DELETE", f"/messages/{sent['id']}", thread.buyer)).status_code == 204
    (timer,) = await town.fetch(LEFT, REMOVE_ATTACHMENT)
    assert timedelta(days=29) < timer["left"] < DELETED_LIFE
    await town.fetch("UPDATE jobs.job SET run_at = now() WHERE handler = $1", REMOVE_ATTACHMENT)
    await town.work()
    assert list(folder.iterdir()) == []
