"""Trades of the desk and offers on them."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from marketplace.domain.shared.money import Money
from marketplace.domain.trading.trade import Need, Trade, TradeId, TradeSide, Visibility
from marketplace.domain.trading.units import Quantity
from tests.builders.commerce import NOON, a_user_id, new_id


def a_need(**changes: Any) -> Need:
    """500 bales of cotton, priced per candy."""
    given: dict[str, Any] = {
        "commodity": "MCU-5 cotton", "quantity": Quantity(Decimal(500), "bale"), "currency": "INR",
        "price_unit": "candy", "quality": {"staple_length": "29 mm"}, "target": Money.price(Decimal(62_000), "INR"),
    }  # fmt: skip
    return Need(**{**given, **changes})


def a_trade(**changes: Any) -> Trade:
    """A draft to buy, open to everybody for a week."""
    given: dict[str, Any] = {
        "id": TradeId(new_id()), "owner": a_user_id(), "side": TradeSide.BUY, "need": changes.pop("need", a_need()),
        "visibility": Visibility.OPEN, "valid_until": NOON + timedelta(days=7), "created_at": NOON,
    }  # fmt: skip
    return Trade(**{**given, **changes})


def a_published_trade(**changes: Any) -> Trade:
    trade = a_trade(**changes)
    trade.publish(changes.get("created_at", NOON))
    return trade
