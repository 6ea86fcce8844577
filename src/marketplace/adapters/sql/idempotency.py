from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import asyncpg
from sqlalchemy import Column, DateTime, Index, Integer, LargeBinary, PrimaryKeyConstraint, Table, Text, Uuid, text

from marketplace.adapters.sql.metadata import metadata
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.shared.idempotency import (
    ForgetOldKeys,
    IdempotencyKeyReused,
    IdempotencyKeys,
    IdempotentRequest,
    IdempotentRequestInProgress,
    StoredReply,
)
from marketplace.application.shared.ports import Ids

LEASE = timedelta(seconds=15)
"""No request takes longer; a repetition of one whose process was killed waits for its end."""
KEPT = timedelta(hours=72)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("caller", Uuid, nullable=False),
    Column("route", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("token", Uuid, nullable=False),
    Column("lease_until", DateTime(timezone=True), nullable=False),
    Column("status", Integer),
    Column("body", LargeBinary),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    PrimaryKeyConstraint("caller", "route", "key"),
    Index("ix_idempotency_keys_created_at", "created_at"),
    schema="edge",
)

_CLAIM = """
INSERT INTO edge.idempotency_keys AS k (caller, route, key, fingerprint, token, lease_until)
VALUES ($1, $2, $3, $4, $5, now() + $6)
ON CONFLICT (caller, route, key) DO UPDATE
   SET fingerprint = excluded.fingerprint, token = excluded.token, lease_until = excluded.lease_until
   WHERE k.status IS NULL AND k.lease_until < now() AND k.fingerprint = excluded.fingerprint
RETURNING token
"""
_READ = "SELECT fingerprint, status, body FROM edge.idempotency_keys WHERE caller = $1 AND route = $2 AND key = $3"
_STORE = """
UPDATE edge.idempotency_keys SET status = $5, body = $6
WHERE caller = $1 AND route = $2 AND key = $3 AND token = $4 AND status IS NULL
"""
_ABANDON = """
DELETE FROM edge.idempotency_keys
WHERE caller = $1 AND route = $2 AND key = $3 AND token = $4 AND status IS NULL
"""
_PURGE = "DELETE FROM edge.idempotency_keys WHERE created_at < now() - $1::interval"


class SqlIdempotencyKeys(IdempotencyKeys):
    def __init__(self, pool: Pool, transaction: SqlTransaction, ids: Ids) -> None:
        self._pool = pool
        self._transaction = transaction
        self._ids = ids
        self._claim: tuple[UUID, str, str, UUID] | None = None

    async def open(self, request: IdempotentRequest, encode: Callable[[object], StoredReply]) -> StoredReply | None:
        place = (request.caller, request.route, request.key)
        token = self._ids.new()
        async with self._pool.connection() as connection:
            if await connection.fetchval(_CLAIM, *place, request.fingerprint, token, LEASE) is None:
                return _reply_of(await connection.fetchrow(_READ, *place), request)
        claim = self._claim = (*place, token)

        async def store(connection: asyncpg.Connection, answer: object) -> None:
            if answer is None:
                return
            reply = encode(answer)
            if await connection.execute(_STORE, *claim, reply.status, reply.body) != "UPDATE 1":
                raise IdempotentRequestInProgress("this request was taken over by its repetition")

        self._transaction.before_commit(store)
        return None

    async def abandon(self) -> None:
        if self._claim is not None:
            async with self._pool.connection() as connection:
                await connection.execute(_ABANDON, *self._claim)
            self._claim = None


def _reply_of(row: asyncpg.Record | None, request: IdempotentRequest) -> StoredReply:
    if row is not None and row["fingerprint"] != request.fingerprint:
        raise IdempotencyKeyReused("this Idempotency-Key was used with another request", field="Idempotency-Key")
    if row is None or row["status"] is None:
        raise IdempotentRequestInProgress("the first request with this Idempotency-Key is still running")
    return StoredReply(row["status"], row["body"])


class SqlForgetOldKeys(ForgetOldKeys):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def __call__(self) -> None:
        async with self._pool.connection() as connection:
            await connection.execute(_PURGE, KEPT)
