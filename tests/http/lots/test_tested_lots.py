"""Tested lots by HTTP: what an owner does, what is refused, and what others see of it."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.http.commerce.market import data, refusal
from tests.http.lots.desk import LOT, LOTS, REPORT, Desk

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_lot_is_added_as_a_draft_that_nobody_else_sees(desk: Desk) -> None:
    lot = data(await desk.call("POST", LOTS, body=LOT), 201)
    assert (lot["status"], lot["quantity"], lot["remaining_quantity"], lot["unit"]) == ("draft", 20, 20, "tonne")
    assert (lot["price"], lot["currency"], lot["price_unit"]) == ("1650.50", "USD", "tonne")
    assert (lot["owner_id"], lot["reports"], lot["quality"]) == (str(desk.owner.id), [], {"staple": "29 mm"})
    assert await desk.read(lot["id"]) == {**lot, "reservations": []}
    refusal(await desk.call("GET", f"{LOTS}/{lot['id']}", desk.stranger), 404, "lot_not_found")


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"unit": "furlong"}, "unknown_unit", "unit"),
        ({"quantity": 0}, "invalid_quantity", "quantity"),
        ({"price": 1.001}, "invalid_amount", "price"),
        ({"price_unit": "liter"}, "units_differ", "unit"),
        ({"currency": "XXX"}, "unknown_currency", "currency"),
        ({"commodity": " "}, "invalid_text", "commodity"),
        ({"sealed": True}, "invalid_request", "sealed"),
    ],
)
async def test_a_lot_that_makes_no_sense_is_refused(desk: Desk, changes: dict[str, Any], code: str, field: str) -> None:
    refusal(await desk.call("POST", LOTS, body={**LOT, **changes}), 422, code, field)


async def test_a_report_makes_it_tested_and_fixes_what_it_speaks_of(desk: Desk) -> None:
    lot, document = await desk.lot(), await desk.document()
    answer = await desk.call("POST", f"{LOTS}/{lot}/reports", body={**REPORT, "document_id": document["id"]})
    tested = data(answer, 201)
    (report,) = tested["reports"]
    assert tested["status"] == "tested"
    assert report["parameters"] == {
        "staple_length": {"value": "29.4", "unit": "mm"}, "colour": {"value": "white", "unit": None},
    }  # fmt: skip
    assert (report["document_id"], report["document_sha256"]) == (document["id"], document["sha256"])
    fixed: list[dict[str, Any]] = [
        {"grade": "Low"}, {"quality": {}}, {"quantity": 21, "unit": "t"}, {"commodity": "wool"},
    ]  # fmt: skip
    for change in fixed:
        refusal(await desk.call("PATCH", f"{LOTS}/{lot}", body=change), 409, "lot_is_tested")
    change = {"price": 1700, "currency": "EUR", "place": "Rotterdam", "status": "available"}
    revised = data(await desk.call("PATCH", f"{LOTS}/{lot}", body=change))
    assert (revised["price"], revised["currency"], revised["place"], revised["status"]) == (
        "1700.00", "EUR", "Rotterdam", "available",
    )  # fmt: skip
    assert revised["reports"] == [report]


async def test_a_report_is_refused_without_a_document_of_ones_own_twice_or_from_the_future(desk: Desk) -> None:
    lot, document = await desk.lot(), (await desk.document())["id"]
    path = f"{LOTS}/{lot}/reports"
    tomorrow = (await desk.now() + timedelta(days=2)).date().isoformat()
    refusal(await desk.attach(lot, document_id=str(uuid4())), 404, "document_not_found")
    refusal(await desk.attach(lot, tested_on=tomorrow), 422, "invalid_report", "tested_on")
    refusal(await desk.attach(lot, parameters={}), 422, "invalid_report", "parameters")
    data(await desk.call("POST", path, body={**REPORT, "document_id": document}), 201)
    again = await desk.call("POST", path, body={**REPORT, "document_id": document})
    refusal(again, 422, "invalid_report", "document_id")
    refusal(await desk.call("POST", path, desk.stranger, {**REPORT, "document_id": document}), 404, "lot_not_found")
    assert len((await desk.read(lot))["reports"]) == 1


async def test_a_lot_that_is_not_tested_cannot_be_made_available(desk: Desk) -> None:
    lot = await desk.lot()
    refusal(await desk.call("PATCH", f"{LOTS}/{lot}", body={"status": "available"}), 409, "illegal_lot_move")
    data(await desk.attach(lot), 201)
    assert data(await desk.call("PATCH", f"{LOTS}/{lot}", body={"status": "rejected"}))["status"] == "rejected"
    refusal(await desk.attach(lot), 409, "illegal_lot_move")
    refusal(await desk.call("PATCH", f"{LOTS}/{lot}", body={"price": None}), 409, "illegal_lot_move")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"price": 5}, "currency"),
        ({"currency": "EUR"}, "price"),
        ({"quantity": 5}, "unit"),
        ({"unit": "t"}, "quantity"),
    ],
)
async def test_a_change_says_a_price_and_a_quantity_in_full(desk: Desk, change: dict[str, Any], field: str) -> None:
    refusal(await desk.call("PATCH", f"{LOTS}/{await desk.lot()}", body=change), 422, "invalid_lot", field)


async def test_others_see_an_available_lot_and_may_do_nothing_with_it(desk: Desk) -> None:
    lot = await desk.available()
    seen = await desk.read(lot, desk.buyer)
    assert "reservations" not in seen
    assert seen["remaining_quantity"] == 20
    for method, path, body in (
        ("PATCH", f"{LOTS}/{lot}", {"place": "My house"}),
        ("DELETE", f"{LOTS}/{lot}", None),
        ("POST", f"{LOTS}/{lot}/reserve", {"quantity": 1, "unit": "t"}),
        ("POST", f"{LOTS}/{lot}/release", {"quantity": 1, "unit": "t"}),
    ):
        refusal(await desk.call(method, path, desk.buyer, body), 404, "lot_not_found")
    assert await desk.read(lot, desk.buyer) == seen


async def test_a_reservation_takes_from_what_is_left_and_release_gives_it_back(desk: Desk) -> None:
    lot = await desk.available()
    before = await desk.now()
    made = data(await desk.reserve(lot, 5000, unit="kg", for_user=str(desk.buyer.id)), 201)
    assert (made["quantity"], made["unit"], made["remaining_quantity"]) == (5, "tonne", 15)
    assert made["held_for"] == str(desk.buyer.id)
    lasts = datetime.fromisoformat(made["until"]) - before
    assert timedelta(hours=48) <= lasts < timedelta(hours=48, minutes=1)
    shown = await desk.read(lot)
    assert [one["id"] for one in shown["reservations"]] == [made["id"]]
    assert shown["remaining_quantity"] == 15
    body = {"reservation_id": made["id"]}
    assert data(await desk.call("POST", f"{LOTS}/{lot}/release", body=body))["remaining_quantity"] == 20
    refusal(await desk.call("POST", f"{LOTS}/{lot}/release", body=body), 404, "reservation_not_found")
    assert (await desk.read(lot))["reservations"] == []


async def test_what_is_set_aside_whole_shows_as_reserved_and_nobody_gets_more(desk: Desk) -> None:
    lot = await desk.available()
    data(await desk.reserve(lot, 12), 201)
    told = refusal(await desk.reserve(lot, 9), 409, "nothing_left")
    assert "only 8 is left" in told["detail"]
    data(await desk.reserve(lot, 8), 201)
    assert (await desk.read(lot))["status"] == "reserved"
    refusal(await desk.call("GET", f"{LOTS}/{lot}", desk.buyer), 404, "lot_not_found")
    refusal(await desk.reserve(lot, 1), 409, "lot_not_available")
    refusal(await desk.call("DELETE", f"{LOTS}/{lot}"), 409, "lot_is_held")
    released = data(await desk.call("POST", f"{LOTS}/{lot}/release", body={"quantity": 15, "unit": "t"}))
    assert (released["remaining_quantity"], released["status"]) == (15, "available")
    assert [one["quantity"] for one in (await desk.read(lot))["reservations"]] == [5]
    more = await desk.call("POST", f"{LOTS}/{lot}/release", body={"quantity": 6, "unit": "t"})
    refusal(more, 409, "not_reserved")
    assert (await desk.read(lot))["remaining_quantity"] == 15


async def test_a_reservation_that_makes_no_sense_is_refused(desk: Desk) -> None:
    lot = await desk.available()
    late = (await desk.now() + timedelta(days=31)).isoformat()
    refusal(await desk.reserve(lot, 1, until=late), 422, "invalid_reservation", "until")
    refusal(await desk.reserve(lot, 1, for_user=str(uuid4())), 422, "invalid_reservation", "for_user")
    both = {"for_user": str(desk.buyer.id), "trade_id": str(uuid4())}
    refusal(await desk.reserve(lot, 1, **both), 422, "invalid_reservation", "trade_id")
    refusal(await desk.reserve(lot, 1, trade_id=str(uuid4())), 404, "trade_not_found")
    refusal(await desk.reserve(lot, 1, unit="liter"), 422, "units_differ", "unit")
    refusal(await desk.reserve(await desk.lot(), 1), 409, "lot_not_available")
    refusal(await desk.call("POST", f"{LOTS}/{lot}/release", body={}), 422, "invalid_reservation", "reservation_id")
    refusal(await desk.call("POST", f"{LOTS}/{lot}/release", body={"quantity": 1}), 422, "invalid_lot", "unit")
    assert (await desk.read(lot))["remaining_quantity"] == 20


async def test_a_withdrawn_lot_is_gone_for_others_and_stays_readable_to_its_owner(desk: Desk) -> None:
    lot = await desk.available()
    for _ in range(2):
        assert (await desk.call("DELETE", f"{LOTS}/{lot}")).status_code == 204
    assert (await desk.read(lot))["status"] == "withdrawn"
    refusal(await desk.call("GET", f"{LOTS}/{lot}", desk.buyer), 404, "lot_not_found")
    refusal(await desk.reserve(lot, 1), 409, "lot_not_available")


async def test_lists_show_what_is_available_or_ones_own_with_filters_and_cursors(desk: Desk) -> None:
    kind = f"cotton {uuid4().hex[:8]}"
    lots = [await desk.available(commodity=kind) for _ in range(3)]
    draft = await desk.lot(commodity=kind)

    async def listed(who: Any, **query: Any) -> Any:
        return data(await desk.call("GET", LOTS, who, params={"commodity": kind.upper(), **query}))

    async def ids(who: Any, **query: Any) -> list[str]:
        return [one["id"] for one in (await listed(who, **query))["items"]]

    assert await ids(desk.buyer) == lots[::-1]
    assert await ids(desk.buyer, mine=True) == await ids(desk.buyer, status="draft") == []
    assert await ids(desk.owner, mine=True) == [draft, *lots[::-1]]
    assert await ids(desk.owner, status="draft") == [draft]
    assert await ids(desk.owner, status="available") == lots[::-1]
    first = await listed(desk.buyer, per_page=2)
    assert (first["total"], first["has_more"]) == (3, True)
    assert await ids(desk.buyer, per_page=2, cursor=first["next_cursor"]) == lots[:1]
    assert await ids(desk.buyer, per_page=2, page=2) == lots[:1]
    assert len(first["items"][0]["reports"]) == 1
