"""Where an order comes from: anybody can recompute it, and nobody can alter a byte of it unnoticed."""

import json
from hashlib import sha256
from typing import Any

import asyncpg
import pytest
import rfc8785

from tests.http.commerce.market import data, refusal
from tests.http.lots.desk import LOTS, Desk

pytestmark = pytest.mark.asyncio(loop_scope="module")

TABLES = ("trading.lot_reports", "trading.tested_lots", "trading.offers", "ordering.order_lines")
VERIFY = "/trade-desk/provenance/verify"
TAMPERED = {
    "a byte of a report": ("report", "UPDATE trading.lot_reports SET laboratory = 'b' || substr(laboratory, 2)"),
    "a finding": ("report", "UPDATE trading.lot_reports SET parameters = parameters - 'colour'"),
    "a document's hash": (
        "report",
        "UPDATE trading.lot_reports SET document_sha256 = overlay(document_sha256 PLACING "
        "CASE left(document_sha256, 1) WHEN '0' THEN '1' ELSE '0' END FROM 1)",
    ),
    "a term": ("terms", "UPDATE trading.offers SET price_minor = price_minor + 1"),
    "another term": ("terms", "UPDATE trading.offers SET terms = jsonb_set(terms, '{delivery_terms}', '\"Ex-works\"')"),
    "a line of the order": ("order", "UPDATE ordering.order_lines SET quantity = quantity + 0.000001"),
    "the goods": ("lot", "UPDATE trading.tested_lots SET grade = 'middling'"),
    "a report taken away": ("report", "DELETE FROM trading.lot_reports"),
}  # fmt: skip


async def chain_of(desk: Desk, order: str, who: Any = None) -> Any:
    return data(await desk.call("GET", f"/orders/{order}/provenance", who))


async def verdict(desk: Desk, links: list[dict[str, Any]], who: Any = None) -> Any:
    return data(await desk.call("POST", VERIFY, who, {"links": links}))


async def first_wrong(desk: Desk, links: list[dict[str, Any]]) -> tuple[str, str]:
    found = await verdict(desk, links)
    assert found["valid"] is False
    assert links[found["first_wrong"]["place"]]["id"] == found["first_wrong"]["id"]
    return found["first_wrong"]["kind"], found["first_wrong"]["reason"]


async def test_the_chain_leads_from_the_lot_to_the_order_and_anybody_can_recompute_it(fresh_desk: Desk) -> None:
    desk = fresh_desk
    lot = await desk.available()
    order = await desk.agreed(lot, 5)
    at_once = await chain_of(desk, order, desk.buyer)
    await desk.house.work()
    frozen = await chain_of(desk, order, desk.buyer)
    assert at_once["frozen_at"] is None
    assert frozen == {**at_once, "frozen_at": frozen["frozen_at"]}
    assert frozen == await chain_of(desk, order, desk.owner)
    links = frozen["links"]
    assert [link["kind"] for link in links] == ["lot", "report", "terms", "terms", "order"]
    previous = bytes(32)
    for link in links:
        content = json.loads(link["content"])
        assert rfc8785.dumps(content).decode() == link["content"]
        assert (content["kind"], content["id"], content["at"][:19]) == (link["kind"], link["id"], link["at"][:19])
        previous = sha256(previous + link["content"].encode()).digest()
        assert previous.hex() == link["hash"]
    assert (frozen["hash"], frozen["lot_id"], frozen["order_id"]) == (links[-1]["hash"], lot, order)
    contents = [json.loads(link["content"]) for link in links]
    assert contents[1]["document_sha256"] == (await desk.read(lot))["reports"][0]["document_sha256"]
    assert [(one["side"], one["price_minor"]) for one in contents[2:4]] == [("seller", 165_050), ("buyer", 160_000)]
    assert contents[3]["terms"]["lot"] == lot
    (line,) = contents[4]["lines"]
    assert (line["quantity"], line["unit"], line["amount_minor"]) == ("5", "tonne", 800_000)
    assert await verdict(desk, links, desk.stranger) == {"valid": True, "first_wrong": None}


async def test_it_stays_true_whatever_becomes_of_the_lot_later(fresh_desk: Desk) -> None:
    desk = fresh_desk
    lot = await desk.available()
    orders = [await desk.agreed(lot, 5), await desk.agreed(lot, 15)]
    await desk.house.work()
    before = [await chain_of(desk, order) for order in orders]
    assert (await desk.read(lot))["status"] == "reserved"
    data(await desk.attach(lot), 201)
    data(await desk.call("PATCH", f"{LOTS}/{lot}", body={"price": None, "place": "Rotterdam"}))
    for order, chain in zip(orders, before, strict=True):
        assert await chain_of(desk, order) == chain
        assert (await verdict(desk, chain["links"]))["valid"]
    whole = data(await desk.call("GET", f"{LOTS}/{lot}/provenance"))
    assert [link["kind"] for link in whole["links"]] == ["lot", "report", "report"]
    assert whole["links"][:2] == before[0]["links"][:2]
    assert [(one["order_id"], one["hash"]) for one in whole["orders"]] == [
        (orders[1], before[1]["hash"]), (orders[0], before[0]["hash"]),
    ]  # fmt: skip
    assert (await verdict(desk, whole["links"]))["valid"]
    assert data(await desk.call("GET", f"{LOTS}/{lot}/provenance", desk.buyer)) == whole


async def test_whoever_is_no_party_reads_nothing_of_it(desk: Desk) -> None:
    lot = await desk.available()
    order = await desk.agreed(lot, 5)
    refusal(await desk.call("GET", f"{LOTS}/{lot}/provenance", desk.stranger), 404, "lot_not_found")
    refusal(await desk.call("GET", f"/orders/{order}/provenance", desk.stranger), 404, "provenance_not_found")
    refusal(await desk.call("POST", VERIFY, desk.stranger, {"links": []}), 422, "invalid_request", "links")


async def test_verification_names_the_first_link_that_was_altered_in_the_database(fresh_desk: Desk) -> None:
    """By its owner, whom no trigger stops: with links had before it and after it."""
    desk = fresh_desk
    order = await desk.agreed(await desk.available(), 5)
    await desk.house.work()
    links = (await chain_of(desk, order))["links"]
    connection = await asyncpg.connect(desk.admin_dsn)
    try:
        await connection.execute("SET session_replication_role = replica")
        for tampering, (kind, statement) in TAMPERED.items():
            kept = {table: await connection.fetch(f"SELECT * FROM {table}") for table in TABLES}  # noqa: S608
            assert not (await connection.execute(statement)).endswith(" 0"), tampering
            assert await first_wrong(desk, links) == (kind, "changed"), tampering
            assert await first_wrong(desk, (await chain_of(desk, order))["links"]) == (kind, "hash"), tampering
            for table, rows in kept.items():
                await connection.execute(f"DELETE FROM {table}")  # noqa: S608
                await connection.copy_records_to_table(
                    table.split(".")[1], schema_name=table.split(".")[0], records=rows
                )
            assert (await verdict(desk, links))["valid"], tampering
        await connection.execute("UPDATE trading.provenances SET hashes[2] = repeat('0', 64)")
        assert await first_wrong(desk, links) == ("report", "frozen")
    finally:
        await connection.close()


async def test_links_that_were_altered_left_out_or_exchanged_are_named(fresh_desk: Desk) -> None:
    desk = fresh_desk
    order, other = [await desk.agreed(await desk.available(), 5) for _ in range(2)]
    await desk.house.work()
    links = (await chain_of(desk, order))["links"]
    forged = {**links[2], "content": links[2]["content"].replace("165050", "165051")}
    assert await first_wrong(desk, [*links[:2], forged, *links[3:]]) == ("terms", "hash")
    assert await first_wrong(desk, rehashed([*links[:2], forged, *links[3:]])) == ("terms", "frozen")
    assert await first_wrong(desk, rehashed([links[0], *links[2:]])) == ("terms", "unknown")
    assert await first_wrong(desk, rehashed([*links, links[-1]])) == ("order", "unknown")
    assert await first_wrong(desk, [*links[:-1], (await chain_of(desk, other))["links"][-1]]) == ("lot", "unknown")
    late = {**links[0], "at": "2026-01-01T00:00:00Z"}
    assert await first_wrong(desk, [late, *links[1:]]) == ("lot", "changed")


def rehashed(links: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """With the hashes that would follow."""
    previous, made = bytes(32), []
    for link in links:
        previous = sha256(previous + link["content"].encode()).digest()
        made.append({**link, "hash": previous.hex()})
    return made
