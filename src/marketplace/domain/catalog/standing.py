"""Where a listing stands on the market."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from marketplace.domain.shared.ids import ListingId


class ListingStatus(StrEnum):
    DRAFT = "draft"
    PENDING_REVIEW = "pending_review"
    ACTIVE = "active"
    REJECTED = "rejected"
    PAUSED = "paused"
    RESERVED = "reserved"
    SOLD = "sold"
    REMOVED = "removed"


class Withheld(StrEnum):
    """Why a listing is kept off the market whatever its seller does: the account is suspended, or gone."""

    SUSPENDED = "suspended"
    CLOSED = "closed"


_S = ListingStatus
LISTING_MOVES: Mapping[ListingStatus, frozenset[ListingStatus]] = {
    _S.DRAFT: frozenset({_S.PENDING_REVIEW, _S.ACTIVE, _S.REMOVED}),
    _S.PENDING_REVIEW: frozenset({_S.ACTIVE, _S.REJECTED, _S.REMOVED}),
    _S.REJECTED: frozenset({_S.REMOVED}),
    _S.ACTIVE: frozenset({_S.PAUSED, _S.RESERVED, _S.REMOVED}),
    _S.PAUSED: frozenset({_S.ACTIVE, _S.REMOVED}),
    _S.RESERVED: frozenset({_S.ACTIVE, _S.PAUSED, _S.SOLD, _S.REMOVED}),
    _S.SOLD: frozenset({_S.ACTIVE, _S.PAUSED}),
    _S.REMOVED: frozenset(),
}
_RELEASED_TO = {None: _S.ACTIVE, Withheld.SUSPENDED: _S.PAUSED, Withheld.CLOSED: _S.REMOVED}
_WITHDRAWN = frozenset({_S.PAUSED, _S.REMOVED})
SHOWN = frozenset({_S.ACTIVE, _S.RESERVED, _S.SOLD})
"""What others may read of, by its id."""


@dataclass(slots=True, kw_only=True)
class Standing:
    """Where a listing stands on the market, without what it says."""

    listing_id: ListingId
    status: ListingStatus
    withheld: Withheld | None = None

    def withhold(self, why: Withheld) -> None:
        """What is reserved stays until its order ends, and what waits for a moderator goes on waiting; what its seller
        has paused is not ours to bring back."""
        waits = self.status is _S.PENDING_REVIEW and why is Withheld.SUSPENDED
        if waits or self.status is _S.RESERVED:
            self.withheld = why
        elif why is Withheld.CLOSED and _S.REMOVED in LISTING_MOVES[self.status]:
            self.status, self.withheld = _S.REMOVED, why
        elif why is Withheld.SUSPENDED and self.status is _S.ACTIVE:
            self.status, self.withheld = _S.PAUSED, why

    def give_back(self) -> None:
        """The suspension is over."""
        if self.withheld is Withheld.SUSPENDED:
            self.withheld = None
            if self.status is _S.PAUSED:
                self.status = _S.ACTIVE

    def after_order(self, wanted: ListingStatus) -> ListingStatus | None:
        """What becomes of it when its order ends; None: it was withdrawn meanwhile and stays so."""
        if self.status in _WITHDRAWN and wanted is not _S.REMOVED:
            return None
        if wanted is _S.ACTIVE and self.status is _S.SOLD:
            return _S.PAUSED if self.withheld else _S.ACTIVE
        return _RELEASED_TO[self.withheld] if wanted is _S.ACTIVE else wanted
