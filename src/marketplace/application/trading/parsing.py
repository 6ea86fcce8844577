"""From what somebody wrote to a draft on the desk: read, then confirmed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.ports import Clock, Ids, Transaction
from marketplace.application.trading.parse_views import ParseView
from marketplace.application.trading.ports import Trades
from marketplace.domain.shared.errors import Invalid
from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.money import EXPONENTS, Money, UnknownCurrency
from marketplace.domain.shared.text import clean_text
from marketplace.domain.trading.parsed import LONGEST_MESSAGE, Parse, ParsedTrade, ParseId, moment_of
from marketplace.domain.trading.trade import Need, Trade, TradeId, TradeSide, Visibility
from marketplace.domain.trading.units import Quantity, unit_named

REQUIRED = ("side", "commodity", "quantity", "unit", "currency")
USUAL_VALIDITY = timedelta(days=7)
"""Of a message that does not say until when it holds."""


class MissingField(Invalid):
    code = "missing_field"


class TradeParser(Protocol):
    """What people write to each other, read as a trade. Pure."""

    def parse(self, text: str) -> ParsedTrade:
        """In time linear in the text; never raises. What is no trade has no fields."""
        ...


class Parses(Protocol):
    async def add(self, parse: Parse) -> None: ...

    async def locked(self, parse_id: ParseId, owner: UserId) -> Parse:
        """Nobody else confirms it until the transaction ends; raises ParseNotFound, for others than its owner too."""
        ...

    async def save(self, parse: Parse) -> None: ...


@dataclass(frozen=True, slots=True)
class ParseTrade:
    parser: TradeParser
    parses: Parses
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(self, actor: Actor, text: str) -> ParseView:
        """Creates no trade."""
        actor.require(Permission.TRADE)
        read = self.parser.parse(clean_text(text, field="text", longest=LONGEST_MESSAGE))
        parse = Parse(id=ParseId(self.ids.new()), owner=actor.user, read=read, created_at=self.clock.now())
        async with self.transaction:
            await self.parses.add(parse)
            return self.transaction.answers(ParseView.of(parse))


@dataclass(frozen=True, slots=True)
class ConfirmParse:
    parses: Parses
    trades: Trades
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(self, actor: Actor, parse_id: ParseId, overrides: Mapping[str, Any]) -> ParseView:
        """A draft of what was read; `overrides`, by the names of a trade's fields, replace it, None takes away."""
        actor.require(Permission.TRADE)
        now = self.clock.now()
        async with self.transaction:
            parse = await self.parses.locked(parse_id, actor.user)
            draft = _draft(TradeId(self.ids.new()), actor.user, {**wish_of(parse.read, now), **overrides}, now)
            parse.confirm(draft.id)
            await self.trades.add(draft)
            await self.parses.save(parse)
            return self.transaction.answers(ParseView.of(parse))


def wish_of(read: ParsedTrade, now: datetime) -> dict[str, Any]:
    """What was read, by the names and in the types of a trade's fields."""
    said = {name: field.value for name, field in read.fields.items()}
    qualities = {name: field for name, field in read.fields.items() if name.startswith("quality.")}
    wish: dict[str, Any] = {name: value for name, value in said.items() if name not in qualities}
    wish["quality"] = {
        name.removeprefix("quality."): f"{field.value} {field.unit or ''}".strip() for name, field in qualities.items()
    }
    if "quantity" in said:
        wish |= {"quantity": Decimal(said["quantity"]), "unit": read.fields["quantity"].unit}
    if "target_price" in said:
        wish["target_price"] = Decimal(said["target_price"])
    if "delivery_days" in said:
        wish["delivery_days"] = int(said["delivery_days"])
    until = said.get("valid_until")
    wish["valid_until"] = now + USUAL_VALIDITY if until is None else moment_of(until, now)
    return wish


def _draft(trade_id: TradeId, owner: UserId, wish: Mapping[str, Any], now: datetime) -> Trade:
    for name in REQUIRED:
        if wish.get(name) is None:
            raise MissingField(f"the message does not say the {name}: give it in overrides", field=name)
    currency, price = wish["currency"], wish.get("target_price")
    if currency not in EXPONENTS:
        raise UnknownCurrency(f"{currency!r} is not a currency we trade in", field="currency")
    quantity = Quantity.of(wish["quantity"], wish["unit"])
    texts = ("commodity", "grade", "delivery_place", "delivery_terms", "delivery_days", "payment_terms")
    need = Need(
        **{name: wish.get(name) for name in texts}, quality=wish["quality"], quantity=quantity, currency=currency,
        price_unit=unit_named(wish.get("price_unit") or quantity.unit, "price_unit"),
        target=None if price is None else Money.price(price, currency, field="target_price"),
    )  # fmt: skip
    draft = Trade(
        id=trade_id, owner=owner, side=TradeSide(wish["side"]), need=need, created_at=now,
        visibility=wish.get("visibility", Visibility.OPEN), invited=frozenset(wish.get("invited", ())),
        valid_until=wish["valid_until"],
    )  # fmt: skip
    draft.revise(now)
    return draft
