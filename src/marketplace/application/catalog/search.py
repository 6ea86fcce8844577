"""Search over what is for sale: what may be asked, and what is answered."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal, Protocol

import msgspec
from msgspec import Meta

from marketplace.application.catalog.views import Price, ProductView
from marketplace.application.shared.actor import Viewer
from marketplace.domain.catalog.terms import Condition, Kind
from marketplace.domain.shared.errors import Invalid
from marketplace.domain.shared.geo import Location
from marketplace.domain.shared.ids import ListingId
from marketplace.domain.shared.money import Money

MOST_CANDIDATES = 1_000
"""So many of those that match are ranked, counted by category and price, and shown; the newest, where more match."""
MOST_WORDS = 12
"""Of a text; the others are not looked at."""
MOST_SUGGESTIONS = 10
LONGEST_TEXT = 200
WIDEST_RADIUS = 500
"""Kilometres."""


class InvalidSearch(Invalid):
    code = "invalid_search"


class Sort(StrEnum):
    RELEVANCE = "relevance"
    NEWEST = "newest"
    PRICE_ASC = "price_asc"
    PRICE_DESC = "price_desc"
    NEAREST = "nearest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is looked for. `currency` is that of the prices; `radius_km` is around `near`."""

    text: str = ""
    category: str | None = None
    kind: Kind | None = None
    condition: Condition | None = None
    currency: str | None = None
    lowest: Money | None = None
    highest: Money | None = None
    near: Location | None = None
    radius_km: float | None = None
    min_rating: float | None = None
    sort: Sort = Sort.RELEVANCE
    explain: bool = False

    def __post_init__(self) -> None:
        if self.near is None and (self.sort is Sort.NEAREST or self.radius_km is not None):
            raise InvalidSearch("say near where: give latitude and longitude", field="latitude")
        if self.lowest and self.highest and self.lowest > self.highest:
            raise InvalidSearch("is above the highest price", field="min_price")


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Where a page ends: what its last row is ordered by, the row, and when the first page was asked for.

    `asked_at` is seconds since 1970: what is new counts from there, so that the order stays as it was.
    """

    value: float
    listing_id: ListingId
    asked_at: int


class MatchedWord(msgspec.Struct, frozen=True):
    """A word of the text and how it was found: as it stands, in another form, begun with it, or one slip away."""

    word: Annotated[str, Meta(examples=["camra"])]
    found_as: Annotated[list[str], Meta(examples=[["camera"]])]
    how: Literal["word", "beginning", "correction"]
    where: Literal["title", "tags", "description"] | None


class Explanation(msgspec.Struct, frozen=True):
    """`score` is `text` raised by how new the listing is and by what people do with it (both from 0 to 1)."""

    score: float
    text: float
    freshness: float
    engagement: float
    words: list[MatchedWord]


class FoundProduct(ProductView, frozen=True):
    """A listing, and how it was found: `distance_km` where a place was given, `explain` where it was asked for."""

    distance_km: float | None = None
    explain: Explanation | msgspec.UnsetType = msgspec.UNSET


class CategoryCount(msgspec.Struct, frozen=True):
    category: Annotated[str, Meta(examples=["electronics"])]
    count: Annotated[int, Meta(examples=[12])]


class PriceRange(msgspec.Struct, frozen=True):
    """From `min`, to just below `max`."""

    label: Annotated[str, Meta(examples=["AED 500-1000"])]
    min: Price
    max: Price
    currency: Annotated[str, Meta(examples=["AED"])]
    count: Annotated[int, Meta(examples=[12])]


class Facets(msgspec.Struct, frozen=True):
    categories: list[CategoryCount]
    price_ranges: list[PriceRange]


@dataclass(frozen=True, slots=True)
class Found:
    """`is_capped`: more match than were looked at, and `total` is an estimate. `last`: where the page ends."""

    items: list[FoundProduct]
    facets: Facets
    total: int
    is_capped: bool
    has_more: bool
    last: Place | None


class Suggestion(msgspec.Struct, frozen=True):
    text: Annotated[str, Meta(examples=["camera"])]
    kind: Literal["word", "title", "category"]


class SearchQueries(Protocol):
    """Of what is for everybody; of what is for followers of a seller, where the viewer is one. Never between two
    people of whom one has blocked the other."""

    async def search(self, viewer: Viewer, wish: Wish, *, after: Place | None, skip: int, limit: int) -> Found:
        """Every word of the text is found, if in another form; where nothing has them all, most of them are."""
        ...

    async def suggest(self, text: str) -> list[Suggestion]:
        """How a text that was begun may go on, most wanted first: from what everybody may see."""
        ...


class Vocabulary(Protocol):
    async def learn(self) -> bool:
        """Count the words of some more listings; False when all that were there at the last call are counted."""
        ...
