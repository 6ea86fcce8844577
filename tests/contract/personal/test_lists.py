"""The fakes of the unit tests and the SQL adapters keep one contract."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from marketplace.adapters.sql.catalog.favorites import SqlFavorites, SqlSeenListings
from marketplace.adapters.sql.catalog.listings import SqlListings
from marketplace.adapters.sql.catalog.recent_views import BufferedRecentViews
from marketplace.adapters.sql.catalog.saved_searches import SqlSavedSearches
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.catalog.personal_ports import Favorites, RecentViews, SavedSearches, SeenListings
from marketplace.application.catalog.ports import Listings, Signal
from marketplace.application.shared.ports import Transaction
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
from marketplace.domain.catalog.standing import ListingStatus
from marketplace.domain.catalog.terms import Condition, Kind
from marketplace.domain.shared.geo import Location
from marketplace.domain.shared.ids import ListingId, UserId
from marketplace.domain.shared.money import Money
from tests.builders.commerce import NOON, a_published_listing, a_user_id, aed, new_id
from tests.builders.personal import a_favorite, a_search
from tests.engines import Database
from tests.fakes.personal import MemoryFavorites, MemoryPersonal, MemorySavedSearches, MemoryViews, PersonalRows
from tests.fakes.world import FixedClock, MemoryListings
from tests.integration.commerce.market import add_user

FEE = aed("42.50")
LATER = NOON + timedelta(hours=1)
MARINA, DEIRA = Location(25.0800, 55.1400), Location(25.2700, 55.3200)
"""26 km from each other."""


@dataclass
class Lists:
    """`seller` and `viewer` have accounts. `written` gives what a person saw, and how often a listing was seen."""

    transaction: Transaction
    listings: Listings
    favorites: Favorites
    views: RecentViews
    seen: SeenListings
    searches: SavedSearches
    clock: FixedClock
    seller: UserId
    viewer: UserId
    written: Callable[[UserId, ListingId], Awaitable[tuple[list[tuple[ListingId, datetime]], int]]]
    mine: set[UserId] = field(default_factory=set)

    async def listed(self, **changes: Any) -> Listing:
        listing = a_published_listing(seller=self.seller, **changes)
        async with self.transaction:
            await self.listings.add(listing, FEE)
        return listing

    async def saved(self, **search: Any) -> SavedSearch:
        made = a_search(**search)
        self.mine.add(made.user)
        async with self.transaction:
            await self.searches.add(made)
        return made

    async def matching(self, listing: Listing) -> list[tuple[UserId, SavedSearchId]]:
        """Of this test: others have left searches of theirs."""
        async with self.transaction:
            return [one for one in (await self.searches.matching(listing.id)).found if one[0] in self.mine]


def a_word() -> str:
    """A new one, of letters alone: digits would make words of their own."""
    return uuid4().hex.translate(str.maketrans("0123456789", "ghijklmnop"))


class ListsContract:
    async def test_the_seller_of_what_one_may_see(self, lists: Lists) -> None:
        listing, for_followers = await lists.listed(), await lists.listed(audience=Audience.FOLLOWERS)
        async with lists.transaction:
            assert await lists.favorites.seller_of(lists.viewer, listing.id) == lists.seller
            assert await lists.favorites.seller_of(lists.seller, for_followers.id) == lists.seller
            for absent in (for_followers.id, ListingId(new_id())):
                with pytest.raises(ListingNotFound):
                    await lists.favorites.seller_of(lists.viewer, absent)
            await lists.listings.move(listing.id, ListingStatus.REMOVED)
            with pytest.raises(ListingNotFound):
                await lists.favorites.seller_of(lists.viewer, listing.id)

    async def test_the_first_favourite_stands_until_it_is_taken_back(self, lists: Lists) -> None:
        listing = await lists.listed()
        first, again, anew = (a_favorite(listing.id, user=lists.viewer, created_at=at) for at in (NOON, LATER, LATER))
        async with lists.transaction:
            assert await lists.favorites.keep(first) == (first, True)
            assert await lists.favorites.keep(again) == (first, False)
            await lists.favorites.take_back(lists.viewer, listing.id)
            await lists.favorites.take_back(lists.viewer, listing.id)
            assert await lists.favorites.keep(anew) == (anew, False)
            assert await lists.favorites.keep(again) == (anew, False)

    async def test_who_watches_a_listing_comes_with_whether_they_may_see_it_still(self, lists: Lists) -> None:
        listing, for_followers = await lists.listed(), await lists.listed(audience=Audience.FOLLOWERS)
        viewer, seller = lists.viewer, lists.seller
        first, last, again = (a_favorite(listing.id, user=user) for user in (viewer, seller, viewer))
        async with lists.transaction:
            await lists.favorites.keep(first)
            await lists.favorites.keep(last)
            await lists.favorites.keep(a_favorite(for_followers.id, user=lists.viewer))
            watchers = lists.favorites.watchers
            assert list((await watchers(listing.id, 9)).items()) == [(lists.seller, True), (lists.viewer, True)]
            assert await watchers(listing.id, 1) == {lists.seller: True}
            assert await watchers(for_followers.id, 9) == {lists.viewer: False}
            await lists.favorites.take_back(lists.viewer, listing.id)
            assert await watchers(listing.id, 9) == {lists.seller: True}
            await lists.favorites.keep(again)
            assert list(await watchers(listing.id, 9)) == [lists.viewer, lists.seller]

    async def test_favourites_are_forgotten_some_at_a_time(self, lists: Lists) -> None:
        mine, others = a_user_id(), a_user_id()
        kept = [a_favorite((await lists.listed()).id, user=mine) for _ in range(3)]
        async with lists.transaction:
            for one in kept:
                await lists.favorites.keep(one)
            await lists.favorites.keep(a_favorite(kept[0].listing_id, user=others))
            assert [await lists.favorites.forget(mine, 2) for _ in range(3)] == [2, 1, 0]
            assert await lists.favorites.forget(others, 2) == 1
            assert await lists.favorites.keep(kept[0]) == (kept[0], True)

    async def test_a_view_is_remembered_and_counts_once_a_day(self, lists: Lists) -> None:
        listing, other = await lists.listed(), await lists.listed()
        lists.views.note(lists.viewer, listing.id)
        lists.views.note(lists.viewer, other.id)
        assert await lists.written(lists.viewer, listing.id) == ([(listing.id, NOON), (other.id, NOON)], 1)
        lists.clock.at = LATER
        lists.views.note(lists.viewer, listing.id)
        assert await lists.written(lists.viewer, listing.id) == ([(listing.id, LATER), (other.id, NOON)], 1)
        lists.views.note(lists.seller, listing.id)
        assert (await lists.written(lists.viewer, listing.id))[1] == 2
        lists.clock.at = NOON + timedelta(hours=12)
        lists.views.note(lists.viewer, listing.id)
        assert (await lists.written(lists.viewer, listing.id))[1] == 3, "another day, UTC"

    async def test_what_was_seen_is_cleared_and_does_not_count_anew(self, lists: Lists) -> None:
        listing = await lists.listed()
        lists.views.note(lists.viewer, listing.id)
        await lists.written(lists.viewer, listing.id)
        async with lists.transaction:
            await lists.seen.clear(lists.viewer)
        assert await lists.written(lists.viewer, listing.id) == ([], 1)
        lists.views.note(lists.viewer, listing.id)
        assert await lists.written(lists.viewer, listing.id) == ([(listing.id, NOON)], 1)
        async with lists.transaction:
            assert [await lists.seen.forget(lists.viewer, 5) for _ in range(2)] == [1, 0]
        assert await lists.written(lists.viewer, listing.id) == ([], 1)

    async def test_a_person_saves_a_number_of_searches(self, lists: Lists) -> None:
        me = a_user_id()
        first = await lists.saved(user=me)
        for _ in range(MOST_SAVED_SEARCHES - 1):
            await lists.saved(user=me)
        with pytest.raises(TooManySavedSearches):
            await lists.saved(user=me)
        async with lists.transaction:
            await lists.searches.remove(me, first.id)
        await lists.saved(user=me)
        await lists.saved()

    async def test_only_the_owner_removes_a_search(self, lists: Lists) -> None:
        search = await lists.saved()
        async with lists.transaction:
            for user, search_id in ((a_user_id(), search.id), (search.user, SavedSearchId(new_id()))):
                with pytest.raises(SavedSearchNotFound):
                    await lists.searches.remove(user, search_id)
            await lists.searches.remove(search.user, search.id)
            with pytest.raises(SavedSearchNotFound):
                await lists.searches.remove(search.user, search.id)

    async def test_a_search_names_a_category_that_there_is(self, lists: Lists) -> None:
        await lists.saved(category="plumbing")
        with pytest.raises(UnknownCategory):
            await lists.saved(category="weapons")

    async def test_every_part_of_a_search_must_match(self, lists: Lists) -> None:
        word = a_word()
        listing = await lists.listed(
            title=f"Leica, {word}!", description="With a lens", tags=("Плёнка",), location=MARINA, price=aed(850)
        )
        matching: tuple[dict[str, Any], ...] = (
            {}, {"words": f"LENS {word}"}, {"words": f"{word} плёнка"}, {"category": "electronics"},
            {"kind": Kind.PRODUCT}, {"condition": Condition.GOOD}, {"lowest": aed(850), "currency": "AED"},
            {"highest": aed(850), "currency": "AED"}, {"area": Area(center=DEIRA, radius_km=28)},
        )  # fmt: skip
        other: tuple[dict[str, Any], ...] = (
            {"words": f"{word} tripod"}, {"words": word[:20]}, {"category": "books"}, {"kind": Kind.LOT},
            {"condition": Condition.NEW}, {"lowest": aed("850.01"), "currency": "AED"},
            {"highest": aed("849.99"), "currency": "AED"}, {"highest": Money(10**9, "USD"), "currency": "USD"},
            {"area": Area(center=DEIRA, radius_km=24)}, {"notify": False}, {"user": lists.seller},
        )  # fmt: skip
        expected = [await lists.saved(**{"words": word} | search) for search in matching]
        for search in other:
            await lists.saved(**{"words": word} | search)
        assert sorted(found := await lists.matching(listing)) == found
        assert set(found) == {(search.user, search.id) for search in expected}

    async def test_searches_without_words_wait_under_category_kind_or_nothing(self, lists: Lists) -> None:
        searches = [
            await lists.saved(words="", **search)
            for search in ({"category": "toys"}, {"kind": Kind.PRODUCT}, {"highest": aed(900), "currency": "AED"})
        ]
        toys, books = await lists.listed(category="toys"), await lists.listed(category="books")
        expected = [(search.user, search.id) for search in searches]
        assert await lists.matching(toys) == sorted(expected)
        assert await lists.matching(books) == sorted(expected[1:])

    async def test_what_is_not_for_sale_matches_nothing(self, lists: Lists) -> None:
        word = a_word()
        await lists.saved(words=word)
        sold, for_followers = (
            await lists.listed(title=word), await lists.listed(title=word, audience=Audience.FOLLOWERS)
        )  # fmt: skip
        async with lists.transaction:
            await lists.listings.move(sold.id, ListingStatus.RESERVED)
        assert (await lists.matching(sold), await lists.matching(for_followers)) == ([], [])

    async def test_a_person_is_told_once_of_a_listing(self, lists: Lists) -> None:
        word = a_word()
        first = await lists.saved(words=word)
        await lists.saved(words=word, user=first.user)
        listing = await lists.listed(title=word)
        assert await lists.matching(listing) == [(first.user, first.id)]
        matches = Matches(listing_id=listing.id, title=word, found=((first.user, first.id),))
        for _ in range(2):
            async with lists.transaction:
                await lists.searches.tell(matches, NOON)
        async with lists.transaction:
            assert await lists.searches.forget(first.user, 5) == 3, "two searches, one match"
            assert await lists.searches.forget(first.user, 5) == 0
            await lists.searches.tell(matches, NOON)
            assert await lists.searches.forget_matches(NOON, 5) == 0
            assert await lists.searches.forget_matches(LATER, 5) == 1


class TestMemoryLists(ListsContract):
    @pytest.fixture
    def lists(self) -> Lists:
        transaction, clock = MemoryPersonal(), FixedClock(NOON)
        views = MemoryViews(transaction, clock)

        async def written(user: UserId, listing_id: ListingId) -> tuple[list[tuple[ListingId, datetime]], int]:
            rows = transaction.rows
            assert isinstance(rows, PersonalRows)
            seen = [(one, at) for (who, one), (at, _) in rows.views.items() if who == user and at]
            seen.sort(key=lambda one: one[1], reverse=True)
            return seen, rows.signals[Signal.VIEW, listing_id]

        return Lists(
            transaction, MemoryListings(transaction), MemoryFavorites(transaction), views, views,
            MemorySavedSearches(transaction, "electronics", "books", "toys", "plumbing"), clock, a_user_id(),
            a_user_id(), written,
        )  # fmt: skip


class TestSqlLists(ListsContract):
    @pytest.fixture
    async def lists(self, pool: Pool, database: Database) -> AsyncIterator[Lists]:
        transaction, clock = SqlTransaction(pool, {}), FixedClock(NOON)
        seller, viewer = a_user_id(), a_user_id()
        for user in (seller, viewer):
            await add_user(database, user, f"u{user.hex[-20:]}")
        views = BufferedRecentViews(pool, clock, pause=60)

        async def written(user: UserId, listing_id: ListingId) -> tuple[list[tuple[ListingId, datetime]], int]:
            await views.flush()
            async with pool.connection() as connection:
                rows = await connection.fetch(
                    "SELECT listing_id, seen_at FROM catalog.listing_views"
                    " WHERE user_id = $1 AND seen_at IS NOT NULL ORDER BY seen_at DESC, listing_id",
                    user,
                )
                count = await connection.fetchval(
                    "SELECT views FROM catalog.listing_signals WHERE listing_id = $1", listing_id
                )
            return [tuple(row) for row in rows], count or 0

        yield Lists(
            transaction, SqlListings(transaction), SqlFavorites(transaction), views, SqlSeenListings(transaction),
            SqlSavedSearches(transaction), clock, seller, viewer, written,
        )  # fmt: skip
        await views.close()
