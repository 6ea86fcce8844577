"""What members hear of their conversation: names and payloads of the socket contract."""

from collections.abc import Mapping
from typing import Any

from marketplace.application.shared.user_events import Notice
from marketplace.domain.messaging.conversation import Conversation
from marketplace.domain.messaging.message import Message
from marketplace.domain.shared.ids import UserId


def of_message(conversation: Conversation, message: Message, username: str | None) -> list[Notice]:
    """To every member, the author's other devices too; `unreadCount` is the recipient's own."""
    return of_change("message:new", conversation, message, username)


def of_change(name: str, conversation: Conversation, message: Message, username: str | None) -> list[Notice]:
    payload: dict[str, Any] = {
        "messageId": message.id, "conversationId": conversation.id, "number": message.seq, "userId": message.author,
        "username": username, "content": message.content, "messageType": message.kind, "data": message.data,
        "flags": message.flags, "clientId": message.key, "timestamp": message.created_at,
        "editedAt": message.edited_at, "isDeleted": message.deleted_at is not None,
    }  # fmt: skip
    return [
        Notice(member.user, name, {**payload, "unreadCount": member.unread}) for member in conversation.members.values()
    ]


def of_reading(name: str, conversation: Conversation, reader: UserId, up_to: int) -> list[Notice]:
    """`messages:read` or `messages:delivered`; the reader's own devices learn what is left."""
    payload: Mapping[str, object] = {"conversationId": conversation.id, "userId": reader, "upTo": up_to}
    own = {**payload, "unreadCount": conversation.members[reader].unread}
    return [Notice(user, name, own if user == reader else payload) for user in conversation.members]


def of_keeping(conversation: Conversation, user: UserId) -> list[Notice]:
    member = conversation.members[user]
    payload = {"conversationId": conversation.id, "isArchived": member.is_archived, "isMuted": member.is_muted}
    return [Notice(user, "conversation:updated", payload)]
