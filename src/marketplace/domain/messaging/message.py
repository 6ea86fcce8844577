"""What stands in a thread: what people write, and what happened between them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from marketplace.domain.shared.errors import Invalid, NotFound
from marketplace.domain.shared.geo import Location
from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.text import clean_text

ConversationId = NewType("ConversationId", UUID)
MessageId = NewType("MessageId", UUID)
AttachmentId = NewType("AttachmentId", UUID)

LONGEST_CONTENT = 4_000
MOST_ATTACHMENTS = 10
"""Of one message."""
LONGEST_PLACE = 200
"""Characters of its name."""


class MessageNotFound(NotFound):
    code = "message_not_found"


class InvalidMessage(Invalid):
    code = "invalid_message"


class MessageKind(StrEnum):
    TEXT = "text"
    IMAGE = "image"
    FILE = "file"
    LOCATION = "location"
    OFFER = "offer"
    ORDER = "order"
    CALL = "call"
    NOTE = "note"


WRITTEN = frozenset({MessageKind.TEXT, MessageKind.IMAGE, MessageKind.FILE, MessageKind.LOCATION})
"""By people; the others are records of what happened elsewhere."""
WITH_ATTACHMENTS = frozenset({MessageKind.IMAGE, MessageKind.FILE})


@dataclass(frozen=True, slots=True)
class Spot:
    """Where somebody is, or wants to meet."""

    at: Location
    name: str = ""

    @property
    def facts(self) -> dict[str, object]:
        name = clean_text(self.name, field="location.name", longest=LONGEST_PLACE, shortest=0)
        return {"latitude": self.at.latitude, "longitude": self.at.longitude, "name": name}


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a person writes. `data` is JSON: what a client needs beside the words to show it.

    `key` is the writer's own name for it: what is sent again under the same one is the same message.
    Of `attachments`, in their order, the data is known only when it is sent.
    """

    kind: MessageKind
    text: str
    data: Mapping[str, object] = field(default_factory=dict)
    key: UUID | None = None
    attachments: tuple[AttachmentId, ...] = ()

    @classmethod
    def of(
        cls,
        kind: MessageKind,
        text: str,
        data: Mapping[str, object] | None = None,
        key: UUID | None = None,
        *,
        attachments: Sequence[AttachmentId] = (),
        place: Spot | None = None,
    ) -> "Content":
        """Raises InvalidMessage, InvalidText. Only a text must have words."""
        if kind not in WRITTEN:
            raise InvalidMessage(f"is one of {', '.join(sorted(WRITTEN))}", field="message_type")
        if bool(attachments) != (kind in WITH_ATTACHMENTS):
            raise InvalidMessage("an image or a file has attachments, and nothing else has", field="attachments")
        if len(attachments) > MOST_ATTACHMENTS or len(set(attachments)) < len(attachments):
            raise InvalidMessage(f"are at most {MOST_ATTACHMENTS}, each once", field="attachments")
        if bool(place) != (kind is MessageKind.LOCATION):
            raise InvalidMessage("a location has a place, and nothing else has", field="location")
        words = clean_text(text, field="content", longest=LONGEST_CONTENT, shortest=kind is MessageKind.TEXT)
        facts = place.facts if place else data or {}
        return cls(kind=kind, text=words, data=facts, key=key, attachments=tuple(attachments))


@dataclass(slots=True, kw_only=True)
class Message:
    """`seq` counts in its conversation from 1 without gaps. `author` is None for what nobody in it did.

    `source` is the event that a record was made of: it is in the thread once.
    """

    id: MessageId
    seq: int
    author: UserId | None
    kind: MessageKind
    content: str
    data: Mapping[str, object]
    created_at: datetime
    key: UUID | None = None
    source: UUID | None = None
    flags: tuple[str, ...] = ()
    edited_at: datetime | None = None
    deleted_at: datetime | None = None
