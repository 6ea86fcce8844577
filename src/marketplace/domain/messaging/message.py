"""What stands in a thread: what people write, and what happened between them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType
from uuid import UUID

from marketplace.domain.messaging.hints import masked
from marketplace.domain.shared.errors import Conflict, Forbidden, Invalid, NotFound
from marketplace.domain.shared.geo import Location
from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.text import clean_text

MessageId = NewType("MessageId", UUID)
AttachmentId = NewType("AttachmentId", UUID)

LONGEST_CONTENT = 4_000
MOST_ATTACHMENTS = 10
"""Of one message."""
LONGEST_PLACE = 200
"""Characters of its name."""
EDIT_TIME = timedelta(hours=24)
MOST_EDITS = 50
TAKEN_DOWN = "taken_down"
"""The flag of what a moderator took down."""


class MessageNotFound(NotFound):
    code = "message_not_found"


class InvalidMessage(Invalid):
    code = "invalid_message"


class NotYourMessage(Forbidden):
    code = "not_your_message"


class RecordStays(Conflict):
    code = "record_stays"


class EditClosed(Conflict):
    code = "edit_closed"


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
        name = masked(clean_text(self.name, field="location.name", longest=LONGEST_PLACE, shortest=0))
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
        facts = place.facts if place else data or {}
        return cls(kind=kind, text=words_of(kind, text), data=facts, key=key, attachments=tuple(attachments))


def words_of(kind: MessageKind, text: str) -> str:
    """As they are stored: cleaned, card numbers masked. Raises InvalidText; only a text must have words."""
    return masked(clean_text(text, field="content", longest=LONGEST_CONTENT, shortest=kind is MessageKind.TEXT))


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What a message said before, `number` counting from 1. Of one that is gone the last says what it said then."""

    message_id: MessageId
    number: int
    content: str
    data: Mapping[str, object]
    replaced_at: datetime


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
    versions: int = 0
    """How many there are besides what it says now."""

    def require_author(self, user: UserId) -> None:
        """Raises RecordStays, NotYourMessage."""
        if self.kind not in WRITTEN:
            raise RecordStays("what happened stays in the conversation: only what people write is changed")
        if self.author != user:
            raise NotYourMessage("somebody else wrote this message")

    def edit(self, text: str, flags: Iterable[str], now: datetime) -> Version | None:
        """None where it says that already. Raises EditClosed, InvalidText."""
        words = words_of(self.kind, text)
        if self.deleted_at is not None:
            raise EditClosed("the message is deleted")
        if now >= self.created_at + EDIT_TIME or self.versions >= MOST_EDITS:
            raise EditClosed(f"a message is edited for 24 hours, and {MOST_EDITS} times at most")
        if words == self.content:
            return None
        former = self._former(now)
        self.content, self.flags, self.edited_at = words, tuple(sorted(flags)), now
        return former

    def empty(self, now: datetime) -> Version:
        former = self._former(now)
        self.content, self.data, self.flags, self.deleted_at = "", {}, (), now
        return former

    def _former(self, now: datetime) -> Version:
        self.versions += 1
        return Version(
            message_id=self.id, number=self.versions, content=self.content, data=self.data, replaced_at=now
        )  # fmt: skip
