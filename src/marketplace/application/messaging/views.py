from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from marketplace.domain.messaging.message import MessageId, MessageKind
from marketplace.domain.shared.ids import ConversationId, ListingId, UserId
from marketplace.domain.shared.subject import SubjectKind


class MemberView(msgspec.Struct, frozen=True):
    """`username` is null once the account is closed. `read_up_to`, `delivered_up_to`: numbers of messages.

    `is_online` is null while that is not known.
    """

    id: UserId
    username: Annotated[str, Meta(examples=["demo_buyer"])] | None
    avatar_url: str | None
    read_up_to: int
    delivered_up_to: int
    is_online: bool | None


class MessageView(msgspec.Struct, frozen=True, kw_only=True):
    """`seq` counts from 1 in its conversation, without gaps. `sender_id` is null for what nobody in it did.

    Of a deleted message `content` is empty and `data` too. `flags` warn of what it holds: `phone`, `email`,
    `messenger`, `payment` (outside the platform), `link` (to elsewhere); `taken_down`: moderators deleted it. `data` of
    an image or a file: its `attachments`, where they are read with links that open them; of a location where it is.
    """

    id: MessageId
    conversation_id: ConversationId
    seq: int
    sender_id: UserId | None
    message_type: MessageKind
    content: Annotated[str, Meta(examples=["Is the price negotiable?"])]
    data: dict[str, Any]
    flags: list[str]
    created_at: datetime
    edited_at: datetime | None
    is_deleted: bool
    client_id: UUID | None
    """The sender's own name for it."""


class VersionView(msgspec.Struct, frozen=True):
    """What a message said until `replaced_at`."""

    number: Annotated[int, Meta(examples=[1])]
    content: Annotated[str, Meta(examples=["Is the price negotiable?"])]
    data: dict[str, Any]
    replaced_at: datetime


class AboutView(msgspec.Struct, frozen=True):
    """What it is about, as it is called today; `title` is null once nobody sees it any more."""

    kind: SubjectKind
    id: UUID
    title: str | None
    image_url: str | None


class ConversationView(msgspec.Struct, frozen=True, kw_only=True):
    """As its reader sees it: `unread_count`, `is_archived` and `is_muted` are the reader's own."""

    id: ConversationId
    buyer_id: UserId
    seller_id: UserId
    product_id: ListingId | None
    about: AboutView | None
    members: list[MemberView]
    unread_count: int
    unread_count_buyer: int
    unread_count_seller: int
    last_message: MessageView | None
    last_message_at: datetime
    is_archived: bool
    is_muted: bool
    created_at: datetime


class StartedView(msgspec.Struct, frozen=True, kw_only=True):
    """`message` is what was said with it."""

    id: ConversationId
    buyer_id: UserId
    seller_id: UserId
    product_id: ListingId | None
    unread_count_buyer: int
    unread_count_seller: int
    message: MessageView | None
    created_at: datetime


class AsideView(msgspec.Struct, frozen=True):
    """How the caller keeps the conversation."""

    conversation_id: ConversationId
    is_archived: bool
    is_muted: bool


class ReadView(msgspec.Struct, frozen=True):
    """Up to which number the caller has read, and what is unread behind it."""

    conversation_id: ConversationId
    up_to: int
    unread_count: int
