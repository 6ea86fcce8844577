"""What was done to a listing, by whom and why: append-only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Protocol

import msgspec
from msgspec import Meta

from marketplace.application.catalog.views import ProductView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import Slice
from marketplace.domain.catalog.standing import ListingStatus
from marketplace.domain.shared.ids import ListingId, UserId

WRITTEN_BY_THE_SELLER = (
    "title", "description", "price", "currency", "category", "condition", "feed_type", "location", "neighborhood",
    "image_urls", "video_url", "video_thumbnail_url", "tags", "audience", "service", "lot",
)  # fmt: skip
"""Fields of ProductView."""


class Author(StrEnum):
    SELLER = "seller"
    MODERATOR = "moderator"
    SYSTEM = "system"


class FieldChange(msgspec.Struct, frozen=True):
    """What a field of the product was and became."""

    old: Any
    new: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """An edit, a move to another state, or both. `former` is None for a listing that is new."""

    listing_id: ListingId
    at: datetime
    by: Author
    actor: UserId | None = None
    former: ListingStatus | None
    status: ListingStatus
    reason: str | None = None
    fields: Mapping[str, FieldChange] = field(default_factory=dict)


class History(Protocol):
    async def note(self, *revisions: Revision) -> None: ...


class RevisionView(msgspec.Struct, frozen=True):
    """`former_status` and `status` are the same for a mere edit. A seller is not told which moderator it was."""

    id: Annotated[int, Meta(examples=[4711])]
    at: datetime
    by: Author
    actor_id: UserId | None
    former_status: ListingStatus | None
    status: ListingStatus
    reason: Annotated[str | None, Meta(examples=["The pictures show another product."])]
    fields: Annotated[dict[str, FieldChange], Meta(examples=[{"price": {"old": 850.00, "new": 799.00}}])]


class HistoryQueries(Protocol):
    async def of_listing(
        self, actor: Actor, listing_id: ListingId, *, after: int | None, skip: int, limit: int
    ) -> Slice[RevisionView]:
        """Newest first, for the seller and for moderators; these see it of what is removed too.

        Raises NotYourListing where others may see the listing, else ListingNotFound.
        """
        ...


def differences(before: ProductView, after: ProductView) -> dict[str, FieldChange]:
    """In the words of the API."""
    return {
        name: FieldChange(old, new)
        for name in WRITTEN_BY_THE_SELLER
        if (old := getattr(before, name)) != (new := getattr(after, name))
    }
