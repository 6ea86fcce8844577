"""What people do at the same moment, and a database that does not answer."""

import asyncio
from uuid import uuid4

import pytest

from marketplace.adapters.clock import SystemClock
from marketplace.adapters.sql.catalog.favorites import SqlFavorites
from marketplace.adapters.sql.catalog.listings import SqlListings
from marketplace.adapters.sql.catalog.recent_views import DROPPED, BufferedRecentViews
from marketplace.adapters.sql.catalog.saved_searches import SqlSavedSearches
from marketplace.adapters.sql.catalog.signals import SqlSignals
from marketplace.adapters.sql.pool import DatabaseBusy, Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.catalog.personal import KeepFavorite
from marketplace.application.shared.actor import Actor
from marketplace.domain.catalog.saved_search import MOST_SAVED_SEARCHES, TooManySavedSearches
from marketplace.domain.shared.ids import ListingId, UserId
from tests.builders.commerce import a_published_listing, a_user_id, aed, an_actor, new_id
from tests.builders.personal import a_search
from tests.engines import Database
from tests.fakes.world import SequentialIds
from tests.integration.commerce.market import add_user


async def a_listing_of_somebody(pool: Pool, database: Database) -> ListingId:
    seller = a_user_id()
    await add_user(database, seller, f"s{seller.hex[-20:]}")
    transaction, listing = SqlTransaction(pool, {}), a_published_listing(seller=seller)
    async with transaction:
        await SqlListings(transaction).add(listing, aed(1))
    return listing.id


async def test_a_favourite_kept_by_many_clicks_counts_once(pool: Pool, database: Database) -> None:
    listing_id, ids = await a_listing_of_somebody(pool, database), SequentialIds()

    async def click(fan: Actor) -> object:
        block = SqlTransaction(pool, {})
        keep = KeepFavorite(SqlFavorites(block), SqlSignals(block), block, SystemClock(), ids)
        return (await keep(fan, listing_id)).favorited_at

    fans = [an_actor() for _ in range(3)]
    since = await asyncio.gather(*(click(fan) for fan in fans for _ in range(4)))
    assert [len(set(since[start : start + 4])) for start in (0, 4, 8)] == [1, 1, 1], "all are told of the first"
    async with pool.connection() as connection:
        query = "SELECT favorites FROM catalog.listing_signals WHERE listing_id = $1"
        assert await connection.fetchval(query, listing_id) == 3


async def test_no_more_searches_are_saved_at_once_than_may_be(pool: Pool) -> None:
    me = a_user_id()

    async def save() -> bool:
        transaction = SqlTransaction(pool, {})
        try:
            async with transaction:
                await SqlSavedSearches(transaction).add(a_search(user=me))
        except TooManySavedSearches:
            return False
        return True

    saved = [await save() for _ in range(MOST_SAVED_SEARCHES - 2)]
    saved += await asyncio.gather(*(save() for _ in range(6)))
    assert sum(saved) == MOST_SAVED_SEARCHES


async def test_a_view_that_two_processes_write_counts_once(pool: Pool, database: Database) -> None:
    listing_id, viewer = await a_listing_of_somebody(pool, database), a_user_id()
    await add_user(database, viewer, f"v{viewer.hex[-20:]}")
    processes = [BufferedRecentViews(pool, SystemClock(), pause=60) for _ in range(4)]
    for process in processes:
        process.note(viewer, listing_id)
    await asyncio.gather(*(process.flush() for process in processes))
    await asyncio.gather(*(process.close() for process in processes))
    async with pool.connection() as connection:
        query = "SELECT views FROM catalog.listing_signals WHERE listing_id = $1"
        assert await connection.fetchval(query, listing_id) == 1


async def test_views_wait_for_a_database_that_is_busy_and_are_bounded(pool: Pool, database: Database) -> None:
    viewer = a_user_id()
    await add_user(database, viewer, f"v{viewer.hex[-20:]}")
    busy = Pool(database.app_dsn, size=1, patience=0.01)
    views = BufferedRecentViews(busy, SystemClock(), pause=60, capacity=3)
    before, held = DROPPED._value.get(), await busy.take()
    for _ in range(5):
        views.note(viewer, ListingId(new_id()))
    with pytest.raises(DatabaseBusy):
        await views.flush()
    busy.give(held)
    await views.close()
    await busy.close()
    assert DROPPED._value.get() - before == 2
    async with pool.connection() as connection:
        query = "SELECT count(*) FROM catalog.listing_views WHERE user_id = $1"
        assert await connection.fetchval(query, viewer) == 3


async def test_who_has_left_is_not_remembered(pool: Pool) -> None:
    nobody = UserId(uuid4())
    views = BufferedRecentViews(pool, SystemClock())
    views.note(nobody, ListingId(new_id()))
    await views.close()
    async with pool.connection() as connection:
        query = "SELECT count(*) FROM catalog.listing_views WHERE user_id = $1"
        assert await connection.fetchval(query, nobody) == 0
