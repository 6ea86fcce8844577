from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

import msgspec

from marketplace.application.disputes.views import DisputeMessageView, DisputeView, EvidenceView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import Slice
from marketplace.domain.disputes.dispute import Dispute, Evidence
from marketplace.domain.disputes.moves import DisputeId, DisputeStatus, EvidenceId
from marketplace.domain.shared.ids import OrderId, UserId
from marketplace.domain.shared.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputedOrder:
    """`amount` is what the buyer paid."""

    order_id: OrderId
    buyer: UserId
    seller: UserId
    amount: Money


class OrderEnding(StrEnum):
    """What becomes of the order when its dispute ends."""

    RESUMED = "resumed"
    """Where it was before."""
    COMPLETED = "completed"
    UNDONE = "undone"
    """Cancelled, unless it was delivered: then completed."""


class DisputedOrders(Protocol):
    """Asked of ordering, inside the running transaction; the order is locked before its dispute."""

    async def dispute(self, order_id: OrderId, by: UserId, reason: str, now: datetime) -> DisputedOrder:
        """Raises OrderNotFound for who is no party, DisputeAlreadyOpen, OrderNotDisputable, and what ordering refuses:
        IllegalOrderMove, DisputeWindowClosed."""
        ...

    async def hold(self, order_id: OrderId) -> None: ...

    async def end(self, order_id: OrderId, ending: OrderEnding, by: UserId | None, now: datetime) -> None:
        """`by` None: the service itself; who is no party of the order is a moderator."""
        ...


class DisputedMoney(Protocol):
    """Asked of payments, inside the running transaction that has locked the order."""

    async def freeze(self, order_id: OrderId) -> None:
        """The seller's earnings of this order are not paid out until `thaw`."""
        ...

    async def thaw(self, order_id: OrderId) -> None: ...

    async def give_back(self, order_id: OrderId, amount: Money | None, reason: str, by: UserId | None) -> None:
        """None: all that is left, if anything is; nothing of what the buyer's bank has taken. Raises RefundTooLarge."""
        ...


class Disputes(Protocol):
    """Saving ships the events and writes the messages that are new."""

    async def add(self, dispute: Dispute) -> None:
        """Raises DisputeAlreadyOpen."""
        ...

    async def find(self, dispute_id: DisputeId) -> Dispute:
        """Not locked; raises DisputeNotFound."""
        ...

    async def lock(self, dispute_id: DisputeId) -> Dispute:
        """After its order, where that is locked too. Raises DisputeNotFound."""
        ...

    async def live_of(self, order_id: OrderId) -> Dispute | None:
        """Locked."""
        ...

    async def save(self, dispute: Dispute) -> None: ...

    async def add_evidence(self, evidence: Evidence) -> None: ...


class Moderators(Protocol):
    """Asked of identity."""

    async def is_moderator(self, user: UserId) -> bool: ...

    async def some(self, limit: int) -> Sequence[UserId]:
        """Who may decide disputes, those with the oldest accounts first."""
        ...


class DisputePosition(msgspec.Struct, frozen=True, array_like=True):
    """Where the last row of a page stands."""

    opened_at: datetime
    id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeFilter:
    """`queue`: everybody's, oldest first, for moderators; else one's own, newest first."""

    queue: bool = False
    status: DisputeStatus | None = None
    opened_before: datetime | None = None


class DisputeQueries(Protocol):
    """Reads for the parties and for moderators; to others a dispute is not found."""

    async def page(
        self, actor: Actor, wanted: DisputeFilter, *, after: DisputePosition | None, skip: int, limit: int
    ) -> Slice[DisputeView]:
        """Raises MissingPermission for a queue but to moderators."""
        ...

    async def dispute(self, actor: Actor, dispute_id: DisputeId) -> DisputeView: ...

    async def messages(
        self, actor: Actor, dispute_id: DisputeId, *, after: int, limit: int
    ) -> Slice[DisputeMessageView]:
        """In the order of their numbers, from the one behind `after`."""
        ...

    async def evidence(self, actor: Actor, dispute_id: DisputeId) -> list[EvidenceView]:
        """Oldest first."""
        ...

    async def ending_of(self, user: UserId, evidence_id: EvidenceId, *, is_moderator: bool) -> str:
        """Of the file: pdf or webp. Raises EvidenceNotFound."""
        ...
