from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from marketplace.domain.shared.errors import Conflict
from marketplace.domain.shared.ids import ListingId, UserId


class OwnListing(Conflict):
    code = "own_listing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Favorite:
    """A listing that somebody keeps an eye on."""

    id: UUID
    user: UserId
    listing_id: ListingId
    created_at: datetime
