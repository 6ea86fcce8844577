from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

import asyncpg

from marketplace.adapters.sql.messaging.conversations import MESSAGE, data_of
from marketplace.adapters.sql.pool import Pool
from marketplace.application.messaging.attachments import with_links
from marketplace.application.messaging.ports import ConversationQueries, InboxPosition, Titles
from marketplace.application.messaging.views import (
    AboutView,
    ConversationView,
    MemberView,
    MessageView,
    VersionView,
)
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.links import PrivateLinks
from marketplace.application.shared.paging import EXACT_TOTAL_LIMIT, LARGEST_PER_PAGE, Slice
from marketplace.application.shared.presence import Presence
from marketplace.domain.messaging.conversation import ConversationNotFound
from marketplace.domain.messaging.message import MessageId, MessageKind, MessageNotFound
from marketplace.domain.shared.ids import ConversationId, UserId
from marketplace.domain.shared.subject import SubjectKind

_LAST = ", ".join(
    f"last.{name} AS m_{name}"
    for name in (
        "seq", "id", "conversation_id", "author_id", "kind", "content", "data", "flags", "key", "created_at",
        "edited_at", "deleted_at",
    )
)  # fmt: skip
_SHOWN = f"""
SELECT c.*, page.is_archived, page.is_muted, {_LAST}, m.members, page.total
FROM %(page)s page
JOIN LATERAL (SELECT * FROM messaging.conversations one WHERE one.id = page.conversation_id LIMIT 1) c ON true
LEFT JOIN LATERAL (
    SELECT {MESSAGE} FROM messaging.messages one WHERE one.conversation_id = c.id ORDER BY seq DESC LIMIT 1
) last ON true
CROSS JOIN LATERAL (
    SELECT array_agg((
        k.user_id, p.username, p.avatar_url, k.read_seq, k.delivered_seq, k.unread,
        k.user_id <> %(reader)s AND EXISTS (
            SELECT FROM social.blocks b
            WHERE (b.blocker_id, b.blocked_id) IN ((k.user_id, %(reader)s), (%(reader)s, k.user_id))
        )
    )) AS members
    FROM messaging.members k
    LEFT JOIN LATERAL (
        SELECT * FROM identity.public_profiles p WHERE p.id = k.user_id AND NOT p.is_deleted LIMIT 1
    ) p ON true
    WHERE k.conversation_id = c.id
) m
ORDER BY page.last_at DESC, page.conversation_id DESC
"""  # noqa: S608 - our own words


def _inbox(*, archived: bool, by_cursor: bool) -> str:
    """$1 whose, $2 the limit; $3 what to skip, or $3 and $4 after what. Each row carries the total."""
    mine = f"FROM messaging.members WHERE user_id = $1 AND is_archived = {archived}"
    after = "AND (last_at, conversation_id) < ($3::timestamptz, $4::uuid)" if by_cursor else ""
    skip = "" if by_cursor else "OFFSET $3::int"
    page = f"""(
    SELECT *, (SELECT count(*) FROM (SELECT {mine} LIMIT {EXACT_TOTAL_LIMIT + 1}) counted) AS total FROM (
        SELECT * {mine} {after} ORDER BY last_at DESC, conversation_id DESC LIMIT {LARGEST_PER_PAGE + 1} {skip}
    ) found ORDER BY last_at DESC, conversation_id DESC LIMIT $2::int
)"""  # noqa: S608 - our own words
    return _SHOWN % {"page": page, "reader": "$1"}


INBOX = {
    (archived, by_cursor): _inbox(archived=archived, by_cursor=by_cursor)
    for archived in (False, True)
    for by_cursor in (False, True)
}
ONE = _SHOWN % {
    "page": "(SELECT *, 1 AS total FROM messaging.members WHERE conversation_id = $1 AND user_id = $2)",
    "reader": "$2",
}
LATEST = f"""
SELECT {MESSAGE} FROM messaging.messages WHERE conversation_id = $1 AND seq < $2
ORDER BY seq DESC LIMIT $3"""  # noqa: S608 - our own words
BEHIND = f"""
SELECT {MESSAGE} FROM messaging.messages WHERE conversation_id = $1 AND seq > $2
ORDER BY seq LIMIT $3"""  # noqa: S608 - our own words
_PLACE = """
SELECT c.last_seq FROM messaging.conversations c JOIN messaging.members m ON m.conversation_id = c.id
WHERE c.id = $1 AND m.user_id = $2
"""
VERSIONS = """
SELECT v.* FROM messaging.messages one
JOIN messaging.members me ON me.conversation_id = one.conversation_id AND me.user_id = $2
LEFT JOIN messaging.message_versions v ON v.message_id = one.id AND one.deleted_at IS NULL
WHERE one.id = $1 ORDER BY v.number
"""


class SqlConversationQueries(ConversationQueries):
    def __init__(self, pool: Pool, titles: Titles, presence: Presence, links: PrivateLinks) -> None:
        self._pool = pool
        self._titles = titles
        self._presence = presence
        self._links = links

    async def inbox(
        self, actor: Actor, *, archived: bool, after: InboxPosition | None, skip: int, limit: int
    ) -> Slice[ConversationView]:
        begin = (skip,) if after is None else (after.last_at, after.id)
        async with self._pool.connection() as connection:
            rows = await connection.fetch(INBOX[archived, after is not None], actor.user, limit + 1, *begin)
        shown = await self._shown(actor, rows[:limit])
        return Slice(shown, rows[0]["total"] if rows else 0, len(rows) > limit)

    async def conversation(self, actor: Actor, conversation_id: ConversationId) -> ConversationView:
        async with self._pool.connection() as connection:
            rows = await connection.fetch(ONE, conversation_id, actor.user)
        if not rows:
            raise ConversationNotFound("no such conversation", conversation_id=conversation_id)
        return (await self._shown(actor, rows))[0]

    async def messages(
        self, actor: Actor, conversation_id: ConversationId, *, before: int | None, skip: int, limit: int
    ) -> Slice[MessageView]:
        async with self._pool.connection() as connection:
            last = await self._last(connection, actor, conversation_id)
            top = last + 1 - skip if before is None else min(before, last + 1)
            rows = await connection.fetch(LATEST, conversation_id, top, limit)
        return Slice([self._linked(actor, row) for row in rows], last, bool(rows) and rows[-1]["seq"] > 1)

    async def behind(
        self, actor: Actor, conversation_id: ConversationId, *, after: int, limit: int
    ) -> Slice[MessageView]:
        async with self._pool.connection() as connection:
            last = await self._last(connection, actor, conversation_id)
            rows = await connection.fetch(BEHIND, conversation_id, after, limit)
        return Slice([self._linked(actor, row) for row in rows], last, bool(rows) and rows[-1]["seq"] < last)

    def _linked(self, actor: Actor, row: asyncpg.Record) -> MessageView:
        return with_links(self._links, actor, message_view(row))

    async def versions(self, actor: Actor, message_id: MessageId) -> list[VersionView]:
        async with self._pool.connection() as connection:
            rows = await connection.fetch(VERSIONS, message_id, actor.user)
        if not rows:
            raise MessageNotFound("no such message", message_id=message_id)
        return [version_view(row) for row in rows if row["number"]]

    async def _last(self, connection: asyncpg.Connection, actor: Actor, conversation_id: ConversationId) -> int:
        last: int | None = await connection.fetchval(_PLACE, conversation_id, actor.user)
        if last is None:
            raise ConversationNotFound("no such conversation", conversation_id=conversation_id)
        return last

    async def _shown(self, actor: Actor, rows: Iterable[asyncpg.Record]) -> list[ConversationView]:
        rows = list(rows)
        subjects = {(SubjectKind(row["subject_kind"]), row["subject_id"]) for row in rows if row["subject_kind"]}
        about = await self._titles.of(subjects) if subjects else {}
        shown = {id_ for row in rows for id_, *_, is_apart in row["members"] if not is_apart}
        online = await self._presence.online(shown)
        return [_conversation_view(actor, row, about, online) for row in rows]


def _conversation_view(
    actor: Actor,
    row: asyncpg.Record,
    about: Mapping[tuple[SubjectKind, UUID], AboutView],
    online: Collection[UserId] | None,
) -> ConversationView:
    members = {
        id_: (MemberView(id_, name, avatar, read, delivered, None if online is None else id_ in online), unread)
        for id_, name, avatar, read, delivered, unread, _ in row["members"]
    }
    return ConversationView(
        id=row["id"], buyer_id=row["buyer_id"], seller_id=row["seller_id"],
        product_id=row["listings"][0] if row["listings"] else None,
        about=about[SubjectKind(row["subject_kind"]), row["subject_id"]] if row["subject_kind"] else None,
        members=[members[row["buyer_id"]][0], members[row["seller_id"]][0]], unread_count=members[actor.user][1],
        unread_count_buyer=members[row["buyer_id"]][1], unread_count_seller=members[row["seller_id"]][1],
        last_message=message_view(row, "m_") if row["m_id"] else None, last_message_at=row["last_at"],
        is_archived=row["is_archived"], is_muted=row["is_muted"], created_at=row["started_at"],
    )  # fmt: skip


def message_view(row: asyncpg.Record, prefix: str = "") -> MessageView:
    is_deleted = row[f"{prefix}deleted_at"] is not None
    return MessageView(
        id=row[f"{prefix}id"], conversation_id=row[f"{prefix}conversation_id"], seq=row[f"{prefix}seq"],
        sender_id=row[f"{prefix}author_id"], message_type=MessageKind(row[f"{prefix}kind"]),
        content="" if is_deleted else row[f"{prefix}content"], data={} if is_deleted else data_of(row[f"{prefix}data"]),
        flags=row[f"{prefix}flags"], created_at=row[f"{prefix}created_at"], edited_at=row[f"{prefix}edited_at"],
        is_deleted=is_deleted, client_id=row[f"{prefix}key"],
    )  # fmt: skip


def version_view(row: asyncpg.Record) -> VersionView:
    return VersionView(row["number"], row["content"], row["data"], row["replaced_at"])
