"""From what somebody wrote to a draft on the desk: read, then confirmed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.ports import Clock, Ids, Transaction
from marketplace.application.trading.parse_views import ConfirmedParseView, ParseView
from marketplace.application.trading.trades import NewTrade, TradeSteps
from marketplace.domain.shared.errors import Invalid
from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.text import clean_text
from marketplace.domain.trading.parsed import LONGEST_MESSAGE, Parse, ParsedTrade, ParseId, moment_of
from marketplace.domain.trading.trade import TradeId, TradeSide, Visibility

REQUIRED = ("side", "commodity", "quantity", "unit", "currency")
USUAL_VALIDITY = timedelta(days=7)
"""Of a message that does not say until when it holds."""
UNCONFIRMED_FOR = timedelta(days=30)
FORGET_AT_ONCE = 1_000
"""Parses, in one transaction."""


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

    async def forget(self, owner: UserId, limit: int) -> int:
        """Up to `limit` of theirs; how many there were."""
        ...

    async def forget_unconfirmed(self, before: datetime, limit: int) -> int:
        """Up to `limit` that were read before then and have become no trade; how many there were."""
        ...


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
    steps: TradeSteps
    ids: Ids

    async def __call__(self, actor: Actor, parse_id: ParseId, overrides: Mapping[str, Any]) -> ConfirmedParseView:
        """A draft of what was read; `overrides`, by the names of NewTrade's fields, replace it, None takes away."""
        actor.require(Permission.TRADE)
        now, trade_id = self.steps.clock.now(), TradeId(self.ids.new())
        async with self.steps.transaction:
            parse = await self.parses.locked(parse_id, actor.user)
            parse.confirm(trade_id)
            wish = wish_of(parse.read, now) | dict(overrides)
            for name in REQUIRED:
                if wish.get(name) is None:
                    raise MissingField(f"the message does not say the {name}: give it in overrides", field=name)
            view = await self.steps.keep(NewTrade(**wish).draft(trade_id, actor.user, now))
            await self.parses.save(parse)
            return self.steps.transaction.answers(ConfirmedParseView(parse.id, trade_id, view))


@dataclass(frozen=True, slots=True)
class ForgetParses:
    """React to an owner who is gone."""

    parses: Parses
    transaction: Transaction

    async def __call__(self, owner: UserId) -> None:
        forgotten = FORGET_AT_ONCE
        while forgotten:
            async with self.transaction:
                forgotten = await self.parses.forget(owner, FORGET_AT_ONCE)


@dataclass(frozen=True, slots=True)
class ForgetUnconfirmedParses:
    parses: Parses
    transaction: Transaction
    clock: Clock

    async def __call__(self) -> None:
        """Those older than UNCONFIRMED_FOR."""
        before, forgotten = self.clock.now() - UNCONFIRMED_FOR, FORGET_AT_ONCE
        while forgotten:
            async with self.transaction:
                forgotten = await self.parses.forget_unconfirmed(before, FORGET_AT_ONCE)


def wish_of(read: ParsedTrade, now: datetime) -> dict[str, Any]:
    """What was read, by the names and in the types of NewTrade's fields; it is open, and holds a week if not said."""
    said = {name: field.value for name, field in read.fields.items()}
    qualities = {name: field for name, field in read.fields.items() if name.startswith("quality.")}
    wish: dict[str, Any] = {name: value for name, value in said.items() if name not in qualities}
    wish["visibility"] = Visibility.OPEN
    wish["quality"] = {
        name.removeprefix("quality."): f"{field.value} {field.unit or ''}".strip() for name, field in qualities.items()
    }
    if "side" in said:
        wish["side"] = TradeSide(said["side"])
    if "quantity" in said:
        wish |= {"quantity": Decimal(said["quantity"]), "unit": read.fields["quantity"].unit}
    if "target_price" in said:
        wish["target_price"] = Decimal(said["target_price"])
    if "delivery_days" in said:
        wish["delivery_days"] = int(said["delivery_days"])
    until = said.get("valid_until")
    wish["valid_until"] = now + USUAL_VALIDITY if until is None else moment_of(until, now)
    return wish
