"""The audit trail over HTTP: what happens is in it, who may see it, and that it is verified and exported."""

import csv
import json
from datetime import datetime, timedelta
from hashlib import sha256
from io import StringIO
from typing import Any

import pytest

from marketplace.application.shared.audit_log import AuditEntryView
from prove.people import DECLINED
from tests.http.audit.conftest import Trail
from tests.http.commerce.market import data, refusal

PATHS = ("/audit-logs", "/audit-logs/1", "/audit-logs/export", "/audit-logs/verify")


async def test_a_deal_is_in_the_trail_with_who_did_what(trail: Trail) -> None:
    market = trail.market
    order = await market.order()
    failed = data(await market.pay(order, DECLINED), 201)["id"]
    paid = data(await market.pay(order), 201)["id"]
    items = (await trail.read(per_page=100))["items"]
    assert [(item["action"], item["subject_kind"], item["actor"]) for item in reversed(items)] == [
        ("ordering.order_placed", "order", str(market.seller.id)),
        ("payments.payment_failed", "payment", str(market.buyer.id)),
        ("ordering.order_paid", "order", str(market.buyer.id)),
        ("payments.ledger_posted", "ledger_transaction", str(market.buyer.id)),
        ("payments.payment_captured", "payment", str(market.buyer.id)),
    ]
    captured, posted, _, declined, placed = items
    assert (captured["subject"], declined["subject"], placed["subject"]) == (paid, failed, order)
    assert captured["facts"] == {
        "order_id": order, "payer": str(market.buyer.id), "payee": str(market.seller.id), "amount_minor": 75_000,
        "currency": "AED",
    }  # fmt: skip
    assert len(posted["facts"].pop("entries")) == 64
    assert posted["facts"] == {"kind": "payment_captured", "source": paid, "minor_AED": 75_000}
    assert {item["outcome"] for item in items} == {"done"}
    assert captured["session"] == posted["session"] != placed["session"]


async def test_refusals_are_in_the_trail_and_a_missing_credential_is_not(trail: Trail) -> None:
    market = trail.market
    refusal(await market.call("POST", "/products", market.buyer, {"title": "x"}), 422, "invalid_request", "title")
    refusal(await market.call("GET", "/ledger/trial-balance", market.buyer), 403, "missing_permission")
    refusal(await market.client.get("/api/v1/auth/me"), 401, "not_authenticated")
    bad = {"authorization": "Bearer nonsense"}
    refusal(await market.client.get("/api/v1/auth/me", headers=bad), 401, "invalid_token")
    refusal(await market.client.get(f"/api/v1/orders/{market.buyer.id}", headers=bad), 401, "invalid_token")
    login = {"identifier": "nobody@marketplace.example", "password": "Wrong-Pass-2026!"}
    refusal(await market.call("POST", "/auth/login", None, login), 401, "invalid_credentials")
    refusal(await market.call("POST", "/auth/refresh", None, {"refresh_token": "x"}), 401, "invalid_refresh_token")
    await trail.settled()
    rows = await market.fetch(
        "SELECT actor, outcome, facts, network FROM audit.entries WHERE action = 'access.refused' ORDER BY id"
    )
    assert [(row["actor"], json.loads(row["facts"])) for row in rows] == [
        (market.buyer.id, {"route": "GET /api/v1/ledger/trial-balance", "code": "missing_permission", "status": 403}),
        (None, {"route": "GET /api/v1/auth/me", "code": "invalid_token", "status": 401}),
        (None, {"route": "GET /api/v1/orders/{order_id}", "code": "invalid_token", "status": 401}),
        (None, {"route": "POST /api/v1/auth/login", "code": "invalid_credentials", "status": 401}),
        (None, {"route": "POST /api/v1/auth/refresh", "code": "invalid_refresh_token", "status": 401}),
    ]
    assert {row["outcome"] for row in rows} == {"refused"}
    assert not any("nobody" in row["facts"] for row in rows)


@pytest.mark.parametrize("path", PATHS)
async def test_outsiders_are_refused(trail: Trail, path: str) -> None:
    for outsider in (trail.market.buyer, trail.market.seller):
        answer = await trail.market.call("GET", path, outsider)
        assert refusal(answer, 403, "missing_permission")["facts"] == {"permission": "audit.read"}
    refusal(await trail.market.call("GET", path), 401, "not_authenticated")
    assert await trail.actions() == []


async def test_pages_by_cursor_miss_nothing_and_repeat_nothing(trail: Trail) -> None:
    for _ in range(3):
        await trail.market.order()
        await trail.market.product()
    seen: list[int] = []
    page = await trail.read(per_page=2)
    assert (page["total"], page["has_more"]) == (3, True)
    seen += [item["id"] for item in page["items"]]
    await trail.market.order()
    page = await trail.read(per_page=2, cursor=page["next_cursor"])
    seen += [item["id"] for item in page["items"]]
    assert (len(seen), seen, page["has_more"], page["next_cursor"]) == (3, sorted(seen, reverse=True), False, None)
    one = data(await trail.call(f"/{seen[0]}"))
    assert one["id"] == seen[0]
    refusal(await trail.call("/999999999"), 404, "audit_entry_not_found")
    refusal(await trail.call("/99999999999999999999"), 404, "audit_entry_not_found")
    products = data(await trail.market.call("GET", "/products", params={"per_page": 1}))
    for cursor in ("bm8", products["next_cursor"]):
        refusal(await trail.call("", cursor=cursor), 400, "invalid_cursor", "cursor")


async def test_filters_narrow_the_list(trail: Trail) -> None:
    market = trail.market
    first, second = await market.order(), await market.order()
    await market.pay(first)
    entries = (await trail.read(per_page=100))["items"]
    paid_at = datetime.fromisoformat(next(one["at"] for one in entries if one["action"] == "ordering.order_paid"))
    for wanted, actions in (
        ({"subject": second}, ["ordering.order_placed"]),
        ({"actor": str(market.seller.id)}, ["ordering.order_placed"] * 2),
        ({"action": "payments.payment_captured", "outcome": "done"}, ["payments.payment_captured"]),
        ({"outcome": "refused"}, []),
        ({"from": paid_at.isoformat(), "actor": str(market.buyer.id)},
         ["payments.payment_captured", "payments.ledger_posted", "ordering.order_paid"]),
        ({"to": paid_at.isoformat()}, ["ordering.order_placed"] * 2),
        ({"from": (paid_at + timedelta(days=1)).isoformat()}, []),
    ):  # fmt: skip
        page = await trail.read(**wanted)
        assert [item["action"] for item in page["items"]] == actions, wanted
        assert page["total"] == len(actions)


@pytest.mark.parametrize(("query", "code", "field"), [
    ({"actor": "x"}, "invalid_request", "actor"), ({"subject": "1"}, "invalid_request", "subject"),
    ({"outcome": "maybe"}, "invalid_request", "outcome"), ({"from": "yesterday"}, "invalid_request", "from"),
    ({"from": "2026-01-01T00:00:00"}, "time_zone_missing", "from"),
    ({"to": "2026-01-01T00:00:00"}, "time_zone_missing", "to"), ({"per_page": 101}, "invalid_request", "per_page"),
    ({"action": "x" * 101}, "invalid_request", "action"),
])  # fmt: skip
async def test_a_filter_that_makes_no_sense_is_named(
    trail: Trail, query: dict[str, Any], code: str, field: str
) -> None:
    for path in ("", "/export"):
        if field != "per_page" or not path:
            refusal(await trail.call(path, **query), 422, code, field)
    assert await trail.actions() == []


async def test_an_export_is_what_the_hashes_are_of_and_is_in_the_trail_itself(trail: Trail) -> None:
    await trail.market.order()
    await trail.seal()
    answer = await trail.call("/export", action="ordering.order_placed")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/jsonl"
    assert answer.headers["content-disposition"] == 'attachment; filename="audit-log.jsonl"'
    (line,) = answer.text.splitlines()
    (block,) = await trail.market.fetch("SELECT entry_hashes FROM audit.blocks")
    assert sha256(line.encode()).digest() == block["entry_hashes"]
    assert set(json.loads(line)) == set(AuditEntryView.__struct_fields__)
    assert await trail.actions() == ["ordering.order_placed", "audit.exported"]
    exported = (await trail.read(action="audit.exported"))["items"][0]
    assert exported["facts"] == {"action": "ordering.order_placed", "format": "jsonl"}
    assert exported["actor"] == str(trail.market.admin.id)
    everything = (await trail.call("/export")).text.splitlines()
    assert [json.loads(one)["action"] for one in everything] == await trail.actions()


async def test_csv_cells_are_no_formulas(trail: Trail) -> None:
    for text in ("=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", 'a "quoted", text', "plain"):
        await trail.market.fetch(
            "INSERT INTO audit.entries (action, subject_kind, outcome, facts, network, request_id) "
            "VALUES ($1, '', 'done', '{}', '', '')",
            text,
        )
    answer = await trail.call("/export", format="csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(StringIO(answer.text, newline="")))
    assert list(rows[0]) == list(AuditEntryView.__struct_fields__)
    assert [row["action"] for row in rows[:8]] == [
        "'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\tx", "'\rx", 'a "quoted", text', "plain",
    ]  # fmt: skip
    assert rows[8]["action"] == "audit.exported"
    refusal(await trail.call("/export", format="pdf"), 422, "invalid_request", "format")


async def test_a_large_export_comes_in_pieces_and_complete(trail: Trail) -> None:
    await trail.market.fetch(
        "INSERT INTO audit.entries (action, subject_kind, outcome, facts, network, request_id) "
        "SELECT 'test.many', '', 'done', '{}', '', '' FROM generate_series(1, 2500)"
    )
    lines = (await trail.call("/export", action="test.many")).text.splitlines()
    ids = [json.loads(line)["id"] for line in lines]
    assert (len(ids), ids) == (2500, sorted(set(ids)))
    assert (await trail.read(action="test.many"))["total"] == 2500


async def test_the_trail_is_verified_and_what_is_wrong_is_named(trail: Trail) -> None:
    market = trail.market
    empty = data(await trail.call("/verify"))
    assert empty == {
        "ok": True, "from_block": 1, "blocks": 0, "entries": 0, "head": None, "problems": [], "next_block": None,
    }  # fmt: skip
    await market.order()
    await trail.seal()
    await market.order()
    await trail.seal()
    whole = data(await trail.call("/verify"))
    assert (whole["ok"], whole["blocks"], whole["entries"], whole["problems"]) == (True, 2, 3, [])
    head = {"head_number": whole["head"]["number"], "head_hash": whole["head"]["hash"]}
    assert data(await trail.call("/verify", **head))["ok"]
    await trail.tamper("UPDATE audit.entries SET actor = subject WHERE id = (SELECT min(id) FROM audit.entries)")
    broken = data(await trail.call("/verify", **head))
    assert broken["problems"] == [{"kind": "entry_changed", "block": 1, "entry_id": 1, "subject": None}]
    assert not broken["ok"]
    assert data(await trail.call("/verify", from_block=2))["ok"]
    await trail.tamper("DELETE FROM audit.blocks WHERE number = 2")
    kinds = {problem["kind"] for problem in data(await trail.call("/verify", **head))["problems"]}
    assert kinds == {"entry_changed", "entry_outside", "tail_missing"}
    assert (await trail.actions())[-1] == "audit.verified"


@pytest.mark.parametrize(("query", "code", "field"), [
    ({"head_number": 1}, "head_incomplete", "head_hash"), ({"head_hash": "0" * 64}, "head_incomplete", "head_number"),
    ({"head_number": 1, "head_hash": "zz"}, "invalid_request", "head_hash"),
    ({"from_block": 0}, "invalid_request", "from_block"),
])  # fmt: skip
async def test_half_a_head_is_refused(trail: Trail, query: dict[str, Any], code: str, field: str) -> None:
    refusal(await trail.call("/verify", **query), 422, code, field)
