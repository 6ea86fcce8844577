"""A dispute over a paid order: what its sides say and propose, and how it ends."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from marketplace.domain.disputes.events import (
    DisputeMessageAdded,
    DisputeMoved,
    DisputeOpened,
    DisputeResolved,
    EvidenceAdded,
)
from marketplace.domain.disputes.moves import (
    DECIDABLE,
    DISPUTE_MOVES,
    LIVE,
    DisputeId,
    DisputeNotFound,
    DisputeOutcome,
    DisputeReason,
    DisputeSide,
    DisputeStatus,
    EvidenceId,
    IllegalDisputeMove,
    NotYourDispute,
    ProposalChanged,
    Remedy,
    TooManyMessages,
    TooMuchEvidence,
    Voice,
)
from marketplace.domain.shared.aggregate import Aggregate
from marketplace.domain.shared.ids import OrderId, UserId
from marketplace.domain.shared.money import Money
from marketplace.domain.shared.text import clean_text

RESPONSE_TIME = timedelta(hours=72)
"""So long the other side may answer before moderators look at it."""
MOST_MESSAGES = 500
MOST_EVIDENCE = 20
LONGEST_MESSAGE = 4_000
LONGEST_REASON = 2_000
LONGEST_DESCRIPTION = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Counted from 1, which is why the dispute was opened. `proposal` takes the place of the side's former one."""

    number: int
    author: UserId
    voice: Voice
    text: str
    proposal: Remedy | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A file as it is kept: `size` is in bytes, `sha256` in hexadecimal digits, `ending` pdf or webp."""

    id: EvidenceId
    dispute_id: DisputeId
    owner: UserId
    voice: Voice
    description: str
    ending: str
    size: int
    sha256: str
    added_at: datetime


@dataclass(frozen=True, slots=True)
class Proposal:
    """`number` is that of the message it came with."""

    number: int
    remedy: Remedy


@dataclass(slots=True, kw_only=True, eq=False)
class Dispute(Aggregate):
    id: DisputeId
    order_id: OrderId
    buyer: UserId
    seller: UserId
    opener: DisputeSide
    reason: DisputeReason
    amount: Money
    """What the buyer paid for the order."""
    status: DisputeStatus = DisputeStatus.OPENED
    proposals: dict[DisputeSide, Proposal] = field(default_factory=dict)
    """What each side proposes now."""
    said: int = 0
    """How many messages there are."""
    evidence: int = 0
    """How many files there are."""
    remedy: Remedy | None = None
    """How it was resolved."""
    decided_by: UserId | None = None
    """The moderator; None where the sides agreed, or a bank decided."""
    decision: str | None = None
    """Why, in the words of who decided."""
    opened_at: datetime
    response_due_at: datetime
    escalated_at: datetime | None = None
    ended_at: datetime | None = None
    messages: list[Message] = field(default_factory=list, compare=False)
    """Those that are not saved yet."""

    @property
    def is_live(self) -> bool:
        return self.status in LIVE

    def side_of(self, user: UserId) -> DisputeSide:
        """Raises DisputeNotFound for who is no party."""
        if user == self.buyer:
            return DisputeSide.BUYER
        if user == self.seller:
            return DisputeSide.SELLER
        raise DisputeNotFound("no such dispute", dispute_id=self.id)

    def is_party(self, user: UserId) -> bool:
        return user in {self.buyer, self.seller}

    def open(self, text: str, wanted: Remedy) -> None:
        user = self.buyer if self.opener is DisputeSide.BUYER else self.seller
        self._say(user, Voice(self.opener), text, wanted, self.opened_at, told=False)
        self._to(DisputeStatus.AWAITING_RESPONSE)
        facts = self._facts(user, self.opened_at)
        self._record(DisputeOpened(**facts, reason=self.reason, response_due_at=self.response_due_at))

    def respond(self, user: UserId, text: str, proposal: Remedy | None, accepts: int | None, now: datetime) -> None:
        """Of the other side, once and in time; `accepts`: see `accept`. Raises NotYourDispute, IllegalDisputeMove."""
        side = self.side_of(user)
        if side is self.opener:
            raise NotYourDispute("the other side answers: write a message", dispute_id=self.id)
        if self.status is not DisputeStatus.AWAITING_RESPONSE or now >= self.response_due_at:
            raise IllegalDisputeMove("the time to answer is over: write a message", status=self.status)
        self._say(user, Voice(side), text, proposal, now)
        if accepts is None:
            self._review(user, now)
        else:
            self.accept(user, accepts, now)

    def say(self, user: UserId, text: str, proposal: Remedy | None, now: datetime) -> Message:
        """Of a party, or of a moderator, who proposes nothing."""
        voice = Voice(self.side_of(user)) if self.is_party(user) else Voice.MODERATOR
        if voice is Voice.MODERATOR and proposal is not None:
            raise NotYourDispute("moderators decide, they propose nothing", dispute_id=self.id)
        return self._say(user, voice, text, proposal, now)

    def accept(self, user: UserId, number: int, now: datetime) -> None:
        """What the other side proposes now, by the number of its message; raises ProposalChanged for another one."""
        side = self.side_of(user)
        self._require_live()
        proposal = self.proposals.get(side.other)
        if proposal is None or proposal.number != number:
            raise ProposalChanged(
                "this is not what the other side proposes now: read the dispute again",
                number=None if proposal is None else proposal.number,
            )
        self._resolve(proposal.remedy, user, now, agreed=True)

    def lapse(self, now: datetime) -> bool:
        """True if the time to answer ended now, unanswered."""
        if self.status is not DisputeStatus.AWAITING_RESPONSE or now < self.response_due_at:
            return False
        self._review(None, now)
        return True

    def escalate(self, user: UserId, now: datetime) -> None:
        self.side_of(user)
        self._to(DisputeStatus.ESCALATED)
        self.escalated_at = now
        self._record(DisputeMoved(**self._facts(user, now)))

    def withdraw(self, user: UserId, now: datetime) -> None:
        """Of who opened it."""
        if self.side_of(user) is not self.opener:
            raise NotYourDispute("who opened a dispute withdraws it", dispute_id=self.id)
        self._to(DisputeStatus.WITHDRAWN)
        self.ended_at = now
        self._record(DisputeMoved(**self._facts(user, now)))

    def resolve(self, remedy: Remedy, moderator: UserId, decision: str, now: datetime) -> None:
        """Once it is under review; raises NotYourDispute for a party."""
        if self.is_party(moderator):
            raise NotYourDispute("somebody else decides a dispute of yours", dispute_id=self.id)
        decision = clean_text(decision, field="reason", longest=LONGEST_REASON)
        if self.status not in DECIDABLE:
            raise IllegalDisputeMove(f"a dispute that is {self.status} is not decided", status=self.status)
        remedy.require_part_of(self.amount)
        self._resolve(remedy, moderator, now, agreed=False)
        self.decided_by, self.decision = moderator, decision

    def lose_to_bank(self, now: datetime) -> bool:
        """The buyer's bank took the money back for good. False when it was over already."""
        if self.is_live:
            self._resolve(Remedy(DisputeOutcome.BUYER), None, now, agreed=False)
            return True
        return False

    def require_room(self) -> None:
        """Raises TooMuchEvidence, and IllegalDisputeMove when it is over."""
        self._require_live()
        if self.evidence >= MOST_EVIDENCE:
            raise TooMuchEvidence(f"a dispute has at most {MOST_EVIDENCE} files", dispute_id=self.id)

    def add(self, evidence: Evidence) -> None:
        self.require_room()
        self.evidence += 1
        facts = self._facts(evidence.owner, evidence.added_at)
        self._record(EvidenceAdded(**facts, evidence_id=evidence.id))

    def _say(
        self, user: UserId, voice: Voice, text: str, proposal: Remedy | None, now: datetime, *, told: bool = True
    ) -> Message:
        self._require_live()
        if self.said >= MOST_MESSAGES:
            raise TooManyMessages(f"a dispute has at most {MOST_MESSAGES} messages", dispute_id=self.id)
        cleaned = clean_text(text, field="text", longest=LONGEST_MESSAGE)
        if proposal is not None:
            proposal.require_part_of(self.amount)
        self.said += 1
        message = Message(number=self.said, author=user, voice=voice, text=cleaned, proposal=proposal, at=now)
        self.messages.append(message)
        if proposal is not None:
            self.proposals[DisputeSide(voice)] = Proposal(message.number, proposal)
        if told:
            self._record(DisputeMessageAdded(**self._facts(user, now), number=message.number, voice=voice))
        return message

    def _review(self, by: UserId | None, now: datetime) -> None:
        self._to(DisputeStatus.UNDER_REVIEW)
        self._record(DisputeMoved(**self._facts(by, now)))

    def _resolve(self, remedy: Remedy, by: UserId | None, now: datetime, *, agreed: bool) -> None:
        self._to(remedy.outcome.status)
        self.remedy, self.ended_at = remedy, now
        facts = self._facts(by, now)
        self._record(DisputeResolved(**facts, outcome=remedy.outcome, amount=remedy.amount, agreed=agreed))

    def _require_live(self) -> None:
        if not self.is_live:
            raise IllegalDisputeMove("this dispute is over", dispute_id=self.id, status=self.status)

    def _to(self, status: DisputeStatus) -> None:
        if status not in DISPUTE_MOVES[self.status]:
            raise IllegalDisputeMove(
                f"a dispute that is {self.status} cannot become {status}", dispute_id=self.id, status=self.status
            )
        self.status = status

    def _facts(self, by: UserId | None, now: datetime) -> dict[str, Any]:
        return {
            "occurred_at": now, "dispute_id": self.id, "order_id": self.order_id, "buyer": self.buyer,
            "seller": self.seller, "opener": self.opener, "status": self.status, "by": by,
        }  # fmt: skip
