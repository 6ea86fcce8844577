from datetime import datetime
from decimal import Decimal
from uuid import UUID

from marketplace.application.inventory.holds import RELEASE_HOLD
from marketplace.application.inventory.ports import Stocks
from marketplace.application.shared.ports import Ids, Timers
from marketplace.application.trading.tested_lot_ports import Reservation, Reservations
from marketplace.domain.inventory.hold import Hold, HoldId, HoldReason, HoldStatus
from marketplace.domain.shared.subject import SubjectKind
from marketplace.domain.trading.lot import TestedLot
from marketplace.domain.trading.terms import LotId
from marketplace.domain.trading.units import plain


class ReservationsOfInventory(Reservations):
    def __init__(self, stocks: Stocks, timers: Timers, ids: Ids) -> None:
        self._stocks = stocks
        self._timers = timers
        self._ids = ids

    async def reserve(self, lot: TestedLot, quantity: Decimal, reference: UUID, until: datetime) -> Reservation:
        hold = Hold(
            id=HoldId(self._ids.new()), kind=SubjectKind.LOT, subject=lot.id, quantity=quantity,
            reason=HoldReason.RESERVATION, reference=reference, until=until,
        )  # fmt: skip
        await self._stocks.take(hold, of=lot.quantity.amount)
        self._timers.set(RELEASE_HOLD, hold.id, until)
        return _reservation(hold)

    async def find(self, lot_id: LotId, reservation_id: UUID) -> Reservation | None:
        hold = await self._stocks.find(HoldId(reservation_id))
        return _reservation(hold) if hold and _is_reservation(hold, lot_id) else None

    async def made_for(self, lot_id: LotId, reference: UUID) -> list[Reservation]:
        held = await self._stocks.held_for(reference)
        return [_reservation(hold) for hold in held if _is_reservation(hold, lot_id)]

    async def release(self, reservation: Reservation) -> None:
        if hold := await self._stocks.find(HoldId(reservation.id)):
            await self._stocks.settle(hold, HoldStatus.RELEASED)
            self._timers.clear(RELEASE_HOLD, hold.id)


def _is_reservation(hold: Hold, lot_id: LotId) -> bool:
    return hold.subject == lot_id and hold.reason is HoldReason.RESERVATION


def _reservation(hold: Hold) -> Reservation:
    return Reservation(
        id=hold.id, lot_id=LotId(hold.subject), quantity=plain(hold.quantity), reference=hold.reference,
        until=hold.until,
    )  # fmt: skip
