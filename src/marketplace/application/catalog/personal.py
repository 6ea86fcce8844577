"""What people keep for themselves: favourites, what they saw, searches to be told about."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from marketplace.application.catalog.personal_ports import Favorites, SavedSearches, SeenListings
from marketplace.application.catalog.personal_views import KeptView, SavedSearchView
from marketplace.application.catalog.ports import Signal, Signals
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.ports import Clock, Ids, Transaction
from marketplace.domain.catalog.favorite import Favorite, OwnListing
from marketplace.domain.catalog.saved_search import Area, Matches, SavedSearch, SavedSearchId
from marketplace.domain.catalog.terms import Condition, Kind
from marketplace.domain.shared.ids import ListingId, UserId
from marketplace.domain.shared.money import Money

FORGET_AT_ONCE = 1_000
TELL_AT_ONCE = 500
"""People, in one transaction."""
REMEMBER_MATCHES = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class KeepFavorite:
    favorites: Favorites
    signals: Signals
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(self, actor: Actor, listing_id: ListingId) -> KeptView:
        """Doing it again changes nothing. It counts for the listing once, also when taken back meanwhile."""
        actor.require(Permission.KEEP_LISTS)
        favorite = Favorite(id=self.ids.new(), user=actor.user, listing_id=listing_id, created_at=self.clock.now())
        async with self.transaction:
            if await self.favorites.seller_of(actor.user, listing_id) == actor.user:
                raise OwnListing("this is your own product", product_id=listing_id)
            favorite, is_first = await self.favorites.keep(favorite)
            if is_first:
                await self.signals.count(Signal.FAVORITE, {listing_id: 1})
            return self.transaction.answers(KeptView(listing_id, favorite.created_at))


@dataclass(frozen=True, slots=True)
class TakeFavoriteBack:
    favorites: Favorites
    transaction: Transaction

    async def __call__(self, actor: Actor, listing_id: ListingId) -> None:
        """Does nothing where it was no favourite."""
        actor.require(Permission.KEEP_LISTS)
        async with self.transaction:
            await self.favorites.take_back(actor.user, listing_id)


@dataclass(frozen=True, slots=True)
class ClearRecentlySeen:
    seen: SeenListings
    transaction: Transaction

    async def __call__(self, actor: Actor) -> None:
        actor.require(Permission.KEEP_LISTS)
        async with self.transaction:
            await self.seen.clear(actor.user)


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchWish:
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


@dataclass(frozen=True, slots=True)
class SaveSearch:
    searches: SavedSearches
    transaction: Transaction
    clock: Clock
    ids: Ids

    async def __call__(self, actor: Actor, wish: SearchWish) -> SavedSearchView:
        actor.require(Permission.KEEP_LISTS)
        search = SavedSearch(
            id=SavedSearchId(self.ids.new()), user=actor.user, name=wish.name, words=wish.words,
            category=wish.category, kind=wish.kind, condition=wish.condition, lowest=wish.lowest,
            highest=wish.highest, currency=wish.currency, area=wish.area, notify=wish.notify,
            created_at=self.clock.now(),
        )  # fmt: skip
        async with self.transaction:
            await self.searches.add(search)
            return self.transaction.answers(view_of(search))


@dataclass(frozen=True, slots=True)
class DeleteSavedSearch:
    searches: SavedSearches
    transaction: Transaction

    async def __call__(self, actor: Actor, search_id: SavedSearchId) -> None:
        """Raises SavedSearchNotFound."""
        actor.require(Permission.KEEP_LISTS)
        async with self.transaction:
            await self.searches.remove(actor.user, search_id)


@dataclass(frozen=True, slots=True)
class TellSearchers:
    """React to a listing that is for sale. Each person is told once of a listing, however often this is done."""

    searches: SavedSearches
    transaction: Transaction
    clock: Clock

    async def __call__(self, listing_id: ListingId) -> None:
        async with self.transaction:
            matches = await self.searches.matching(listing_id)
        for start in range(0, len(matches.found), TELL_AT_ONCE):
            some = matches.found[start : start + TELL_AT_ONCE]
            async with self.transaction:
                await self.searches.tell(
                    Matches(listing_id=listing_id, title=matches.title, found=some), self.clock.now()
                )


@dataclass(frozen=True, slots=True)
class ForgetPersonalLists:
    """React to the end of an account."""

    favorites: Favorites
    seen: SeenListings
    searches: SavedSearches
    transaction: Transaction

    async def __call__(self, user: UserId) -> None:
        for lists in (self.favorites, self.seen, self.searches):
            forgotten = FORGET_AT_ONCE
            while forgotten:
                async with self.transaction:
                    forgotten = await lists.forget(user, FORGET_AT_ONCE)


@dataclass(frozen=True, slots=True)
class ForgetOldMatches:
    searches: SavedSearches
    transaction: Transaction

    async def __call__(self, now: datetime) -> None:
        forgotten = FORGET_AT_ONCE
        while forgotten:
            async with self.transaction:
                forgotten = await self.searches.forget_matches(now - REMEMBER_MATCHES, FORGET_AT_ONCE)


def view_of(search: SavedSearch) -> SavedSearchView:
    center = search.area.center if search.area else None
    return SavedSearchView(
        id=search.id, name=search.name or "", q=search.words or None, category=search.category, kind=search.kind,
        condition=search.condition, min_price=search.lowest.decimal if search.lowest else None,
        max_price=search.highest.decimal if search.highest else None, currency=search.currency,
        latitude=center.latitude if center else None, longitude=center.longitude if center else None,
        radius_km=search.area.radius_km if search.area else None, notify=search.notify, created_at=search.created_at,
    )  # fmt: skip
