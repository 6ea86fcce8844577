from dataclasses import dataclass
from uuid import UUID, uuid5

from marketplace.application.shared.letters import Letter, Recipient, Templates
from marketplace.application.shared.messages import (
    Mail,
    Mailer,
    MessageChannel,
    Sms,
    TextMessages,
    Undeliverable,
    Undelivered,
)
from marketplace.domain.shared.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Courier:
    """Writes a letter and hands it to a provider. Never called inside a transaction.

    An address that is refused for good is noted and not tried again.
    """

    templates: Templates
    mailer: Mailer
    text_messages: TextMessages
    undelivered: Undelivered

    async def mail(self, letter: Letter, to: Recipient, occasion: UUID, link: str = "") -> None:
        """Raises Unavailable, and may then be called again. The same text for the same occasion has one message id."""
        written = self.templates.mail(letter, to, link)
        message_id = uuid5(occasion, written.text)
        try:
            await self.mailer.send(Mail(to.email, written.subject, written.text, written.html, message_id))
        except Undeliverable as refusal:
            self.undelivered.note(MessageChannel.EMAIL, to.email, refusal.detail)

    async def text(self, letter: Letter, to: Recipient) -> bool:
        """Whether the provider took it; False says that another way has to be found."""
        try:
            return await self.sms(letter, to)
        except Unavailable:
            return False

    async def sms(self, letter: Letter, to: Recipient) -> bool:
        """As `text`, but raises Unavailable, and may then be called again."""
        if not to.phone or not self.text_messages.available:
            return False
        try:
            await self.text_messages.send(Sms(to.phone, self.templates.sms(letter, to)))
        except Undeliverable as refusal:
            self.undelivered.note(MessageChannel.SMS, to.phone, refusal.detail)
            return False
        return True
