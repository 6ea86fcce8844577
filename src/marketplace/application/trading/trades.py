"""What the owner of a trade can do with it, and what its deadlines do."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Self

from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.ports import Clock, Ids, Timers, Transaction
from marketplace.application.trading.ports import Negotiations, Supplies, Traders, Trades
from marketplace.application.trading.trade_views import TradeView
from marketplace.domain.shared.errors import Invalid
from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.money import EXPONENTS, Money, UnknownCurrency
from marketplace.domain.trading.trade import ENDED, Need, Trade, TradeId, TradeSide, TradeStatus, Visibility
from marketplace.domain.trading.units import Quantity, unit_named

EXPIRE_TRADE = "trading.expire_trade"
OPEN_TRADE = "trading.open_trade"
END_AT_ONCE = 50
"""Trades, in one transaction."""


class UnknownTrader(Invalid):
    code = "unknown_trader"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTrade:
    """A trade as its owner wrote it. Without a `price_unit` prices are per `unit`."""

    side: TradeSide
    commodity: str
    quantity: Decimal
    unit: str
    currency: str
    visibility: Visibility
    valid_until: datetime
    grade: str | None = None
    target_price: Decimal | None = None
    price_unit: str | None = None
    quality: Mapping[str, str] = field(default_factory=dict)
    delivery_place: str | None = None
    delivery_terms: str | None = None
    delivery_days: int | None = None
    payment_terms: str | None = None
    invited: Collection[UserId] = ()

    @classmethod
    def of(cls, trade: Trade) -> Self:
        need = trade.need
        unit = need.quantity.unit
        return cls(
            side=trade.side, commodity=need.commodity, quantity=need.quantity.amount, unit=unit,
            currency=need.currency, visibility=trade.visibility, valid_until=trade.valid_until, grade=need.grade,
            target_price=None if need.target is None else need.target.decimal,
            price_unit=None if need.price_unit == unit else need.price_unit, quality=need.quality,
            delivery_place=need.delivery_place, delivery_terms=need.delivery_terms, delivery_days=need.delivery_days,
            payment_terms=need.payment_terms, invited=trade.invited,
        )  # fmt: skip

    @property
    def fields(self) -> dict[str, Any]:
        """Of a Trade; raises Invalid, naming what is wrong."""
        if self.currency not in EXPONENTS:
            raise UnknownCurrency(f"{self.currency!r} is not a currency we trade in", field="currency")
        quantity = Quantity.of(self.quantity, self.unit)
        price = self.target_price
        target = None if price is None else Money.price(price, self.currency, field="target_price")
        need = Need(
            commodity=self.commodity, quantity=quantity, currency=self.currency,
            price_unit=quantity.unit if self.price_unit is None else unit_named(self.price_unit, "price_unit"),
            grade=self.grade, quality=self.quality, target=target, delivery_place=self.delivery_place,
            delivery_terms=self.delivery_terms, delivery_days=self.delivery_days, payment_terms=self.payment_terms,
        )  # fmt: skip
        return {
            "side": self.side, "need": need, "visibility": self.visibility, "invited": frozenset(self.invited),
            "valid_until": self.valid_until,
        }  # fmt: skip

    def draft(self, trade_id: TradeId, owner: UserId, now: datetime) -> Trade:
        """Raises Invalid, naming what is wrong."""
        trade = Trade(id=trade_id, owner=owner, created_at=now, **self.fields)
        trade.require_validity(now)
        return trade


@dataclass(frozen=True, slots=True)
class TradeSteps:
    """What changes of a trade have in common: its owner, its deadlines and the answer."""

    trades: Trades
    traders: Traders
    supplies: Supplies
    timers: Timers
    transaction: Transaction
    clock: Clock

    def set_deadlines(self, trade: Trade) -> None:
        if trade.status is TradeStatus.PUBLISHED:
            self.timers.set(EXPIRE_TRADE, trade.id, trade.decided_by)
            if trade.sealed_until is not None:
                self.timers.set(OPEN_TRADE, trade.id, trade.sealed_until)
        elif trade.status in ENDED:
            self.timers.clear(EXPIRE_TRADE, trade.id)
            self.timers.clear(OPEN_TRADE, trade.id)

    async def keep(self, draft: Trade) -> TradeView:
        """In the running transaction."""
        names = await self.invitable(draft)
        await self.trades.add(draft)
        return TradeView.of(draft, names[draft.owner], draft.need.quantity.amount, for_owner=True)

    async def invitable(self, trade: Trade) -> Mapping[UserId, str]:
        """The names of its owner and whom it invites; raises UnknownTrader."""
        names = await self.traders.names({trade.owner, *trade.invited})
        if unknown := trade.invited - names.keys():
            raise UnknownTrader(f"there is no trader {min(unknown)}", field="invited")
        return names


@dataclass(frozen=True, slots=True)
class CreateTrade:
    steps: TradeSteps
    ids: Ids

    async def __call__(self, actor: Actor, wish: NewTrade) -> TradeView:
        """A draft, which its owner alone sees."""
        actor.require(Permission.TRADE)
        draft = wish.draft(TradeId(self.ids.new()), actor.user, self.steps.clock.now())
        async with self.steps.transaction:
            return self.steps.transaction.answers(await self.steps.keep(draft))


@dataclass(frozen=True, slots=True)
class MoveTrade:
    """By its owner; what is negotiated over a trade that has ended ends with the event."""

    steps: TradeSteps

    async def __call__(self, actor: Actor, trade_id: TradeId, move: Callable[[Trade, datetime], None]) -> TradeView:
        """`move`: Trade.publish, Trade.cancel or Trade.close, or what changes a draft."""
        actor.require(Permission.TRADE)
        steps = self.steps
        async with steps.transaction:
            trade = await steps.trades.locked(trade_id)
            trade.require_owner(actor.user)
            move(trade, steps.clock.now())
            await steps.trades.save(trade)
            steps.set_deadlines(trade)
            is_draft = trade.status is TradeStatus.DRAFT
            names = await (steps.invitable(trade) if is_draft else steps.traders.names({trade.owner}))
            left = (await steps.supplies.of(trade.id, trade.need.quantity)).left
            return steps.transaction.answers(TradeView.of(trade, names[actor.user], left, for_owner=True))


@dataclass(frozen=True, slots=True)
class ReviseTrade:
    move_trade: MoveTrade

    async def __call__(self, actor: Actor, trade_id: TradeId, changes: Mapping[str, Any]) -> TradeView:
        """`changes` by the names of NewTrade's fields; the others stay."""

        def revise(trade: Trade, now: datetime) -> None:
            trade.revise(now, **replace(NewTrade.of(trade), **changes).fields)

        return await self.move_trade(actor, trade_id, revise)


@dataclass(frozen=True, slots=True)
class ExpireTrade:
    """Rung when the time to decide is over; does nothing when the trade was awarded or has ended meanwhile."""

    trades: Trades
    transaction: Transaction
    clock: Clock

    async def __call__(self, trade_id: TradeId) -> None:
        async with self.transaction:
            trade = await self.trades.locked(trade_id)
            if trade.expire(self.clock.now()):
                await self.trades.save(trade)


@dataclass(frozen=True, slots=True)
class OpenTrade:
    """Rung at the deadline of a sealed trade: from now on its owner reads the offers; without any it expires."""

    trades: Trades
    negotiations: Negotiations
    timers: Timers
    transaction: Transaction
    clock: Clock

    async def __call__(self, trade_id: TradeId) -> None:
        async with self.transaction:
            trade = await self.trades.locked(trade_id)
            has_offers = bool(await self.negotiations.open_over(trade_id, 1))
            if trade.open(self.clock.now(), has_offers=has_offers):
                await self.trades.save(trade)
                if trade.status in ENDED:
                    self.timers.clear(EXPIRE_TRADE, trade_id)


@dataclass(frozen=True, slots=True)
class EndTrades:
    """React to an owner who was suspended or is gone: what they published and have not awarded is cancelled."""

    steps: TradeSteps

    async def __call__(self, owner: UserId) -> None:
        ending: list[Trade] | None = None
        while ending is None or ending:
            async with self.steps.transaction:
                ending = await self.steps.trades.open_of(owner, END_AT_ONCE)
                for trade in ending:
                    trade.cancel(self.steps.clock.now())
                    await self.steps.trades.save(trade)
                    self.steps.set_deadlines(trade)
