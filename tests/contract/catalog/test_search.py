"""The fake and the SQL adapter find the same, in words that need no knowledge of languages."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from marketplace.adapters.clock import SystemClock
from marketplace.adapters.sql.catalog.learnt_words import SqlVocabulary
from marketplace.adapters.sql.catalog.listings import SqlListings
from marketplace.adapters.sql.catalog.search import SqlSearchQueries
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.social.relations import SqlRelations
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.catalog.ports import Listings
from marketplace.application.catalog.search import Found, InvalidSearch, SearchQueries, Sort, Wish
from marketplace.application.shared.actor import Viewer
from marketplace.application.shared.ports import Transaction
from marketplace.domain.catalog.listing import Audience, Channel, Listing
from marketplace.domain.catalog.standing import ListingStatus
from marketplace.domain.catalog.terms import Condition, Kind, ProductTerms, ServiceTerms
from marketplace.domain.shared.geo import Location
from marketplace.domain.shared.ids import UserId
from marketplace.domain.social.relations import Block, Follow
from tests.builders.commerce import NOON, a_published_listing, a_user_id, aed, new_id
from tests.engines import Database
from tests.fakes.search import MemorySearchQueries
from tests.fakes.world import MemoryListings, MemoryTransaction
from tests.integration.commerce.market import add_user

HERE, NEAR, FAR = Location(25.10, 55.20), Location(25.11, 55.21), Location(26.10, 55.20)
"""About 1.5 and 111 km from here."""


def a_word() -> str:
    """That no other test has said, as the database is shared."""
    return "w" + "".join("abcdefghijklmnop"[int(digit, 16)] for digit in new_id().hex[-9:])


@dataclass
class Market:
    transaction: Transaction
    listings: Listings
    search: SearchQueries
    seller: UserId
    follow: Callable[[UserId, UserId], Awaitable[None]]
    block: Callable[[UserId, UserId], Awaitable[None]]
    learn: Callable[[], Awaitable[None]]

    async def add(self, title: str, **changes: Any) -> Listing:
        listing = a_published_listing(seller=self.seller, title=title, **changes)
        async with self.transaction:
            await self.listings.add(listing, aed("1"))
        return listing

    async def find(self, text: str, viewer: UserId | None = None, limit: int = 20, **wish: Any) -> Found:
        return await self.search.search(Viewer(viewer), Wish(text=text, **wish), after=None, skip=0, limit=limit)

    async def ids(self, text: str, viewer: UserId | None = None, **wish: Any) -> list[Any]:
        return [item.id for item in (await self.find(text, viewer, **wish)).items]


class SearchContract:
    async def test_all_words_are_found_in_the_title_before_the_rest(self, market: Market) -> None:
        word, other = a_word(), a_word()
        said = await market.add("Kettle", description=f"{other} {word}")
        tagged = await market.add("Kettle", tags=(word, other))
        titled = await market.add(f"{other} {word}")
        found = await market.find(f"{word} {other}", explain=True)
        assert [item.id for item in found.items][:3] == [titled.id, tagged.id, said.id]
        first = found.items[0].explain
        assert first is not msgspec.UNSET
        assert first.score > 0
        assert [(one.word, one.how, one.where) for one in first.words] == [
            (word, "word", "title"), (other, "word", "title"),
        ]  # fmt: skip
        assert (await market.find(word)).items[0].explain is msgspec.UNSET

    async def test_the_last_word_may_be_begun_and_any_mistaken(self, market: Market) -> None:
        word = a_word()
        listing = await market.add(word)
        await market.learn()
        for text, how in ((word[:7], "beginning"), (word[:4] + word[5:], "correction")):
            (item,) = (await market.find(text, explain=True)).items
            assert item.id == listing.id
            assert item.explain is not msgspec.UNSET
            assert [(one.how, one.found_as) for one in item.explain.words] == [(how, [word])]

    async def test_what_is_not_for_sale_is_not_found(self, market: Market) -> None:
        word = a_word()
        listing = await market.add(word)
        assert await market.ids(word) == [listing.id]
        async with market.transaction:
            await market.listings.move(listing.id, ListingStatus.PAUSED)
        assert await market.ids(word) == []
        async with market.transaction:
            await market.listings.move(listing.id, ListingStatus.ACTIVE)
        assert await market.ids(word) == [listing.id]

    async def test_filters(self, market: Market) -> None:
        word = a_word()
        new = await market.add(word, price=aed("90"), terms=ProductTerms(condition=Condition.NEW), location=NEAR)
        plumber = await market.add(
            word, price=aed("500"), terms=ServiceTerms(), channel=Channel.SERVICES, category="plumbing", location=FAR
        )
        both = {new.id, plumber.id}
        for wish, wanted in (
            ({"category": "electronics"}, {new.id}), ({"category": "home_services"}, {plumber.id}),
            ({"category": "plumbing"}, {plumber.id}), ({"category": "books"}, set()),
            ({"kind": Kind.SERVICE}, {plumber.id}), ({"condition": Condition.NEW}, {new.id}),
            ({"condition": Condition.POOR}, set()), ({"currency": "AED"}, both), ({"currency": "USD"}, set()),
            ({"currency": "AED", "lowest": aed("90"), "highest": aed("500")}, both),
            ({"currency": "AED", "lowest": aed("90.01")}, {plumber.id}),
            ({"currency": "AED", "highest": aed("499.99")}, {new.id}),
            ({"near": HERE, "radius_km": 5.0}, {new.id}), ({"near": HERE, "radius_km": 150.0}, both),
            ({"near": HERE, "radius_km": 1.0}, set()), ({"min_rating": 4.0}, set()),
        ):  # fmt: skip
            assert set(await market.ids(word, **wish)) == wanted, wish

    async def test_orders_and_the_pages_of_each(self, market: Market) -> None:
        word = a_word()
        cheap = await market.add(word, price=aed("10"), location=FAR)
        dear = await market.add(word, price=aed("30"), location=NEAR)
        middle = await market.add(word, price=aed("20"))
        same = await market.add(word, price=aed("20"))
        for sort, wanted in (
            (Sort.PRICE_ASC, [cheap, same, middle, dear]), (Sort.PRICE_DESC, [dear, same, middle, cheap]),
            (Sort.NEWEST, [same, middle, dear, cheap]), (Sort.NEAREST, [dear, cheap, same, middle]),
        ):  # fmt: skip
            wish = Wish(text=word, sort=sort, near=HERE, currency="AED")
            first = await market.search.search(Viewer(), wish, after=None, skip=0, limit=2)
            second = await market.search.search(Viewer(), wish, after=first.last, skip=0, limit=2)
            by_number = await market.search.search(Viewer(), wish, after=None, skip=2, limit=2)
            assert [item.id for item in (*first.items, *second.items)] == [one.id for one in wanted], sort
            assert by_number.items == second.items
            assert (first.has_more, second.has_more, first.total, second.total) == (True, False, 4, 4)
            assert second.facets == first.facets
        far = {item.id: item.distance_km for item in (await market.find(word, near=HERE)).items}
        assert far[dear.id] == pytest.approx(1.5, abs=0.1)
        assert far[cheap.id] == pytest.approx(111.2, abs=0.2)
        assert far[same.id] is None

    async def test_facets_count_all_that_is_found(self, market: Market) -> None:
        word = a_word()
        for price, category in (("499", "electronics"), ("500", "books"), ("999.99", "books")):
            await market.add(word, price=aed(price), category=category)
        facets = (await market.find(word, limit=1)).facets
        assert [(one.category, one.count) for one in facets.categories] == [("books", 2), ("electronics", 1)]
        assert [(one.label, int(one.min), int(one.max), one.count) for one in facets.price_ranges] == [
            ("AED 200-500", 200, 500, 1), ("AED 500-1000", 500, 1000, 2),
        ]  # fmt: skip
        nothing = await market.find(a_word())
        assert (nothing.items, nothing.total, nothing.facets.categories, nothing.last) == ([], 0, [], None)

    async def test_followers_find_what_is_for_followers(self, market: Market) -> None:
        word, follower, stranger = a_word(), a_user_id(), a_user_id()
        listing = await market.add(word, audience=Audience.FOLLOWERS)
        await market.follow(follower, market.seller)
        await market.learn()
        assert await market.ids(word, follower) == await market.ids(word, market.seller) == [listing.id]
        assert await market.ids(word) == await market.ids(word, stranger) == []
        assert await market.search.suggest(word[:6]) == []

    async def test_who_is_blocked_finds_nothing_of_the_other(self, market: Market) -> None:
        word, blocked, blocker = a_word(), a_user_id(), a_user_id()
        listing = await market.add(word)
        await market.block(market.seller, blocked)
        await market.block(blocker, market.seller)
        assert await market.ids(word) == await market.ids(word, a_user_id()) == [listing.id]
        assert await market.ids(word, blocked) == await market.ids(word, blocker) == []

    async def test_suggestions(self, market: Market) -> None:
        word, other = a_word(), a_word()
        await market.add(f"{word} {other}")
        await market.learn()
        for begun in (word[:6], word, word[:4] + word[5:]):
            found = await market.search.suggest(begun)
            assert (word, "word") in [(one.text, one.kind) for one in found]
            assert (f"{word} {other}", "title") in [(one.text, one.kind) for one in found]


def test_a_wish_that_makes_no_sense_is_refused() -> None:
    for wish in ({"sort": Sort.NEAREST}, {"radius_km": 5.0}, {"lowest": aed("2"), "highest": aed("1")}):
        with pytest.raises(InvalidSearch):
            Wish(**wish)


async def _nothing() -> None:
    """Memory knows at once."""


class TestMemorySearch(SearchContract):
    @pytest.fixture
    def market(self) -> Market:
        transaction = MemoryTransaction()
        search = MemorySearchQueries(transaction)

        async def follow(one: UserId, other: UserId) -> None:
            search.follows.add((one, other))

        async def block(one: UserId, other: UserId) -> None:
            search.blocks.add(frozenset({one, other}))

        return Market(transaction, MemoryListings(transaction), search, a_user_id(), follow, block, _nothing)


class TestSqlSearch(SearchContract):
    @pytest.fixture
    async def market(self, pool: Pool, database: Database) -> Market:
        seller = a_user_id()
        await add_user(database, seller, f"s{seller.hex[:20]}")
        transaction, vocabulary = SqlTransaction(pool, {}), SqlVocabulary(pool)
        relations = SqlRelations(transaction)

        async def follow(one: UserId, other: UserId) -> None:
            async with transaction:
                await relations.follow(Follow.start(one, other, NOON))

        async def block(one: UserId, other: UserId) -> None:
            async with transaction:
                await relations.block(Block(blocker=one, blocked=other, created_at=NOON))

        async def learn() -> None:
            await vocabulary.learn()
            while await vocabulary.learn():
                pass

        search = SqlSearchQueries(pool, SystemClock())
        return Market(transaction, SqlListings(transaction), search, seller, follow, block, learn)
