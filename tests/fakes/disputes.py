"""Disputes in memory: tests/contract/disputes keeps them true."""

from copy import deepcopy

from marketplace.application.disputes.ports import Disputes
from marketplace.domain.disputes.dispute import Dispute, Evidence
from marketplace.domain.disputes.moves import DisputeAlreadyOpen, DisputeId, DisputeNotFound
from marketplace.domain.shared.errors import StaleAggregate
from marketplace.domain.shared.ids import OrderId
from tests.fakes.world import MemoryTransaction


class MemoryDisputes(Disputes):
    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    async def add(self, dispute: Dispute) -> None:
        if await self.live_of(dispute.order_id):
            raise DisputeAlreadyOpen("this order is disputed already")
        self._write(dispute)

    async def find(self, dispute_id: DisputeId) -> Dispute:
        if dispute_id not in self._transaction.inside.disputes:
            raise DisputeNotFound("no such dispute")
        return deepcopy(self._transaction.inside.disputes[dispute_id])

    async def lock(self, dispute_id: DisputeId) -> Dispute:
        return await self.find(dispute_id)

    async def live_of(self, order_id: OrderId) -> Dispute | None:
        disputes = self._transaction.inside.disputes.values()
        return deepcopy(next((one for one in disputes if one.order_id == order_id and one.is_live), None))

    async def save(self, dispute: Dispute) -> None:
        if self._transaction.inside.disputes[dispute.id].version != dispute.version:
            raise StaleAggregate("the dispute changed meanwhile; load it again")
        dispute.version += 1
        self._write(dispute)

    async def add_evidence(self, evidence: Evidence) -> None:
        self._transaction.inside.evidence.append(evidence)

    def _write(self, dispute: Dispute) -> None:
        self._transaction.ship(dispute)
        self._transaction.inside.said += [(dispute.id, message) for message in dispute.messages]
        dispute.messages = []
        self._transaction.inside.disputes[dispute.id] = deepcopy(dispute)
