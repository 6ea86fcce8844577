from typing import Any

import asyncpg

from marketplace.adapters.sql.disputes.tables import LIVE
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.disputes.ports import Disputes
from marketplace.domain.disputes.dispute import Dispute, Evidence, Message, Proposal
from marketplace.domain.disputes.moves import (
    DisputeAlreadyOpen,
    DisputeId,
    DisputeNotFound,
    DisputeOutcome,
    DisputeReason,
    DisputeSide,
    DisputeStatus,
    Remedy,
    Voice,
)
from marketplace.domain.shared.errors import StaleAggregate
from marketplace.domain.shared.ids import OrderId
from marketplace.domain.shared.money import Money

_ADD = f"""
INSERT INTO disputes.disputes (id, order_id, buyer_id, seller_id, opener, reason, amount_minor, currency, opened_at,
    response_due_at, status, proposals, said, evidence)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
ON CONFLICT (order_id) WHERE {LIVE} DO NOTHING RETURNING id
"""  # noqa: S608 - our own words
FIND = "SELECT * FROM disputes.disputes WHERE id = $1"
LIVE_OF = f"SELECT * FROM disputes.disputes WHERE order_id = $1 AND {LIVE} FOR UPDATE"  # noqa: S608
_SAVE = """
UPDATE disputes.disputes SET status = $3, proposals = $4, said = $5, evidence = $6, outcome = $7, back_minor = $8,
    decided_by = $9, decision = $10, escalated_at = $11, ended_at = $12, version = version + 1
WHERE id = $1 AND version = $2 RETURNING id
"""
_SAY = """
INSERT INTO disputes.messages (dispute_id, number, author_id, voice, text, outcome, back_minor, said_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_ADD_EVIDENCE = """
INSERT INTO disputes.evidence (id, dispute_id, owner_id, voice, description, ending, size, sha256, added_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""


class SqlDisputes(Disputes):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def add(self, dispute: Dispute) -> None:
        added = await self._transaction.connection.fetchval(
            _ADD, dispute.id, dispute.order_id, dispute.buyer, dispute.seller, dispute.opener.value,
            dispute.reason.value, dispute.amount.minor, dispute.amount.currency, dispute.opened_at,
            dispute.response_due_at, dispute.status.value, _proposals(dispute), dispute.said, dispute.evidence,
        )  # fmt: skip
        if added is None:
            raise DisputeAlreadyOpen("this order is disputed already", order_id=dispute.order_id)
        await self._say(dispute)

    async def find(self, dispute_id: DisputeId) -> Dispute:
        return _found(await self._transaction.connection.fetchrow(FIND, dispute_id), dispute_id)

    async def lock(self, dispute_id: DisputeId) -> Dispute:
        return _found(await self._transaction.connection.fetchrow(f"{FIND} FOR UPDATE", dispute_id), dispute_id)

    async def live_of(self, order_id: OrderId) -> Dispute | None:
        row = await self._transaction.connection.fetchrow(LIVE_OF, order_id)
        return row and dispute_of(row)

    async def save(self, dispute: Dispute) -> None:
        outcome, back = _parts(dispute.remedy)
        saved = await self._transaction.connection.fetchval(
            _SAVE, dispute.id, dispute.version, dispute.status.value, _proposals(dispute), dispute.said,
            dispute.evidence, outcome, back, dispute.decided_by, dispute.decision, dispute.escalated_at,
            dispute.ended_at,
        )  # fmt: skip
        if saved is None:
            raise StaleAggregate("the dispute changed meanwhile; load it again", dispute_id=dispute.id)
        dispute.version += 1
        await self._say(dispute)

    async def add_evidence(self, evidence: Evidence) -> None:
        await self._transaction.connection.execute(
            _ADD_EVIDENCE, evidence.id, evidence.dispute_id, evidence.owner, evidence.voice.value,
            evidence.description, evidence.ending, evidence.size, evidence.sha256, evidence.added_at,
        )  # fmt: skip

    async def _say(self, dispute: Dispute) -> None:
        for one in dispute.messages:
            await self._transaction.connection.execute(
                _SAY, dispute.id, one.number, one.author, one.voice.value, one.text, *_parts(one.proposal), one.at
            )
        dispute.messages = []
        self._transaction.ship(dispute, dispute.order_id)


def _found(row: asyncpg.Record | None, dispute_id: DisputeId) -> Dispute:
    if row is None:
        raise DisputeNotFound("no such dispute", dispute_id=dispute_id)
    return dispute_of(row)


def dispute_of(row: asyncpg.Record) -> Dispute:
    currency = row["currency"]
    return Dispute(
        id=row["id"], order_id=row["order_id"], buyer=row["buyer_id"], seller=row["seller_id"],
        opener=DisputeSide(row["opener"]), reason=DisputeReason(row["reason"]),
        amount=Money(row["amount_minor"], currency), status=DisputeStatus(row["status"]),
        proposals={
            DisputeSide(side): Proposal(number, remedy)
            for side, (number, outcome, back) in row["proposals"].items()
            if (remedy := _remedy(outcome, back, currency))
        },
        said=row["said"], evidence=row["evidence"], remedy=_remedy(row["outcome"], row["back_minor"], currency),
        decided_by=row["decided_by"], decision=row["decision"], opened_at=row["opened_at"],
        response_due_at=row["response_due_at"], escalated_at=row["escalated_at"], ended_at=row["ended_at"],
        version=row["version"],
    )  # fmt: skip


def message_of(row: asyncpg.Record) -> Message:
    return Message(
        number=row["number"], author=row["author_id"], voice=Voice(row["voice"]), text=row["text"],
        proposal=_remedy(row["outcome"], row["back_minor"], row["currency"]), at=row["said_at"],
    )  # fmt: skip


def _remedy(outcome: str | None, back: int | None, currency: str) -> Remedy | None:
    return None if outcome is None else Remedy(DisputeOutcome(outcome), None if back is None else Money(back, currency))


def _parts(remedy: Remedy | None) -> tuple[str | None, int | None]:
    if remedy is None:
        return None, None
    return remedy.outcome.value, None if remedy.amount is None else remedy.amount.minor


def _proposals(dispute: Dispute) -> dict[str, list[Any]]:
    return {side.value: [one.number, *_parts(one.remedy)] for side, one in dispute.proposals.items()}
