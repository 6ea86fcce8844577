"""Fee schedules over HTTP: who sets them, what a sale would cost, and why an order's fee is what it is."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from marketplace.domain.ordering.fees import DEFAULTS
from tests.http.commerce.market import Market, data, refusal

COMMUNITY = "00000000-0000-7000-8000-000000000001"
FIVE_PERCENT = {
    "line": 1, "schedule": {"id": COMMUNITY, "note": "Default"}, "rule": "community_500bp", "basis_points": 500,
    "fixed": "0.00", "base": "750.00", "rounding": "half_up", "amount": "37.50", "currency": "AED",
    "explanation": "5 % of 750.00 AED, rounded half up = 37.50 AED",
}  # fmt: skip
QUESTION = {"channel": "community", "price": 750, "currency": "AED"}


async def added(market: Market, **changes: Any) -> dict[str, Any]:
    """Of the market's seller alone: others share the database."""
    body = {"seller_id": str(market.seller.id), "basis_points": 1_500, **changes}
    view: dict[str, Any] = data(await market.call("POST", "/fee-schedules", market.admin, body), 201)
    return view


async def why(market: Market, order: str, language: str = "en") -> Any:
    headers = {"accept-language": language}
    return data(await market.call("GET", f"/orders/{order}/fees", market.seller, headers=headers))


def in_(**delta: float) -> str:
    return (datetime.now(UTC) + timedelta(**delta)).isoformat()  # noqa: TID251 - the service runs on this clock


async def test_an_order_explains_the_rate_it_was_sold_at_after_the_rate_changed(market: Market) -> None:
    before = await market.order()
    schedule = await added(market, channel="community", note="From now on 15 %")
    after = await market.order()
    assert await why(market, before) == [FIVE_PERCENT]
    assert await why(market, after) == [{
        **FIVE_PERCENT, "schedule": {"id": schedule["id"], "note": "From now on 15 %"}, "amount": "112.50",
        "rule": "seller_community_1500bp", "basis_points": 1_500,
        "explanation": "15 % of 750.00 AED, rounded half up = 112.50 AED",
    }]  # fmt: skip
    assert (await why(market, before, "ru"))[0]["explanation"] == (
        "5 % от 750.00 AED, половина округляется вверх = 37.50 AED"
    )
    order = data(await market.call("GET", f"/orders/{after}", market.buyer))
    assert (order["platform_fee"], order["seller_payout"]) == ("112.50", "637.50")
    product = data(await market.call("GET", f"/products/{await market.product()}"))
    assert (product["platform_fee"], product["seller_payout"]) == ("127.50", "722.50")


async def test_why_a_fee_is_told_to_the_parties_and_to_who_manages_fees(market: Market) -> None:
    path = f"/orders/{await market.order()}/fees"
    for who in (market.seller, market.buyer, market.admin):
        assert data(await market.call("GET", path, who)) == [FIVE_PERCENT]
    refusal(await market.call("GET", path, market.rival), 404, "order_not_found")
    refusal(await market.call("GET", f"/orders/{uuid4()}/fees", market.admin), 404, "order_not_found")
    refusal(await market.call("GET", path), 401, "not_authenticated")


async def test_a_preview_is_what_a_sale_then_costs(market: Market) -> None:
    schedule = await added(
        market, category="electronics", basis_points=250, fixed=1.5, minimum=2, maximum=30, currency="AED"
    )
    assert schedule == {
        "id": schedule["id"], "rule": "seller_electronics_250bp_plus_150", "channel": None, "category": "electronics",
        "seller_id": str(market.seller.id), "basis_points": 250, "fixed": "1.50", "minimum": "2.00",
        "maximum": "30.00", "currency": "AED", "starts_at": schedule["starts_at"], "ends_at": None, "note": "",
        "is_default": False,
    }  # fmt: skip
    body = {**QUESTION, "category": "electronics"}
    shown = data(await market.call("POST", "/fees/preview", market.seller, body))
    assert shown == {
        "fee": "20.25", "payout": "729.75", "currency": "AED", "rule": "seller_electronics_250bp_plus_150",
        "basis_points": 250, "fixed": "1.50", "base": "750.00",
        "explanation": "2.5 % of 750.00 AED, rounded half up, plus 1.50 AED = 20.25 AED",
    }  # fmt: skip
    assert (await why(market, await market.order()))[0]["amount"] == "20.25"

    for changes, fee in (({"quantity": 3}, "30.00"), ({"price": 10}, "2.00"), ({"category": "books"}, "37.50")):
        answer = await market.call("POST", "/fees/preview", market.seller, {**body, **changes})
        assert data(answer)["fee"] == fee, changes
    assert data(await market.call("POST", "/fees/preview", market.rival, body))["rule"] == "community_500bp"


async def test_what_has_no_preview(market: Market) -> None:
    refused: list[tuple[dict[str, Any], str, str]] = [
        ({"channel": "bazaar"}, "invalid_request", "channel"),
        ({"currency": "XXX"}, "unknown_currency", "currency"),
        ({"price": 0.001}, "invalid_amount", "price"),
        ({"price": 9_000_000_000_000, "quantity": 2}, "invalid_amount", "price"),
        ({"quantity": 0}, "invalid_request", "quantity"),
        ({"seller_id": str(uuid4())}, "invalid_request", "seller_id"),
    ]
    for changes, code, field in refused:
        answer = await market.call("POST", "/fees/preview", market.seller, {**QUESTION, **changes})
        refusal(answer, 422, code, field)
    refusal(await market.call("POST", "/fees/preview", body=QUESTION), 401, "not_authenticated")


async def test_a_channel_without_a_schedule_has_no_preview(market: Market) -> None:
    refusal(
        await market.call("POST", "/fees/preview", market.seller, {**QUESTION, "channel": "live"}), 409,
        "no_fee_schedule",
    )  # fmt: skip
    await added(market, channel="live")
    answer = await market.call("POST", "/fees/preview", market.seller, {**QUESTION, "channel": "live"})
    assert data(answer)["rule"] == "seller_live_1500bp"


async def test_the_list_has_the_defaults_and_what_was_added_last_first(fresh_market: Market) -> None:
    market = fresh_market
    mine = [(await added(market, starts_at=in_(days=days)))["id"] for days in (3, 2, 1)]
    whole = [*reversed(mine), *map(str, reversed(list(DEFAULTS)))]
    first = data(await market.call("GET", "/fee-schedules", market.admin, params={"per_page": 4}))
    assert ([one["id"] for one in first["items"]], first["total"], first["has_more"]) == (whole[:4], len(whole), True)
    params = {"per_page": 4, "cursor": first["next_cursor"]}
    rest = data(await market.call("GET", "/fee-schedules", market.admin, params=params))
    assert ([one["id"] for one in rest["items"]], rest["has_more"]) == (whole[4:], False)
    assert {one["rule"] for one in rest["items"]} < {
        "community_500bp",
        "discover_1500bp",
        "services_500bp",
        "desk_500bp",
        "subscriptions_500bp",
    }
    assert all(one["is_default"] for one in rest["items"])
    second = data(await market.call("GET", "/fee-schedules", market.admin, params={"per_page": 4, "page": 2}))
    assert second["items"] == rest["items"]


async def test_a_schedule_changes_until_it_begins_then_only_ends(market: Market) -> None:
    to_come = await added(market, starts_at=in_(hours=1), ends_at=in_(hours=2))
    path = f"/fee-schedules/{to_come['id']}"
    changed = data(await market.call("PATCH", path, market.admin, {"basis_points": 700, "ends_at": None}))
    assert changed == {**to_come, "basis_points": 700, "rule": "seller_700bp", "ends_at": None}
    begun = await added(market, note="Too dear")
    path = f"/fee-schedules/{begun['id']}"
    refusal(await market.call("PATCH", path, market.admin, {"basis_points": 700}), 409, "fee_schedule_in_use")
    refusal(
        await market.call("PATCH", path, market.admin, {"ends_at": in_(hours=-1)}), 422, "invalid_fee_schedule",
        "ends_at",
    )  # fmt: skip
    ending = in_(minutes=10)
    changed = data(await market.call("PATCH", path, market.admin, {"ends_at": ending, "note": "Ends soon"}))
    assert changed == {**begun, "ends_at": changed["ends_at"], "note": "Ends soon"}
    assert datetime.fromisoformat(changed["ends_at"]) == datetime.fromisoformat(ending)
    assert (await why(market, await market.order()))[0]["schedule"] == {"id": begun["id"], "note": "Ends soon"}
    answer = await market.call("PATCH", f"/fee-schedules/{COMMUNITY}", market.admin, {"ends_at": ending})
    refusal(answer, 409, "default_fee_schedule")
    answer = await market.call("PATCH", f"/fee-schedules/{uuid4()}", market.admin, {"note": "Whose?"})
    refusal(answer, 404, "fee_schedule_not_found")


async def test_what_is_no_schedule(market: Market) -> None:
    refused: list[tuple[dict[str, Any], str, str]] = [
        ({"basis_points": 5_001}, "invalid_request", "basis_points"),
        ({"category": "submarines"}, "unknown_fee_scope", "category"),
        ({"seller_id": str(uuid4())}, "unknown_fee_scope", "seller_id"),
        ({"starts_at": "2020-01-01T00:00:00Z"}, "invalid_fee_schedule", "starts_at"),
        ({"starts_at": "2035-01-01T00:00:00"}, "invalid_request", "starts_at"),
        ({"minimum": 1}, "invalid_fee_schedule", "currency"),
        ({"fixed": 0.001, "currency": "AED"}, "invalid_amount", "fixed"),
        ({"id": COMMUNITY}, "invalid_request", "id"),
    ]
    for changes, code, field in refused:
        body = {"seller_id": str(market.seller.id), "basis_points": 1_500, **changes}
        refusal(await market.call("POST", "/fee-schedules", market.admin, body), 422, code, field)
    count = "SELECT count(*) AS found FROM ordering.fee_schedules WHERE seller_id = $1"
    [one] = await market.fetch(count, market.seller.id)
    assert one["found"] == 0


async def test_only_who_manages_fees_sees_and_sets_schedules(market: Market) -> None:
    schedule = await added(market, starts_at=in_(hours=1))
    path = f"/fee-schedules/{schedule['id']}"
    for who in (market.seller, market.buyer):
        refusal(await market.call("GET", "/fee-schedules", who), 403, "missing_permission")
        refusal(await market.call("POST", "/fee-schedules", who, {"basis_points": 0}), 403, "missing_permission")
        refusal(await market.call("PATCH", path, who, {"basis_points": 0}), 403, "missing_permission")
    [row] = await market.fetch("SELECT basis_points FROM ordering.fee_schedules WHERE id = $1", schedule["id"])
    assert row["basis_points"] == 1_500
    [entry] = await market.fetch("SELECT * FROM audit.entries WHERE subject = $1", schedule["id"])
    assert (entry["action"], entry["actor"]) == ("ordering.fee_schedule_added", market.admin.id)


async def test_a_sale_during_a_change_has_one_of_the_rates_and_explains_it(market: Market) -> None:
    offers = [await market.offer(await market.product()) for _ in range(8)]
    adding = asyncio.create_task(added(market, channel="community"))
    accepting = (market.call("PATCH", f"/offers/{offer}/accept", market.seller) for offer in offers)
    accepted, schedule = await asyncio.gather(*accepting), await adding
    rules = {COMMUNITY: ("community_500bp", 500, "37.50"), schedule["id"]: ("seller_community_1500bp", 1_500, "112.50")}
    for answer in accepted:
        order = data(answer)["transaction_id"]
        [fee] = await why(market, order)
        assert (fee["rule"], fee["basis_points"], fee["amount"]) == rules[fee["schedule"]["id"]]
        shown = data(await market.call("GET", f"/orders/{order}", market.seller))
        assert shown["platform_fee"] == fee["amount"]
    assert (await why(market, await market.order()))[0]["amount"] == "112.50"
