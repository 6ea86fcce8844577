"""In-memory providers of messages, and what use cases need around them. Contracts: tests/contract/messages."""

from typing import Protocol

from marketplace.adapters.mail.templates import JinjaTemplates
from marketplace.application.shared.courier import Courier
from marketplace.application.shared.letters import Letters, Links, PostableLetter, PostedLetter, Recipient
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
from marketplace.application.shared.ports import Clock, Ids
from marketplace.domain.shared.errors import DomainError
from marketplace.domain.shared.ids import UserId


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


class MemoryLinks(Links):
    """`gone` are the people for whom there is nothing to do any more."""

    def __init__(self) -> None:
        self.gone: set[UserId] = set()

    async def verify_email(self, user_id: UserId, email: str) -> str | None:
        return self._link("verify", user_id, email)

    async def password_reset(self, user_id: UserId) -> str | None:
        return self._link("reset", user_id)

    async def email_change(self, user_id: UserId, new_email: str) -> str | None:
        return self._link("change", user_id, new_email)

    def _link(self, page: str, user_id: UserId, email: str = "") -> str | None:
        return None if user_id in self.gone else f"https://market.example/{page}?u={user_id}&e={email}"


class LetterStore(Protocol):
    """The fake of a transaction, which puts `letters` back when its block fails."""

    letters: list[PostedLetter]


class MemoryLetters(Letters):
    def __init__(self, store: LetterStore, ids: Ids) -> None:
        self._store = store
        self._ids = ids

    def send(self, letter: PostableLetter, to: Recipient, channel: MessageChannel = MessageChannel.EMAIL) -> None:
        self._store.letters.append(PostedLetter(self._ids.new(), letter, to, channel))


TEMPLATES = JinjaTemplates("Marketplace", "market.example")


class PostOffice:
    """A courier with everything it uses at hand."""

    def __init__(self, clock: Clock) -> None:
        self.mailer = MemoryOutbox(clock)
        self.text_messages = MemoryTextMessages(self.mailer)
        self.undelivered = MemoryUndelivered()
        self.courier = Courier(TEMPLATES, self.mailer, self.text_messages, self.undelivered)
