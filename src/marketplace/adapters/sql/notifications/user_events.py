from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import itemgetter

import asyncpg
import msgspec

from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.notifications.ports import (
    USER_EVENTS,
    UserEventEcho,
    UserEventLog,
    UserEventQueries,
    UserEvents,
)
from marketplace.application.notifications.views import EventPage, EventView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.ports import Ids
from marketplace.domain.notifications.notice import Notice
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
    ON CONFLICT (user_id) DO UPDATE SET last_seq = cursors.last_seq + excluded.last_seq
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

_READ = """
SELECT asked.user_id, coalesce(cursors.last_seq, 0) AS last_seq, event.*
FROM unnest($1::uuid[], $2::bigint[]) AS asked(user_id, after)
LEFT JOIN notifications.user_cursors cursors ON cursors.user_id = asked.user_id
LEFT JOIN LATERAL (
    SELECT seq, event_id, name, data::text AS data, created_at FROM notifications.user_events
    WHERE user_id = asked.user_id AND seq > asked.after ORDER BY seq LIMIT $3
) event ON true
ORDER BY asked.user_id, event.seq
"""


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
            rows = await connection.fetch(_READ, list(after), list(after.values()), limit)
        return {user: _page(list(its)) for user, its in groupby(rows, itemgetter("user_id"))}

    async def missed(self, actor: Actor, after: int, limit: int) -> EventPage:
        return (await self.read({actor.user: after}, limit))[actor.user]


def _page(rows: list[asyncpg.Record]) -> EventPage:
    events = [
        EventView(row["seq"], row["event_id"], row["name"], msgspec.Raw(row["data"]), row["created_at"])
        for row in rows
        if row["seq"] is not None
    ]
    last_seq = rows[0]["last_seq"]
    return EventPage(events, last_seq, has_more=bool(events) and events[-1].seq < last_seq)
