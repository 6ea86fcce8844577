"""The made catalogue in a database, and how well it is searched."""

from collections.abc import Sequence
from math import log2
from uuid import UUID

import asyncpg

from marketplace.adapters.sql.catalog.learnt_words import SqlVocabulary
from marketplace.adapters.sql.catalog.search import SqlSearchQueries
from marketplace.adapters.sql.pool import Pool
from marketplace.application.catalog.search import Wish
from marketplace.application.shared.actor import Viewer
from tests.builders.commerce import NOON
from tests.integration.search.catalogue import Made
from tests.integration.search.queries import Query

SHOWN = 10

SERVICE_TERMS = '{"packages": [], "duration_minutes": null, "area_km": null, "time_zone": "UTC"}'


def id_of(number: int) -> UUID:
    return UUID(f"01970000-0000-7000-8000-{number:012x}")


async def fill(dsn: str, made: Sequence[Made]) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("""
            INSERT INTO identity.users
                (id, email, email_key, username, username_skeleton, full_name, password_hash, password_changed_at,
                 role, email_verified, created_at, version)
            VALUES ('01970000-0000-7000-8000-ffffffffffff', 'a@marketplace.example', 'a@marketplace.example', 'maker',
                    'maker', 'Maker', '', now(), 'seller', true, now(), 0)""")
        await connection.copy_records_to_table(
            "listings", schema_name="catalog",
            columns=[
                "id", "seller_id", "title", "description", "price_minor", "fee_minor", "currency", "category",
                "condition", "channel", "kind", "audience", "terms", "image_urls", "tags", "created_at",
            ],
            records=[
                (
                    id_of(number), UUID("01970000-0000-7000-8000-ffffffffffff"), one.title, one.description,
                    1_000 + number * 37 % 900_000, 50, "AED", one.category, None if one.is_service else "good",
                    "services" if one.is_service else "community", "service" if one.is_service else "product",
                    "everyone", SERVICE_TERMS, [], [], NOON,
                )
                for number, one in enumerate(made)
            ],
        )  # fmt: skip
        await connection.execute(
            "INSERT INTO catalog.listing_states (listing_id, status)"
            " SELECT id, 'active' FROM catalog.listings ORDER BY id"
        )
        await connection.execute("ANALYZE catalog.storefront")
    finally:
        await connection.close()


async def learn(pool: Pool) -> None:
    """Everything there is."""
    vocabulary = SqlVocabulary(pool)
    await vocabulary.learn()
    while await vocabulary.learn():
        pass


async def ndcg(search: SqlSearchQueries, query: Query, made: Sequence[Made]) -> float:
    """Normalized discounted cumulative gain of the first ten: 1 is the best order that there is."""
    found = await search.search(Viewer(), Wish(text=query.text), after=None, skip=0, limit=SHOWN)
    grades = [query.grade(made[item.id.int & 0xFFFFFFFFFFFF]) for item in found.items]
    best = sorted((query.grade(one) for one in made), reverse=True)[:SHOWN]
    return _gain(grades) / _gain(best)


def _gain(grades: Sequence[int]) -> float:
    return sum((2.0**grade - 1) / log2(place + 2) for place, grade in enumerate(grades))
