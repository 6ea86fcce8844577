"""Deliveries as they are written, sent and sent again. Who writes holds the endpoint's row: so is their order safe."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.adapters.sql.webhooks.endpoints import COLUMNS, SealedEndpoints
from marketplace.application.webhooks.ports import Deliveries, ForgetDeliveries, Queues, Tried
from marketplace.domain.shared.ids import UserId
from marketplace.domain.webhooks.delivery import (
    ATTEMPTS_KEPT,
    DeliveryId,
    DeliveryNotFound,
    DeliveryPending,
    DeliveryStatus,
    DueDelivery,
    NewDelivery,
)
from marketplace.domain.webhooks.endpoint import Endpoint, EndpointId

PORTION = 1_000

WAKE = """
WITH woken AS (
    UPDATE webhooks.endpoints SET due_at = least(due_at, $2) WHERE id = ANY ($1::uuid[]) RETURNING 1
)
SELECT pg_notify('webhooks', '') FROM (SELECT count(*) FROM woken) counted"""
_ADD = """
INSERT INTO webhooks.deliveries (endpoint_id, event_id, event_type, subject, body, status, created_at, ended_at)
SELECT endpoint_id, event_id, event_type, subject, body, status, $7, CASE status WHEN 'skipped' THEN $7::timestamptz END
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::text[], $6::text[])
     WITH ORDINALITY new(endpoint_id, event_id, event_type, subject, body, status, place)
ORDER BY place"""
LINE_UP = """
UPDATE webhooks.deliveries SET next_at = $3
WHERE next_at IS NULL AND id = ANY (ARRAY(
    SELECT (
        SELECT first.id FROM webhooks.deliveries first
        WHERE first.endpoint_id = line.endpoint_id AND first.subject = line.subject AND first.status = 'pending'
        ORDER BY first.id LIMIT 1
    ) FROM unnest($1::uuid[], $2::uuid[]) line(endpoint_id, subject)
))"""
"""The first pending one of each endpoint and subject is due."""
_STEP_BACK = """
UPDATE webhooks.deliveries SET next_at = NULL
WHERE endpoint_id = $1 AND subject = ANY ($2::uuid[]) AND status = 'pending' AND next_at IS NOT NULL"""
_ENDPOINT_OF = """
SELECT d.endpoint_id FROM webhooks.deliveries d JOIN webhooks.endpoints e ON e.id = d.endpoint_id
WHERE d.id = $1 AND e.owner_id = $2"""
_REDELIVER = """
UPDATE webhooks.deliveries SET status = 'pending', tries = 0, ended_at = NULL
WHERE id = $2 AND endpoint_id = $1 AND status <> 'pending' RETURNING subject"""
REPLAY = """
WITH chosen AS MATERIALIZED (
    SELECT id, created_at FROM webhooks.deliveries
    WHERE endpoint_id = $1 AND created_at >= $2 AND created_at < $3 AND status <> 'pending'
      AND ($4::text[] IS NULL OR event_type = ANY ($4))
    ORDER BY created_at, id LIMIT $5::int + 1
), again AS (
    UPDATE webhooks.deliveries SET status = 'pending', tries = 0, ended_at = NULL
    WHERE id = ANY (ARRAY(SELECT id FROM chosen ORDER BY created_at, id LIMIT $5))
    RETURNING subject
)
SELECT (SELECT count(*) FROM again) AS replayed, ARRAY(SELECT DISTINCT subject FROM again) AS subjects,
       (SELECT created_at FROM chosen ORDER BY created_at, id OFFSET $5 LIMIT 1) AS more"""

_HELD = f"SELECT {COLUMNS} FROM webhooks.endpoints WHERE id = $1 AND holder = $2 FOR UPDATE"  # noqa: S608
DUE = """
SELECT id, event_id, subject, body, tries FROM webhooks.deliveries
WHERE endpoint_id = $1 AND status = 'pending' AND next_at IS NOT NULL AND next_at <= $2
ORDER BY next_at, id LIMIT $3"""
_RECORD = f"""
UPDATE webhooks.deliveries d SET status = tried.status, tries = d.tries + 1,
    next_at = CASE WHEN tried.status <> 'pending' OR EXISTS (
        SELECT FROM webhooks.deliveries other WHERE other.endpoint_id = d.endpoint_id AND other.subject = d.subject
        AND other.status = 'pending' AND other.next_at IS NOT NULL AND other.id <> d.id
    ) THEN NULL ELSE tried.next_at END,
    ended_at = CASE WHEN tried.status <> 'pending' THEN $5::timestamptz END,
    attempts = CASE WHEN jsonb_array_length(attempts) < {ATTEMPTS_KEPT} THEN attempts ELSE attempts - 0 END
        || tried.attempt::jsonb
FROM unnest($1::bigint[], $2::text[], $3::timestamptz[], $4::text[]) tried(id, status, next_at, attempt)
WHERE d.id = tried.id AND d.status = 'pending'"""  # noqa: S608
SKIP = """
WITH skipped AS (
    UPDATE webhooks.deliveries SET status = 'skipped', next_at = NULL, ended_at = $2 WHERE id = ANY (ARRAY(
        SELECT id FROM webhooks.deliveries WHERE endpoint_id = $1 AND status = 'pending'
        ORDER BY endpoint_id, subject, id LIMIT $3
    )) RETURNING 1
)
SELECT count(*) FROM skipped"""
GIVE_BACK = """
UPDATE webhooks.endpoints SET holder = NULL, is_slow = $2, due_at = coalesce($3, (
    SELECT next_at FROM webhooks.deliveries
    WHERE endpoint_id = $1 AND status = 'pending' AND next_at IS NOT NULL ORDER BY next_at LIMIT 1
))
WHERE id = $1"""
_FORGET_OF = """
WITH gone AS (
    DELETE FROM webhooks.deliveries WHERE id = ANY (ARRAY(
        SELECT id FROM webhooks.deliveries WHERE endpoint_id = $1 ORDER BY created_at LIMIT $2
    )) RETURNING 1
)
SELECT count(*) FROM gone"""
FORGET_OLD = """
WITH gone AS (
    DELETE FROM webhooks.deliveries WHERE id = ANY (ARRAY(
        SELECT id FROM webhooks.deliveries WHERE created_at < $1 AND status <> 'pending' ORDER BY created_at LIMIT $2
    )) RETURNING 1
)
SELECT count(*) FROM gone"""


class SqlDeliveries(Deliveries):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def add(self, deliveries: Sequence[NewDelivery]) -> None:
        connection, now = self._transaction.connection, deliveries[0].created_at
        pending = [one for one in deliveries if one.status is DeliveryStatus.PENDING]
        endpoints = [one.endpoint_id for one in pending]
        await connection.execute(WAKE, endpoints, now)
        await connection.execute(
            _ADD, [one.endpoint_id for one in deliveries], [one.event_id for one in deliveries],
            [one.event_type for one in deliveries], [one.subject for one in deliveries],
            [one.body for one in deliveries], [one.status.value for one in deliveries], now,
        )  # fmt: skip
        await connection.execute(LINE_UP, endpoints, [one.subject for one in pending], now)

    async def endpoint_of(self, delivery_id: DeliveryId, owner: UserId) -> EndpointId:
        found: EndpointId | None = await self._transaction.connection.fetchval(_ENDPOINT_OF, delivery_id, owner)
        if found is None:
            raise DeliveryNotFound
        return found

    async def redeliver(self, endpoint_id: EndpointId, delivery_id: DeliveryId, now: datetime) -> None:
        connection = self._transaction.connection
        subject = await connection.fetchval(_REDELIVER, endpoint_id, delivery_id)
        if subject is None:
            raise DeliveryPending
        await self._line_up_anew(endpoint_id, [subject], now)

    async def replay(
        self, endpoint_id: EndpointId, since: datetime, until: datetime, event_types: Collection[str] | None,
        now: datetime, limit: int,
    ) -> tuple[int, datetime | None]:  # fmt: skip
        names = None if event_types is None else list(event_types)
        row = await self._transaction.connection.fetchrow(REPLAY, endpoint_id, since, until, names, limit)
        await self._line_up_anew(endpoint_id, row["subjects"], now)
        return row["replayed"], row["more"]

    async def _line_up_anew(self, endpoint_id: EndpointId, subjects: list[UUID], now: datetime) -> None:
        connection = self._transaction.connection
        await connection.execute(_STEP_BACK, endpoint_id, subjects)
        await connection.execute(LINE_UP, [endpoint_id] * len(subjects), subjects, now)
        await connection.execute(WAKE, [endpoint_id], now)


class SqlQueues(Queues):
    def __init__(self, transaction: SqlTransaction, sealed: SealedEndpoints) -> None:
        self._transaction = transaction
        self._sealed = sealed

    async def held(self, endpoint_id: EndpointId, holder: UUID) -> Endpoint | None:
        row = await self._transaction.connection.fetchrow(_HELD, endpoint_id, holder)
        return None if row is None else self._sealed.read(row)

    async def due(self, endpoint_id: EndpointId, now: datetime, limit: int) -> Sequence[DueDelivery]:
        rows = await self._transaction.connection.fetch(DUE, endpoint_id, now, limit)
        return [DueDelivery(**row) for row in rows]

    async def record(self, endpoint_id: EndpointId, tried: Sequence[Tried], now: datetime) -> None:
        connection = self._transaction.connection
        await connection.execute(
            _RECORD, [one.delivery.id for one in tried], [one.status.value for one in tried],
            [one.next_at for one in tried], [msgspec.json.encode(one.attempt).decode() for one in tried], now,
        )  # fmt: skip
        subjects = [one.delivery.subject for one in tried]
        await connection.execute(LINE_UP, [endpoint_id] * len(subjects), subjects, now)

    async def skip(self, endpoint_id: EndpointId, now: datetime, limit: int) -> int:
        skipped: int = await self._transaction.connection.fetchval(SKIP, endpoint_id, now, limit)
        return skipped

    async def give_back(self, endpoint_id: EndpointId, *, is_slow: bool, again_at: datetime | None = None) -> None:
        await self._transaction.connection.execute(GIVE_BACK, endpoint_id, is_slow, again_at)


class SqlForgetDeliveries(ForgetDeliveries):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def of_endpoint(self, endpoint_id: EndpointId) -> int:
        return await self._forget(_FORGET_OF, endpoint_id)

    async def older_than(self, moment: datetime) -> int:
        return await self._forget(FORGET_OLD, moment)

    async def _forget(self, statement: str, what: UUID | datetime) -> int:
        forgotten = 0
        while True:
            async with self._pool.connection() as connection:
                portion: int = await connection.fetchval(statement, what, PORTION)
            forgotten += portion
            if portion < PORTION:
                return forgotten
