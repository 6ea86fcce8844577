"""Trades of the desk and offers on them that are valid unless a test says otherwise."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from marketplace.domain.shared.ids import NegotiationId, UserId
from marketplace.domain.shared.money import Money
from marketplace.domain.trading.negotiation import Negotiation
from marketplace.domain.trading.offer import Offer, OfferId
from marketplace.domain.trading.terms import TermSheet
from marketplace.domain.trading.trade import Need, Trade, TradeId, TradeSide, Visibility
from marketplace.domain.trading.units import Quantity
from tests.builders.commerce import NOON, a_user_id, new_id

DEADLINE = NOON + timedelta(days=3)
BALES = Quantity(Decimal(500), "bale")


def a_trade(**changes: Any) -> Trade:
    """A draft: 500 bales of cotton are wanted."""
    need = Need(commodity="cotton", grade="MCU-5", quantity=BALES, currency="INR", price_unit="candy")
    given: dict[str, Any] = {
        "id": TradeId(new_id()), "owner": a_user_id(), "side": TradeSide.BUY, "need": need,
        "visibility": Visibility.OPEN, "valid_until": DEADLINE, "created_at": NOON,
    }  # fmt: skip
    return Trade(**{**given, **changes})


def a_published_trade(now: datetime = NOON, **changes: Any) -> Trade:
    trade = a_trade(**changes)
    trade.publish(now)
    return trade


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
