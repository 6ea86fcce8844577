"""Offers on trades over HTTP: made, compared, countered, accepted, awarded."""

from decimal import Decimal
from typing import Any

from tests.http.commerce.market import data, refusal
from tests.http.desk.desk import Desk


async def test_an_offer_is_answered_with_its_price_for_the_base_unit(desk: Desk) -> None:
    trade = await desk.trade()
    body = {
        "price": 62_000, "quantity": 300, "delivery_days": 15, "payment_terms": "letter of credit, 30 days",
        "quality": {"staple_length": "28 mm"}, "message": "Fresh crop.",
    }  # fmt: skip
    offer = data(await desk.call("POST", f"/trades/{trade.id}/offers", desk.author, body), 201)
    assert offer["status"] == "pending"
    assert Decimal(offer["unit_price_normalized"]) == Decimal("174.343400")
    assert offer["normalized_unit"] == "kilogram"
    accepted = data(await desk.call("POST", f"/offers/{offer['id']}/accept", desk.owner))
    assert accepted["status"] == "accepted"
    assert accepted["remaining_quantity"] == 200
