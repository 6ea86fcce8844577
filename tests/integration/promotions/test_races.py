"""A hundred at once over one promo code on real PostgreSQL; `python -m prove promo` does it at full size."""

from prove.promo import promo
from tests.engines import Database


async def test_of_a_hundred_at_once_as_many_get_a_code_as_may_and_what_expires_comes_back(database: Database) -> None:
    assert await promo(database.app_dsn, rounds=10) == []
