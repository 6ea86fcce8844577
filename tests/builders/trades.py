"""Trades of the desk, messages that become trades and offers on them that are valid unless a test says otherwise."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from marketplace.application.trading.trades import NewTrade
from marketplace.domain.shared.ids import NegotiationId, UserId
from marketplace.domain.shared.money import Money
from marketplace.domain.trading.negotiation import Negotiation
from marketplace.domain.trading.offer import Offer, OfferId
from marketplace.domain.trading.parsed import EXPLICIT, GUESSED, Parse, ParsedField, ParsedTrade, ParseId
from marketplace.domain.trading.terms import TermSheet
from marketplace.domain.trading.trade import Need, Trade, TradeId, TradeSide, Visibility
from marketplace.domain.trading.units import Quantity
from tests.builders.commerce import NOON, a_user_id, new_id

DAY = timedelta(days=1)
DEADLINE = NOON + 3 * DAY
BALES = Quantity(Decimal(500), "bale")


def a_need(**changes: Any) -> Need:
    given: dict[str, Any] = {
        "commodity": "cotton", "grade": "MCU-5", "quantity": BALES, "currency": "INR", "price_unit": "candy",
    }  # fmt: skip
    return Need(**{**given, **changes})


def a_trade(**changes: Any) -> Trade:
    """A draft: 500 bales of cotton are wanted."""
    given: dict[str, Any] = {
        "id": TradeId(new_id()), "owner": a_user_id(), "side": TradeSide.BUY, "need": a_need(),
        "visibility": Visibility.OPEN, "valid_until": DEADLINE, "created_at": NOON,
    }  # fmt: skip
    return Trade(**{**given, **changes})


def a_published_trade(now: datetime = NOON, **changes: Any) -> Trade:
    trade = a_trade(**changes)
    trade.publish(now)
    return trade


def a_wish(**changes: Any) -> NewTrade:
    """The same, as its owner wrote it."""
    given: dict[str, Any] = {
        "side": TradeSide.BUY, "commodity": "cotton", "quantity": Decimal(500), "unit": "bales", "currency": "INR",
        "visibility": Visibility.OPEN, "valid_until": DEADLINE,
    }  # fmt: skip
    return NewTrade(**{**given, **changes})


def a_parse(**changes: Any) -> Parse:
    """Of a message that nobody has confirmed."""
    fields = {
        "quantity": ParsedField("500.25", EXPLICIT, (5, 14), "bale"),
        "quality.staple_length": ParsedField("min 29", GUESSED, (0, 4), "mm"),
        "side": ParsedField("buy", EXPLICIT, (0, 4)),
    }
    given: dict[str, Any] = {
        "id": ParseId(new_id()), "owner": a_user_id(), "read": ParsedTrade("Need 500 bales", fields),
        "created_at": NOON,
    }  # fmt: skip
    return Parse(**{**given, **changes})


def on_trade(trade: Trade, seller: UserId | None = None) -> Negotiation:
    """Nobody has made an offer yet; the trade's owner buys."""
    return Negotiation(
        id=NegotiationId(new_id()), subject=trade.subject, buyer=trade.owner, seller=seller or a_user_id(),
        currency=trade.need.currency, opener=trade.side.owner_side.other, closes_at=trade.decided_by,
        sealed_until=trade.sealed_until,
    )  # fmt: skip


def per_candy(price: str, bales: int = 300, **changes: Any) -> TermSheet:
    quantity = Quantity(Decimal(bales), "bale")
    return TermSheet(price=Money.price(Decimal(price), "INR"), price_unit="candy", quantity=quantity, **changes)


def offered(on: Negotiation, price: str, now: datetime = NOON, **changes: Any) -> Offer:
    """By the seller."""
    return on.offer(OfferId(new_id()), per_candy(price, **changes), by=on.seller, message=None, now=now)
