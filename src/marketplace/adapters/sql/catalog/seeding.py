"""Made listings by COPY, to develop and measure with."""

from dataclasses import dataclass
from time import perf_counter

import asyncpg

from marketplace.adapters.sql.catalog.made import LISTING_COLUMNS, SELLER_COLUMNS, Maker

CHUNK = 5_000
_TABLES = "listings", "listing_states", "listing_signals", "storefront"
_INDEXES = """
SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
WHERE relnamespace = 'catalog'::regnamespace AND relname = ANY ($1)
  AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
"""


class SeedingRefused(Exception):
    """One line for people."""


@dataclass(frozen=True, slots=True)
class Seeded:
    listings: int
    seconds: float


async def seed_listings(dsn: str, maker: Maker) -> Seeded:
    """All or nothing, by the tables' owner; raises SeedingRefused.

    The trigger that fills the storefront stays on: it takes each chunk as one. Indexes are dropped and made again, in
    the same transaction.
    """
    started = perf_counter()
    connection = await asyncpg.connect(dsn, server_settings={"jit": "off", "maintenance_work_mem": "256MB"})
    try:
        async with connection.transaction():
            count = await _fill(connection, maker)
        for table in _TABLES:
            await connection.execute(f"VACUUM ANALYZE catalog.{table}")
        await connection.execute("ANALYZE identity.users")
    except asyncpg.UniqueViolationError as error:
        raise SeedingRefused("these listings are there already; make others with --seed NUMBER") from error
    finally:
        await connection.close()
    return Seeded(count, perf_counter() - started)


async def _fill(connection: asyncpg.Connection, maker: Maker) -> int:
    await connection.copy_records_to_table(
        "users", schema_name="identity", columns=SELLER_COLUMNS, records=maker.sellers()
    )
    indexes = await connection.fetch(_INDEXES, _TABLES)
    for index in indexes:
        await connection.execute(f"DROP INDEX {index['name']}")
    count = 0
    for made in maker.chunks(CHUNK):
        for table, columns, rows in (
            ("listings", LISTING_COLUMNS, made.listings),
            ("listing_signals", ("listing_id", "views", "favorites", "offers"), made.signals),
            ("listing_states", ("listing_id", "status"), made.states),
        ):
            await connection.copy_records_to_table(table, schema_name="catalog", columns=columns, records=rows)
        count += len(made.listings)
    for index in indexes:
        await connection.execute(index["definition"])
    return count
