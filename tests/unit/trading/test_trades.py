from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from marketplace.adapters.bridges.trading_asks_inventory import SuppliesOfInventory
from marketplace.application.shared.actor import Actor, MissingPermission, Permission
from marketplace.application.trading.offers import CLOSE_AT_ONCE, EXPIRE_OFFER, CancelNegotiations
from marketplace.application.trading.trade_views import TradeView
from marketplace.application.trading.trades import (
    END_AT_ONCE,
    EXPIRE_TRADE,
    OPEN_TRADE,
    CreateTrade,
    EndTrades,
    ExpireTrade,
    MoveTrade,
    OpenTrade,
    ReviseTrade,
    TradeSteps,
    UnknownTrader,
)
from marketplace.domain.inventory.hold import Stock
from marketplace.domain.shared.errors import DomainError
from marketplace.domain.shared.ids import NegotiationId
from marketplace.domain.trading.negotiation import Negotiation
from marketplace.domain.trading.offer import NegotiationStatus, OfferId, OfferStatus, Side
from marketplace.domain.trading.trade import (
    IllegalTradeMove,
    InvalidValidity,
    NotYourTrade,
    Trade,
    TradeId,
    TradeNotFound,
    TradeSide,
    TradeStatus,
    Visibility,
)
from marketplace.domain.trading.units import UnitsDiffer
from tests.builders.commerce import NOON, a_negotiation, a_user_id, an_actor, an_actor_who_may_not, new_id, terms
from tests.builders.trades import DAY, DEADLINE, a_published_trade, a_wish
from tests.fakes.inventory import MemoryStocks
from tests.fakes.trades import MemoryTraders, MemoryTrades
from tests.fakes.world import FixedClock, MemoryNegotiations, MemoryTimers, MemoryTransaction, SequentialIds


class Desk:
    def __init__(self) -> None:
        self.clock, self.transaction, self.traders = FixedClock(NOON), MemoryTransaction(), MemoryTraders()
        self.trades, timers = MemoryTrades(self.transaction), MemoryTimers(self.transaction)
        self.negotiations = MemoryNegotiations(self.transaction)
        supplies = SuppliesOfInventory(MemoryStocks(self.transaction))
        steps = TradeSteps(self.trades, self.traders, supplies, timers, self.transaction, self.clock)
        own = (self.transaction, self.clock)
        self.create = CreateTrade(steps, SequentialIds())
        move_trade = MoveTrade(steps)
        self.revise = ReviseTrade(move_trade)
        self.publish, self.cancel, self.close = (
            partial(move_trade, move=move) for move in (Trade.publish, Trade.cancel, Trade.close)
        )
        self.expire = ExpireTrade(self.trades, *own)
        self.open = OpenTrade(self.trades, self.negotiations, timers, *own)
        self.end_trades = EndTrades(steps)
        self.end_negotiations = CancelNegotiations(self.negotiations, timers, *own)
        self.owner = an_actor()

    async def published(self, **changes: Any) -> TradeId:
        draft = await self.create(self.owner, a_wish(**changes))
        return (await self.publish(self.owner, draft.id)).id

    async def offered(self, trade_id: TradeId) -> Negotiation:
        trade = self.transaction.rows.trades[trade_id]
        negotiation = a_negotiation(
            id=NegotiationId(new_id()), subject=trade.subject, buyer=trade.owner, opener=Side.SELLER, asked=None,
            closes_at=trade.decided_by, sealed_until=trade.sealed_until,
        )  # fmt: skip
        negotiation.offer(OfferId(new_id()), terms(), by=negotiation.seller, message=None, now=self.clock.now())
        async with self.transaction:
            await self.negotiations.add(negotiation)
        return negotiation

    @property
    def timers(self) -> Mapping[Any, Any]:
        return self.transaction.rows.timers

    @property
    def news(self) -> list[str]:
        return [event.name for event in self.transaction.rows.events if event.name.startswith("trading.trade")]

    def trade(self, trade_id: TradeId) -> Trade:
        return self.transaction.rows.trades[trade_id]


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_a_draft_has_no_deadline_and_makes_no_news(desk: Desk) -> None:
    view = await desk.create(desk.owner, a_wish(target_price=Decimal(57_500)))
    assert (view.status, view.unit, view.price_unit, view.remaining_quantity, view.target_price) == (
        TradeStatus.DRAFT, "bale", "bale", Decimal(500), Decimal("57500.00"),
    )  # fmt: skip
    assert view.owner.username == f"user_{desk.owner.user.hex[-12:]}"
    assert desk.transaction.answer is view
    assert (desk.timers, desk.news) == ({}, [])


async def test_publishing_sets_the_deadlines(desk: Desk) -> None:
    open_to_all = await desk.published()
    assert desk.timers == {(EXPIRE_TRADE, open_to_all): DEADLINE}
    sealed = await desk.published(visibility=Visibility.SEALED)
    assert desk.timers == {
        (EXPIRE_TRADE, open_to_all): DEADLINE, (OPEN_TRADE, sealed): DEADLINE,
        (EXPIRE_TRADE, sealed): DEADLINE + 7 * DAY,
    }  # fmt: skip
    assert desk.news == ["trading.trade_published.v1", "trading.trade_published.v1"]


async def test_a_revised_unit_takes_the_price_along_unless_that_has_its_own(desk: Desk) -> None:
    draft = await desk.create(desk.owner, a_wish())
    revised = await desk.revise(desk.owner, draft.id, {"unit": "tonnes", "side": TradeSide.SELL})
    assert (revised.unit, revised.price_unit, revised.side) == ("tonne", "tonne", TradeSide.SELL)
    await desk.revise(desk.owner, draft.id, {"price_unit": "kg"})
    with pytest.raises(UnitsDiffer) as refused:
        await desk.revise(desk.owner, draft.id, {"unit": "litre"})
    assert refused.value.field == "price_unit"
    assert desk.trade(draft.id).need.quantity.unit == "tonne"


async def test_only_people_who_are_there_are_invited(desk: Desk) -> None:
    guest = a_user_id()
    wish = a_wish(visibility=Visibility.INVITED, invited=[guest])
    draft = await desk.create(desk.owner, wish)
    desk.traders.gone.add(guest)
    for refused in (desk.create(desk.owner, wish), desk.revise(desk.owner, draft.id, {"grade": "A"})):
        with pytest.raises(UnknownTrader):
            await refused
    assert list(desk.transaction.rows.trades) == [draft.id]
    assert desk.trade(draft.id).need.grade is None


async def test_a_published_trade_is_cancelled_though_an_invited_person_is_gone(desk: Desk) -> None:
    guest = a_user_id()
    trade_id = await desk.published(visibility=Visibility.INVITED, invited=[guest])
    desk.traders.gone.add(guest)
    assert (await desk.cancel(desk.owner, trade_id)).status is TradeStatus.CANCELLED


async def test_a_draft_that_waited_too_long_is_not_published(desk: Desk) -> None:
    draft = await desk.create(desk.owner, a_wish())
    desk.clock.advance(3 * DAY)
    with pytest.raises(InvalidValidity):
        await desk.publish(desk.owner, draft.id)
    assert desk.trade(draft.id).status is TradeStatus.DRAFT


async def test_cancelling_clears_the_deadlines(desk: Desk) -> None:
    trade_id = await desk.published(visibility=Visibility.SEALED)
    view = await desk.cancel(desk.owner, trade_id)
    assert (view.status, desk.timers) == (TradeStatus.CANCELLED, {})
    assert desk.news == ["trading.trade_published.v1", "trading.trade_moved.v1"]


async def test_an_awarded_trade_is_closed_and_says_what_is_left(desk: Desk) -> None:
    trade_id = await desk.published()
    with pytest.raises(IllegalTradeMove):
        await desk.close(desk.owner, trade_id)
    desk.trade(trade_id).award(NOON)
    desk.transaction.rows.stocks[trade_id] = Stock(total=Decimal(500), held=Decimal(100), sold=Decimal("50.5"))
    view = await desk.close(desk.owner, trade_id)
    assert (view.status, view.remaining_quantity, desk.timers) == (TradeStatus.CLOSED, Decimal("349.5"), {})


Step = Callable[[Desk, Actor, TradeId], Awaitable[TradeView]]
STEPS: dict[str, Step] = {
    "revise": lambda desk, actor, trade_id: desk.revise(actor, trade_id, {"grade": "A"}),
    "publish": lambda desk, actor, trade_id: desk.publish(actor, trade_id),
    "cancel": lambda desk, actor, trade_id: desk.cancel(actor, trade_id),
    "close": lambda desk, actor, trade_id: desk.close(actor, trade_id),
}


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
async def test_an_outsider_changes_nothing(desk: Desk, step: Step) -> None:
    draft = (await desk.create(desk.owner, a_wish())).id
    shown = await desk.published()
    before = {one: desk.trade(one).status for one in (draft, shown)}
    refusals: list[tuple[Actor, TradeId, type[DomainError]]] = [
        (an_actor(), draft, TradeNotFound), (an_actor(), shown, NotYourTrade),
        (desk.owner, TradeId(new_id()), TradeNotFound),
        (an_actor_who_may_not(Permission.TRADE, desk.owner.user), draft, MissingPermission),
    ]  # fmt: skip
    for actor, trade_id, error in refusals:
        with pytest.raises(error):
            await step(desk, actor, trade_id)
    assert {one: desk.trade(one).status for one in (draft, shown)} == before


async def test_who_may_not_trade_drafts_nothing(desk: Desk) -> None:
    with pytest.raises(MissingPermission):
        await desk.create(an_actor_who_may_not(Permission.TRADE), a_wish())
    assert desk.transaction.rows.trades == {}


async def test_a_trade_expires_at_its_end_and_not_before(desk: Desk) -> None:
    trade_id = await desk.published()
    desk.clock.advance(3 * DAY - timedelta(seconds=1))
    await desk.expire(trade_id)
    assert desk.trade(trade_id).status is TradeStatus.PUBLISHED
    desk.clock.advance(timedelta(seconds=1))
    await desk.expire(trade_id)
    await desk.expire(trade_id)
    assert desk.trade(trade_id).status is TradeStatus.EXPIRED
    assert desk.news == ["trading.trade_published.v1", "trading.trade_moved.v1"]


async def test_a_sealed_trade_is_opened_at_its_deadline(desk: Desk) -> None:
    asked, quiet = [await desk.published(visibility=Visibility.SEALED) for _ in range(2)]
    await desk.offered(asked)
    for trade_id in (asked, quiet):
        await desk.open(trade_id)
        assert desk.trade(trade_id).status is TradeStatus.PUBLISHED
    desk.clock.advance(3 * DAY)
    for trade_id in (asked, quiet, asked):
        await desk.open(trade_id)
    assert desk.trade(asked).status is TradeStatus.NEGOTIATING
    assert desk.trade(quiet).status is TradeStatus.EXPIRED
    assert (EXPIRE_TRADE, asked) in desk.timers
    assert (EXPIRE_TRADE, quiet) not in desk.timers
    assert desk.news[2:] == ["trading.trade_opened.v1", "trading.trade_opened.v1"]


@pytest.mark.parametrize("is_over", [True, False])
async def test_every_negotiation_ends_with_its_trade(desk: Desk, is_over: bool) -> None:
    trade_id, other = await desk.published(), await desk.published()
    ending = [await desk.offered(trade_id) for _ in range(CLOSE_AT_ONCE + 1)]
    kept = await desk.offered(other)
    desk.transaction.rows.timers[EXPIRE_OFFER, ending[0].offers[0].id] = NOON
    if is_over:
        desk.clock.advance(3 * DAY)
    await desk.end_negotiations(trade_id)
    ways = {
        (now.status, now.offers[0].status)
        for now in (desk.transaction.rows.negotiations[one.id] for one in ending)
    }  # fmt: skip
    expected = (NegotiationStatus.EXPIRED, OfferStatus.EXPIRED)
    assert ways == {expected if is_over else (NegotiationStatus.CANCELLED, OfferStatus.SUPERSEDED)}
    assert desk.transaction.rows.negotiations[kept.id].status is NegotiationStatus.OPEN
    assert not [timer for timer, _ in desk.timers if timer == EXPIRE_OFFER]


async def test_the_open_trades_of_who_is_gone_are_cancelled(desk: Desk) -> None:
    mine = [await desk.published() for _ in range(END_AT_ONCE + 1)]
    draft = (await desk.create(desk.owner, a_wish())).id
    foreign = a_published_trade()
    desk.transaction.rows.trades[foreign.id] = foreign
    await desk.end_trades(desk.owner.user)
    assert {desk.trade(one).status for one in mine} == {TradeStatus.CANCELLED}
    assert desk.trade(draft).status is TradeStatus.DRAFT
    assert foreign.status is TradeStatus.PUBLISHED
    assert desk.timers == {}
