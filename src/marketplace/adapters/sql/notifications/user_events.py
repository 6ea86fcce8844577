from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter

import asyncpg
import msgspec

from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.notifications.ports import (
    USER_EVENTS,
    EventWindow,
    UserEventEcho,
    UserEventLog,
    UserEventQueries,
)
from marketplace.application.notifications.views import EventPage, EventView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.ports import Ids
from marketplace.application.shared.user_events import Notice, UserEvents
from marketplace.domain.notifications.errors import FullSyncRequired
from marketplace.domain.shared.ids import UserId

LARGEST_ANNOUNCEMENT = 7_500
"""Bytes; PostgreSQL's limit is 8,000. A larger event is announced without its data."""

_JSON = msgspec.json.Encoder(decimal_format="number")

_APPEND = f"""
WITH notice AS MATERIALIZED (
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[])
             WITH ORDINALITY AS n(user_id, event_id, name, data, place)
), counted AS (
    INSERT INTO notifications.user_cursors AS cursors (user_id, last_seq)
    SELECT user_id, count(*) FROM notice GROUP BY user_id ORDER BY user_id
    ON CONFLICT (user_id) DO UPDATE
        SET last_seq = cursors.last_seq + excluded.last_seq, oldest_at = least(cursors.oldest_at, now())
    RETURNING user_id, last_seq
), numbered AS MATERIALIZED (
    SELECT notice.*,
           last_seq + 1 - row_number() OVER (PARTITION BY user_id ORDER BY place DESC) AS seq
    FROM notice JOIN counted USING (user_id)
), written AS (
    INSERT INTO notifications.user_events (user_id, seq, event_id, name, data)
    SELECT user_id, seq, event_id, name, data::jsonb FROM numbered
), announced AS (
    SELECT seq, data, format('{{"u":"%s","s":%s,"e":"%s","n":%s,"t":"%s"', user_id, seq, event_id, to_json(name),
                             to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')) AS head
    FROM numbered
)
SELECT pg_notify('{USER_EVENTS}', CASE
    WHEN octet_length(head) + octet_length(data) < {LARGEST_ANNOUNCEMENT} THEN head || ',"d":' || data || '}}'
    ELSE head || '}}' END)
FROM (SELECT * FROM announced ORDER BY seq) in_order
"""  # noqa: S608 - our own constants

READ = """
SELECT asked.user_id, coalesce(cursors.first_seq, 1) AS first_seq, coalesce(cursors.last_seq, 0) AS last_seq, event.*
FROM unnest($1::uuid[], $2::bigint[]) AS asked(user_id, after)
LEFT JOIN notifications.user_cursors cursors ON cursors.user_id = asked.user_id
LEFT JOIN LATERAL (
    SELECT seq, event_id, name, data::text AS data, created_at FROM notifications.user_events
    WHERE user_id = asked.user_id AND seq > asked.after ORDER BY seq LIMIT $3
) event ON true
ORDER BY asked.user_id, event.seq
"""

PEOPLE_AT_ONCE, EVENTS_OF_EACH = 100, 100

DUE = f"""
SELECT user_id, first_seq FROM notifications.user_cursors WHERE oldest_at < $1
ORDER BY oldest_at LIMIT {PEOPLE_AT_ONCE} FOR UPDATE SKIP LOCKED
"""  # noqa: S608 - our own number
"""Locked in a statement of its own, so that the next one sees all that they have been told."""

FORGET = f"""
WITH kept AS MATERIALIZED (
    SELECT due.user_id, due.first_seq, first.seq, first.created_at
    FROM unnest($1::uuid[], $2::bigint[]) AS due(user_id, first_seq) LEFT JOIN LATERAL (
        SELECT seq, created_at FROM (
            SELECT seq, created_at, row_number() OVER (ORDER BY seq) AS place FROM notifications.user_events
            WHERE user_id = due.user_id AND seq >= due.first_seq ORDER BY seq LIMIT {EVENTS_OF_EACH + 1}
        ) oldest
        WHERE created_at >= $3 OR place > {EVENTS_OF_EACH} ORDER BY seq LIMIT 1
    ) first ON true
), gone AS (
    DELETE FROM notifications.user_events WHERE ctid = ANY (ARRAY(
        SELECT event.ctid FROM kept CROSS JOIN LATERAL (
            SELECT ctid FROM notifications.user_events
            WHERE user_id = kept.user_id AND seq >= kept.first_seq AND seq < coalesce(kept.seq, {2**63 - 1})
            ORDER BY seq LIMIT {EVENTS_OF_EACH}
        ) event
    )) RETURNING 1
), moved AS (
    UPDATE notifications.user_cursors cursors
    SET first_seq = coalesce(kept.seq, last_seq + 1), oldest_at = coalesce(kept.created_at, 'infinity')
    FROM kept WHERE cursors.user_id = kept.user_id
)
SELECT count(*) FROM gone
"""  # noqa: S608 - our own numbers
"""Begins at the first one kept: those deleted before stand in the index until it is vacuumed."""


class SqlUserEvents(UserEvents):
    def __init__(self, transaction: SqlTransaction, ids: Ids, echo: UserEventEcho | None = None) -> None:
        self._transaction = transaction
        self._ids = ids
        self._echo = echo

    async def append(self, notices: Sequence[Notice]) -> None:
        event_ids = [self._ids.new() for _ in notices]
        await self._transaction.connection.execute(
            _APPEND,
            [notice.recipient for notice in notices],
            event_ids,
            [notice.name for notice in notices],
            [_JSON.encode(notice.data).decode() for notice in notices],
        )
        if self._echo:
            await self._echo(list(zip(event_ids, notices, strict=True)))


class SqlUserEventLog(UserEventLog, UserEventQueries):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def read(self, after: Mapping[UserId, int], limit: int) -> Mapping[UserId, EventPage]:
        async with self._pool.connection() as connection:
            rows = await connection.fetch(READ, list(after), list(after.values()), limit)
        return {user: _page(list(its)) for user, its in groupby(rows, itemgetter("user_id"))}

    async def missed(self, actor: Actor, after: int, limit: int) -> EventPage:
        page = (await self.read({actor.user: after}, limit))[actor.user]
        if not page.follows(after):
            raise FullSyncRequired(page.last_seq)
        return page


class SqlEventWindow(EventWindow):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def forget(self, before: datetime) -> int:
        connection = self._transaction.connection
        due = await connection.fetch(DUE, before)
        people, first = [row["user_id"] for row in due], [row["first_seq"] for row in due]
        gone: int = await connection.fetchval(FORGET, people, first, before)
        return gone


def _page(rows: list[asyncpg.Record]) -> EventPage:
    events = [
        EventView(row["seq"], row["event_id"], row["name"], msgspec.Raw(row["data"]), row["created_at"])
        for row in rows
        if row["seq"] is not None
    ]
    first_seq, last_seq = rows[0]["first_seq"], rows[0]["last_seq"]
    return EventPage(events, first_seq, last_seq, has_more=bool(events) and events[-1].seq < last_seq)
