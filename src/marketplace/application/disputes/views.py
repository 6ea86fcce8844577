from datetime import datetime
from decimal import Decimal
from typing import Annotated, Self

import msgspec
from msgspec import Meta

from marketplace.domain.disputes.dispute import Dispute, Evidence, Message, Proposal
from marketplace.domain.disputes.moves import (
    DisputeId,
    DisputeOutcome,
    DisputeReason,
    DisputeSide,
    DisputeStatus,
    EvidenceId,
    Remedy,
    Voice,
)
from marketplace.domain.shared.ids import OrderId, UserId

CONTENT_TYPE_OF = {"pdf": "application/pdf", "webp": "image/webp"}
"""By the ending of the file."""
BackAmount = Annotated[Decimal | None, Meta(description="Back to the buyer, of a split.", examples=[250.00])]


class DisputeProposalView(msgspec.Struct, frozen=True):
    """`number` is that of the message it came with: it is accepted by it."""

    number: Annotated[int, Meta(examples=[3])]
    outcome: DisputeOutcome
    amount: BackAmount

    @classmethod
    def of(cls, proposal: Proposal | None) -> Self | None:
        if proposal is None:
            return None
        return cls(proposal.number, proposal.remedy.outcome, back_of(proposal.remedy))


class DisputeProposals(msgspec.Struct, frozen=True):
    """What each side proposes now."""

    buyer: DisputeProposalView | None
    seller: DisputeProposalView | None


class ResolutionView(msgspec.Struct, frozen=True):
    """`by` is the moderator, and `reason` theirs: both null where the sides agreed or the buyer's bank decided."""

    outcome: DisputeOutcome
    amount: BackAmount
    by: UserId | None
    reason: Annotated[str | None, Meta(examples=["The carrier lost it."])]

    @classmethod
    def of(cls, one: Dispute) -> Self | None:
        if one.remedy is None:
            return None
        return cls(one.remedy.outcome, back_of(one.remedy), one.decided_by, one.decision)


class DisputeView(msgspec.Struct, frozen=True):
    """`amount` is what the buyer paid for the order. After `response_due_at` it is under review, answered or not."""

    id: DisputeId
    order_id: OrderId
    buyer_id: UserId
    seller_id: UserId
    opened_by: Annotated[DisputeSide, Meta(examples=["buyer"])]
    reason: DisputeReason
    status: DisputeStatus
    amount: Annotated[Decimal, Meta(examples=[750.00])]
    currency: Annotated[str, Meta(examples=["AED"])]
    proposals: DisputeProposals
    messages: Annotated[int, Meta(examples=[4])]
    evidence: Annotated[int, Meta(description="Files.", examples=[2])]
    opened_at: datetime
    response_due_at: datetime
    escalated_at: datetime | None
    ended_at: datetime | None
    resolution: ResolutionView | None

    @classmethod
    def of(cls, one: Dispute) -> Self:
        return cls(
            id=one.id, order_id=one.order_id, buyer_id=one.buyer, seller_id=one.seller, opened_by=one.opener,
            reason=one.reason, status=one.status, amount=one.amount.decimal, currency=one.amount.currency,
            proposals=DisputeProposals(*(DisputeProposalView.of(one.proposals.get(side)) for side in DisputeSide)),
            messages=one.said, evidence=one.evidence, opened_at=one.opened_at, response_due_at=one.response_due_at,
            escalated_at=one.escalated_at, ended_at=one.ended_at,
            resolution=ResolutionView.of(one),
        )  # fmt: skip


def back_of(remedy: Remedy) -> Decimal | None:
    return None if remedy.amount is None else remedy.amount.decimal


class DisputeMessageView(msgspec.Struct, frozen=True):
    """Counted from 1 in each dispute. `voice`: buyer, seller or moderator."""

    number: Annotated[int, Meta(examples=[2])]
    author_id: UserId
    voice: Voice
    text: Annotated[str, Meta(examples=["The box came empty."])]
    proposal: DisputeProposalView | None
    said_at: datetime

    @classmethod
    def of(cls, one: Message) -> Self:
        proposal = None if one.proposal is None else Proposal(one.number, one.proposal)
        return cls(one.number, one.author, one.voice, one.text, DisputeProposalView.of(proposal), one.at)


class EvidenceView(msgspec.Struct, frozen=True):
    """A picture is kept as WebP, a PDF as it came. `size` is in bytes, `sha256` in hexadecimal digits."""

    id: EvidenceId
    dispute_id: DisputeId
    owner_id: UserId
    voice: Voice
    description: Annotated[str, Meta(examples=["The box as it came."])]
    content_type: Annotated[str, Meta(examples=["application/pdf"])]
    size: Annotated[int, Meta(examples=[48_213])]
    sha256: Annotated[str, Meta(examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])]
    added_at: datetime

    @classmethod
    def of(cls, one: Evidence) -> Self:
        return cls(
            one.id, one.dispute_id, one.owner, one.voice, one.description, CONTENT_TYPE_OF[one.ending], one.size,
            one.sha256, one.added_at,
        )  # fmt: skip
