from datetime import datetime
from uuid import UUID

import asyncpg

from marketplace.adapters.sql.messaging.conversations import MESSAGE
from marketplace.adapters.sql.messaging.queries import message_view, version_view
from marketplace.adapters.sql.paging import slice_of
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.reported import reported
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.messaging.moderation_ports import MessageReports, ReportedMessageQueries
from marketplace.application.messaging.moderation_views import (
    AROUND,
    NewestMessageReportView,
    ReportedInThreadView,
    ReportedMessageView,
)
from marketplace.application.messaging.ports import Approaches
from marketplace.application.shared.actor import Actor, Permission
from marketplace.application.shared.moderation import Reported
from marketplace.application.shared.paging import Slice
from marketplace.domain.messaging.message import TAKEN_DOWN, MessageId
from marketplace.domain.messaging.report import MessageReport, MessageReportReason, ReportNotFound
from marketplace.domain.shared.ids import UserId

_REPORT_OF = "SELECT reason, details, reported_at FROM messaging.reports WHERE message_id = $1 AND reporter_id = $2"
_ADD_REPORT = """
INSERT INTO messaging.reports (message_id, reporter_id, item_id, reason, details, reported_at)
VALUES ($1, $2, $3, $4, $5, $6)
"""
STRANGERS = """
SELECT NOT EXISTS (
    SELECT FROM messaging.conversations
    WHERE low_id = least($1::uuid, $2::uuid) AND high_id = greatest($1::uuid, $2::uuid) AND is_answered
)
"""
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('messaging.approaches ' || $1::uuid::text, 0))"
LAST_APPROACHES = """
SELECT started_at FROM messaging.conversations WHERE approached_by = $1 ORDER BY started_at DESC LIMIT $2
"""
LAST_TAKE_DOWN = f"""
SELECT deleted_at FROM messaging.messages WHERE author_id = $1 AND flags @> ARRAY['{TAKEN_DOWN}']
ORDER BY deleted_at DESC LIMIT 1"""  # noqa: S608 - our own word


class SqlMessageReports(MessageReports):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def of(self, message_id: MessageId, reporter: UserId) -> MessageReport | None:
        row = await self._transaction.connection.fetchrow(_REPORT_OF, message_id, reporter)
        return row and MessageReport(
            message_id=message_id, reporter=reporter, reason=MessageReportReason(row["reason"]),
            details=row["details"], at=row["reported_at"],
        )  # fmt: skip

    async def add(self, report: MessageReport, item_id: UUID) -> None:
        await self._transaction.connection.execute(
            _ADD_REPORT, report.message_id, report.reporter, item_id, report.reason.value, report.details, report.at
        )


class SqlApproaches(Approaches):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def are_strangers(self, one: UserId, other: UserId) -> bool:
        return bool(await self._transaction.connection.fetchval(STRANGERS, one, other))

    async def last_of(self, user: UserId, most: int) -> list[datetime]:
        await self._transaction.connection.execute(_LOCK, user)
        return [row["started_at"] for row in await self._transaction.connection.fetch(LAST_APPROACHES, user, most)]

    async def last_take_down(self, author: UserId) -> datetime | None:
        found: datetime | None = await self._transaction.connection.fetchval(LAST_TAKE_DOWN, author)
        return found


REPORTED = reported(
    Reported.MESSAGE,
    "messaging.reports",
    "m.id AS message_id, m.conversation_id, m.author_id, m.flags",
    "JOIN LATERAL (SELECT * FROM messaging.messages one WHERE one.id = page.message_id LIMIT 1) m ON true",
)
_OF_ITEM = f"""
SELECT {MESSAGE} FROM messaging.messages
WHERE id = (SELECT message_id FROM catalog.moderation_items WHERE id = $1 AND kind = 'message')"""  # noqa: S608
AROUND_IT = f"""
SELECT {MESSAGE} FROM messaging.messages
WHERE conversation_id = $1 AND seq BETWEEN $2::bigint - {AROUND} AND $2 + {AROUND} AND seq <> $2
ORDER BY seq"""  # noqa: S608 - our own words
_VERSIONS = "SELECT * FROM messaging.message_versions WHERE message_id = $1 ORDER BY number"


class SqlReportedMessageQueries(ReportedMessageQueries):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def reported(self, actor: Actor, *, after: UUID | None, skip: int, limit: int) -> Slice[ReportedMessageView]:
        actor.require(Permission.MODERATE)
        async with self._pool.connection() as connection:
            rows = await connection.fetch(REPORTED[after is not None], after or skip, limit + 1)
        return slice_of(rows, limit, _reported_view)

    async def in_thread(self, actor: Actor, item_id: UUID) -> ReportedInThreadView:
        actor.require(Permission.MODERATE)
        async with self._pool.connection() as connection, connection.transaction(isolation="repeatable_read"):
            row = await connection.fetchrow(_OF_ITEM, item_id)
            if row is None:
                raise ReportNotFound("decided already, or never was", item_id=item_id)
            around = await connection.fetch(AROUND_IT, row["conversation_id"], row["seq"])
            versions = await connection.fetch(_VERSIONS, row["id"])
        return ReportedInThreadView(
            item_id, message_view(row), list(map(version_view, versions)), list(map(message_view, around))
        )


def _reported_view(row: asyncpg.Record) -> ReportedMessageView:
    newest = [
        NewestMessageReportView(reporter, MessageReportReason(reason), details, at)
        for reporter, reason, details, at in row["newest"] or []
    ]
    return ReportedMessageView(
        id=row["item_id"], first_reported_at=row["opened_at"], reports=row["reports"], newest=newest,
        message_id=row["message_id"], conversation_id=row["conversation_id"], author_id=row["author_id"],
        flags=row["flags"],
    )  # fmt: skip
