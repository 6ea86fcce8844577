"""Trades of the desk that are valid unless a test says otherwise."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from marketplace.application.trading.trades import NewTrade
from marketplace.domain.shared.money import Money
from marketplace.domain.trading.trade import Need, Trade, TradeId, TradeSide, Visibility
from marketplace.domain.trading.units import Quantity
from tests.builders.commerce import NOON, a_user_id, new_id

DAY = timedelta(days=1)


def a_need(**changes: Any) -> Need:
    given: dict[str, Any] = {
        "commodity": "Cotton", "quantity": Quantity(Decimal(500), "bale"), "currency": "INR", "price_unit": "candy",
        "target": Money.price(Decimal(57_500), "INR"),
    }  # fmt: skip
    return Need(**{**given, **changes})


def a_trade(**changes: Any) -> Trade:
    """A draft to buy, open to everybody for ten days."""
    given: dict[str, Any] = {
        "id": TradeId(new_id()), "owner": a_user_id(), "side": TradeSide.BUY, "need": a_need(),
        "visibility": Visibility.OPEN, "valid_until": NOON + 10 * DAY, "created_at": NOON,
    }  # fmt: skip
    return Trade(**{**given, **changes})


def a_published_trade(**changes: Any) -> Trade:
    trade = a_trade(**changes)
    trade.publish(NOON)
    return trade


def a_wish(**changes: Any) -> NewTrade:
    given: dict[str, Any] = {
        "side": TradeSide.BUY, "commodity": "Cotton", "quantity": Decimal(500), "unit": "bales", "currency": "INR",
        "visibility": Visibility.OPEN, "valid_until": NOON + 10 * DAY,
    }  # fmt: skip
    return NewTrade(**{**given, **changes})
