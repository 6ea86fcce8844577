from collections.abc import Mapping
from datetime import datetime
from typing import Protocol
from uuid import UUID

from marketplace.application.catalog.personal_views import FavoriteView, SavedSearchView, SeenView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import Slice
from marketplace.domain.catalog.favorite import Favorite
from marketplace.domain.catalog.saved_search import Matches, SavedSearch, SavedSearchId
from marketplace.domain.shared.ids import ListingId, UserId

MOST_SEEN = 100
"""So many of the listings that somebody saw last are kept."""


class Favorites(Protocol):
    async def seller_of(self, viewer: UserId, listing_id: ListingId) -> UserId:
        """Of a listing that the viewer may see; raises ListingNotFound."""
        ...

    async def keep(self, favorite: Favorite) -> tuple[Favorite, bool]:
        """The one that stands, which is the earlier one, and whether this person never kept this listing before."""
        ...

    async def take_back(self, user: UserId, listing_id: ListingId) -> None: ...

    async def watchers(self, listing_id: ListingId, limit: int) -> Mapping[UserId, bool]:
        """Whose favourite it is, the latest first: whether they may see it still."""
        ...

    async def forget(self, user: UserId, limit: int) -> int:
        """Take away up to `limit` of somebody's; how many those were."""
        ...


class RecentViews(Protocol):
    """Whoever looks at a listing of somebody else is remembered, and counted once a day for each listing."""

    def note(self, viewer: UserId, listing_id: ListingId) -> None:
        """Written within about a second. Waits for nothing and raises nothing; what comes too fast is left out."""
        ...


class SeenListings(Protocol):
    async def clear(self, user: UserId) -> None: ...

    async def forget(self, user: UserId, limit: int) -> int:
        """Take away up to `limit`, and what was counted; how many those were."""
        ...


class SavedSearches(Protocol):
    async def add(self, search: SavedSearch) -> None:
        """Raises TooManySavedSearches, or UnknownCategory."""
        ...

    async def remove(self, user: UserId, search_id: SavedSearchId) -> None:
        """Raises SavedSearchNotFound, also for one of somebody else."""
        ...

    async def matching(self, listing_id: ListingId) -> Matches:
        """All who are to be told of a listing that is for sale, in the order of their ids, each with one search."""
        ...

    async def tell(self, matches: Matches, now: datetime) -> None:
        """Those of them who were not told of this listing before."""
        ...

    async def forget(self, user: UserId, limit: int) -> int:
        """Take away up to `limit` searches, and as many matches; how many those were."""
        ...

    async def forget_matches(self, before: datetime, limit: int) -> int: ...


class PersonalQueries(Protocol):
    """One's own lists. A listing that the actor may not see, or not any more, is left out."""

    async def favorites(self, actor: Actor, *, after: UUID | None, skip: int, limit: int) -> Slice[FavoriteView]:
        """The latest favourite first, sold ones too. The total counts those that are left out as well."""
        ...

    async def recently_seen(self, actor: Actor, limit: int) -> list[SeenView]:
        """The latest first, MOST_SEEN at most."""
        ...

    async def saved_searches(self, actor: Actor) -> list[SavedSearchView]:
        """The latest first."""
        ...
