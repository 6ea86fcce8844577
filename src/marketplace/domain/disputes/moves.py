"""Which moves of a dispute there are (product glossary), and the words around them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NewType
from uuid import UUID

from marketplace.domain.shared.errors import Conflict, Forbidden, Invalid, NotFound
from marketplace.domain.shared.money import Money

DisputeId = NewType("DisputeId", UUID)
EvidenceId = NewType("EvidenceId", UUID)


class DisputeNotFound(NotFound):
    code = "dispute_not_found"


class EvidenceNotFound(NotFound):
    code = "evidence_not_found"


class DisputeAlreadyOpen(Conflict):
    code = "dispute_already_open"


class OrderNotDisputable(Conflict):
    code = "order_not_disputable"


class IllegalDisputeMove(Conflict):
    code = "illegal_dispute_move"


class ProposalChanged(Conflict):
    """It is not what the other side proposes now."""

    code = "proposal_changed"


class TooManyMessages(Conflict):
    code = "too_many_messages"


class TooMuchEvidence(Conflict):
    code = "too_much_evidence"


class NotYourDispute(Forbidden):
    """It is the other side's to do, or a moderator's who is no party."""

    code = "not_your_dispute"


class InvalidRemedy(Invalid):
    code = "invalid_remedy"


class DisputeStatus(StrEnum):
    OPENED = "opened"
    AWAITING_RESPONSE = "awaiting_response"
    UNDER_REVIEW = "under_review"
    ESCALATED = "escalated"
    RESOLVED_BUYER = "resolved_buyer"
    RESOLVED_SELLER = "resolved_seller"
    RESOLVED_SPLIT = "resolved_split"
    WITHDRAWN = "withdrawn"


_S = DisputeStatus
_RESOLVED = frozenset({_S.RESOLVED_BUYER, _S.RESOLVED_SELLER, _S.RESOLVED_SPLIT})
DISPUTE_MOVES: Mapping[DisputeStatus, frozenset[DisputeStatus]] = {
    _S.OPENED: _RESOLVED | {_S.AWAITING_RESPONSE, _S.WITHDRAWN},
    _S.AWAITING_RESPONSE: _RESOLVED | {_S.UNDER_REVIEW, _S.WITHDRAWN},
    _S.UNDER_REVIEW: _RESOLVED | {_S.ESCALATED, _S.WITHDRAWN},
    _S.ESCALATED: _RESOLVED,
    _S.RESOLVED_BUYER: frozenset(),
    _S.RESOLVED_SELLER: frozenset(),
    _S.RESOLVED_SPLIT: frozenset(),
    _S.WITHDRAWN: frozenset(),
}
LIVE = frozenset(status for status, targets in DISPUTE_MOVES.items() if targets)
DECIDABLE = frozenset({_S.UNDER_REVIEW, _S.ESCALATED})
"""A moderator decides; the parties may agree earlier."""


class DisputeSide(StrEnum):
    BUYER = "buyer"
    SELLER = "seller"

    @property
    def other(self) -> "DisputeSide":
        return DisputeSide.SELLER if self is DisputeSide.BUYER else DisputeSide.BUYER


class Voice(StrEnum):
    """As what somebody speaks in a dispute."""

    BUYER = "buyer"
    SELLER = "seller"
    MODERATOR = "moderator"


class DisputeReason(StrEnum):
    NOT_RECEIVED = "not_received"
    NOT_AS_DESCRIBED = "not_as_described"
    DAMAGED = "damaged"
    LATE = "late"
    PAYMENT = "payment"
    OTHER = "other"


class DisputeOutcome(StrEnum):
    """Who gets the money."""

    BUYER = "buyer"
    SELLER = "seller"
    SPLIT = "split"

    @property
    def status(self) -> DisputeStatus:
        return DisputeStatus(f"resolved_{self}")


@dataclass(frozen=True, slots=True)
class Remedy:
    """`amount` is what goes back to the buyer of a split; else all that is left does, or nothing."""

    outcome: DisputeOutcome
    amount: Money | None = None

    def __post_init__(self) -> None:
        if self.outcome is DisputeOutcome.SPLIT and (self.amount is None or self.amount.minor <= 0):
            raise InvalidRemedy("say how much of it goes back to the buyer", field="amount")
        if self.outcome is not DisputeOutcome.SPLIT and self.amount is not None:
            raise InvalidRemedy("only a split has an amount", field="amount")

    def require_part_of(self, whole: Money) -> None:
        """Raises InvalidRemedy."""
        if self.amount is not None and not whole > self.amount:
            raise InvalidRemedy(f"is less than the {whole.decimal} {whole.currency} of the order", field="amount")
