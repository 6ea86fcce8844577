"""What the worker does about a wish for a letter: whom to write to, and what may only be made now."""

from dataclasses import dataclass
from datetime import timedelta

from marketplace.application.identity.codes import code_subject
from marketplace.application.identity.passwords import reset_state
from marketplace.application.identity.ports import (
    AccountLetter,
    AccountQueries,
    CodePurpose,
    LetterWish,
    Mailer,
    MailPurpose,
    MailTokens,
    Message,
    OneTimeCodes,
)
from marketplace.application.shared.ports import Clock

VERIFY_LINK_LIFE = timedelta(hours=48)
RESET_LINK_LIFE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class SendLetter:
    """Run again it makes another code, which kills the first, or another link, which does not matter.

    A one-time code goes by text message where that is wished and possible, else by e-mail.
    """

    accounts: AccountQueries
    codes: OneTimeCodes
    tokens: MailTokens
    mailer: Mailer
    clock: Clock

    async def __call__(self, wish: LetterWish) -> None:
        contact = await self.accounts.contact(wish.user_id or wish.to)
        match wish.letter:
            case AccountLetter.ONE_TIME_CODE:
                about = f"email:{contact.email}" if contact else ""
                code = await self.codes.make(CodePurpose.VERIFY_ACCOUNT, code_subject(wish.to, contact), about)
                if contact:
                    await self.mailer.send(_message(contact.email, f"{code} is your verification code", code))
            case AccountLetter.CONTACT_CODE if contact:
                code = await self.codes.make(CodePurpose.CHANGE_CONTACT, str(contact.user_id), str(wish.to))
                await self.mailer.send(_message(wish.to.value, f"{code} is your verification code", code))
            case AccountLetter.WELCOME | AccountLetter.VERIFY_EMAIL if contact:
                expires_at = self.clock.now() + VERIFY_LINK_LIFE
                token = self.tokens.write(MailPurpose.VERIFY_EMAIL, contact.user_id, contact.email, expires_at)
                await self.mailer.send(_message(contact.email, "Welcome", token))
            case AccountLetter.PASSWORD_RESET if contact:
                expires_at = self.clock.now() + RESET_LINK_LIFE
                token = self.tokens.write(
                    MailPurpose.RESET_PASSWORD, contact.user_id, reset_state(contact), expires_at
                )  # fmt: skip
                await self.mailer.send(_message(contact.email, "Choose a new password", token))
            case AccountLetter.ACCOUNT_LOCKED if contact:
                await self.mailer.send(_message(contact.email, "Somebody tried to log in", ""))


def _message(to: str, subject: str, text: str) -> Message:
    return Message(to=to, subject=subject, text=text, html=text)
