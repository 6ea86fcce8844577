"""A row that holds what it must not is named, whatever the type of its column."""

from uuid import uuid4

import asyncpg
import pytest

from prove.canaries import leaking_rows
from prove.people import GOOD
from tests.builders.payouts import IBAN
from tests.engines import Database

ACCOUNT = """
INSERT INTO payments.payout_accounts (id, owner_id, kind, holder, sealed, masked, is_default, usable_from, created_at)
VALUES ($1, $1, 'bank', 'Amina Haddad', '\\x00', $2, false, now(), now())
"""
KEY = """
INSERT INTO edge.idempotency_keys (caller, route, key, fingerprint, token, lease_until, body)
VALUES ($1, 'POST /pay', 'key', '\\x00', $1, now(), $2)
"""
JOB = "INSERT INTO jobs.job (handler, payload) VALUES ('pay', jsonb_build_object('card', $1::text))"


@pytest.mark.parametrize(
    ("leak", "where"),
    [
        ((ACCOUNT, uuid4(), IBAN), f"payments.payout_accounts holds {IBAN}"),
        ((KEY, uuid4(), GOOD.encode()), f"edge.idempotency_keys holds {GOOD.encode().hex()}"),
        ((JOB, GOOD), f"jobs.job holds {GOOD}"),
    ],
)
async def test_a_leaking_row_is_named(fresh_database: Database, leak: tuple[object, ...], where: str) -> None:
    connection = await asyncpg.connect(fresh_database.admin_dsn)
    try:
        await connection.execute(ACCOUNT, uuid4(), "AE** 3456")
        assert await leaking_rows(fresh_database.admin_dsn) == []
        await connection.execute(*leak)
        assert await leaking_rows(fresh_database.admin_dsn) == [where]
    finally:
        for table in ("payments.payout_accounts", "edge.idempotency_keys", "jobs.job"):
            await connection.execute(f"DELETE FROM {table}")  # noqa: S608
        await connection.close()
