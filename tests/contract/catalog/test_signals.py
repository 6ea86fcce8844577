"""What people did with a listing, and whether it is shown live: the fake and the SQL adapter keep one contract."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from marketplace.adapters.sql.catalog.listings import SqlListings
from marketplace.adapters.sql.catalog.signals import SqlSignals
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.catalog.live import ShowLive
from marketplace.application.catalog.ports import Listings, Signal, Signals
from marketplace.application.shared.ports import Transaction
from marketplace.domain.catalog.listing import ListingNotFound
from marketplace.domain.shared.ids import ListingId
from tests.builders.commerce import a_published_listing, aed, new_id
from tests.fakes.world import MemoryListings, MemorySignals, MemoryTransaction

Seen = tuple[int, int, int, bool]
"""Views, favorites, offers, live."""


@dataclass
class Counting:
    transaction: Transaction
    listings: Listings
    signals: Signals
    seen: Callable[[ListingId], Awaitable[Seen]]

    async def listed(self) -> ListingId:
        listing = a_published_listing()
        async with self.transaction:
            await self.listings.add(listing, aed("42.50"))
        return listing.id

    async def show_live(self, listing_id: ListingId, *, is_live: bool) -> None:
        await ShowLive(self.listings, self.signals, self.transaction)(listing_id, is_live=is_live)


class SignalsContract:
    async def test_counts_add_up_each_by_itself(self, counting: Counting) -> None:
        one, other = await counting.listed(), await counting.listed()
        for signal, times in (
            (Signal.VIEW, {one: 2, other: 1}), (Signal.VIEW, {one: 3}), (Signal.OFFER, {one: 1}),
            (Signal.FAVORITE, {other: 4}),
        ):  # fmt: skip
            async with counting.transaction:
                await counting.signals.count(signal, times)
        assert await counting.seen(one) == (5, 0, 1, False)
        assert await counting.seen(other) == (1, 4, 0, False)

    async def test_a_listing_is_shown_live_until_it_is_not(self, counting: Counting) -> None:
        listing = await counting.listed()
        await counting.show_live(listing, is_live=True)
        await counting.show_live(listing, is_live=True)
        async with counting.transaction:
            await counting.signals.count(Signal.VIEW, {listing: 1})
        assert await counting.seen(listing) == (1, 0, 0, True)
        await counting.show_live(listing, is_live=False)
        assert await counting.seen(listing) == (1, 0, 0, False)

    async def test_nothing_that_never_was_is_shown_live(self, counting: Counting) -> None:
        with pytest.raises(ListingNotFound):
            await counting.show_live(ListingId(new_id()), is_live=True)


class TestMemorySignals(SignalsContract):
    @pytest.fixture
    def counting(self) -> Counting:
        transaction = MemoryTransaction()

        async def seen(listing_id: ListingId) -> Seen:
            rows = transaction.rows
            views, favorites, offers = (rows.signals[signal, listing_id] for signal in Signal)
            return views, favorites, offers, listing_id in rows.live

        return Counting(transaction, MemoryListings(transaction), MemorySignals(transaction), seen)


class TestSqlSignals(SignalsContract):
    @pytest.fixture
    def counting(self, pool: Pool) -> Counting:
        transaction = SqlTransaction(pool, {})

        async def seen(listing_id: ListingId) -> Seen:
            async with pool.connection() as connection:
                row = await connection.fetchrow(
                    "SELECT views, favorites, offers, is_live FROM catalog.listing_signals WHERE listing_id = $1",
                    listing_id,
                )
            return row["views"], row["favorites"], row["offers"], row["is_live"]

        return Counting(transaction, SqlListings(transaction), SqlSignals(transaction), seen)
