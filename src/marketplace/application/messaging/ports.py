from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NewType, Protocol
from uuid import UUID

import msgspec

from marketplace.application.messaging.views import AboutView, ConversationView, MessageView, VersionView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import Slice
from marketplace.domain.messaging.attachment import Attachment
from marketplace.domain.messaging.conversation import Conversation
from marketplace.domain.messaging.message import AttachmentId, Message, MessageId, Version
from marketplace.domain.shared.ids import ConversationId, UserId
from marketplace.domain.shared.subject import Subject, SubjectKind

Home = NewType("Home", str)
"""The host at which people reach us: addresses there are no foreign ones."""


class Conversations(Protocol):
    """Every conversation with its members, locked until the transaction ends. Saving ships the events."""

    async def start(self, conversation: Conversation) -> Conversation:
        """That of the same two about the same subject if there is one, whoever asked; else this one, stored."""
        ...

    async def locked(self, conversation_id: ConversationId) -> Conversation:
        """Raises ConversationNotFound."""
        ...

    async def save(self, conversation: Conversation, *messages: Message) -> None:
        """With new messages, or changed ones."""
        ...


class Messages(Protocol):
    """What stands in a conversation; the caller holds it locked."""

    async def sent_as(self, conversation_id: ConversationId, author: UserId, key: UUID) -> Message | None: ...

    async def made_of(self, conversation_id: ConversationId, source: UUID) -> Message | None: ...

    async def place_of(self, message_id: MessageId) -> ConversationId:
        """Raises MessageNotFound. Before the lock: a message never moves."""
        ...

    async def get(self, message_id: MessageId) -> Message:
        """Raises MessageNotFound."""
        ...

    async def keep(self, former: Version) -> None: ...

    async def unread(self, conversation_id: ConversationId, reader: UserId, behind: int) -> int:
        """How many others did behind that number, deleted ones left out."""
        ...


class Attachments(Protocol):
    """Of all conversations."""

    async def add(self, attachment: Attachment) -> None: ...

    async def locked(self, ids: Sequence[AttachmentId]) -> list[Attachment]:
        """Those that are there, in this order."""
        ...

    async def sent(self, attachments: Sequence[Attachment]) -> None:
        """Their messages are stored."""
        ...

    async def unsent_of(self, owner: UserId) -> list[AttachmentId]: ...

    async def of_message(self, message_id: MessageId) -> list[AttachmentId]: ...

    async def remove(self, attachment_id: AttachmentId) -> bool:
        """Unless a message shows it that is not deleted. Whether none is there now."""
        ...


class Approaches(Protocol):
    """Conversations that people began with strangers."""

    async def are_strangers(self, one: UserId, other: UserId) -> bool:
        """Whether in none of their conversations both have written, nor anything happened."""
        ...

    async def last_of(self, user: UserId, most: int) -> Sequence[datetime]:
        """When they began, the newest first; locks those of this person until the transaction ends."""
        ...

    async def last_take_down(self, author: UserId) -> datetime | None:
        """When a message of theirs was last deleted of those that moderators took down."""
        ...


class Subjects(Protocol):
    """Asked of the contexts that have them."""

    async def owner(self, viewer: UserId, subject: Subject) -> UserId:
        """Raises what its context raises for what the viewer may not see."""
        ...


class Acquaintances(Protocol):
    """Asked of identity and social."""

    async def username(self, user: UserId) -> str | None:
        """None where there is no active account."""
        ...

    async def joined_at(self, user: UserId) -> datetime: ...

    async def can_meet(self, one: UserId, other: UserId) -> bool:
        """Whether the other's account is active and neither has blocked the other."""
        ...


class ToldMessages(Protocol):
    """Asked of notifications."""

    async def forget(self, message_id: MessageId) -> None:
        """What it said goes from all that was told of it before."""
        ...


class Titles(Protocol):
    """Asked of the contexts that have them."""

    async def of(self, subjects: Collection[tuple[SubjectKind, UUID]]) -> Mapping[tuple[SubjectKind, UUID], AboutView]:
        """Of every one that is asked for."""
        ...


class InboxPosition(msgspec.Struct, frozen=True, array_like=True):
    """Where the last row of a page stands."""

    last_at: datetime
    id: UUID


class AttachmentQueries(Protocol):
    async def attachment(self, user: UserId, attachment_id: AttachmentId) -> Attachment:
        """Of a conversation of theirs: one of a message that is not deleted, or their own that is not sent yet.

        Raises AttachmentNotFound.
        """
        ...


class ConversationQueries(Protocol):
    """Only for their members: to others they are not found."""

    async def inbox(
        self, actor: Actor, *, archived: bool, after: InboxPosition | None, skip: int, limit: int
    ) -> Slice[ConversationView]:
        """The actor's own; the one with the latest message first."""
        ...

    async def conversation(self, actor: Actor, conversation_id: ConversationId) -> ConversationView: ...

    async def messages(
        self, actor: Actor, conversation_id: ConversationId, *, before: int | None, skip: int, limit: int
    ) -> Slice[MessageView]:
        """The latest first."""
        ...

    async def behind(
        self, actor: Actor, conversation_id: ConversationId, *, after: int, limit: int
    ) -> Slice[MessageView]:
        """The earliest first."""
        ...

    async def versions(self, actor: Actor, message_id: MessageId) -> list[VersionView]:
        """What it said before, the earliest first; nothing once it is deleted. Raises MessageNotFound."""
        ...
