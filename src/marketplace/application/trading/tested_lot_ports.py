from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import Slice
from marketplace.application.trading.tested_lot_views import TestedLotView
from marketplace.domain.shared.ids import UserId
from marketplace.domain.trading.lot import LotStatus, TestedLot
from marketplace.domain.trading.terms import LotId


class TestedLots(Protocol):
    """Every tested lot. Saving adds the reports that are new and raises StaleAggregate if another change came first."""

    async def locked(self, lot_id: LotId) -> TestedLot:
        """Nobody else changes or shares it until the transaction ends; raises LotNotFound."""
        ...

    async def shared(self, lot_id: LotId) -> TestedLot:
        """Nobody changes it until the transaction ends; raises LotNotFound."""
        ...

    async def add(self, lot: TestedLot) -> None: ...
    async def save(self, lot: TestedLot) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """Part of a lot, in its own unit, that its owner set aside. `reference`: a person, a trade, or the owner when it is
    for nobody in particular."""

    id: UUID
    lot_id: LotId
    quantity: Decimal
    reference: UUID
    until: datetime


class Reservations(Protocol):
    """Asked of inventory, inside the running transaction, after the lot is locked."""

    async def reserve(self, lot: TestedLot, quantity: Decimal, reference: UUID, until: datetime) -> Reservation:
        """Given back by itself at `until`. Raises NothingLeft, which tells what is left."""
        ...

    async def find(self, lot_id: LotId, reservation_id: UUID) -> Reservation | None:
        """If it is reserved still, not for an order."""
        ...

    async def made_for(self, lot_id: LotId, reference: UUID) -> list[Reservation]:
        """Those that are held still, oldest first."""
        ...

    async def release(self, reservation: Reservation) -> None: ...


class ReportDocuments(Protocol):
    """Asked of the catalog."""

    async def sha256_of(self, owner: UserId, document_id: UUID) -> str:
        """Of a document that this person uploaded, in hexadecimal digits; raises the catalog's NotFound."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LotFilter:
    """`mine`: one's own, in every state; otherwise what is available, whoever's it is."""

    commodity: str | None = None
    status: LotStatus | None = None
    mine: bool = False


class LotQueries(Protocol):
    """Reads for traders of the desk. A lot is seen by its owner, and while it is available by all of them."""

    async def lot(self, actor: Actor, lot_id: LotId) -> TestedLotView:
        """Raises LotNotFound."""
        ...

    async def lots(
        self, actor: Actor, wanted: LotFilter, *, after: LotId | None, skip: int, limit: int
    ) -> Slice[TestedLotView]:
        """Newest first."""
        ...
