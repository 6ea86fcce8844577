"""Pictures and files of a conversation: uploaded first, then sent with one message."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from marketplace.domain.messaging.message import AttachmentId, InvalidMessage, MessageId, MessageKind
from marketplace.domain.shared.errors import Conflict, NotFound
from marketplace.domain.shared.ids import ConversationId, UserId

MOST_UNSENT = 50
"""Of one person, in all conversations."""
UNSENT_LIFE = timedelta(hours=24)
"""What is not sent by then is removed."""
DELETED_LIFE = timedelta(days=30)
"""What a deleted message showed is kept so long, for those who look into a report."""
LONGEST_NAME = 200
NOT_YOURS = "are to be what you uploaded to this conversation and did not send yet"


class AttachmentNotFound(NotFound):
    code = "attachment_not_found"


class TooManyAttachments(Conflict):
    code = "too_many_attachments"


@dataclass(slots=True, kw_only=True)
class Attachment:
    """`ending` is that of its file: `webp` or `pdf`. `width` and `height` are those of a picture, in pixels."""

    id: AttachmentId
    conversation_id: ConversationId
    owner: UserId
    name: str
    ending: str
    size: int
    sha256: str
    width: int | None
    height: int | None
    added_at: datetime
    message_id: MessageId | None = None

    @property
    def kind(self) -> MessageKind:
        return MessageKind.FILE if self.width is None else MessageKind.IMAGE

    @property
    def content_type(self) -> str:
        return "application/pdf" if self.width is None else "image/webp"

    @property
    def facts(self) -> dict[str, Any]:
        """What its message keeps of it."""
        facts = {"id": self.id, "name": self.name, "content_type": self.content_type, "size": self.size}
        return facts if self.width is None else {**facts, "width": self.width, "height": self.height}

    def send(self, conversation_id: ConversationId, author: UserId, kind: MessageKind, message_id: MessageId) -> None:
        """Raises InvalidMessage."""
        if (self.conversation_id, self.owner, self.message_id) != (conversation_id, author, None):
            raise InvalidMessage(NOT_YOURS, field="attachments")
        if self.kind is not kind:
            raise InvalidMessage(f"holds what is no {kind}", field="attachments")
        self.message_id = message_id
