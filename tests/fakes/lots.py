from collections.abc import Sequence
from copy import deepcopy
from datetime import datetime
from uuid import UUID

from marketplace.application.trading.provenance import ProvenanceLink, Provenances, Source
from marketplace.application.trading.tested_lot_ports import ReportDocuments, TestedLots
from marketplace.domain.catalog.documents import DocumentNotFound
from marketplace.domain.shared.errors import StaleAggregate
from marketplace.domain.shared.ids import OrderId, UserId
from marketplace.domain.trading.lot import LotNotFound, TestedLot
from marketplace.domain.trading.terms import LotId
from tests.fakes.world import MemoryTransaction


class MemoryTestedLots(TestedLots):
    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    async def locked(self, lot_id: LotId) -> TestedLot:
        if lot_id not in self._transaction.inside.lots:
            raise LotNotFound("no such lot", lot_id=lot_id)
        return deepcopy(self._transaction.inside.lots[lot_id])

    async def shared(self, lot_id: LotId) -> TestedLot:
        return await self.locked(lot_id)

    async def add(self, lot: TestedLot) -> None:
        self._transaction.inside.lots[lot.id] = deepcopy(lot)

    async def save(self, lot: TestedLot) -> None:
        if self._transaction.inside.lots[lot.id].version != lot.version:
            raise StaleAggregate("the lot changed meanwhile; load it again", lot_id=lot.id)
        lot.version += 1
        await self.add(lot)


class MemoryReportDocuments(ReportDocuments):
    def __init__(self) -> None:
        self.uploaded: dict[UUID, tuple[UserId, str]] = {}

    async def sha256_of(self, owner: UserId, document_id: UUID) -> str:
        by, sha256 = self.uploaded.get(document_id, (None, ""))
        if by != owner:
            raise DocumentNotFound("no such document of yours", document_id=document_id)
        return sha256


class MemoryProvenances(Provenances):
    """`stored`: what the rows of lots, reports, offers and orders say, which a test writes."""

    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction
        self.stored: dict[OrderId, list[Source]] = {}

    async def of_agreement(self, order_id: OrderId) -> Sequence[Source]:
        return self.stored.get(order_id, [])

    async def freeze(
        self, order_id: OrderId, lot_id: LotId | None, links: Sequence[ProvenanceLink], now: datetime
    ) -> None:
        self._transaction.inside.provenances.setdefault(order_id, (lot_id, list(links), now))
