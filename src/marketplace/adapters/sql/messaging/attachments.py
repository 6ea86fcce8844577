from collections.abc import Sequence

import asyncpg

from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.messaging.ports import AttachmentQueries, Attachments
from marketplace.domain.messaging.attachment import Attachment, AttachmentNotFound
from marketplace.domain.messaging.message import AttachmentId, MessageId
from marketplace.domain.shared.ids import UserId

_ADD = """
INSERT INTO messaging.attachments (id, conversation_id, owner_id, name, ending, size, sha256, width, height, added_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
LOCKED = """
SELECT one.* FROM unnest($1::uuid[]) WITH ORDINALITY wanted(id, place)
JOIN messaging.attachments one USING (id) ORDER BY place FOR UPDATE OF one
"""
SENT = """
UPDATE messaging.attachments one SET message_id = sent.message_id
FROM unnest($1::uuid[], $2::uuid[]) sent(id, message_id) WHERE one.id = sent.id
"""
UNSENT_OF = "SELECT id FROM messaging.attachments WHERE owner_id = $1 AND message_id IS NULL"
OF_MESSAGE = "SELECT id FROM messaging.attachments WHERE message_id = $1 ORDER BY id"
_LOCK = "SELECT message_id FROM messaging.attachments WHERE id = $1 FOR UPDATE"
_IS_SHOWN = "SELECT EXISTS (SELECT FROM messaging.messages WHERE id = $1 AND deleted_at IS NULL)"
_REMOVE = "DELETE FROM messaging.attachments WHERE id = $1"
ATTACHMENT = """
SELECT one.* FROM messaging.attachments one
JOIN messaging.members me ON me.conversation_id = one.conversation_id AND me.user_id = $1
LEFT JOIN messaging.messages m ON m.id = one.message_id
WHERE one.id = $2 AND (m.deleted_at IS NULL AND m.id IS NOT NULL OR one.message_id IS NULL AND one.owner_id = $1)
"""


class SqlAttachments(Attachments):
    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def add(self, attachment: Attachment) -> None:
        one = attachment
        await self._transaction.connection.execute(
            _ADD, one.id, one.conversation_id, one.owner, one.name, one.ending, one.size, one.sha256, one.width,
            one.height, one.added_at,
        )  # fmt: skip

    async def locked(self, ids: Sequence[AttachmentId]) -> list[Attachment]:
        return [_attachment(row) for row in await self._transaction.connection.fetch(LOCKED, list(ids))]

    async def sent(self, attachments: Sequence[Attachment]) -> None:
        if attachments:
            ids, messages = [one.id for one in attachments], [one.message_id for one in attachments]
            await self._transaction.connection.execute(SENT, ids, messages)

    async def unsent_of(self, owner: UserId) -> list[AttachmentId]:
        return [row["id"] for row in await self._transaction.connection.fetch(UNSENT_OF, owner)]

    async def of_message(self, message_id: MessageId) -> list[AttachmentId]:
        return [row["id"] for row in await self._transaction.connection.fetch(OF_MESSAGE, message_id)]

    async def remove(self, attachment_id: AttachmentId) -> bool:
        """Its message is looked up once the row is locked: nobody sends it in between."""
        connection = self._transaction.connection
        row = await connection.fetchrow(_LOCK, attachment_id)
        if row and row["message_id"] and await connection.fetchval(_IS_SHOWN, row["message_id"]):
            return False
        await connection.execute(_REMOVE, attachment_id)
        return True


class SqlAttachmentQueries(AttachmentQueries):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def attachment(self, user: UserId, attachment_id: AttachmentId) -> Attachment:
        async with self._pool.connection() as connection:
            row = await connection.fetchrow(ATTACHMENT, user, attachment_id)
        if row is None:
            raise AttachmentNotFound("no such attachment", attachment_id=attachment_id)
        return _attachment(row)


def _attachment(row: asyncpg.Record) -> Attachment:
    return Attachment(
        id=row["id"], conversation_id=row["conversation_id"], owner=row["owner_id"], name=row["name"],
        ending=row["ending"], size=row["size"], sha256=row["sha256"], width=row["width"], height=row["height"],
        added_at=row["added_at"], message_id=row["message_id"],
    )  # fmt: skip
