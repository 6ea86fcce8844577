"""What leaves for a person: finished mails and text messages, and who takes them."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

import msgspec

from marketplace.domain.shared.errors import Invalid


class MessageChannel(StrEnum):
    EMAIL = "email"
    SMS = "sms"


class Undeliverable(Invalid):
    """The address is refused for good: sending again cannot help."""

    code = "undeliverable"


@dataclass(frozen=True, slots=True)
class Mail:
    """`message_id` becomes the Message-ID header, and what the provider knows the mail by."""

    to: str
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)
    message_id: UUID


@dataclass(frozen=True, slots=True)
class Sms:
    """`to` is a phone number in E.164."""

    to: str
    text: str = field(repr=False)


class Mailer(Protocol):
    """Raises Undeliverable, or Unavailable when the mail was not taken now. May send twice what is asked twice."""

    async def send(self, mail: Mail) -> None: ...


class TextMessages(Protocol):
    """Raises Undeliverable, or Unavailable when the message was not taken now. May send twice what is asked twice."""

    @property
    def available(self) -> bool:
        """Whether there is a provider at all."""
        ...

    async def send(self, sms: Sms) -> None: ...


class Undelivered(Protocol):
    def note(self, channel: MessageChannel, address: str, reason: str) -> None:
        """Put it on record that `address` is refused for good, without showing the address."""
        ...


class OutboxMessageView(msgspec.Struct, frozen=True):
    """A message that development kept instead of sending; a text message has no subject."""

    channel: MessageChannel
    to: str
    subject: str
    body: str
    sent_at: datetime


class Outbox(Protocol):
    """What development kept instead of sending."""

    async def messages(self, to: str) -> list[OutboxMessageView]:
        """Those to one e-mail address or phone number, newest first."""
        ...
