"""Favourites, views and saved searches in memory. The port contracts hold for them: tests/contract/personal.

Nobody follows or blocks anybody here.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TypeVar

from marketplace.application.catalog.personal_ports import Favorites, RecentViews, SavedSearches, SeenListings
from marketplace.application.catalog.ports import Signal
from marketplace.application.shared.ports import Clock
from marketplace.domain.catalog.category import Category
from marketplace.domain.catalog.favorite import Favorite
from marketplace.domain.catalog.listing import Audience, Listing, ListingNotFound, UnknownCategory
from marketplace.domain.catalog.saved_search import (
    MOST_SAVED_SEARCHES,
    Area,
    Matches,
    SavedSearch,
    SavedSearchId,
    SavedSearchNotFound,
    TooManySavedSearches,
)
from marketplace.domain.catalog.standing import SHOWN, ListingStatus
from marketplace.domain.catalog.terms import ProductTerms
from marketplace.domain.shared.geo import Location
from marketplace.domain.shared.ids import ListingId, UserId
from tests.fakes.world import MemoryTransaction, Rows

Row = TypeVar("Row")
Key = TypeVar("Key")


@dataclass(slots=True)
class PersonalRows(Rows):
    favorites: dict[tuple[UserId, ListingId], tuple[Favorite, bool]] = field(default_factory=dict)
    """And whether it was taken back."""
    views: dict[tuple[UserId, ListingId], tuple[datetime | None, date]] = field(default_factory=dict)
    searches: dict[SavedSearchId, SavedSearch] = field(default_factory=dict)
    told: dict[tuple[UserId, ListingId], datetime] = field(default_factory=dict)
    categories: dict[str, Category] = field(default_factory=dict)


class MemoryPersonal(MemoryTransaction):
    def __init__(self) -> None:
        super().__init__()
        self.rows = PersonalRows()

    @property
    def personal(self) -> PersonalRows:
        rows = self.inside
        assert isinstance(rows, PersonalRows)
        return rows


class MemoryFavorites(Favorites):
    def __init__(self, transaction: MemoryPersonal) -> None:
        self._transaction = transaction

    async def seller_of(self, viewer: UserId, listing_id: ListingId) -> UserId:
        listing, _ = self._transaction.personal.listings.get(listing_id, (None, None))
        if listing is None or listing.status not in SHOWN:
            raise ListingNotFound("no such product")
        if listing.audience is not Audience.EVERYONE and listing.seller != viewer:
            raise ListingNotFound("no such product")
        return listing.seller

    async def keep(self, favorite: Favorite) -> tuple[Favorite, bool]:
        kept = self._transaction.personal.favorites
        key = (favorite.user, favorite.listing_id)
        known, taken_back = kept.get(key, (None, False))
        if known is None or taken_back:
            kept[key] = favorite, False
            return favorite, known is None
        return known, False

    async def take_back(self, user: UserId, listing_id: ListingId) -> None:
        kept = self._transaction.personal.favorites
        if (user, listing_id) in kept:
            kept[user, listing_id] = kept[user, listing_id][0], True

    async def watchers(self, listing_id: ListingId, limit: int) -> Mapping[UserId, bool]:
        rows = self._transaction.personal
        kept = [one for one, taken_back in rows.favorites.values() if one.listing_id == listing_id and not taken_back]
        listing, _ = rows.listings[listing_id]
        latest = sorted(kept, key=lambda one: one.id, reverse=True)[:limit]
        return {one.user: listing.audience is Audience.EVERYONE or one.user == listing.seller for one in latest}

    async def forget(self, user: UserId, limit: int) -> int:
        kept = self._transaction.personal.favorites
        return _forget(kept, [key for key in kept if key[0] == user][:limit])


class MemoryViews(RecentViews, SeenListings):
    """Whatever is noted is written at once."""

    def __init__(self, transaction: MemoryPersonal, clock: Clock) -> None:
        self._transaction = transaction
        self._clock = clock

    def note(self, viewer: UserId, listing_id: ListingId) -> None:
        rows, now = self._transaction.rows, self._clock.now()
        assert isinstance(rows, PersonalRows)
        _, counted_on = rows.views.get((viewer, listing_id), (None, date.min))
        rows.views[viewer, listing_id] = now, max(counted_on, now.date())
        if counted_on < now.date():
            rows.signals[Signal.VIEW, listing_id] += 1

    async def clear(self, user: UserId) -> None:
        views = self._transaction.personal.views
        views.update({key: (None, day) for key, (_, day) in views.items() if key[0] == user})

    async def forget(self, user: UserId, limit: int) -> int:
        views = self._transaction.personal.views
        return _forget(views, [key for key in views if key[0] == user][:limit])


class MemorySavedSearches(SavedSearches):
    """`categories` are the slugs there are."""

    def __init__(self, transaction: MemoryPersonal, *categories: str) -> None:
        self._transaction = transaction
        self._categories = categories

    async def add(self, search: SavedSearch) -> None:
        searches = self._transaction.personal.searches
        if sum(one.user == search.user for one in searches.values()) >= MOST_SAVED_SEARCHES:
            raise TooManySavedSearches
        if search.category is not None and search.category not in self._categories:
            raise UnknownCategory("no category has this slug", field="category")
        searches[search.id] = search

    async def remove(self, user: UserId, search_id: SavedSearchId) -> None:
        searches = self._transaction.personal.searches
        if search_id not in searches or searches[search_id].user != user:
            raise SavedSearchNotFound
        del searches[search_id]

    async def matching(self, listing_id: ListingId) -> Matches:
        rows = self._transaction.personal
        listing, _ = rows.listings.get(listing_id, (None, None))
        if listing is None or listing.status is not ListingStatus.ACTIVE:
            return Matches(listing_id=listing_id, title="", found=())
        found: dict[UserId, SavedSearchId] = {}
        for search in sorted(rows.searches.values(), key=lambda one: one.id):
            if matches(search, listing):
                found.setdefault(search.user, search.id)
        return Matches(listing_id=listing_id, title=listing.title, found=tuple(sorted(found.items())))

    async def tell(self, matches: Matches, now: datetime) -> None:
        rows = self._transaction.personal
        new = tuple(one for one in matches.found if (one[0], matches.listing_id) not in rows.told)
        rows.told.update({(user, matches.listing_id): now for user, _ in new})
        if new:
            news = replace(matches, found=new)
            news.tell(now)
            self._transaction.ship(news)

    async def forget(self, user: UserId, limit: int) -> int:
        rows = self._transaction.personal
        searches = _forget(rows.searches, [id_ for id_, one in rows.searches.items() if one.user == user][:limit])
        return searches + _forget(rows.told, [key for key in rows.told if key[0] == user][:limit])

    async def forget_matches(self, before: datetime, limit: int) -> int:
        told = self._transaction.personal.told
        return _forget(told, [key for key, at in told.items() if at < before][:limit])


def matches(search: SavedSearch, listing: Listing) -> bool:
    terms, price = listing.terms, listing.price
    condition = terms.condition if isinstance(terms, ProductTerms) else None
    text = " ".join((listing.title, listing.description, *listing.tags))
    return (
        search.notify
        and search.user != listing.seller
        and listing.audience is Audience.EVERYONE
        and words(search.words) <= words(text)
        and search.category in {None, listing.category}
        and search.kind in {None, listing.kind}
        and search.condition in {None, condition}
        and search.currency in {None, price.currency}
        and (search.lowest is None or search.lowest.minor <= price.minor)
        and (search.highest is None or search.highest.minor >= price.minor)
        and (search.area is None or within(search.area, listing.location))
    )


def words(text: str) -> set[str]:
    return set(re.findall(r"[^\W_]+", text.lower()))


def within(area: Area, place: Location | None) -> bool:
    """By the haversine formula."""
    if place is None:
        return False
    center = area.center
    height, width = (math.radians(b - a) for a, b in (
        (center.latitude, place.latitude), (center.longitude, place.longitude),
    ))  # fmt: skip
    parallels = math.cos(math.radians(center.latitude)) * math.cos(math.radians(place.latitude))
    half = math.sqrt(math.sin(height / 2) ** 2 + parallels * math.sin(width / 2) ** 2)
    return 2 * 6371 * math.asin(half) <= area.radius_km


def _forget(rows: dict[Key, Row], keys: list[Key]) -> int:
    for key in keys:
        del rows[key]
    return len(keys)
