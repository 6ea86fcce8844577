"""Use cases of tested lots on fakes: what they hold, when it is given back, and who may not."""

from collections.abc import Awaitable
from dataclasses import asdict
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from marketplace.adapters.bridges.trading_asks_inventory import SuppliesOfInventory
from marketplace.adapters.bridges.trading_reserves_lots import ReservationsOfInventory
from marketplace.application.inventory.holds import RELEASE_HOLD
from marketplace.application.shared.actor import MissingPermission, Permission
from marketplace.application.trading.lots import (
    AddLot,
    AttachReport,
    LotDraft,
    ReleaseReservation,
    ReportDraft,
    ReserveLot,
    ReviseLot,
    WithdrawLot,
)
from marketplace.domain.inventory.hold import Hold, HoldId, HoldReason, HoldStatus
from marketplace.domain.shared.errors import DomainError
from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.subject import SubjectKind
from marketplace.domain.trading.lot import Finding, LotStatus
from marketplace.domain.trading.terms import LotId
from marketplace.domain.trading.trade import TradeId
from tests.builders.commerce import NOON, an_actor_who_may_not, new_id
from tests.builders.lots import SHA256, a_lot, an_available_lot, tonnes
from tests.fakes.lots import MemoryReportDocuments, MemoryTestedLots
from tests.fakes.market import Market
from tests.fakes.trades import MemoryTraders, MemoryTrades
from tests.fakes.world import MemoryTimers, SequentialIds

DAY = timedelta(days=1)


class Desk(Market):
    def __init__(self) -> None:
        super().__init__()
        block, ids = self.transaction, SequentialIds()
        self.lots, self.documents, self.traders = MemoryTestedLots(block), MemoryReportDocuments(), MemoryTraders()
        supplies = SuppliesOfInventory(self.stocks)
        reservations = ReservationsOfInventory(self.stocks, MemoryTimers(block), ids)
        self.add_lot = AddLot(self.lots, block, self.clock, ids)
        self.revise_lot = ReviseLot(self.lots, supplies, block)
        self.withdraw_lot = WithdrawLot(self.lots, supplies, block)
        self.attach = AttachReport(self.lots, self.documents, supplies, block, self.clock, ids)
        trades = MemoryTrades(block)
        self.reserve = ReserveLot(self.lots, supplies, reservations, trades, self.traders, block, self.clock)
        self.release = ReleaseReservation(self.lots, supplies, reservations, block)

    def has_lot(self) -> LotId:
        """Twenty tonnes of the seller's, available."""
        lot = an_available_lot(owner=self.seller.user)
        self.rows.lots[lot.id] = lot
        return lot.id

    def left_of(self, lot_id: LotId) -> Decimal:
        return self.rows.stocks[lot_id].left


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_a_report_keeps_the_hash_of_the_document_that_its_owner_uploaded(desk: Desk) -> None:
    lot = await desk.add_lot(desk.seller, LotDraft(commodity="cotton", quantity=tonnes(20)))
    document = new_id()
    desk.documents.uploaded[document] = (desk.seller.user, SHA256)
    report = ReportDraft(
        parameters={"colour": Finding(value="white")}, method="HVI", laboratory="Institute",
        tested_on=NOON.date(), document_id=document,
    )  # fmt: skip
    view = await desk.attach(desk.seller, lot.id, report)
    assert (view.status, view.reports[0].document_sha256) == (LotStatus.TESTED, SHA256)
    desk.documents.uploaded[document] = (desk.buyer.user, SHA256)
    other = await desk.add_lot(desk.seller, LotDraft(commodity="cotton", quantity=tonnes(20)))
    with pytest.raises(DomainError, match="no such document of yours"):
        await desk.attach(desk.seller, other.id, report)
    assert desk.rows.lots[other.id].reports == ()


async def test_a_reservation_is_a_hold_that_ends_by_itself(desk: Desk) -> None:
    lot_id = desk.has_lot()
    made = await desk.reserve(desk.seller, lot_id, tonnes(20))
    hold, status = desk.rows.holds[HoldId(made.id)]
    assert (hold.reason, hold.reference, hold.quantity) == (HoldReason.RESERVATION, desk.seller.user, Decimal(20))
    assert (status, hold.until) == (HoldStatus.HELD, NOON + 2 * DAY)
    assert desk.rows.timers[RELEASE_HOLD, made.id] == NOON + 2 * DAY
    assert desk.rows.lots[lot_id].status is LotStatus.RESERVED
    await desk.release_hold(HoldId(made.id))
    assert desk.left_of(lot_id) == 20
    assert desk.rows.lots[lot_id].status is LotStatus.AVAILABLE


async def test_a_person_or_a_trade_is_named_or_nobody(desk: Desk) -> None:
    lot_id, somebody, gone = desk.has_lot(), UserId(new_id()), UserId(new_id())
    desk.traders.gone.add(gone)
    named = await desk.reserve(desk.seller, lot_id, tonnes(5), for_user=somebody, until=NOON + 30 * DAY)
    assert named.held_for == somebody
    assert (await desk.reserve(desk.seller, lot_id, tonnes(5))).held_for is None
    wrongs: list[dict[str, Any]] = [
        {"for_user": gone},
        {"trade_id": TradeId(new_id())},
        {"until": NOON + 31 * DAY},
    ]
    for wrong in wrongs:
        with pytest.raises(DomainError):
            await desk.reserve(desk.seller, lot_id, tonnes(5), **wrong)
    assert desk.left_of(lot_id) == 10


async def test_releasing_a_quantity_splits_the_last_reservation_and_leaves_those_of_others(desk: Desk) -> None:
    lot_id, somebody = desk.has_lot(), UserId(new_id())
    await desk.reserve(desk.seller, lot_id, tonnes(6), for_user=somebody)
    first = await desk.reserve(desk.seller, lot_id, tonnes(4), until=NOON + DAY)
    second = await desk.reserve(desk.seller, lot_id, tonnes(10), until=NOON + 3 * DAY)
    view = await desk.release(desk.seller, lot_id, quantity=tonnes(7))
    assert (view.remaining_quantity, view.status) == (Decimal(7), LotStatus.AVAILABLE)
    held = {id_: hold for id_, (hold, status) in desk.rows.holds.items() if status is HoldStatus.HELD}
    assert sorted((hold.quantity, hold.until) for hold in held.values()) == [
        (Decimal(6), NOON + 2 * DAY), (Decimal(7), NOON + 3 * DAY),
    ]  # fmt: skip
    assert not {HoldId(first.id), HoldId(second.id)} & held.keys()
    assert sorted(desk.timers(RELEASE_HOLD)) == sorted(held)
    with pytest.raises(DomainError, match="1 more than is reserved"):
        await desk.release(desk.seller, lot_id, quantity=tonnes(8))
    assert desk.left_of(lot_id) == 7


async def test_what_an_order_holds_is_not_released_by_the_owner(desk: Desk) -> None:
    lot_id = desk.has_lot()
    made = await desk.reserve(desk.seller, lot_id, tonnes(5))
    hold, status = desk.rows.holds[HoldId(made.id)]
    desk.rows.holds[hold.id] = (type(hold)(**{**fields_of(hold), "reason": HoldReason.OFFER}), status)
    with pytest.raises(DomainError, match="no such reservation"):
        await desk.release(desk.seller, lot_id, reservation_id=made.id)
    with pytest.raises(DomainError, match="is held for somebody"):
        await desk.withdraw_lot(desk.seller, lot_id)


async def test_a_lot_is_sold_when_the_last_order_over_it_is_paid(desk: Desk) -> None:
    lot_id, orders = desk.has_lot(), [new_id(), new_id()]
    async with desk.transaction:
        for order, quantity in zip(orders, (Decimal(15), Decimal(5)), strict=True):
            hold = Hold(
                id=HoldId(new_id()), kind=SubjectKind.LOT, subject=lot_id, quantity=quantity,
                reason=HoldReason.OFFER, reference=order, until=NOON,
            )  # fmt: skip
            await desk.stocks.take(hold, of=Decimal(20))
    await desk.settle_holds(orders[0], HoldStatus.SOLD)
    assert desk.rows.lots[lot_id].status is LotStatus.RESERVED
    await desk.settle_holds(orders[1], HoldStatus.SOLD)
    assert desk.rows.lots[lot_id].status is LotStatus.SOLD
    with pytest.raises(DomainError, match="cannot become withdrawn"):
        await desk.withdraw_lot(desk.seller, lot_id)


def fields_of(hold: Any) -> dict[str, Any]:
    return {name: getattr(hold, name) for name in hold.__slots__}


def all_that_an_owner_may(desk: Desk, actor: Any, lot_id: LotId) -> list[Awaitable[Any]]:
    report = ReportDraft(
        parameters={"colour": Finding(value="white")}, method="HVI", laboratory="X", tested_on=NOON.date(),
        document_id=new_id(),
    )  # fmt: skip
    return [
        desk.revise_lot(actor, lot_id, {"place": "X"}),
        desk.withdraw_lot(actor, lot_id),
        desk.attach(actor, lot_id, report),
        desk.reserve(actor, lot_id, tonnes(1)),
        desk.release(actor, lot_id, quantity=tonnes(1)),
    ]


async def test_to_others_a_lot_that_they_would_change_is_not_there(desk: Desk) -> None:
    lot_id = desk.has_lot()
    before = asdict(desk.rows.lots[lot_id])
    for call in all_that_an_owner_may(desk, desk.stranger, lot_id):
        with pytest.raises(DomainError, match="no such lot"):
            await call
    assert asdict(desk.rows.lots[lot_id]) == before
    assert desk.rows.stocks == {}


async def test_who_may_not_trade_may_do_none_of_it(desk: Desk) -> None:
    actor = an_actor_who_may_not(Permission.TRADE, desk.seller.user)
    for call in all_that_an_owner_may(desk, actor, desk.has_lot()):
        with pytest.raises(MissingPermission):
            await call
    with pytest.raises(MissingPermission):
        await desk.add_lot(actor, LotDraft(commodity="cotton", quantity=tonnes(1)))


def test_a_lot_takes_twenty_reports_and_no_more() -> None:
    lot = a_lot()
    for _ in range(20):
        lot.attach(an_available_lot().reports[0])
    with pytest.raises(DomainError, match="at most 20 reports"):
        lot.attach(an_available_lot().reports[0])
