from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from marketplace.domain.disputes.moves import (
    DisputeId,
    DisputeOutcome,
    DisputeReason,
    DisputeSide,
    DisputeStatus,
    EvidenceId,
    Voice,
)
from marketplace.domain.shared.aggregate import DomainEvent
from marketplace.domain.shared.ids import OrderId, UserId
from marketplace.domain.shared.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeEvent(DomainEvent):
    """`by` is None for the service itself."""

    dispute_id: DisputeId
    order_id: OrderId
    buyer: UserId
    seller: UserId
    opener: DisputeSide
    status: DisputeStatus
    by: UserId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeOpened(DisputeEvent):
    name: ClassVar[str] = "disputes.dispute_opened.v1"
    reason: DisputeReason
    response_due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeMoved(DisputeEvent):
    """Under review, escalated or withdrawn."""

    name: ClassVar[str] = "disputes.dispute_moved.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeResolved(DisputeEvent):
    """`amount`: what goes back, of a split. `agreed`: by both sides, not by a moderator or a bank."""

    name: ClassVar[str] = "disputes.dispute_resolved.v1"
    outcome: DisputeOutcome
    amount: Money | None
    agreed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeMessageAdded(DisputeEvent):
    name: ClassVar[str] = "disputes.message_added.v1"
    number: int
    voice: Voice


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceAdded(DisputeEvent):
    name: ClassVar[str] = "disputes.evidence_added.v1"
    evidence_id: EvidenceId
