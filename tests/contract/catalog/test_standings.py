"""Bulk changes of a seller's listings: the fake of the unit tests and the SQL adapter keep one contract."""

from dataclasses import dataclass

import pytest

from marketplace.adapters.sql.catalog.listings import SqlListings
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.catalog.ports import Listings
from marketplace.application.shared.ports import Transaction
from marketplace.domain.catalog.listing import Listing, ListingNotAvailable
from marketplace.domain.catalog.standing import ListingStatus, Standing, Withheld
from marketplace.domain.shared.ids import ListingId
from tests.builders.commerce import a_listing, a_user_id, aed, new_id
from tests.fakes.world import MemoryListings, MemoryTransaction


@dataclass
class Catalog:
    transaction: Transaction
    listings: Listings

    async def add(self, *added: Listing) -> None:
        async with self.transaction:
            for listing in added:
                await self.listings.add(listing, aed("42.50"))


class StandingsContract:
    async def test_a_sellers_listings_come_by_id_and_without_the_ended_ones(self, catalog: Catalog) -> None:
        seller = a_user_id()
        mine = [a_listing(seller=seller, status=status) for status in ListingStatus]
        await catalog.add(*mine, a_listing())
        ended = {ListingStatus.SOLD, ListingStatus.REMOVED}
        expected = [(one.id, one.status, None) for one in mine if one.status not in ended]
        async with catalog.transaction:
            some = await catalog.listings.standings_of(seller, after=None, limit=2)
            rest = await catalog.listings.standings_of(seller, after=some[-1].listing_id, limit=100)
        assert [(one.listing_id, one.status, one.withheld) for one in some + rest] == expected
        assert len(some) == 2

    async def test_what_stands_is_read_back(self, catalog: Catalog) -> None:
        active, reserved = (
            a_listing(status=ListingStatus.ACTIVE), a_listing(status=ListingStatus.RESERVED),
        )  # fmt: skip
        await catalog.add(active, reserved)
        wanted = [
            Standing(listing_id=active.id, status=ListingStatus.PAUSED, withheld=Withheld.SUSPENDED),
            Standing(listing_id=reserved.id, status=ListingStatus.RESERVED, withheld=Withheld.CLOSED),
        ]
        async with catalog.transaction:
            await catalog.listings.stand(wanted)
        async with catalog.transaction:
            assert [await catalog.listings.standing(one.listing_id) for one in wanted] == wanted
            await catalog.listings.stand([])

    async def test_an_unknown_listing_is_not_available(self, catalog: Catalog) -> None:
        with pytest.raises(ListingNotAvailable):
            async with catalog.transaction:
                await catalog.listings.standing(ListingId(new_id()))


class TestMemoryStandings(StandingsContract):
    @pytest.fixture
    def catalog(self) -> Catalog:
        transaction = MemoryTransaction()
        return Catalog(transaction, MemoryListings(transaction))


class TestSqlStandings(StandingsContract):
    @pytest.fixture
    def catalog(self, pool: Pool) -> Catalog:
        transaction = SqlTransaction(pool, {})
        return Catalog(transaction, SqlListings(transaction))
