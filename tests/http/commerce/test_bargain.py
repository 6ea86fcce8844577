"""The bargain assistant over HTTP: figures from 20 agreements on, and none of what the asker may not see."""

from typing import Any
from uuid import uuid4

from tests.http.commerce.market import Market, data, refusal

NOTE = """
INSERT INTO trading.agreements (negotiation_id, order_id, subject_kind, subject_id, category, price_minor, asked_minor,
    currency, quantity, unit, unit_price, agreed_at)
SELECT gen_random_uuid(), gen_random_uuid(), 'listing', gen_random_uuid(), $2, 1000 * n, 100000, $3, 1, 'piece', 10 * n,
    date_trunc('day', now(), 'UTC') - $4::interval
FROM generate_series(1, $1) n
"""
NOTHING = {"days": 180, "needed": 20, "currency": "AED", "unit": "piece"}
NO_FIGURES = {"ratio_percent": None, "price": None, "standing": None}


async def noted(market: Market, count: int, category: str, currency: str = "AED", before: str = "1 second") -> None:
    """Agreements before today at 1 per cent of what was asked, 2, and so on."""
    await market.fetch(NOTE.replace("$4", f"'{before}'"), count, category, currency)


async def bargain(market: Market, product: str, **params: Any) -> dict[str, Any]:
    found: dict[str, Any] = data(await market.call("GET", f"/products/{product}/bargain", market.buyer, params=params))
    return found


async def test_figures_are_told_from_twenty_agreements_on(fresh_market: Market) -> None:
    market = fresh_market
    product = await market.product(category="books")
    await noted(market, 19, "books")
    for other in (("books", "EUR"), ("toys", "AED"), ("books", "AED", "181 days"), ("books", "AED", "-1 second")):
        await noted(market, 30, *other)
    assert await bargain(market, product, price=5) == {"enough": False, "count": 19, **NOTHING, **NO_FIGURES}
    await noted(market, 81, "books")
    told = await bargain(market, product, price="170.00")
    standing = {"ratio_percent": 20, "of_ratios": 40, "of_prices": 35}
    assert told == {
        "enough": True, "count": 100, **NOTHING, "standing": standing,
        "ratio_percent": {"p10": 6, "p25": 13, "p50": 32, "p75": 56, "p90": 71},
        "price": {"p10": 59, "p25": 130, "p50": 320, "p75": 560, "p90": 710},
    }  # fmt: skip
    assert (await bargain(market, product))["standing"] is None


async def test_whoever_may_see_a_product_may_ask_and_nobody_else(market: Market) -> None:
    shown, hidden = await market.product(category="vehicles"), await market.product(publish=False)
    for who in (market.seller, market.rival, market.admin):
        assert data(await market.call("GET", f"/products/{shown}/bargain", who))["count"] == 0
    for product in (hidden, str(uuid4())):
        refusal(await market.call("GET", f"/products/{product}/bargain", market.buyer), 404, "listing_not_found")
    refusal(await market.call("GET", f"/products/{shown}/bargain"), 401, "not_authenticated")


async def test_a_price_that_is_none_is_refused(market: Market) -> None:
    place = f"/products/{await market.product()}/bargain"
    for price, code in (
        ("0", "invalid_amount"), ("1.001", "invalid_amount"), ("-1", "invalid_request"), ("NaN", "invalid_request"),
        ("", "invalid_request"),
    ):  # fmt: skip
        refusal(await market.call("GET", place, market.buyer, params={"price": price}), 422, code, "price")
