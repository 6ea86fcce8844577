from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.messaging.ports import Conversations, Messages
from marketplace.domain.messaging.conversation import Conversation, ConversationNotFound, Member
from marketplace.domain.messaging.message import Message, MessageId, MessageKind, MessageNotFound, Version
from marketplace.domain.shared.ids import ConversationId, ListingId, UserId
from marketplace.domain.shared.subject import Subject, SubjectKind

_JSON = msgspec.json.Encoder(decimal_format="number")
_exact = msgspec.json.Decoder(float_hook=Decimal).decode

MESSAGE = """conversation_id, seq, id, author_id, kind, content, data::text AS data, flags, key, source, created_at,
    edited_at, deleted_at, versions"""

_START = """
WITH begun AS (
    INSERT INTO messaging.conversations (id, buyer_id, seller_id, low_id, high_id, subject_kind, subject_id, listings,
        started_at, last_seq, last_at, run, approached_by)
    VALUES ($1, $2, $3, least($2::uuid, $3::uuid), greatest($2::uuid, $3::uuid), $4, $5, $6, $7, 0, $7, 0, $8)
    ON CONFLICT (low_id, high_id, subject_kind, subject_id) DO NOTHING RETURNING id
), joined AS (
    INSERT INTO messaging.members (conversation_id, user_id, read_seq, delivered_seq, unread, is_archived, is_muted,
        last_at)
    SELECT id, member, 0, 0, 0, false, false, $7 FROM begun CROSS JOIN unnest(ARRAY[$2::uuid, $3::uuid]) member
)
SELECT id FROM begun
"""
_FIND = """
SELECT id FROM messaging.conversations
WHERE low_id = least($1::uuid, $2::uuid) AND high_id = greatest($1::uuid, $2::uuid)
    AND subject_kind IS NOT DISTINCT FROM $3 AND subject_id IS NOT DISTINCT FROM $4
"""
_LOCK = "SELECT * FROM messaging.conversations WHERE id = $1 FOR UPDATE"
_MEMBERS = "SELECT * FROM messaging.members WHERE conversation_id = $1 ORDER BY user_id"
_SAVE = """
WITH conversation AS (
    UPDATE messaging.conversations SET last_seq = $2, last_at = $3, runner_id = $4, run = $5, is_answered = $12
    WHERE id = $1
), kept AS (
    UPDATE messaging.members kept SET read_seq = n.read_seq, delivered_seq = n.delivered_seq, unread = n.unread,
        is_archived = n.is_archived, is_muted = n.is_muted, last_at = $3
    FROM unnest($6::uuid[], $7::bigint[], $8::bigint[], $9::int[], $10::boolean[], $11::boolean[])
        n(user_id, read_seq, delivered_seq, unread, is_archived, is_muted)
    WHERE kept.conversation_id = $1 AND kept.user_id = n.user_id
)
SELECT
"""
_WRITE = """
INSERT INTO messaging.messages (conversation_id, seq, id, author_id, kind, content, data, flags, key, source,
    created_at, edited_at, deleted_at, versions)
VALUES ($1, $2, $3, $4, $5, $6, $7::text::jsonb, $8, $9, $10, $11, $12, $13, $14)
ON CONFLICT (conversation_id, seq) DO UPDATE SET content = excluded.content, data = excluded.data,
    flags = excluded.flags, edited_at = excluded.edited_at, deleted_at = excluded.deleted_at,
    versions = excluded.versions
"""
_KEEP = """
INSERT INTO messaging.message_versions (message_id, number, content, data, replaced_at) VALUES ($1, $2, $3, $4, $5)
"""
_OF = f"SELECT {MESSAGE} FROM messaging.messages WHERE"  # noqa: S608 - our own words
_SENT_AS = f"{_OF} conversation_id = $1 AND author_id = $2 AND key = $3"
_MADE_OF = f"{_OF} conversation_id = $1 AND source = $2"
_GET = f"{_OF} id = $1"
_UNREAD = """
SELECT count(*) FROM messaging.messages
WHERE conversation_id = $1 AND seq > $3 AND author_id IS DISTINCT FROM $2 AND deleted_at IS NULL
"""


class SqlConversations(Conversations):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def start(self, conversation: Conversation) -> Conversation:
        connection, subject = self._transaction.connection, conversation.subject
        about = (subject and subject.kind.value, subject and subject.id)
        parties = (conversation.buyer, conversation.seller)
        listings = list(subject.listings) if subject else []
        begun = await connection.fetchval(
            _START, conversation.id, *parties, *about, listings, conversation.started_at, conversation.approached_by
        )
        return await self.locked(begun or await connection.fetchval(_FIND, *parties, *about))

    async def locked(self, conversation_id: ConversationId) -> Conversation:
        connection = self._transaction.connection
        row = await connection.fetchrow(_LOCK, conversation_id)
        if row is None:
            raise ConversationNotFound("no such conversation", conversation_id=conversation_id)
        members = await connection.fetch(_MEMBERS, conversation_id)
        return Conversation(
            id=row["id"], buyer=row["buyer_id"], seller=row["seller_id"], subject=_subject(row),
            started_at=row["started_at"], last_seq=row["last_seq"], last_at=row["last_at"], runner=row["runner_id"],
            run=row["run"], approached_by=row["approached_by"], is_answered=row["is_answered"],
            members={one["user_id"]: _member(one) for one in members},
        )  # fmt: skip

    async def save(self, conversation: Conversation, *messages: Message) -> None:
        connection, members = self._transaction.connection, conversation.members.values()
        await connection.execute(
            _SAVE, conversation.id, conversation.last_seq, conversation.last_at, conversation.runner, conversation.run,
            list(conversation.members), [one.read for one in members], [one.delivered for one in members],
            [one.unread for one in members], [one.is_archived for one in members], [one.is_muted for one in members],
            conversation.is_answered,
        )  # fmt: skip
        for one in messages:
            await connection.execute(
                _WRITE, conversation.id, one.seq, one.id, one.author, one.kind.value, one.content,
                _JSON.encode(one.data).decode(), list(one.flags), one.key, one.source, one.created_at,
                one.edited_at, one.deleted_at, one.versions,
            )  # fmt: skip
        self._transaction.ship(conversation, conversation.id)


class SqlMessages(Messages):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def sent_as(self, conversation_id: ConversationId, author: UserId, key: UUID) -> Message | None:
        row = await self._transaction.connection.fetchrow(_SENT_AS, conversation_id, author, key)
        return row and _message(row)

    async def made_of(self, conversation_id: ConversationId, source: UUID) -> Message | None:
        row = await self._transaction.connection.fetchrow(_MADE_OF, conversation_id, source)
        return row and _message(row)

    async def place_of(self, message_id: MessageId) -> ConversationId:
        return ConversationId((await self._row(message_id))["conversation_id"])

    async def get(self, message_id: MessageId) -> Message:
        return _message(await self._row(message_id))

    async def keep(self, former: Version) -> None:
        await self._transaction.connection.execute(
            _KEEP, former.message_id, former.number, former.content, dict(former.data), former.replaced_at
        )

    async def unread(self, conversation_id: ConversationId, reader: UserId, behind: int) -> int:
        found: int = await self._transaction.connection.fetchval(_UNREAD, conversation_id, reader, behind)
        return found

    async def _row(self, message_id: MessageId) -> asyncpg.Record:
        row = await self._transaction.connection.fetchrow(_GET, message_id)
        if row is None:
            raise MessageNotFound("no such message", message_id=message_id)
        return row


def _member(row: asyncpg.Record) -> Member:
    return Member(
        user=row["user_id"], read=row["read_seq"], delivered=row["delivered_seq"], unread=row["unread"],
        is_archived=row["is_archived"], is_muted=row["is_muted"],
    )  # fmt: skip


def _message(row: asyncpg.Record) -> Message:
    return Message(
        id=row["id"], seq=row["seq"], author=row["author_id"], kind=MessageKind(row["kind"]), content=row["content"],
        data=data_of(row["data"]), created_at=row["created_at"], key=row["key"], source=row["source"],
        flags=tuple(row["flags"]), edited_at=row["edited_at"], deleted_at=row["deleted_at"],
        versions=row["versions"],
    )  # fmt: skip


def data_of(text: str) -> dict[str, Any]:
    """Of a message; money stays exact."""
    found: dict[str, Any] = _exact(text)
    return found


def _subject(row: asyncpg.Record) -> Subject | None:
    return row["subject_kind"] and Subject(
        kind=SubjectKind(row["subject_kind"]), id=row["subject_id"], listings=tuple(map(ListingId, row["listings"]))
    )
