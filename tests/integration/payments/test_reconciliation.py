"""Reconciliation on real rows: every planted difference is found, and its statements stay cheap."""

from prove.reconciliation import PLANTED, reconciliation
from tests.engines import Database


async def test_every_kind_of_difference_is_found_by_the_next_run(fresh_database: Database) -> None:
    assert await reconciliation(fresh_database.admin_dsn, rounds=len(PLANTED), seed=1, payments=20) == []
