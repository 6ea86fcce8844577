"""A search that somebody keeps, to be told of what is published and matches."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, NewType
from uuid import UUID

from marketplace.domain.catalog.terms import Condition, Kind
from marketplace.domain.shared.aggregate import Aggregate, DomainEvent
from marketplace.domain.shared.errors import Conflict, Invalid, NotFound
from marketplace.domain.shared.geo import Location
from marketplace.domain.shared.ids import ListingId, UserId
from marketplace.domain.shared.money import Money
from marketplace.domain.shared.text import clean_text

MOST_SAVED_SEARCHES = 20
"""Of one person."""
WIDEST_RADIUS = 500
"""Kilometres."""

SavedSearchId = NewType("SavedSearchId", UUID)


class SavedSearchNotFound(NotFound):
    code = "saved_search_not_found"

    def __init__(self) -> None:
        super().__init__("no such saved search")


class TooManySavedSearches(Conflict):
    code = "too_many_saved_searches"

    def __init__(self) -> None:
        super().__init__(f"at most {MOST_SAVED_SEARCHES} searches are saved: delete one first")


class InvalidSavedSearch(Invalid):
    code = "invalid_saved_search"


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    center: Location
    radius_km: float

    def __post_init__(self) -> None:
        if not 0 < self.radius_km <= WIDEST_RADIUS:
            raise InvalidSavedSearch(f"is above 0 and at most {WIDEST_RADIUS}", field="radius_km")


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedSearch:
    """What is None is not asked for. A listing in another currency than `currency` does not match."""

    id: SavedSearchId
    user: UserId
    name: str | None = None
    words: str = ""
    category: str | None = None
    kind: Kind | None = None
    condition: Condition | None = None
    lowest: Money | None = None
    highest: Money | None = None
    currency: str | None = None
    area: Area | None = None
    notify: bool = True
    created_at: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", clean_text(self.words, field="q", longest=200, shortest=0))
        if self.words and not any(character.isalnum() for character in self.words):
            raise InvalidSavedSearch("needs a letter or a digit", field="q")
        wanted = (self.words, self.category, self.kind, self.condition, self.lowest, self.highest, self.area)
        if not any(wanted):
            raise InvalidSavedSearch("ask for something: words, a category, a price or a place", field="q")
        if self.lowest and self.highest and self.lowest > self.highest:
            raise InvalidSavedSearch("is at most max_price", field="min_price")
        name = self.words[:80] or self.category or "Saved search" if self.name is None else self.name
        object.__setattr__(self, "name", clean_text(name, field="name", longest=80))


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchMatched(DomainEvent):
    """`found`: whose searches, each person once, with the search."""

    name: ClassVar[str] = "catalog.search_matched.v1"
    listing_id: ListingId
    title: str
    found: tuple[tuple[UserId, SavedSearchId], ...]


@dataclass(slots=True, kw_only=True, eq=False)
class Matches(Aggregate):
    """The people one new listing is for: some of them, as there may be very many."""

    listing_id: ListingId
    title: str
    found: tuple[tuple[UserId, SavedSearchId], ...]

    def tell(self, now: datetime) -> None:
        self._record(SearchMatched(occurred_at=now, listing_id=self.listing_id, title=self.title, found=self.found))
