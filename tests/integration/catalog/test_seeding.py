"""Made listings: the same for the same number, on the storefront like real ones, and nothing after a failure."""

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from marketplace.adapters.sql.catalog.made import SPAN, Maker
from marketplace.adapters.sql.catalog.seeding import SeedingRefused, seed_listings
from marketplace.domain.catalog.listing import Channel
from marketplace.domain.ordering.fees import fee_on
from marketplace.domain.shared.money import Money
from tests.engines import Database

UNTIL = datetime(2026, 6, 1, tzinfo=UTC)


def default_fee(channel: Channel, price: Money) -> Money:
    return fee_on(channel, price).amount


def maker(seed: int = 7, listings: int = 2_000) -> Maker:
    return Maker(seed, listings=listings, sellers=40, until=UNTIL, fee=default_fee)


def test_a_seed_makes_the_same_again() -> None:
    (one,), (again,), (other,) = (list(maker(seed, 200).chunks(500)) for seed in (1, 1, 2))
    assert (one, list(maker(1).sellers())) == (again, list(maker(1).sellers()))
    assert one != other


def test_ids_are_version_7_in_the_order_of_their_times() -> None:
    rows = [row for made in maker(listings=300).chunks(100) for row in made.listings]
    ids, times = [row[0] for row in rows], [row[-1] for row in rows]
    assert len(set(ids)) == 300
    assert ids == sorted(ids)  # type: ignore[type-var]
    assert times[0] == UNTIL - SPAN
    assert times == sorted(times)  # type: ignore[type-var]
    assert UNTIL - times[-1] < timedelta(days=3)  # type: ignore[operator]
    assert {id_.version for id_ in ids} == {7}  # type: ignore[attr-defined]


async def test_the_storefront_shows_what_is_active_and_indexes_are_back(fresh_database: Database) -> None:
    connection = await asyncpg.connect(fresh_database.owner_dsn)
    try:
        indexes = "SELECT array_agg(indexdef::text ORDER BY indexdef) FROM pg_indexes WHERE schemaname = 'catalog'"
        before = await connection.fetchval(indexes)
        assert (await seed_listings(fresh_database.owner_dsn, maker())).listings == 2_000
        assert await connection.fetchval(indexes) == before
        differing = await connection.fetchval("""
            SELECT count(*) FROM catalog.listing_states s FULL JOIN catalog.storefront f USING (listing_id)
            WHERE (s.status = 'active') IS DISTINCT FROM (f.listing_id IS NOT NULL)""")
        assert differing == 0
        shares = await connection.fetchrow("""
            SELECT count(*) FILTER (WHERE channel = 'community') / 2000.0 AS community,
                count(*) FILTER (WHERE channel = 'discover' AND video_url LIKE '%.m3u8') / 2000.0 AS discover,
                count(*) FILTER (WHERE channel = 'services' AND kind = 'service') / 2000.0 AS services,
                count(*) FILTER (WHERE audience = 'followers') AS followers, count(DISTINCT category) AS categories
            FROM catalog.listings""")
        assert [float(share) for share in list(shares)[:3]] == pytest.approx([0.6, 0.25, 0.15], abs=0.04)
        assert 5 <= shares["followers"] <= 50
        assert shares["categories"] == 28
        signals = await connection.fetchval("SELECT count(*) FROM catalog.listing_signals WHERE views > 0")
        assert 400 < signals < 800
    finally:
        await connection.close()


async def test_the_same_seed_again_is_refused_and_leaves_nothing(fresh_database: Database) -> None:
    await seed_listings(fresh_database.owner_dsn, maker(listings=20))
    with pytest.raises(SeedingRefused, match="--seed"):
        await seed_listings(fresh_database.owner_dsn, maker(listings=30))
    connection = await asyncpg.connect(fresh_database.owner_dsn)
    try:
        assert await connection.fetchval("SELECT count(*) FROM catalog.listings") == 20
        names = "SELECT count(*) FROM pg_indexes WHERE schemaname = 'catalog' AND indexname LIKE 'ix_storefront%'"
        assert await connection.fetchval(names) > 0
    finally:
        await connection.close()
