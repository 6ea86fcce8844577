"""What happens to a listing."""

from dataclasses import dataclass
from typing import ClassVar

from marketplace.domain.catalog.moderation import Decision
from marketplace.domain.shared.aggregate import DomainEvent
from marketplace.domain.shared.ids import ListingId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingEvent(DomainEvent):
    listing_id: ListingId
    seller: UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingPublished(ListingEvent):
    """For sale for the first time, by the rules or by a moderator."""

    name: ClassVar[str] = "catalog.listing_published.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingSubmitted(ListingEvent):
    """The rules hold something against it: it waits for a moderator."""

    name: ClassVar[str] = "catalog.listing_submitted.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingRevised(ListingEvent):
    """`fields`: the names of what was changed."""

    name: ClassVar[str] = "catalog.listing_revised.v1"
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingPaused(ListingEvent):
    name: ClassVar[str] = "catalog.listing_paused.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingResumed(ListingEvent):
    name: ClassVar[str] = "catalog.listing_resumed.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingRemoved(ListingEvent):
    """By its seller or by a moderator: what is negotiated over it is off."""

    name: ClassVar[str] = "catalog.listing_removed.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingReviewed(ListingEvent):
    name: ClassVar[str] = "catalog.listing_reviewed.v1"
    by: UserId
    decision: Decision
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingTakenDown(ListingEvent):
    name: ClassVar[str] = "catalog.listing_taken_down.v1"
    by: UserId
    reason: str
