"""Disputes: the fake of the unit tests and the SQL adapter keep one contract."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from marketplace.adapters.sql.disputes.disputes import SqlDisputes
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.disputes.ports import Disputes
from marketplace.application.shared.ports import Transaction
from marketplace.domain.disputes.dispute import RESPONSE_TIME, Dispute, Evidence
from marketplace.domain.disputes.moves import (
    DisputeAlreadyOpen,
    DisputeId,
    DisputeNotFound,
    DisputeOutcome,
    DisputeReason,
    DisputeSide,
    DisputeStatus,
    EvidenceId,
    Remedy,
    Voice,
)
from marketplace.domain.shared.errors import StaleAggregate
from marketplace.domain.shared.ids import OrderId
from tests.builders.commerce import NOON, a_user_id, aed, new_id
from tests.fakes.disputes import MemoryDisputes
from tests.fakes.world import MemoryTransaction

SPLIT = Remedy(DisputeOutcome.SPLIT, aed(250))


def a_dispute(**changes: Any) -> Dispute:
    """Opened by the buyer, who wants a part of it back."""
    given: dict[str, Any] = {
        "id": DisputeId(new_id()), "order_id": OrderId(new_id()), "buyer": a_user_id(), "seller": a_user_id(),
        "opener": DisputeSide.BUYER, "reason": DisputeReason.DAMAGED, "amount": aed(750), "opened_at": NOON,
        "response_due_at": NOON + RESPONSE_TIME, **changes,
    }  # fmt: skip
    dispute = Dispute(**given)
    dispute.open("Cracked.", SPLIT)
    return dispute


def fields_of(dispute: Dispute) -> dict[str, Any]:
    return {name: getattr(dispute, name) for name in Dispute.__dataclass_fields__ if name[0] != "_"} | {"messages": []}


@dataclass
class House:
    transaction: Transaction
    disputes: Disputes

    async def added(self, **changes: Any) -> Dispute:
        dispute = a_dispute(**changes)
        async with self.transaction:
            await self.disputes.add(dispute)
        return dispute

    async def saved(self, dispute: Dispute) -> Dispute:
        async with self.transaction:
            await self.disputes.save(dispute)
        return await self.found(dispute.id)

    async def found(self, dispute_id: DisputeId) -> Dispute:
        async with self.transaction:
            found = await self.disputes.find(dispute_id)
            assert fields_of(await self.disputes.lock(dispute_id)) == fields_of(found)
            return found


class DisputesContract:
    async def test_what_is_added_comes_back_whole(self, house: House) -> None:
        dispute = await house.added()
        assert fields_of(await house.found(dispute.id)) == fields_of(dispute)

    async def test_what_is_saved_comes_back_whole(self, house: House) -> None:
        dispute = await house.added()
        dispute.respond(dispute.seller, "No.", Remedy(DisputeOutcome.SELLER), None, NOON)
        dispute.add(an_evidence(dispute))
        assert fields_of(await house.saved(dispute)) == fields_of(dispute)
        dispute.escalate(dispute.buyer, NOON + timedelta(hours=1))
        moderator = a_user_id()
        dispute.resolve(SPLIT, moderator, "Half of it.", NOON + timedelta(hours=2))
        found = await house.saved(dispute)
        assert fields_of(found) == fields_of(dispute)
        assert (found.status, found.remedy, found.decided_by) == (DisputeStatus.RESOLVED_SPLIT, SPLIT, moderator)

    async def test_an_order_has_one_live_dispute(self, house: House) -> None:
        dispute = await house.added()
        with pytest.raises(DisputeAlreadyOpen):
            await house.added(order_id=dispute.order_id)
        async with house.transaction:
            live = await house.disputes.live_of(dispute.order_id)
            assert live is not None
            assert live.id == dispute.id
        dispute.withdraw(dispute.buyer, NOON)
        await house.saved(dispute)
        async with house.transaction:
            assert await house.disputes.live_of(dispute.order_id) is None
        await house.added(order_id=dispute.order_id)

    async def test_what_changed_meanwhile_is_not_overwritten(self, house: House) -> None:
        dispute = await house.added()
        other = await house.found(dispute.id)
        await house.saved(dispute)
        with pytest.raises(StaleAggregate):
            await house.saved(other)

    async def test_evidence_is_kept(self, house: House) -> None:
        dispute = await house.added()
        async with house.transaction:
            await house.disputes.add_evidence(an_evidence(dispute))
            await house.disputes.add_evidence(replace(an_evidence(dispute), ending="webp"))

    async def test_what_never_was_is_not_found(self, house: House) -> None:
        with pytest.raises(DisputeNotFound):
            await house.found(DisputeId(new_id()))


def an_evidence(dispute: Dispute) -> Evidence:
    return Evidence(
        id=EvidenceId(new_id()), dispute_id=dispute.id, owner=dispute.buyer, voice=Voice.BUYER,
        description="The box.", ending="pdf", size=3, sha256="0" * 64, added_at=NOON,
    )  # fmt: skip


class TestMemory(DisputesContract):
    @pytest.fixture
    def house(self) -> House:
        transaction = MemoryTransaction()
        return House(transaction, MemoryDisputes(transaction))


class TestSql(DisputesContract):
    @pytest.fixture
    def house(self, pool: Pool) -> House:
        transaction = SqlTransaction(pool, {})
        return House(transaction, SqlDisputes(transaction))
