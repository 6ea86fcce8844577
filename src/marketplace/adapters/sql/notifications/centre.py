"""Notifications and their count change in one statement: locks are taken on rows first, then on the count."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.notifications.centre_ports import (
    Centre,
    Notification,
    NotificationId,
    NotificationNotFound,
)
from marketplace.domain.shared.ids import UserId

_JSON = msgspec.json.Encoder(decimal_format="number")
_OWN = "FROM notifications.notifications WHERE user_id = $1"
_COUNT_DOWN = "UPDATE notifications.unread SET count = count -"

ADD = """
WITH new AS MATERIALIZED (
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::timestamptz[])
             WITH ORDINALITY AS n(user_id, id, kind, data, created_at, place)
), counted AS (
    INSERT INTO notifications.unread AS unread (user_id, count)
    SELECT user_id, count(*) FROM new GROUP BY user_id ORDER BY user_id
    ON CONFLICT (user_id) DO UPDATE SET count = unread.count + excluded.count
    RETURNING user_id, count
), written AS (
    INSERT INTO notifications.notifications (user_id, id, kind, data, created_at)
    SELECT user_id, id, kind, data::jsonb, created_at FROM new
)
SELECT count + 1 - row_number() OVER (PARTITION BY user_id ORDER BY place DESC) AS unread
FROM new JOIN counted USING (user_id) ORDER BY place"""
READ = f"""
WITH found AS MATERIALIZED (SELECT read_at IS NULL AS is_unread {_OWN} AND id = $2 FOR UPDATE),
marked AS (
    UPDATE notifications.notifications SET read_at = $3
    WHERE user_id = $1 AND id = $2 AND (SELECT is_unread FROM found)
), counted AS ({_COUNT_DOWN} 1 WHERE user_id = $1 AND (SELECT is_unread FROM found))
SELECT is_unread FROM found"""  # noqa: S608 - our own words
READ_SOME = f"""
WITH marked AS (
    UPDATE notifications.notifications SET read_at = $2 WHERE read_at IS NULL AND ctid = ANY (ARRAY(
        SELECT ctid {_OWN} AND read_at IS NULL AND created_at <= $2 ORDER BY id LIMIT $3::int
    )) RETURNING 1
), counted AS ({_COUNT_DOWN} (SELECT count(*) FROM marked) WHERE user_id = $1)
SELECT count(*) FROM marked"""  # noqa: S608 - our own words
REMOVE = f"""
WITH gone AS (DELETE {_OWN} AND id = $2 RETURNING read_at IS NULL AS was_unread),
counted AS ({_COUNT_DOWN} 1 WHERE user_id = $1 AND (SELECT was_unread FROM gone))
SELECT was_unread FROM gone"""  # noqa: S608 - our own words
REMOVE_READ = f"""
WITH gone AS (
    DELETE FROM notifications.notifications WHERE read_at IS NOT NULL AND ctid = ANY (ARRAY(
        SELECT ctid {_OWN} AND read_at IS NOT NULL ORDER BY id LIMIT $2::int
    )) RETURNING 1
)
SELECT count(*) FROM gone"""  # noqa: S608 - our own words
FORGET_READ = """
WITH gone AS (
    DELETE FROM notifications.notifications WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM notifications.notifications WHERE read_at IS NOT NULL AND created_at < $1
        ORDER BY created_at LIMIT $2::int
    )) RETURNING 1
)
SELECT count(*) FROM gone"""
FORGET_PERSON = f"""
WITH gone AS (
    DELETE FROM notifications.notifications WHERE ctid = ANY (ARRAY(SELECT ctid {_OWN} LIMIT $2::int)) RETURNING 1
), letters AS (
    DELETE FROM notifications.collected_letters WHERE user_id = $1 RETURNING 1
), chosen AS (
    DELETE FROM notifications.preferences WHERE user_id = $1 RETURNING 1
)
SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM letters) + (SELECT count(*) FROM chosen)"""  # noqa: S608 - our own words
_FORGET_COUNT = "DELETE FROM notifications.unread WHERE user_id = $1"
UNREAD = "SELECT count FROM notifications.unread WHERE user_id = $1"


class SqlCentre(Centre):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def add(self, new: Sequence[Notification]) -> Sequence[int]:
        rows = await self._transaction.connection.fetch(
            ADD,
            [one.user for one in new],
            [one.id for one in new],
            [one.kind.value for one in new],
            [_JSON.encode(one.data).decode() for one in new],
            [one.created_at for one in new],
        )
        return [row["unread"] for row in rows]

    async def read(self, user: UserId, one: NotificationId, now: datetime) -> int:
        return _if_found(await self._transaction.connection.fetchval(READ, user, one, now))

    async def read_some(self, user: UserId, now: datetime, most: int) -> int:
        return int(await self._transaction.connection.fetchval(READ_SOME, user, now, most))

    async def remove(self, user: UserId, one: NotificationId) -> int:
        return _if_found(await self._transaction.connection.fetchval(REMOVE, user, one))

    async def remove_read(self, user: UserId, most: int) -> int:
        return int(await self._transaction.connection.fetchval(REMOVE_READ, user, most))

    async def unread_of(self, user: UserId) -> int:
        return await self._transaction.connection.fetchval(UNREAD, user) or 0

    async def forget_read(self, before: datetime, most: int) -> int:
        return int(await self._transaction.connection.fetchval(FORGET_READ, before, most))

    async def forget_person(self, user: UserId, most: int) -> int:
        gone = int(await self._transaction.connection.fetchval(FORGET_PERSON, user, most))
        if not gone:
            await self._transaction.connection.execute(_FORGET_COUNT, user)
        return gone


def _if_found(was_unread: bool | None) -> int:
    if was_unread is None:
        raise NotificationNotFound("no such notification")
    return int(was_unread)
