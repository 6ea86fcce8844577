"""What an owner does with tested lots of the desk."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.ports import Clock, Ids, Transaction
from marketplace.application.trading.ports import Supplies, Traders, Trades
from marketplace.application.trading.tested_lot_ports import ReportDocuments, Reservation, Reservations, TestedLots
from marketplace.application.trading.tested_lot_views import ReservationView, TestedLotView
from marketplace.domain.shared.errors import Conflict, Invalid, NotFound
from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.money import Money
from marketplace.domain.trading.lot import Finding, LabReport, LotStatus, ReportId, TestedLot
from marketplace.domain.trading.terms import LotId
from marketplace.domain.trading.trade import TradeId, TradeNotFound
from marketplace.domain.trading.units import Quantity, plain

SHORT_RESERVATION = timedelta(hours=48)
"""Unless the owner says how long."""
LONGEST_RESERVATION = timedelta(days=30)


class InvalidReservation(Invalid):
    code = "invalid_reservation"


class ReservationNotFound(NotFound):
    code = "reservation_not_found"


class NotReserved(Conflict):
    """Less than that is reserved for nobody in particular."""

    code = "not_reserved"


@dataclass(frozen=True, slots=True, kw_only=True)
class LotDraft:
    commodity: str
    quantity: Quantity
    grade: str | None = None
    origin: str | None = None
    place: str | None = None
    quality: Mapping[str, str] = field(default_factory=dict)
    price: Money | None = None
    price_unit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDraft:
    parameters: Mapping[str, Finding]
    method: str
    laboratory: str
    tested_on: date
    document_id: UUID
    certificate_number: str | None = None


@dataclass(frozen=True, slots=True)
class AddLot:
    lots: TestedLots
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(self, actor: Actor, draft: LotDraft) -> TestedLotView:
        """A draft, which nobody else sees."""
        actor.require(Permission.TRADE)
        lot = TestedLot(
            id=LotId(self.ids.new()), owner=actor.user, created_at=self.clock.now(), commodity=draft.commodity,
            quantity=draft.quantity, grade=draft.grade, origin=draft.origin, place=draft.place, quality=draft.quality,
            price=draft.price, price_unit=draft.price_unit,
        )  # fmt: skip
        async with self.transaction:
            await self.lots.add(lot)
            return self.transaction.answers(TestedLotView.of(lot, lot.quantity.amount))


@dataclass(frozen=True, slots=True)
class ReviseLot:
    lots: TestedLots
    supplies: Supplies
    transaction: Transaction

    async def __call__(
        self, actor: Actor, lot_id: LotId, changes: Mapping[str, Any], to: LotStatus | None = None
    ) -> TestedLotView:
        """`changes` by the names of its fields; `to`: available or rejected, afterwards."""
        actor.require(Permission.TRADE)
        async with self.transaction:
            lot = await _own(self.lots, actor, lot_id)
            if changes:
                lot.revise(**changes)
            if to is LotStatus.AVAILABLE:
                lot.publish()
            elif to is LotStatus.REJECTED:
                lot.reject()
            await self.lots.save(lot)
            left = (await self.supplies.of(lot.id, lot.quantity)).left
            return self.transaction.answers(TestedLotView.of(lot, left))


@dataclass(frozen=True, slots=True)
class WithdrawLot:
    lots: TestedLots
    supplies: Supplies
    transaction: Transaction

    async def __call__(self, actor: Actor, lot_id: LotId) -> None:
        """Raises LotIsHeld; done also where it was withdrawn already."""
        actor.require(Permission.TRADE)
        async with self.transaction:
            lot = await _own(self.lots, actor, lot_id)
            if lot.status is not LotStatus.WITHDRAWN:
                lot.withdraw((await self.supplies.of(lot.id, lot.quantity)).held)
                await self.lots.save(lot)


@dataclass(frozen=True, slots=True)
class AttachReport:
    lots: TestedLots
    documents: ReportDocuments
    supplies: Supplies
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(self, actor: Actor, lot_id: LotId, draft: ReportDraft) -> TestedLotView:
        """The first one makes the lot a tested one."""
        actor.require(Permission.TRADE)
        async with self.transaction:
            lot = await _own(self.lots, actor, lot_id)
            sha256 = await self.documents.sha256_of(actor.user, draft.document_id)
            lot.attach(
                LabReport(
                    id=ReportId(self.ids.new()), parameters=draft.parameters, method=draft.method,
                    laboratory=draft.laboratory, tested_on=draft.tested_on,
                    certificate_number=draft.certificate_number, document_id=draft.document_id,
                    document_sha256=sha256, attached_at=self.clock.now(),
                )
            )  # fmt: skip
            await self.lots.save(lot)
            left = (await self.supplies.of(lot.id, lot.quantity)).left
            return self.transaction.answers(TestedLotView.of(lot, left))


@dataclass(frozen=True, slots=True)
class ReserveLot:
    """Set a quantity aside. Locks the trade, the lot and its stock, in this order."""

    lots: TestedLots
    supplies: Supplies
    reservations: Reservations
    trades: Trades
    traders: Traders
    transaction: Transaction
    clock: Clock

    async def __call__(
        self,
        actor: Actor,
        lot_id: LotId,
        quantity: Quantity,
        *,
        until: datetime | None = None,
        for_user: UserId | None = None,
        trade_id: TradeId | None = None,
    ) -> ReservationView:
        """For a person, for a trade, or just off the market; raises NothingLeft."""
        actor.require(Permission.TRADE)
        if for_user and trade_id:
            raise InvalidReservation("is for a person or for a trade, not both", field="trade_id")
        async with self.transaction:
            await self._require_recipient(actor, for_user, trade_id)
            lot = await _own(self.lots, actor, lot_id)
            now = self.clock.now()
            until = until or now + SHORT_RESERVATION
            if not now < until <= now + LONGEST_RESERVATION:
                raise InvalidReservation(f"lies within the next {LONGEST_RESERVATION.days} days", field="until")
            lot.require_available()
            amount = quantity.to(lot.quantity.unit).amount
            made = await self.reservations.reserve(lot, amount, for_user or trade_id or actor.user, until)
            supply = await self.supplies.of(lot.id, lot.quantity)
            if lot.settle(supply.left, is_sold_out=False):
                await self.lots.save(lot)
            return self.transaction.answers(_view(made, lot, supply.left))

    async def _require_recipient(self, actor: Actor, for_user: UserId | None, trade_id: TradeId | None) -> None:
        if for_user and not await self.traders.names({for_user}):
            raise InvalidReservation("nobody has this id", field="for_user")
        if trade_id and not (await self.trades.shared(trade_id)).may_see(actor.user):
            raise TradeNotFound("no such trade", trade_id=trade_id)


@dataclass(frozen=True, slots=True)
class ReleaseReservation:
    """Put on the market again what was set aside, before its time."""

    lots: TestedLots
    supplies: Supplies
    reservations: Reservations
    transaction: Transaction

    async def __call__(
        self, actor: Actor, lot_id: LotId, *, reservation_id: UUID | None = None, quantity: Quantity | None = None
    ) -> TestedLotView:
        """One reservation, or this much of what is reserved for nobody in particular, oldest first."""
        actor.require(Permission.TRADE)
        if (reservation_id is None) == (quantity is None):
            raise InvalidReservation("say reservation_id or quantity, one of them", field="reservation_id")
        async with self.transaction:
            lot = await _own(self.lots, actor, lot_id)
            if reservation_id:
                await self._release_one(lot, reservation_id)
            elif quantity:
                await self._release_some(lot, quantity.to(lot.quantity.unit).amount)
            supply = await self.supplies.of(lot.id, lot.quantity)
            if lot.settle(supply.left, is_sold_out=supply.is_sold_out):
                await self.lots.save(lot)
            return self.transaction.answers(TestedLotView.of(lot, supply.left))

    async def _release_one(self, lot: TestedLot, reservation_id: UUID) -> None:
        reservation = await self.reservations.find(lot.id, reservation_id)
        if reservation is None:
            raise ReservationNotFound("this lot has no such reservation", reservation_id=reservation_id)
        await self.reservations.release(reservation)

    async def _release_some(self, lot: TestedLot, wanted: Decimal) -> None:
        """What is released beyond it is reserved again as it was."""
        for reservation in await self.reservations.made_for(lot.id, lot.owner):
            if wanted <= 0:
                break
            await self.reservations.release(reservation)
            if reservation.quantity > wanted:
                rest = reservation.quantity - wanted
                await self.reservations.reserve(lot, rest, reservation.reference, reservation.until)
            wanted -= reservation.quantity
        if wanted > 0:
            raise NotReserved(f"{plain(wanted)} more than is reserved for nobody in particular", missing=plain(wanted))


@dataclass(frozen=True, slots=True)
class SettleLot:
    """Inside a running transaction: show what of the lot is to be had after something of it was held, sold or given
    back."""

    lots: TestedLots
    supplies: Supplies

    async def __call__(self, lot_id: LotId) -> None:
        lot = await self.lots.locked(lot_id)
        supply = await self.supplies.of(lot.id, lot.quantity)
        if lot.settle(supply.left, is_sold_out=supply.is_sold_out):
            await self.lots.save(lot)


async def _own(lots: TestedLots, actor: Actor, lot_id: LotId) -> TestedLot:
    """Locked."""
    lot = await lots.locked(lot_id)
    lot.require_owner(actor.user)
    return lot


def _view(made: Reservation, lot: TestedLot, left: Decimal) -> ReservationView:
    return ReservationView(
        id=made.id, lot_id=lot.id, quantity=made.quantity, unit=lot.quantity.unit,
        held_for=None if made.reference == lot.owner else made.reference, until=made.until, remaining_quantity=left,
    )  # fmt: skip
