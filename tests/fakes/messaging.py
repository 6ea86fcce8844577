"""Conversations in memory: tests/contract/messaging keeps them true."""

from collections.abc import Sequence
from copy import deepcopy
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec.structs import replace

from marketplace.application.messaging.moderation_ports import MessageReports, ModerationDesk
from marketplace.application.messaging.ports import (
    Acquaintances,
    Approaches,
    AttachmentQueries,
    Attachments,
    Conversations,
    Messages,
    Subjects,
    ToldMessages,
)
from marketplace.domain.catalog.listing import ListingNotFound
from marketplace.domain.messaging.attachment import Attachment, AttachmentNotFound
from marketplace.domain.messaging.conversation import Conversation, ConversationNotFound
from marketplace.domain.messaging.message import TAKEN_DOWN, AttachmentId, Message, MessageId, MessageNotFound, Version
from marketplace.domain.messaging.report import MessageReport
from marketplace.domain.shared.ids import ConversationId, UserId
from marketplace.domain.shared.subject import Subject
from tests.fakes.notifications import MemoryUserEvents
from tests.fakes.world import MemoryTransaction


class MemoryConversations(Conversations):
    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    async def start(self, conversation: Conversation) -> Conversation:
        rows = self._transaction.inside.conversations
        for one in rows.values():
            if set(one.members) == set(conversation.members) and one.subject == conversation.subject:
                return deepcopy(one)
        rows[conversation.id] = deepcopy(conversation)
        return deepcopy(conversation)

    async def locked(self, conversation_id: ConversationId) -> Conversation:
        try:
            return deepcopy(self._transaction.inside.conversations[conversation_id])
        except KeyError:
            raise ConversationNotFound("no such conversation") from None

    async def save(self, conversation: Conversation, *messages: Message) -> None:
        self._transaction.ship(conversation)
        self._transaction.inside.conversations[conversation.id] = deepcopy(conversation)
        for message in messages:
            self._transaction.inside.messages[message.id] = (conversation.id, deepcopy(message))


class MemoryMessages(Messages):
    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    async def sent_as(self, conversation_id: ConversationId, author: UserId, key: UUID) -> Message | None:
        return next((one for one in self.of(conversation_id) if (one.author, one.key) == (author, key)), None)

    async def made_of(self, conversation_id: ConversationId, source: UUID) -> Message | None:
        return next((one for one in self.of(conversation_id) if one.source == source), None)

    async def place_of(self, message_id: MessageId) -> ConversationId:
        return self._row(message_id)[0]

    async def get(self, message_id: MessageId) -> Message:
        return deepcopy(self._row(message_id)[1])

    async def keep(self, former: Version) -> None:
        self._transaction.inside.versions.append(former)

    async def unread(self, conversation_id: ConversationId, reader: UserId, behind: int) -> int:
        return sum(
            one.seq > behind and one.author != reader and one.deleted_at is None for one in self.of(conversation_id)
        )

    def of(self, conversation_id: ConversationId) -> list[Message]:
        """In their order."""
        found = [one for place, one in self._transaction.rows.messages.values() if place == conversation_id]
        return deepcopy(sorted(found, key=lambda one: one.seq))

    def _row(self, message_id: MessageId) -> tuple[ConversationId, Message]:
        try:
            return self._transaction.inside.messages[message_id]
        except KeyError:
            raise MessageNotFound("no such message") from None


class MemoryAttachments(Attachments, AttachmentQueries):
    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    async def add(self, attachment: Attachment) -> None:
        self._transaction.inside.attachments[attachment.id] = deepcopy(attachment)

    async def locked(self, ids: Sequence[AttachmentId]) -> list[Attachment]:
        rows = self._transaction.inside.attachments
        return [deepcopy(rows[one]) for one in ids if one in rows]

    async def sent(self, attachments: Sequence[Attachment]) -> None:
        for one in attachments:
            self._transaction.inside.attachments[one.id].message_id = one.message_id

    async def unsent_of(self, owner: UserId) -> list[AttachmentId]:
        rows = self._transaction.inside.attachments.values()
        return [one.id for one in rows if one.owner == owner and one.message_id is None]

    async def of_message(self, message_id: MessageId) -> list[AttachmentId]:
        return [one.id for one in self._transaction.inside.attachments.values() if one.message_id == message_id]

    async def remove(self, attachment_id: AttachmentId) -> bool:
        rows = self._transaction.inside.attachments
        if attachment_id in rows and self._is_shown(rows[attachment_id]):
            return False
        rows.pop(attachment_id, None)
        return True

    async def attachment(self, user: UserId, attachment_id: AttachmentId) -> Attachment:
        rows = self._transaction.rows
        one = rows.attachments.get(attachment_id)
        is_member = one is not None and user in rows.conversations[one.conversation_id].members
        if one and is_member and (self._is_shown(one) or (one.message_id is None and one.owner == user)):
            return deepcopy(one)
        raise AttachmentNotFound("no such attachment")

    def _is_shown(self, one: Attachment) -> bool:
        messages = self._transaction.rows.messages
        return one.message_id is not None and messages[one.message_id][1].deleted_at is None


class MemoryApproaches(Approaches):
    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    async def are_strangers(self, one: UserId, other: UserId) -> bool:
        conversations = self._transaction.inside.conversations.values()
        return not any(set(each.members) == {one, other} and each.is_answered for each in conversations)

    async def last_of(self, user: UserId, most: int) -> list[datetime]:
        conversations = self._transaction.inside.conversations.values()
        return sorted((each.started_at for each in conversations if each.approached_by == user), reverse=True)[:most]

    async def last_take_down(self, author: UserId) -> datetime | None:
        messages = [one for _, one in self._transaction.inside.messages.values() if one.author == author]
        return max((one.deleted_at for one in messages if TAKEN_DOWN in one.flags and one.deleted_at), default=None)


class MemoryMessageReports(MessageReports):
    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    async def of(self, message_id: MessageId, reporter: UserId) -> MessageReport | None:
        return self._transaction.inside.message_reports.get((message_id, reporter))

    async def add(self, report: MessageReport, item_id: UUID) -> None:
        self._transaction.inside.message_reports[report.message_id, report.reporter] = report


class MemoryDesk(ModerationDesk):
    """`items` by message."""

    def __init__(self) -> None:
        self.items: dict[MessageId, UUID] = {}

    async def put(self, message_id: MessageId, item_id: UUID, now: datetime) -> UUID:
        return self.items.setdefault(message_id, item_id)


class MemorySubjects(Subjects):
    def __init__(self) -> None:
        self.owners: dict[UUID, UserId] = {}

    async def owner(self, viewer: UserId, subject: Subject) -> UserId:
        if subject.id not in self.owners:
            raise ListingNotFound("no such product")
        return self.owners[subject.id]


class MemoryAcquaintances(Acquaintances):
    """Everybody is there who is not `gone`, and joined `since`, or when `joined` says."""

    def __init__(self, since: datetime) -> None:
        self.since = since
        self.joined: dict[UserId, datetime] = {}
        self.gone: set[UserId] = set()
        self.blocks: set[frozenset[UserId]] = set()

    async def username(self, user: UserId) -> str | None:
        return None if user in self.gone else f"user_{user.hex[-4:]}"

    async def joined_at(self, user: UserId) -> datetime:
        return self.joined.get(user, self.since)

    async def can_meet(self, one: UserId, other: UserId) -> bool:
        return other not in self.gone and frozenset({one, other}) not in self.blocks


class MemoryToldMessages(ToldMessages):
    def __init__(self, user_events: MemoryUserEvents) -> None:
        self._user_events = user_events

    async def forget(self, message_id: MessageId) -> None:
        for events in self._user_events.events.values():
            for place, event in enumerate(events):
                data = msgspec.json.decode(event.data)
                if data.get("messageId") == str(message_id) and event.name in {"message:new", "message:updated"}:
                    data |= {"content": "", "data": {}}
                    events[place] = replace(event, data=msgspec.Raw(msgspec.json.encode(data)))
