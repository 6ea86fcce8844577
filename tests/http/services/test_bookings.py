"""Opening hours, free slots and bookings over HTTP."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from tests.http.commerce.market import PRODUCT, Market, data, refusal
from tests.http.services.test_services import made

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
NINE_TO_ELEVEN = [{"opens": "09:00", "closes": "11:00"}]
OPENING: dict[str, Any] = {"week": {day: NINE_TO_ELEVEN for day in DAYS}}
ALWAYS = {"week": {day: [{"opens": "00:00", "closes": "24:00"}] for day in DAYS}}


async def opened(market: Market, opening: dict[str, Any] = OPENING, **changes: Any) -> str:
    service = await made(market, **changes)
    data(await market.call("PUT", f"/services/{service}/availability", market.seller, opening))
    return service


async def slots(market: Market, service: str, **params: Any) -> list[str]:
    found = data(await market.call("GET", f"/services/{service}/availability", params=params))["slots"]
    return [one["starts_at"] for one in found]


async def hold(market: Market, service: str, starts_at: str, who: Any = None) -> Any:
    return await market.call("POST", f"/services/{service}/bookings", who or market.buyer, {"starts_at": starts_at})


async def test_hours_are_set_by_the_seller_and_read_by_everybody(market: Market) -> None:
    service = await made(market, time_zone="Europe/Berlin", duration_minutes=30)
    path = f"/services/{service}/availability"
    closed = data(await market.call("GET", path))
    assert (closed["opening"]["week"], closed["slots"]) == ({day: [] for day in DAYS}, [])
    opening = {
        **OPENING, "exceptions": [{"date": "2030-12-31", "hours": [{"opens": "10:00", "closes": "24:00"}]}],
        "lead_minutes": 60, "capacity": 2,
    }  # fmt: skip
    said = data(await market.call("PUT", path, market.seller, opening))
    assert said == {**opening, "time_zone": "Europe/Berlin", "slot_minutes": 30}
    refusal(await market.call("PUT", path, market.buyer, opening), 403, "missing_permission")
    refusal(await market.call("PUT", path, market.admin, opening), 403, "not_your_listing")
    made_at = data(await market.call("GET", f"/services/{service}"))["created_at"]
    tomorrow = datetime.fromisoformat(made_at).date() + timedelta(days=1)
    params = {"from": tomorrow.isoformat(), "to": (tomorrow + timedelta(days=1)).isoformat()}
    for who in (None, market.buyer, market.seller):
        read = data(await market.call("GET", path, who, params=params))
        assert (read["opening"], len(read["slots"])) == (said, 8)
        assert read["slots"][0].keys() == {"starts_at", "ends_at", "free"}
        assert read["slots"][0]["free"] == 2
        assert all(one["starts_at"].endswith("Z") for one in read["slots"])


NONSENSE: list[tuple[dict[str, Any], str, str]] = [
    ({"week": {**OPENING["week"], "monday": [{"opens": "11:00", "closes": "09:00"}]}}, "invalid_hours", "hours"),
    ({"week": {**OPENING["week"], "monday": NINE_TO_ELEVEN * 2}}, "invalid_hours", "hours"),
    ({"week": {**OPENING["week"], "monday": [{"opens": "9", "closes": "11:00"}]}}, "invalid_request",
     "week.monday[0].opens"),
    ({"exceptions": [{"date": "2030-01-01", "hours": []}] * 2}, "invalid_hours", "exceptions"),
    ({"exceptions": [{"date": "soon", "hours": []}]}, "invalid_request", "exceptions[0].date"),
    ({"lead_minutes": -1}, "invalid_request", "lead_minutes"), ({"capacity": 0}, "invalid_request", "capacity"),
    ({"time_zone": "UTC"}, "invalid_request", "time_zone"),
]  # fmt: skip
"""Changes, and the code and the field of their refusal."""


async def test_hours_that_make_no_sense_are_refused(market: Market) -> None:
    service = await opened(market)
    for changes, code, field in NONSENSE:
        answer = await market.call("PUT", f"/services/{service}/availability", market.seller, {**OPENING, **changes})
        refusal(answer, 422, code, field)
    assert await slots(market, service) != []


async def test_products_have_no_hours_and_no_bookings(market: Market) -> None:
    product = await market.product()
    path = f"/services/{product}/availability"
    refusal(await market.call("GET", path), 404, "listing_not_found")
    refusal(await market.call("PUT", path, market.seller, OPENING), 404, "listing_not_found")
    refusal(await hold(market, product, "2030-01-01T09:00:00Z"), 404, "listing_not_found")


async def test_days_that_make_no_sense_are_refused(market: Market) -> None:
    for first, last, code, field in (
        ("2030-01-02", "2030-01-01", "invalid_period", "to"), ("2030-01-01", "2030-02-01", "invalid_period", "to"),
        ("today", "2030-01-01", "invalid_request", "from"), ("2030-01-01", "2030-02-30", "invalid_period", "to"),
    ):  # fmt: skip
        answer = await market.call("GET", f"/services/{uuid4()}/availability", params={"from": first, "to": last})
        refusal(answer, 422, code, field)


async def test_a_held_slot_is_nobody_elses_until_it_is_released(market: Market) -> None:
    service = await opened(market, ALWAYS)
    at = (await slots(market, service))[0]
    held = data(await hold(market, service, at), 201)
    assert (held["status"], held["starts_at"], held["booked_by"]) == ("held", at, str(market.buyer.id))
    assert datetime.fromisoformat(held["expires_at"]) - datetime.fromisoformat(held["created_at"]) == timedelta(
        minutes=15
    )
    refusal(await hold(market, service, at, market.rival), 409, "slot_taken")
    assert at not in await slots(market, service)
    path = f"/services/{service}/bookings"
    refusal(await market.call("DELETE", f"{path}/{held['id']}", market.rival), 404, "booking_not_found")
    for who in (market.seller, market.buyer):
        assert (await market.call("DELETE", f"{path}/{held['id']}", who)).status_code == 204
    again = data(await hold(market, service, at, market.rival), 201)
    for who, wanted in ((market.seller, [again["id"], held["id"]]), (market.buyer, [held["id"]]), (market.admin, [])):
        page = data(await market.call("GET", path, who))
        assert ([one["id"] for one in page["items"]], page["total"]) == (wanted, len(wanted))
    page = data(await market.call("GET", path, market.seller, params={"per_page": 1}))
    rest = data(await market.call("GET", path, market.seller, params={"cursor": page["next_cursor"]}))
    assert [one["status"] for one in rest["items"]] == ["cancelled"]


async def test_a_hold_sets_the_timer_that_lets_it_go(market: Market) -> None:
    service = await opened(market, ALWAYS)
    held = data(await hold(market, service, (await slots(market, service))[0]), 201)
    timers = "SELECT handler, run_at FROM jobs.job WHERE key = $1 AND state = 'ready'"
    (timer,) = await market.fetch(timers, held["id"])
    assert timer["handler"] == "catalog.expire_hold"
    assert timer["run_at"] == datetime.fromisoformat(held["expires_at"])
    await market.call("DELETE", f"/services/{service}/bookings/{held['id']}", market.buyer)
    assert await market.fetch(timers, held["id"]) == []


async def test_only_free_slots_of_what_is_for_sale_are_held(market: Market) -> None:
    service = await opened(market)
    at = (await slots(market, service))[-1]
    beside = (datetime.fromisoformat(at) + timedelta(minutes=10)).isoformat()
    refusal(await hold(market, service, beside), 409, "no_such_slot")
    refusal(await hold(market, service, at, market.seller), 403, "own_service")
    refusal(await hold(market, service, at[:-1]), 422, "invalid_request", "starts_at")
    data(await market.call("POST", f"/users/{market.rival.id}/block", market.seller), 201)
    refusal(await hold(market, service, at, market.rival), 404, "listing_not_found")
    assert (await market.call("DELETE", f"/services/{service}", market.seller)).status_code == 204
    refusal(await hold(market, service, at), 404, "listing_not_found")


async def test_a_lot_is_listed_with_its_quantity(market: Market) -> None:
    lot = {"quantity": 500.25, "unit": "bale", "smallest": 50, "quality": {"staple_mm": "29"}}
    body = {**PRODUCT, "lot": lot}
    view = data(await market.call("POST", "/products", market.seller, body), 201)
    assert (view["kind"], view["condition"]) == ("lot", None)
    assert view["lot"] == {**lot, "quantity": "500.25", "report": None}
    assert data(await market.call("GET", f"/products/{view['id']}")) == view
    for changes, field in (
        ({"condition": "good"}, "condition"), ({"lot": {**lot, "quantity": 1e-7}}, "lot.quantity"),
        ({"lot": {**lot, "smallest": 501}}, "lot.smallest"), ({"lot": {**lot, "quantity": 1e12}}, "lot.quantity"),
    ):  # fmt: skip
        answer = await market.call("POST", "/products", market.seller, {**body, **changes})
        refusal(answer, 422, "invalid_terms", field)
