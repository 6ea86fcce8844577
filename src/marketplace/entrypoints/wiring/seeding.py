"""Made listings for development and test."""

from marketplace.adapters.clock import SystemClock
from marketplace.adapters.sql.catalog import seeding
from marketplace.adapters.sql.catalog.made import Maker
from marketplace.adapters.sql.catalog.seeding import Seeded, SeedingRefused
from marketplace.domain.ordering.fees import fee_on
from marketplace.entrypoints.wiring.settings import Settings

MOST_SELLERS = 20_000

__all__ = ["Seeded", "SeedingRefused", "seed_listings"]


async def seed_listings(settings: Settings, listings: int, sellers: int, seed: int) -> Seeded:
    """Of one seller for each 50 listings where `sellers` is 0. Raises SeedingRefused."""
    if settings.is_production:
        raise RuntimeError("made listings are for development and test")
    maker = Maker(
        seed, listings=listings, sellers=sellers or min(MOST_SELLERS, max(1, listings // 50)),
        until=SystemClock().now(), fee=lambda channel, price: fee_on(channel, price).amount,
    )  # fmt: skip
    return await seeding.seed_listings(settings.migration_database_url.reveal(), maker)
