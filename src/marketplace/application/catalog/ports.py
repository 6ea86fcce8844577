from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from marketplace.application.catalog.views import ProductView
from marketplace.application.shared.actor import Viewer
from marketplace.application.shared.paging import Slice
from marketplace.domain.catalog.listing import Audience, Channel, Listing
from marketplace.domain.catalog.standing import ListingStatus, Standing
from marketplace.domain.catalog.terms import Kind, LotTerms
from marketplace.domain.shared.ids import ListingId, UserId
from marketplace.domain.shared.money import Money


@dataclass(frozen=True, slots=True)
class Terms:
    """What a deal over a listing needs to know of it."""

    seller: UserId
    price: Money
    channel: Channel
    category: str
    kind: Kind
    status: ListingStatus
    audience: Audience
    lot: LotTerms | None = None


@dataclass(frozen=True, slots=True)
class SellerCap:
    """How many listings one seller may have that are neither sold nor removed."""

    most: int = 50


class Listings(Protocol):
    async def open_of(self, seller: UserId, most: int) -> int:
        """How many listings of the seller are neither sold nor removed, counted up to `most`.

        Until the transaction ends nobody else counts those of this seller.
        """
        ...

    async def visible_to(self, viewer: UserId, listing_id: ListingId) -> bool:
        """As ProductQueries.product shows it, or not."""
        ...

    async def add(self, listing: Listing, fee: Money) -> None: ...

    async def add_many(self, listings: Sequence[tuple[Listing, Money]]) -> None:
        """As `add`, up to some thousand at once."""
        ...

    async def locked(self, listing_id: ListingId) -> Listing:
        """In whatever state; raises ListingNotFound."""
        ...

    async def save(self, listing: Listing, fee: Money) -> None:
        """Write what `locked` gave, changed."""
        ...

    async def restate(self, listing: Listing) -> None:
        """Write its state alone of what `locked` gave."""
        ...

    async def shown(self, listing_id: ListingId) -> ProductView:
        """The listing as its seller will see it once the transaction is committed; raises ListingNotFound."""
        ...

    async def terms_for_share(self, listing_id: ListingId) -> Terms:
        """The terms; the listing's state cannot change until the transaction ends. Raises ListingNotFound."""
        ...

    async def claim(self, listing_id: ListingId) -> Terms:
        """Lock a listing that is for sale; a product, being one piece, is reserved. Raises ListingNotAvailable."""
        ...

    async def move(self, listing_id: ListingId, to: ListingStatus) -> Terms:
        """Lock the listing and change its state, if LISTING_MOVES allows; raises ListingNotAvailable."""
        ...

    async def standing(self, listing_id: ListingId) -> Standing:
        """Locked; raises ListingNotAvailable for one that never was. What is sold is withheld while its seller is."""
        ...

    async def standings_of(self, seller: UserId, *, after: ListingId | None, limit: int) -> list[Standing]:
        """Those of a seller that are neither sold nor removed, locked, by id."""
        ...

    async def stand(self, standings: Sequence[Standing]) -> None:
        """Write them; the database refuses what LISTING_MOVES does not allow."""
        ...


class Signal(StrEnum):
    """What people do with a listing; the discover feed counts it."""

    VIEW = "views"
    FAVORITE = "favorites"
    OFFER = "offers"


class Signals(Protocol):
    async def count(self, signal: Signal, times: Mapping[ListingId, int]) -> None:
        """Counts only grow: whoever takes a favourite back leaves its count, so that feeds stay in order."""
        ...

    async def show_live(self, listing_id: ListingId, *, is_live: bool) -> None: ...


class Categories(Protocol):
    async def require(self, slug: str, kind: Kind) -> None:
        """Raises UnknownCategory unless listings of this kind may be in it; lots are in those of products."""
        ...


class Fees(Protocol):
    """Asked of ordering, which freezes on the order the fee at the time of the sale."""

    async def on(self, listing: Listing) -> Money:
        """Were it sold now at its price."""
        ...


class ProductQueries(Protocol):
    """What was withdrawn or never published is not there, nor what is for followers of the seller and the viewer is
    none, nor what is between two people of whom one has blocked the other."""

    async def product(self, viewer: Viewer, listing_id: ListingId) -> ProductView:
        """To its seller in any state but removed; raises ListingNotFound."""
        ...

    async def newest(
        self, *, after: ListingId | None, skip: int, limit: int, category: str | None
    ) -> Slice[ProductView]:
        """What is for sale, newest first: those after a listing, or those after skipping some."""
        ...

    async def of_seller(self, seller: UserId, *, after: ListingId | None, skip: int, limit: int) -> Slice[ProductView]:
        """What one seller has for sale, in the same way."""
        ...
