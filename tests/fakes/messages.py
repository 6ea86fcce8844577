"""In-memory providers of messages, and what use cases need around them. Contracts: tests/contract/messages."""

from marketplace.adapters.mail.templates import JinjaTemplates
from marketplace.application.shared.courier import Courier
from marketplace.application.shared.messages import (
    Mail,
    Mailer,
    MessageChannel,
    Outbox,
    OutboxMessageView,
    Sms,
    TextMessages,
    Undelivered,
)
from marketplace.application.shared.ports import Clock
from marketplace.domain.shared.errors import DomainError


class MemoryOutbox(Mailer, Outbox):
    """`refuses` names addresses and what is raised for them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.sent: list[Mail] = []
        self.refuses: dict[str, DomainError] = {}
        self.kept: list[OutboxMessageView] = []

    async def send(self, mail: Mail) -> None:
        if mail.to in self.refuses:
            raise self.refuses[mail.to]
        self.sent.append(mail)
        self.keep(MessageChannel.EMAIL, mail.to, mail.subject, mail.text)

    def keep(self, channel: MessageChannel, to: str, subject: str, body: str) -> None:
        self.kept.append(OutboxMessageView(channel, to, subject, body, self._clock.now()))

    async def messages(self, to: str) -> list[OutboxMessageView]:
        return [one for one in reversed(self.kept) if one.to.lower() == to.lower()][:50]


class MemoryTextMessages(TextMessages):
    available = True

    def __init__(self, outbox: MemoryOutbox) -> None:
        self._outbox = outbox
        self.sent: list[Sms] = []
        self.refuses: dict[str, DomainError] = {}

    async def send(self, sms: Sms) -> None:
        if sms.to in self.refuses:
            raise self.refuses[sms.to]
        self.sent.append(sms)
        self._outbox.keep(MessageChannel.SMS, sms.to, "", sms.text)


class MemoryUndelivered(Undelivered):
    def __init__(self) -> None:
        self.noted: list[tuple[MessageChannel, str, str]] = []

    def note(self, channel: MessageChannel, address: str, reason: str) -> None:
        self.noted.append((channel, address, reason))


TEMPLATES = JinjaTemplates("Marketplace", "market.example")


class PostOffice:
    """A courier with everything it uses at hand."""

    def __init__(self, clock: Clock) -> None:
        self.mailer = MemoryOutbox(clock)
        self.text_messages = MemoryTextMessages(self.mailer)
        self.undelivered = MemoryUndelivered()
        self.courier = Courier(TEMPLATES, self.mailer, self.text_messages, self.undelivered)
