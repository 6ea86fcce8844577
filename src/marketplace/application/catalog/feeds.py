"""What the two feeds show, and whom they ask."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, NamedTuple, Protocol

import msgspec
from msgspec import UNSET, Meta, UnsetType

from marketplace.application.catalog.views import ProductView
from marketplace.application.shared.actor import Viewer
from marketplace.application.shared.paging import Slice
from marketplace.domain.shared.geo import Location
from marketplace.domain.shared.ids import ListingId, UserId

POINT = 1_000_000
"""Scores are whole millionths of a point, so that a page begins exactly where the last one ended."""
FRESH_SECONDS = 172_800
"""So much age costs a point (catalog.freshness)."""
FOLLOWED = 3 * POINT
LIKED = 1 * POINT
"""What a followed seller, and a category that the viewer likes, add to a score: the larger of them, not both."""
MOST_FOLLOWED = 500
"""Sellers whose listings are boosted, those followed last."""

Why = Literal["live", "followed_seller", "liked_category", "fresh", "popular"]
DiscoverSort = Literal["recent", "top"]
CommunitySort = Literal["nearest", "recent"]


class Score(msgspec.Struct, frozen=True):
    """In points: 1 for two days of age (`freshness`, at most 0) and for each doubling of what people did
    (`engagement`). `affinity` is the viewer's own part; `live` comes before every score. `why`: what speaks for it.
    """

    total: Annotated[float, Meta(examples=[2.75])]
    live: bool
    freshness: Annotated[float, Meta(examples=[-0.25])]
    engagement: Annotated[float, Meta(examples=[3.0])]
    affinity: Annotated[float, Meta(examples=[0.0])]
    why: Annotated[list[Why], Meta(examples=[["fresh", "popular"]])]


class DiscoverItem(ProductView, frozen=True):
    """`thumbnail_url`: of the video, or else the first image. `score` is there when asked for."""

    is_live: bool
    thumbnail_url: str | None
    score: Score | UnsetType = UNSET


class NearbyItem(ProductView, frozen=True):
    """`distance_km`: along the ground, to 10 m."""

    distance_km: Annotated[float, Meta(examples=[0.84])]


class OpenOffers(msgspec.Struct, frozen=True):
    """How many people negotiate over a product now; what they offer is theirs to know."""

    product_id: ListingId
    open_offers: Annotated[int, Meta(examples=[3])]


class DiscoverPlace(msgspec.Struct, frozen=True, array_like=True):
    """Where a page of the discover feed ends. `as_of`: every transaction before it was over when the walk began."""

    is_live: bool
    score: int
    id: ListingId
    as_of: int
    total: int


class CommunityPlace(msgspec.Struct, frozen=True, array_like=True):
    """Where a page of the community feed ends. `chord`: through the unit sphere; `density`: listings per square chord
    where the walk has come to."""

    chord: float
    id: ListingId
    density: float
    as_of: int
    total: int


@dataclass(frozen=True, slots=True)
class Around:
    """Where to look, and for what."""

    centre: Location
    radius_km: float
    category: str | None = None


class DiscoverFeed(NamedTuple):
    """A page, and where it ends if there is more."""

    found: Slice[DiscoverItem]
    end: DiscoverPlace | None


class CommunityFeed(NamedTuple):
    found: Slice[NearbyItem]
    end: CommunityPlace | None


@dataclass(frozen=True, slots=True)
class Affinity:
    """What a person is drawn to, and from. `sellers` are those they follow, and they themselves; `hidden` are those
    who have blocked them, or whom they have blocked."""

    sellers: Sequence[UserId] = ()
    categories: Sequence[str] = ()
    hidden: Sequence[UserId] = ()


class Affinities(Protocol):
    async def of(self, person: UserId) -> Affinity:
        """Of the sellers MOST_FOLLOWED at most, the last followed."""
        ...


class Negotiating(Protocol):
    """Asked of trading."""

    async def over(self, listing_id: ListingId) -> int:
        """Open negotiations, counted as far as EXACT_TOTAL_LIMIT."""
        ...


class DiscoverQueries(Protocol):
    """The discover channel: what is for sale now. What is for followers is shown to those of the seller and to the
    seller; nobody sees what is of a person who has blocked them, or whom they have blocked.

    A walk by cursor shows nothing twice, and leaves nothing out that stayed where it was.
    """

    async def page(
        self,
        viewer: Viewer,
        *,
        sort: DiscoverSort,
        after: DiscoverPlace | None,
        skip: int,
        limit: int,
        category: str | None,
        explain: bool,
    ) -> DiscoverFeed:
        """Live first; then the newest first, or by score."""
        ...  # fmt: skip


class CommunityQueries(Protocol):
    """The community channel around a point, for the same viewers and with the same promise."""

    async def nearest(
        self, viewer: Viewer, around: Around, *, after: CommunityPlace | None, skip: int, limit: int
    ) -> CommunityFeed:
        """By distance; of those equally far, by id."""
        ...

    async def newest(
        self, viewer: Viewer, around: Around, *, after: CommunityPlace | None, skip: int, limit: int
    ) -> CommunityFeed: ...
