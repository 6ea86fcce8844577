"""Rules of a seller over HTTP: set, read, refused, and acting through the real worker."""

import asyncio
from time import perf_counter
from typing import Any
from uuid import uuid4

import pytest

from marketplace.entrypoints.worker.ports import Queue
from marketplace.entrypoints.worker.subscriptions import handlers
from marketplace.entrypoints.worker.worker import Worker
from tests.http.commerce.market import Market, data, refusal

QUIET = {"from": "22:00", "until": "07:00", "time_zone": "Asia/Dubai"}
RULES = {"auto_accept_at": 800, "auto_decline_below": 500.5, "minimum_step": 10, "quiet_hours": QUIET}
FOR_ALL = {
    "auto_accept_at_percent": 95, "auto_decline_below_percent": 60, "minimum_step_percent": 2, "quiet_hours": QUIET,
}  # fmt: skip
NO_RULES = dict.fromkeys(("auto_accept_at", "auto_decline_below", "minimum_step", "quiet_hours"))


async def test_rules_are_read_as_they_were_set(market: Market) -> None:
    product = await market.product()
    place = f"/products/{product}/offer-rules"
    nothing = {"product_id": product, "source": "none", "currency": "AED", **NO_RULES}
    assert data(await market.call("GET", place, market.seller)) == nothing
    own = {
        "product_id": product, "source": "product", "currency": "AED", "auto_accept_at": "800.00",
        "auto_decline_below": "500.50", "minimum_step": "10.00", "quiet_hours": QUIET,
    }  # fmt: skip
    for _ in range(2):
        assert data(await market.call("PUT", place, market.seller, RULES)) == own
    assert data(await market.call("GET", place, market.seller)) == own

    assert data(await market.call("PUT", "/offers/rules", market.seller, FOR_ALL)) == FOR_ALL
    assert data(await market.call("GET", "/offers/rules", market.seller)) == FOR_ALL
    assert data(await market.call("GET", place, market.seller)) == own
    assert data(await market.call("PUT", place, market.seller, {})) == {**nothing, "source": "product"}
    for _ in range(2):
        assert (await market.call("DELETE", place, market.seller)).status_code == 204
    assert data(await market.call("GET", place, market.seller)) == {
        "product_id": product, "source": "all", "currency": "AED", "auto_accept_at": "807.50",
        "auto_decline_below": "510.00", "minimum_step": "17.00", "quiet_hours": QUIET,
    }  # fmt: skip
    assert data(await market.call("PUT", "/offers/rules", market.seller, {})) == dict.fromkeys(FOR_ALL)


BY_RULE = """
SELECT data ->> 'status', data ->> 'byRule', count(*) FROM notifications.user_events WHERE name = 'offer:updated'
GROUP BY 1, 2 ORDER BY 1
"""
"""Both parties are told."""
MAKE_NO_SENSE: list[tuple[dict[str, Any], str, str]] = [
    ({"auto_accept_at": 850.01}, "invalid_offer_rules", "auto_accept_at"),
    ({"auto_accept_at": 0}, "invalid_amount", "auto_accept_at"),
    ({"minimum_step": 0.001}, "invalid_amount", "minimum_step"),
    ({"minimum_step": 851}, "invalid_offer_rules", "minimum_step"),
    ({"auto_decline_below": 800}, "invalid_offer_rules", "auto_decline_below"),
    ({"auto_decline_below": "5"}, "invalid_request", "auto_decline_below"),
    ({"quiet_hours": {**QUIET, "from": "24:00"}}, "invalid_request", "quiet_hours.from"),
    ({"quiet_hours": {**QUIET, "from": "22:00\n"}}, "invalid_request", "quiet_hours.from"),
    ({"quiet_hours": {**QUIET, "until": "22:00"}}, "invalid_quiet_hours", "quiet_hours.until"),
    ({"quiet_hours": {**QUIET, "time_zone": "Dubai"}}, "unknown_time_zone", "quiet_hours.time_zone"),
    ({"quiet_hours": {"from": "22:00"}}, "invalid_request", "quiet_hours.until"),
    ({"accept": 5}, "invalid_request", "accept"),
]  # fmt: skip
FOR_ALL_MAKE_NO_SENSE: list[tuple[dict[str, Any], str, str]] = [
    ({"auto_accept_at_percent": 101}, "invalid_request", "auto_accept_at_percent"),
    ({"minimum_step_percent": 0}, "invalid_request", "minimum_step_percent"),
    ({"auto_decline_below_percent": 95}, "invalid_offer_rules", "auto_decline_below_percent"),
    ({"auto_accept_at": 5}, "invalid_request", "auto_accept_at"),
]  # fmt: skip


async def test_rules_that_make_no_sense_name_their_field(market: Market) -> None:
    place = f"/products/{await market.product()}/offer-rules"
    for changes, code, field in MAKE_NO_SENSE:
        refusal(await market.call("PUT", place, market.seller, {**RULES, **changes}), 422, code, field)
    assert data(await market.call("GET", place, market.seller))["source"] == "none"


async def test_rules_for_all_that_make_no_sense_name_their_field(market: Market) -> None:
    for changes, code, field in FOR_ALL_MAKE_NO_SENSE:
        refusal(await market.call("PUT", "/offers/rules", market.seller, {**FOR_ALL, **changes}), 422, code, field)
    assert data(await market.call("GET", "/offers/rules", market.seller)) == dict.fromkeys(FOR_ALL)


async def test_a_products_rules_are_its_sellers_business_alone(market: Market) -> None:
    """Those of a draft are nobody's to know of."""
    shown, hidden = await market.product(), await market.product(publish=False)
    for product, status, code in (
        (shown, 403, "not_your_listing"), (hidden, 404, "listing_not_found"), (str(uuid4()), 404, "listing_not_found"),
    ):  # fmt: skip
        place = f"/products/{product}/offer-rules"
        refusal(await market.call("GET", place, market.admin), status, code)
        refusal(await market.call("PUT", place, market.admin, RULES), status, code)
        refusal(await market.call("DELETE", place, market.admin), status, code)
    assert (
        data(await market.call("PUT", f"/products/{hidden}/offer-rules", market.seller, RULES))["source"] == "product"
    )


async def test_who_does_not_sell_sets_no_rules(market: Market) -> None:
    place = f"/products/{await market.product()}/offer-rules"
    refusal(await market.call("PUT", place, market.buyer, RULES), 403, "missing_permission")
    refusal(await market.call("DELETE", place, market.buyer), 403, "missing_permission")
    refusal(await market.call("PUT", "/offers/rules", market.buyer, FOR_ALL), 403, "missing_permission")
    assert data(await market.call("GET", "/offers/rules", market.buyer)) == dict.fromkeys(FOR_ALL)


async def test_an_offer_is_answered_by_a_rule_within_a_second(
    fresh_market: Market, capsys: pytest.CaptureFixture[str]
) -> None:
    market = fresh_market
    container = market.app.state.dishka_container
    worker = Worker(container, await container.get(Queue), handlers, market.dsn)
    task = asyncio.create_task(worker.run())
    try:
        seconds = []
        for price, status, rule in ((800, "accepted", "auto_accept"), (500, "declined", "auto_decline")) * 3:
            product = await market.product()
            data(await market.call("PUT", f"/products/{product}/offer-rules", market.seller, {
                "auto_accept_at": 800, "auto_decline_below": 500.5,
            }))  # fmt: skip
            offer = await market.offer(product, price)
            made = perf_counter()
            answered = await _answered(market, offer)
            seconds.append(perf_counter() - made)
            assert (answered["status"], answered["by_rule"]) == (status, rule)
    finally:
        worker.stop()
        await task
    await worker.drain()
    with capsys.disabled():
        print(f"\nanswered by a rule after {', '.join(f'{one * 1000:.0f}' for one in seconds)} ms")  # noqa: T201
    assert max(seconds) < 1.0
    assert await market.fetch("SELECT handler, error FROM jobs.job WHERE error IS NOT NULL") == []
    orders = await market.fetch("SELECT amount_minor FROM ordering.orders WHERE seller_id = $1", market.seller.id)
    assert [row["amount_minor"] for row in orders] == [80_000] * 3
    agreed = await market.fetch("SELECT category, price_minor, asked_minor, unit FROM trading.agreements")
    assert [tuple(row) for row in agreed] == [("electronics", 80_000, 85_000, "piece")] * 3
    told = await market.fetch(BY_RULE)
    assert [tuple(row) for row in told] == [("accepted", "auto_accept", 6), ("declined", "auto_decline", 6)]


async def _answered(market: Market, offer: str) -> dict[str, Any]:
    async with asyncio.timeout(10):
        while (found := data(await market.call("GET", f"/offers/{offer}", market.buyer)))["status"] == "pending":
            pass
        return dict(found)
