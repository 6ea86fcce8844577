from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

import asyncpg

from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.calls.ports import Calls, LiveCalls
from marketplace.domain.calls.call import Call
from marketplace.domain.calls.moves import AlreadyInCall, CallId, CallNotFound, CallStatus, Media
from marketplace.domain.shared.errors import StaleAggregate
from marketplace.domain.shared.ids import SessionId, UserId

CALL = """
SELECT c.*, caller.user_id AS caller_id, caller.device_id AS caller_device,
    callee.user_id AS callee_id, callee.device_id AS callee_device
FROM calls.calls c
JOIN calls.members caller ON caller.call_id = c.id AND caller.role = 'caller'
JOIN calls.members callee ON callee.call_id = c.id AND callee.role = 'callee'"""
FIND = f"{CALL} WHERE c.id = $1"
_LOCK = "SELECT FROM calls.calls WHERE id = $1 FOR UPDATE"
"""A statement of its own: the one behind it sees what was committed while this one waited."""
_HOLD_LINES = """
SELECT pg_advisory_xact_lock(hashtextextended('calls.line ' || line::text, 0)) FROM unnest($1::uuid[]) line"""
LIVE_OF = "SELECT user_id, call_id FROM calls.members WHERE is_live AND user_id = ANY($1::uuid[])"
_ADD = """
WITH call AS (
    INSERT INTO calls.calls (id, conversation_id, media, status, started_at, answered_at, ended_at, ended_by)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
)
INSERT INTO calls.members (call_id, user_id, role, device_id, is_live, seen_at)
VALUES ($1, $9, 'caller', $10, $13, now()), ($1, $11, 'callee', $12, $13, now())
"""
_SAVE = """
WITH saved AS (
    UPDATE calls.calls SET status = $3, answered_at = $4, ended_at = $5, ended_by = $6, version = version + 1
    WHERE id = $1 AND version = $2 RETURNING id
)
UPDATE calls.members m SET device_id = device.id, is_live = $7,
    seen_at = CASE WHEN $3 = 'active' THEN now() ELSE m.seen_at END
FROM saved, (VALUES ('caller', $8::uuid), ('callee', $9::uuid)) AS device(role, id)
WHERE m.call_id = saved.id AND m.role = device.role RETURNING m.call_id
"""
LIVE = "SELECT call_id, user_id, device_id FROM calls.members WHERE is_live"
NOTE = """
UPDATE calls.members m SET seen_at = now() FROM unnest($1::uuid[], $2::uuid[]) AS here(call_id, user_id)
WHERE m.call_id = here.call_id AND m.user_id = here.user_id"""
LOST = """
SELECT m.call_id FROM calls.members m JOIN calls.calls c ON c.id = m.call_id
WHERE m.is_live AND m.seen_at < now() - $1::interval AND c.status = 'active' ORDER BY m.call_id LIMIT $2::int"""


class SqlCalls(Calls):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def hold_lines(self, *users: UserId) -> Mapping[UserId, CallId]:
        connection = self._transaction.connection
        await connection.execute(_HOLD_LINES, sorted(users))
        return {row["user_id"]: row["call_id"] for row in await connection.fetch(LIVE_OF, users)}

    async def add(self, call: Call) -> None:
        try:
            await self._transaction.connection.execute(
                _ADD, call.id, call.conversation_id, call.media.value, call.status.value, call.started_at,
                call.answered_at, call.ended_at, call.ended_by, call.caller, call.devices.get(call.caller),
                call.callee, call.devices.get(call.callee), call.is_live,
            )  # fmt: skip
        except asyncpg.UniqueViolationError as error:
            if error.constraint_name != "uq_members_live":
                raise
            raise AlreadyInCall("one of you is in another call") from error
        self._transaction.ship(call, call.id)

    async def lock(self, call_id: CallId) -> Call:
        await self._transaction.connection.execute(_LOCK, call_id)
        return _found(await self._transaction.connection.fetchrow(FIND, call_id), call_id)

    async def save(self, call: Call) -> None:
        saved = await self._transaction.connection.fetchval(
            _SAVE, call.id, call.version, call.status.value, call.answered_at, call.ended_at, call.ended_by,
            call.is_live, call.devices.get(call.caller), call.devices.get(call.callee),
        )  # fmt: skip
        if saved is None:
            raise StaleAggregate("the call changed meanwhile; load it again", call_id=call.id)
        call.version += 1
        self._transaction.ship(call, call.id)


class SqlLiveCalls(LiveCalls):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def find(self, call_id: CallId) -> Call:
        async with self._pool.connection() as connection:
            return _found(await connection.fetchrow(FIND, call_id), call_id)

    async def note(self, present: Collection[SessionId]) -> None:
        """Live calls are few and sockets many: who is in both is found here."""
        async with self._pool.connection() as connection:
            here = [row for row in await connection.fetch(LIVE) if row["device_id"] in present]
            if here:
                await connection.execute(NOTE, [row["call_id"] for row in here], [row["user_id"] for row in here])

    async def lost(self, absence: timedelta, limit: int) -> Sequence[CallId]:
        async with self._pool.connection() as connection:
            return list(dict.fromkeys(row["call_id"] for row in await connection.fetch(LOST, absence, limit)))


def _found(row: asyncpg.Record | None, call_id: CallId) -> Call:
    if row is None:
        raise CallNotFound("no such call", call_id=call_id)
    return call_of(row)


def call_of(row: asyncpg.Record) -> Call:
    devices = {row["caller_id"]: row["caller_device"], row["callee_id"]: row["callee_device"]}
    return Call(
        id=row["id"], conversation_id=row["conversation_id"], caller=row["caller_id"], callee=row["callee_id"],
        media=Media(row["media"]), status=CallStatus(row["status"]), started_at=row["started_at"],
        answered_at=row["answered_at"], ended_at=row["ended_at"], ended_by=row["ended_by"],
        devices={user: SessionId(device) for user, device in devices.items() if device}, version=row["version"],
    )  # fmt: skip
