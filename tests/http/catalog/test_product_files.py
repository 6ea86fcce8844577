"""Products by the file: sent, read by the worker, reported row by row; written, downloaded and taken in again."""

from typing import Any

import httpx
import pytest
from litestar.routes import HTTPRoute

from marketplace.application.catalog.files import LARGEST_FILE
from marketplace.entrypoints.http.frame import CONTROLLERS, bare_app
from marketplace.entrypoints.http.gate import IMPORTS, MAX_BODY, MAX_IMPORT, MAX_UPLOAD
from prove.people import Person
from tests.http.people.town import Town

HEADER = "title,price,category,feed_type,tags,latitude,longitude,description\r\n"
GOOD = 'Vintage film camera,850.00,electronics,community,camera|analog,25.0657,55.1713,"Two\nlines, quoted"\r\n'
BAD = "Box,0,electronics,community,,,,\r\nLamp,5,no_such_place,community,,,,\r\n"


async def send(town: Town, who: Person | None, file: str | bytes, mode: str = "", **headers: str) -> httpx.Response:
    content = file.encode() if isinstance(file, str) else file
    return await town.client.post(
        "/api/v1/products/imports", files={"file": ("products.csv", content)}, params={"mode": mode} if mode else {},
        headers={**(who.headers if who else {}), **headers},
    )  # fmt: skip


async def data(town: Town, who: Person, path: str, **params: Any) -> Any:
    answer = await town.call("GET", path, who, **params)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def imported(town: Town, seller: Person, file: str | bytes, mode: str = "") -> dict[str, Any]:
    """What the import says once the worker is done."""
    answer = await send(town, seller, file, mode)
    assert answer.status_code == 202, answer.text
    queued = answer.json()["data"]
    assert (queued["status"], queued["rows"], queued["finished_at"]) == ("queued", None, None)
    await town.work()
    done: dict[str, Any] = await data(town, seller, f"/products/imports/{queued['id']}")
    return done


async def for_sale(town: Town, seller: Person) -> list[dict[str, Any]]:
    answer = await town.call("GET", f"/users/{seller.id}/products")
    items: list[dict[str, Any]] = answer.json()["data"]["items"]
    return items


async def test_the_products_of_a_file_are_for_sale(town: Town) -> None:
    seller = await town.person("seller")
    done = await imported(town, seller, HEADER + GOOD + "Lamp,5,home,community,,,,\r\n")
    counts = {name: done[name] for name in ("status", "mode", "rows", "checked", "imported", "failed")}
    assert counts == {
        "status": "done", "mode": "all_or_nothing", "rows": 2, "checked": 2, "imported": 2, "failed": 0
    }  # fmt: skip
    camera = next(item for item in await for_sale(town, seller) if item["title"] == "Vintage film camera")
    assert (camera["price"], camera["platform_fee"], camera["tags"]) == (850, 42.5, ["camera", "analog"])
    assert camera["location"] == {"latitude": 25.0657, "longitude": 55.1713}
    assert camera["description"] == "Two\nlines, quoted"
    assert (await data(town, seller, f"/products/imports/{done['id']}/errors"))["items"] == []


async def test_one_bad_row_and_nothing_is_imported_but_every_bad_row_is_told(town: Town) -> None:
    seller = await town.person("seller")
    done = await imported(town, seller, HEADER + GOOD + BAD)
    assert (done["status"], done["rows"], done["imported"], done["failed"]) == ("failed", 3, 0, 2)
    assert await for_sale(town, seller) == []
    first = await data(town, seller, f"/products/imports/{done['id']}/errors", per_page=1)
    assert (first["items"], first["total"], first["has_more"]) == (
        [{"row": 2, "field": "price", "code": "invalid_amount", "message": "must be greater than zero"}], 2, True
    )  # fmt: skip
    second = await data(town, seller, f"/products/imports/{done['id']}/errors", cursor=first["next_cursor"])
    assert [(one["row"], one["field"], one["code"]) for one in second["items"]] == [(3, "category", "unknown_category")]


async def test_valid_rows_can_be_imported_alone(town: Town) -> None:
    seller = await town.person("seller")
    done = await imported(town, seller, HEADER + BAD + GOOD, "valid_rows")
    assert (done["status"], done["rows"], done["imported"], done["failed"]) == ("done", 3, 1, 2)
    assert [item["title"] for item in await for_sale(town, seller)] == ["Vintage film camera"]


@pytest.mark.parametrize(
    ("file", "why"),
    [
        (b"", "is empty"),
        (b"title,price\n\xff,3\n", "is not UTF-8 at byte 12"),
        (b"title,cost\n", "has an unknown column 'cost'"),
        (b"title,price,category\na,3,b\n", "has no column 'feed_type'"),
        (b"title,title,price,category,feed_type\n", "names a column twice"),
    ],
)
async def test_what_is_no_file_of_products_is_refused_at_once(town: Town, file: bytes, why: str) -> None:
    answer = await send(town, await town.person("seller"), file)
    assert (answer.status_code, answer.json()["code"]) == (422, "unreadable_file")
    assert answer.json()["errors"][0]["message"].startswith(why)


async def test_what_is_seen_to_be_unreadable_only_later_is_told_of_the_whole_file(town: Town) -> None:
    seller = await town.person("seller")
    for file, why in (
        (HEADER + GOOD + '"not closed', "is not valid CSV: unexpected end of data"),
        (HEADER, "has no rows"),
        (HEADER + "a,1,home,community,,,,\n" * 10_001, "has more than 10000 rows"),
    ):
        done = await imported(town, seller, file, "valid_rows")
        assert (done["status"], done["imported"]) == ("failed", 0)
        (problem,) = (await data(town, seller, f"/products/imports/{done['id']}/errors"))["items"]
        assert problem == {"row": None, "field": "file", "code": "unreadable_file", "message": why}


async def test_a_repeated_idempotency_key_imports_once(town: Town) -> None:
    seller = await town.person("seller")
    form = {"content-type": "multipart/form-data; boundary=x", "idempotency-key": "one"}
    body = f'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\n{HEADER}{GOOD}\r\n--x--\r\n'
    answers = [
        await town.client.post("/api/v1/products/imports", content=body, headers={**seller.headers, **form})
        for _ in range(2)
    ]
    assert answers[0].json() == answers[1].json()
    await town.work()
    assert len(await for_sale(town, seller)) == 1


async def test_imports_are_their_senders_alone(town: Town) -> None:
    seller, other, buyer = await town.person("seller"), await town.person("seller"), await town.person("buyer")
    done = await imported(town, seller, HEADER + BAD)
    for path in (f"/products/imports/{done['id']}", f"/products/imports/{done['id']}/errors"):
        answer = await town.call("GET", path, other)
        assert (answer.status_code, answer.json()["code"]) == (404, "import_not_found")
    assert [one["id"] for one in (await data(town, seller, "/products/imports"))["items"]] == [done["id"]]
    assert (await data(town, other, "/products/imports"))["items"] == []
    refused = await send(town, buyer, HEADER + GOOD)
    assert (refused.status_code, refused.json()["code"]) == (403, "missing_permission")
    assert (await send(town, None, HEADER + GOOD)).status_code == 401


async def test_imports_are_listed_newest_first_by_page_and_cursor(town: Town) -> None:
    seller = await town.person("seller")
    ids = [(await send(town, seller, HEADER + GOOD)).json()["data"]["id"] for _ in range(3)]
    first = await data(town, seller, "/products/imports", per_page=2)
    assert ([one["id"] for one in first["items"]], first["total"]) == (ids[:0:-1], 3)
    rest = await data(town, seller, "/products/imports", cursor=first["next_cursor"])
    assert [one["id"] for one in rest["items"]] == ids[:1]
    assert [one["id"] for one in (await data(town, seller, "/products/imports", page=2, per_page=2))["items"]] == ids[
        :1
    ]


@pytest.mark.parametrize("form", ["csv", "jsonl"])
async def test_an_export_imported_gives_the_same_products(town: Town, form: str) -> None:
    seller, other = await town.person("seller"), await town.person("seller")
    await imported(town, seller, HEADER + GOOD + "'=1+1 lamp,5,home,community,a\\|b|-c,,,\r\n")
    queued = (await town.call("POST", "/products/exports", seller, {"format": form})).json()["data"]
    assert (queued["status"], queued["rows"], queued["size"]) == ("queued", None, None)
    early = await town.call("GET", f"/products/exports/{queued['id']}/file", seller)
    assert (early.status_code, early.json()["code"]) == (409, "export_not_ready")
    await town.work()
    done = await data(town, seller, f"/products/exports/{queued['id']}")
    assert (done["status"], done["rows"]) == ("done", 2)
    answer = await town.call("GET", f"/products/exports/{queued['id']}/file", seller)
    assert len(answer.content) == done["size"]
    assert answer.headers["content-disposition"] == f'attachment; filename="products.{form}"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert (form != "csv") or b"\r\n'=1+1 lamp," in answer.content
    await imported(town, other, answer.content)
    own = {"id", "seller", "created_at"}
    old, new = [
        sorted(str({k: v for k, v in item.items() if k not in own}) for item in await for_sale(town, who))
        for who in (seller, other)
    ]
    assert old == new
    assert "=1+1 lamp" in old[0] + old[1]


async def test_exports_are_their_owners_alone_and_services_are_not_in_them(town: Town) -> None:
    seller, other, buyer = await town.person("seller"), await town.person("seller"), await town.person("buyer")
    product = await town.product(seller)
    await town.fetch("UPDATE catalog.listings SET kind = 'lot' WHERE id = $1", product)
    export = (await town.call("POST", "/products/exports", seller, {"format": "csv"})).json()["data"]["id"]
    await town.work()
    assert (await data(town, seller, f"/products/exports/{export}"))["rows"] == 0
    for path in (f"/products/exports/{export}", f"/products/exports/{export}/file"):
        answer = await town.call("GET", path, other)
        assert (answer.status_code, answer.json()["code"]) == (404, "export_not_found")
    refused = await town.call("POST", "/products/exports", buyer, {"format": "csv"})
    assert (refused.status_code, refused.json()["code"]) == (403, "missing_permission")
    unknown = await town.call("POST", "/products/exports", seller, {"format": "csv", "all": True})
    assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (422, "all")


async def test_after_a_day_an_export_is_gone_with_its_file(town: Town, tmp_path: Any) -> None:
    seller = await town.person("seller")
    export = (await town.call("POST", "/products/exports", seller, {"format": "csv"})).json()["data"]["id"]
    await town.work()
    assert len(list(tmp_path.rglob(f"{export}.csv"))) == 1
    await town.fetch("UPDATE jobs.job SET run_at = now() WHERE handler = 'catalog.forget_export' AND key = $1", export)
    await town.work()
    assert (await town.call("GET", f"/products/exports/{export}/file", seller)).status_code == 404
    assert list(tmp_path.rglob(f"{export}.csv")) == []


async def test_a_file_may_be_as_large_as_said(town: Town) -> None:
    larger_than_pictures = {
        route.path: handler.resolve_request_max_body_size()
        for route in bare_app(CONTROLLERS).routes
        if isinstance(route, HTTPRoute)
        for handler, _ in route.route_handler_map.values()
        if handler.resolve_request_max_body_size() not in {MAX_BODY, MAX_UPLOAD}
    }
    assert larger_than_pictures == {"/api/v1/products/imports": MAX_IMPORT}
    assert all(IMPORTS.fullmatch(path) for path in larger_than_pictures)
    row = "Vintage film camera,850.00,electronics,community,camera,,," + "x" * 4_000 + "\r\n"
    content = HEADER + row * ((LARGEST_FILE - 2_000) // len(row))
    seller = await town.person("seller")
    assert (await send(town, seller, content)).status_code == 202
    larger = await send(town, seller, content + " " * 8_000)
    assert (larger.status_code, larger.json()["code"]) == (413, "body_too_large")
