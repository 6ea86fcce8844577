"""A message is read first; a trade it becomes only when its owner confirms it, and only once."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from marketplace.adapters.bridges.trading_asks_inventory import SuppliesOfInventory
from marketplace.adapters.parsing.rules import RuleTradeParser
from marketplace.application.shared.actor import Actor, MissingPermission, Permission
from marketplace.application.trading.parsing import (
    FORGET_AT_ONCE,
    UNCONFIRMED_FOR,
    USUAL_VALIDITY,
    ConfirmParse,
    ForgetParses,
    ForgetUnconfirmedParses,
    MissingField,
    ParseTrade,
)
from marketplace.application.trading.trades import TradeSteps, UnknownTrader
from marketplace.domain.shared.errors import Invalid
from marketplace.domain.shared.money import Money
from marketplace.domain.shared.text import InvalidText
from marketplace.domain.trading.parsed import LONGEST_MESSAGE, ParseAlreadyConfirmed, ParseNotFound, moment_of
from marketplace.domain.trading.trade import Trade, TradeId, TradeSide, TradeStatus, Visibility
from marketplace.domain.trading.units import Quantity
from tests.builders.commerce import NOON, a_user_id, an_actor, an_actor_who_may_not
from tests.builders.trades import a_parse
from tests.fakes.inventory import MemoryStocks
from tests.fakes.parses import MemoryParses
from tests.fakes.trades import MemoryTraders, MemoryTrades
from tests.fakes.world import FixedClock, MemoryTimers, MemoryTransaction, SequentialIds

SAID = "Need 500 bales MCU-5 29mm, moisture max 8%, 62k/candy ex-Guntur, 15 days, LC 30"


class Desk:
    def __init__(self) -> None:
        self.transaction, self.traders = MemoryTransaction(), MemoryTraders()
        ids, clock, parses = SequentialIds(), FixedClock(NOON), MemoryParses(self.transaction)
        self.clock, self.parses = clock, parses
        steps = TradeSteps(
            MemoryTrades(self.transaction), self.traders, SuppliesOfInventory(MemoryStocks(self.transaction)),
            MemoryTimers(self.transaction), self.transaction, clock,
        )  # fmt: skip
        self.parse = ParseTrade(RuleTradeParser(), parses, self.transaction, clock, ids)
        self.confirm = ConfirmParse(parses, steps, ids)
        self.forget = ForgetParses(parses, self.transaction)
        self.forget_unconfirmed = ForgetUnconfirmedParses(parses, self.transaction, clock)

    async def confirmed(self, actor: Actor, text: str, **overrides: Any) -> Trade:
        view = await self.confirm(actor, (await self.parse(actor, text)).id, overrides)
        assert self.transaction.answer == view
        return self.trades[view.trade_id]

    @property
    def trades(self) -> dict[TradeId, Trade]:
        return self.transaction.rows.trades


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_what_is_read_is_no_trade_yet(desk: Desk) -> None:
    view = await desk.parse(an_actor(), SAID)
    assert view.trade_id is None
    quantity = view.fields["quantity"]
    assert (quantity.value, quantity.unit, SAID[slice(*quantity.span)]) == (Decimal(500), "bale", "500 bales")
    assert (view.fields["delivery_days"].value, view.fields["target_price"].value) == (15, Decimal(62000))
    assert desk.trades == {}
    assert desk.transaction.answer == view


async def test_confirming_makes_the_draft(desk: Desk) -> None:
    actor = an_actor()
    trade = await desk.confirmed(actor, SAID)
    need = trade.need
    assert (trade.owner, trade.side, trade.status) == (actor.user, TradeSide.BUY, TradeStatus.DRAFT)
    assert (trade.visibility, trade.invited) == (Visibility.OPEN, frozenset())
    assert trade.valid_until == NOON + USUAL_VALIDITY
    assert (need.commodity, need.grade, need.quantity) == ("cotton", "MCU-5", Quantity(Decimal(500), "bale"))
    assert (need.target, need.price_unit) == (Money.price(Decimal(62000), "INR"), "candy")
    assert need.quality == {"staple_length": "29 mm", "moisture": "max 8 %"}
    assert (need.delivery_terms, need.delivery_place, need.delivery_days) == ("EXW", "Guntur", 15)
    assert need.payment_terms == "LC 30 days"


async def test_overrides_replace_what_was_read_and_none_takes_away(desk: Desk) -> None:
    trade = await desk.confirmed(
        an_actor(), SAID, quantity=Decimal(450), grade=None, target_price=None, quality={"trash": "max 3 %"},
        visibility=Visibility.SEALED, valid_until=NOON + timedelta(days=2),
    )  # fmt: skip
    assert trade.need.quantity == Quantity(Decimal(450), "bale")
    assert (trade.need.grade, trade.need.target, trade.need.quality) == (None, None, {"trash": "max 3 %"})
    assert (trade.visibility, trade.valid_until) == (Visibility.SEALED, NOON + timedelta(days=2))


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("wheat 20 tons", "side"), ("need 20 tons, $200/ton", "commodity"), ("need wheat, $200/ton", "quantity"),
        ("need 20 tons wheat", "currency"), ("hello", "side"),
    ],
)  # fmt: skip
async def test_what_is_missing_is_named_and_can_be_given(desk: Desk, text: str, missing: str) -> None:
    actor = an_actor()
    view = await desk.parse(actor, text)
    with pytest.raises(MissingField) as refused:
        await desk.confirm(actor, view.id, {})
    assert refused.value.field == missing
    assert desk.trades == {}
    given = {"side": TradeSide.SELL, "commodity": "wheat", "quantity": Decimal(1), "unit": "tonne", "currency": "USD"}
    confirmed = await desk.confirm(actor, view.id, given)
    assert confirmed.trade_id in desk.trades


async def test_a_second_confirmation_is_refused_and_names_the_trade(desk: Desk) -> None:
    actor = an_actor()
    view = await desk.parse(actor, SAID)
    first = await desk.confirm(actor, view.id, {})
    with pytest.raises(ParseAlreadyConfirmed) as refused:
        await desk.confirm(actor, view.id, {})
    assert refused.value.facts == {"trade_id": first.trade_id}
    assert list(desk.trades) == [first.trade_id]


async def test_whom_it_invites_must_be_there(desk: Desk) -> None:
    actor, gone = an_actor(), a_user_id()
    desk.traders.gone.add(gone)
    view = await desk.parse(actor, SAID)
    with pytest.raises(UnknownTrader):
        await desk.confirm(actor, view.id, {"visibility": Visibility.INVITED, "invited": [gone]})
    assert desk.trades == {}
    assert (await desk.confirm(actor, view.id, {})).trade_id in desk.trades


async def test_others_do_not_find_it(desk: Desk) -> None:
    view = await desk.parse(an_actor(), SAID)
    with pytest.raises(ParseNotFound):
        await desk.confirm(an_actor(), view.id, {})
    assert desk.trades == {}


async def test_of_an_owner_who_is_gone_everything_is_forgotten(desk: Desk) -> None:
    owner, other = an_actor(), an_actor()
    async with desk.transaction:
        for _ in range(FORGET_AT_ONCE + 1):
            await desk.parses.add(a_parse(owner=owner.user))
    await desk.confirmed(owner, SAID)
    kept = await desk.parse(other, SAID)
    await desk.forget(owner.user)
    assert desk.transaction.rows.parses.keys() == {kept.id}


async def test_what_nobody_confirms_is_forgotten_after_its_time(desk: Desk) -> None:
    owner = an_actor()
    await desk.parse(owner, SAID)
    await desk.confirmed(owner, SAID)
    desk.clock.advance(UNCONFIRMED_FOR)
    await desk.forget_unconfirmed()
    assert len(desk.transaction.rows.parses) == 2
    desk.clock.advance(timedelta(seconds=1))
    await desk.parse(owner, SAID)
    await desk.forget_unconfirmed()
    assert sorted(parse.created_at for parse in desk.transaction.rows.parses.values()) == [NOON, desk.clock.now()]


async def test_both_need_the_permission_to_trade(desk: Desk) -> None:
    outsider = an_actor_who_may_not(Permission.TRADE)
    with pytest.raises(MissingPermission):
        await desk.parse(outsider, SAID)
    view = await desk.parse(an_actor(outsider.user), SAID)
    with pytest.raises(MissingPermission):
        await desk.confirm(outsider, view.id, {})


@pytest.mark.parametrize("text", ["", " \u200b ", "x" * (LONGEST_MESSAGE + 1)])
async def test_a_text_has_one_to_two_thousand_characters(desk: Desk, text: str) -> None:
    with pytest.raises(InvalidText):
        await desk.parse(an_actor(), text)
    assert desk.transaction.rows.parses == {}


@pytest.mark.parametrize(
    ("text", "overrides", "field"),
    [
        (SAID, {"currency": "XXX"}, "currency"), (SAID, {"unit": "smoots"}, "unit"),
        (SAID, {"quantity": Decimal(0)}, "quantity"), (SAID, {"target_price": Decimal("0.001")}, "target_price"),
        (SAID, {"price_unit": "liter"}, "price_unit"), (SAID, {"visibility": Visibility.INVITED}, "invited"),
        (SAID, {"valid_until": NOON}, "valid_until"), (SAID + ", offer valid 999999999 days", {}, "valid_until"),
        (SAID + ", valid till 5 Dec 2029", {}, "valid_until"),
    ],
)  # fmt: skip
async def test_what_makes_no_trade_is_refused(desk: Desk, text: str, overrides: dict[str, Any], field: str) -> None:
    actor = an_actor()
    view = await desk.parse(actor, text)
    with pytest.raises(Invalid) as refused:
        await desk.confirm(actor, view.id, overrides)
    assert refused.value.field == field
    assert desk.trades == {}


@pytest.mark.parametrize(
    ("said", "now", "moment"),
    [
        ("P3D", NOON, NOON + timedelta(days=3)),
        ("2030-02-15", NOON, datetime(2030, 2, 15, 23, 59, 59, tzinfo=UTC)),
        ("--01-01", NOON, datetime(2030, 1, 1, 23, 59, 59, tzinfo=UTC)),
        ("--12-31", NOON, datetime(2030, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("--01-01", NOON + timedelta(days=1), datetime(2031, 1, 1, 23, 59, 59, tzinfo=UTC)),
        ("--02-29", NOON, datetime(2032, 2, 29, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_day_without_a_year_is_the_next_one(said: str, now: datetime, moment: datetime) -> None:
    assert moment_of(said, now) == moment
