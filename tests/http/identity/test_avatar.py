"""The picture of a user: sent, shown to everybody, replaced and removed."""

from collections.abc import AsyncIterator
from io import BytesIO

import asyncpg
import httpx
import pytest
from litestar.routes import HTTPRoute
from PIL import Image

from marketplace.adapters.sql.pool import Pool
from marketplace.application.identity.avatar import EDGES, KEPT
from marketplace.application.shared.images import LARGEST_IMAGE
from marketplace.entrypoints.http.frame import CONTROLLERS, bare_app
from marketplace.entrypoints.http.gate import MAX_UPLOAD, UPLOADS
from tests.builders.images import a_jpeg, a_png, a_webp, chunks_of
from tests.http.identity.house import House
from tests.http.identity.test_accounts import refused

PATH = "/api/v1/users/me/avatar"
FORM = "multipart/form-data; boundary=line"


async def send(house: House, token: str, file: bytes, name: str = "me.jpg", **headers: str) -> httpx.Response:
    headers = {"authorization": f"Bearer {token}", **headers} if token else headers
    return await house.client.post(PATH, files={"file": (name, file)}, headers=headers)


async def shown(house: House, url: str) -> bytes:
    answer = await house.client.get(url)
    assert answer.status_code == 200, answer.text
    return answer.content


async def profile(house: House, username: str) -> asyncpg.Record:
    async with (await house.container.get(Pool)).connection() as connection:
        return await connection.fetchrow("SELECT * FROM identity.public_profiles WHERE username = $1", username)


@pytest.mark.parametrize("picture", [a_jpeg(), a_png(), a_webp()], ids=["jpeg", "png", "webp"])
async def test_a_picture_is_shown_in_three_sizes_without_its_metadata(house: House, picture: bytes) -> None:
    account = await house.registered()
    answer = await send(house, account["access_token"], picture)
    assert answer.status_code == 200, answer.text
    url = answer.json()["data"]["avatar_url"]
    assert answer.json() == {"success": True, "data": {"avatar_url": url}}
    assert (await profile(house, account["user"]["username"]))["avatar_url"] == url
    for edge in EDGES:
        webp = await shown(house, url.replace("-256.", f"-{edge}."))
        assert Image.open(BytesIO(webp)).size == (edge, edge)
        assert chunks_of(webp) == [b"VP8 "]


async def test_everybody_may_keep_a_picture_and_no_browser_runs_it(house: House) -> None:
    url = (await send(house, (await house.registered())["access_token"], a_jpeg())).json()["data"]["avatar_url"]
    answer = await house.client.get(url)
    wanted = {
        "content-type": "image/webp", "content-disposition": "inline", "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
        "cross-origin-resource-policy": "cross-origin", "cache-control": "max-age=31536000, public, immutable",
    }  # fmt: skip
    assert {name: answer.headers.get_list(name) for name in wanted} == {name: [text] for name, text in wanted.items()}
    again = await house.client.get(url, headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    head = await house.client.head(url)
    assert (head.status_code, head.content, head.headers["content-type"]) == (200, b"", "image/webp")


async def test_a_new_picture_has_a_new_name_and_the_old_one_goes_after_a_while(fresh_house: House) -> None:
    house = fresh_house
    account = await house.registered()
    old, new = [(await send(house, account["access_token"], a_jpeg())).json()["data"]["avatar_url"] for _ in range(2)]
    assert old != new
    await house.work()
    assert await shown(house, old) == await shown(house, new)
    await an_hour_passes(house)
    refused(await house.client.get(old), 404, "object_not_found")
    assert await shown(house, new)


async def test_a_removed_picture_is_not_shown_and_goes_after_a_while(fresh_house: House) -> None:
    house = fresh_house
    account = await house.registered()
    signed_in = {"authorization": f"Bearer {account['access_token']}"}
    url = (await send(house, account["access_token"], a_png())).json()["data"]["avatar_url"]
    for _ in range(2):
        answer = await house.client.delete(PATH, headers=signed_in)
        assert (answer.status_code, answer.content) == (204, b"")
        assert (await profile(house, account["user"]["username"]))["avatar_url"] is None
    await an_hour_passes(house)
    refused(await house.client.get(url), 404, "object_not_found")


async def an_hour_passes(house: House) -> None:
    """For the timers that are set."""
    async with (await house.container.get(Pool)).connection() as connection:
        await connection.execute("UPDATE jobs.job SET run_at = run_at - $1::interval WHERE state = 'ready'", KEPT)
    await house.work()


async def test_the_same_key_sends_a_picture_once(house: House) -> None:
    token = (await house.registered())["access_token"]
    form = b'--line\r\ncontent-disposition: form-data; name="file"\r\n\r\n' + a_jpeg() + b"\r\n--line--\r\n"
    headers = {"authorization": f"Bearer {token}", "content-type": FORM, "idempotency-key": "once"}
    first, second = [await house.client.post(PATH, content=form, headers=headers) for _ in range(2)]
    assert first.json() == second.json()
    assert second.headers["idempotent-replayed"] == "true"


async def test_strangers_are_refused_and_nobody_touches_another_s_picture(house: House) -> None:
    mine, theirs = await house.registered(), await house.registered()
    url = (await send(house, mine["access_token"], a_jpeg())).json()["data"]["avatar_url"]
    refused(await send(house, "", a_jpeg()), 401, "not_authenticated")
    refused(await house.client.delete(PATH), 401, "not_authenticated")
    await send(house, theirs["access_token"], a_png())
    await house.client.delete(PATH, headers={"authorization": f"Bearer {theirs['access_token']}"})
    assert (await profile(house, mine["user"]["username"]))["avatar_url"] == url
    assert await shown(house, url)


PART = b'--line\r\ncontent-disposition: form-data; name="%s"; filename="%s"\r\n\r\nx\r\n'


@pytest.mark.parametrize(
    ("body", "type_", "status", "code", "field"),
    [
        (b"{}", "application/json", 415, "unsupported_media_type", None),
        (a_jpeg(), "image/jpeg", 415, "unsupported_media_type", None),
        (b"", FORM, 400, "malformed_body", None),
        (b"x", "multipart/form-data", 400, "malformed_body", None),
        (b"x", "multipart/form-data; boundary=", 400, "malformed_body", None),
        (b"x" * 100, FORM, 400, "malformed_body", None),
        (PART % (b"file", b"a"), FORM, 400, "malformed_body", None),
        (b"--line\r\ncontent-disposition: nothing\r\n\r\nx\r\n--line--", FORM, 400, "malformed_body", None),
        (
            b'--line\r\ncontent-disposition: form-data; name="\xff"\r\n\r\nx\r\n--line--',
            FORM,
            400,
            "malformed_body",
            None,
        ),
        (b"--line--\r\n", FORM, 422, "invalid_request", "file"),
        (PART % (b"picture", b"a") + b"--line--", FORM, 422, "invalid_request", "picture"),
        (PART % (b"file", b"a") * 2 + b"--line--", FORM, 422, "invalid_request", "file"),
        (PART % (b"file", b"a") + PART % (b"role", b"") + b"--line--", FORM, 422, "invalid_request", "role"),
        (PART % (b"file", b"../../etc/passwd") + b"--line--", FORM, 422, "unusable_image", "file"),
        (PART % (b"file", b"") + b"--line--", FORM, 422, "unusable_image", "file"),
    ],
)
async def test_what_is_not_a_form_of_one_file_is_refused(
    house: House, body: bytes, type_: str, status: int, code: str, field: str | None
) -> None:
    token = (await house.registered())["access_token"]
    headers = {"authorization": f"Bearer {token}", "content-type": type_}
    problem = refused(await house.client.post(PATH, content=body, headers=headers), status, code)
    assert [one["field"] for one in problem.get("errors", [])] == ([field] if field else [])


@pytest.mark.parametrize("key", [{}, {"idempotency-key": "large"}], ids=["plain", "with key"])
async def test_more_than_five_mebibytes_are_not_read(house: House, key: dict[str, str]) -> None:
    token = (await house.registered())["access_token"]
    too_large = a_jpeg() + b"\0" * (LARGEST_IMAGE + 1)
    problem = refused(await send(house, token, too_large[: LARGEST_IMAGE + 1], **key), 413, "body_too_large")
    assert problem["errors"] == [{"field": "file", "message": "a file has at most 5242880 bytes"}]
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        yield b'--line\r\ncontent-disposition: form-data; name="file"\r\n\r\n'
        while True:
            read += 65_536
            yield b"\0" * 65_536

    headers = {"authorization": f"Bearer {token}", "content-type": FORM, **key}
    refused(await house.client.post(PATH, content=endless(), headers=headers), 413, "body_too_large")
    assert read <= MAX_UPLOAD + 65_536
    announced = {**headers, "content-length": str(MAX_UPLOAD + 1)}
    refused(await house.client.post(PATH, content=b"", headers=announced), 413, "body_too_large")


@pytest.mark.parametrize("name", [
    "0" * 32 + "-256.webp", "0" * 32 + "-128.webp", "x.webp", "..%2f..%2fsecret", "%2e%2e", "A" * 32 + "-64.webp",
    "%00", "0" * 32 + "-256.webp%0a",
])  # fmt: skip
async def test_there_are_no_other_files(house: House, name: str) -> None:
    answer = await house.client.get(f"/media/avatars/{name}")
    assert (answer.status_code, answer.json()["success"]) in {(404, False), (400, False)}
    assert "public" not in answer.headers.get("cache-control", "")


def test_the_gate_and_the_routes_agree_which_bodies_may_be_large() -> None:
    large = {
        route.path
        for route in bare_app(CONTROLLERS).routes
        if isinstance(route, HTTPRoute)
        for handler, _ in route.route_handler_map.values()
        if handler.resolve_request_max_body_size() == MAX_UPLOAD
    }
    assert large == {
        PATH, "/api/v1/products/{product_id:uuid}/media", "/api/v1/documents",
        "/api/v1/disputes/{dispute_id:uuid}/evidence", "/api/v1/conversations/{conversation_id:uuid}/attachments",
    }  # fmt: skip
    assert all(UPLOADS.fullmatch(path) for path in large)
