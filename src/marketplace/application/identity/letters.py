"""Letters about accounts: whom to write to, and what may only be made when it is written."""

from dataclasses import dataclass
from datetime import timedelta
from typing import NewType
from uuid import UUID

from marketplace.application.identity.codes import CODE_LIFE, code_subject
from marketplace.application.identity.passwords import reset_state
from marketplace.application.identity.ports import (
    AccountLetter,
    AccountQueries,
    Addressee,
    CodePurpose,
    Contact,
    LetterWish,
    MailPurpose,
    MailTokens,
    OneTimeCodes,
)
from marketplace.application.shared.courier import Courier
from marketplace.application.shared.letters import (
    AccountExists,
    AccountLocked,
    Language,
    Letter,
    OneTimeCode,
    PasswordReset,
    Recipient,
    VerifyEmail,
    Welcome,
)
from marketplace.application.shared.messages import MessageChannel
from marketplace.application.shared.ports import Clock, Ids
from marketplace.application.shared.posting import PostedLetter
from marketplace.domain.identity.lockout import LOCK
from marketplace.domain.shared.ids import UserId

VERIFY_LINK_LIFE = timedelta(hours=48)
RESET_LINK_LIFE = timedelta(minutes=30)

PublicUrl = NewType("PublicUrl", str)
"""Where people reach us, without a slash at its end."""


@dataclass(frozen=True, slots=True)
class SendLetter:
    """Run again it makes another code, which kills the first, or another link, which does not matter.

    A one-time code goes by text message where that is wished and possible, else by e-mail. Codes are made for
    identifiers without an account too, so that guesses at them look alike. Everybody is written to in the language of
    the account.
    """

    accounts: AccountQueries
    codes: OneTimeCodes
    tokens: MailTokens
    courier: Courier
    public_url: PublicUrl
    ids: Ids
    clock: Clock

    async def __call__(self, wish: LetterWish) -> None:
        contact = await self.accounts.contact(wish.user_id or wish.to)
        match wish.letter:
            case AccountLetter.ONE_TIME_CODE:
                await self._send_code(wish, contact)
            case AccountLetter.CONTACT_CODE if contact:
                code = await self._code(CodePurpose.CHANGE_CONTACT, str(contact.user_id), str(wish.to))
                if wish.channel is MessageChannel.SMS:
                    await self.courier.text(code, _to(contact, phone=wish.to.value))
                else:
                    await self._mail(code, _to(contact, email=wish.to.value))
            case AccountLetter.WELCOME | AccountLetter.VERIFY_EMAIL if contact:
                hours = int(VERIFY_LINK_LIFE.total_seconds() // 3600)
                kind = Welcome if wish.letter is AccountLetter.WELCOME else VerifyEmail
                link = self._link(contact, MailPurpose.VERIFY_EMAIL, contact.email, VERIFY_LINK_LIFE)
                await self._mail(kind(hours), _to(contact), f"{self.public_url}/account/verify-email?token={link}")
            case AccountLetter.PASSWORD_RESET if contact:
                link = self._link(contact, MailPurpose.RESET_PASSWORD, reset_state(contact), RESET_LINK_LIFE)
                reset = PasswordReset(int(RESET_LINK_LIFE.total_seconds() // 60))
                await self._mail(reset, _to(contact), f"{self.public_url}/account/reset-password?token={link}")
            case AccountLetter.ACCOUNT_EXISTS if contact:
                await self._mail(AccountExists(), _to(contact))
            case AccountLetter.ACCOUNT_LOCKED if contact:
                minutes = int(LOCK.total_seconds() // 60)
                await self._mail(AccountLocked(self.clock.now(), minutes), _to(contact))

    async def _send_code(self, wish: LetterWish, contact: Contact | None) -> None:
        """What arrives by text message says something about the phone number only, so a mail has a code of its own."""
        subject = code_subject(wish.to, contact)
        if contact and contact.phone and wish.channel is MessageChannel.SMS:
            letter = await self._code(CodePurpose.VERIFY_ACCOUNT, subject, f"phone:{contact.phone}")
            if await self.courier.text(letter, _to(contact)):
                return
        letter = await self._code(CodePurpose.VERIFY_ACCOUNT, subject, f"email:{contact.email}" if contact else "")
        if contact:
            await self._mail(letter, _to(contact))

    async def _code(self, purpose: CodePurpose, subject: str, about: str) -> OneTimeCode:
        code = await self.codes.make(purpose, subject, about)
        return OneTimeCode(code, minutes=int(CODE_LIFE.total_seconds() // 60))

    def _link(self, contact: Contact, purpose: MailPurpose, state: str, life: timedelta) -> str:
        return self.tokens.write(purpose, contact.user_id, state, self.clock.now() + life)

    async def _mail(self, letter: Letter, to: Recipient, link: str = "") -> None:
        await self.courier.mail(letter, to, self.ids.new(), link)


@dataclass(frozen=True, slots=True)
class TellPerson:
    """A notice of what happened to an account, to its e-mail address, or to `email` where that has changed."""

    accounts: AccountQueries
    courier: Courier

    async def __call__(self, user_id: UserId, letter: Letter, occasion: UUID, *, email: str | None = None) -> None:
        """The same letter for the same `occasion` keeps its message id."""
        found = await self.accounts.addressee(user_id)
        if found is not None:
            await self.courier.mail(letter, _to(found, email=email), occasion)


@dataclass(frozen=True, slots=True)
class SendPosted:
    """News of somebody's dealings, to confirmed addresses and numbers of active accounts: to nobody else."""

    accounts: AccountQueries
    courier: Courier

    async def __call__(self, posted: PostedLetter) -> None:
        found = await self.accounts.addressee(posted.to)
        if found is None or not found.is_reachable:
            return
        if posted.channel is MessageChannel.SMS:
            await self.courier.sms(posted.letter, _to(found))
        else:
            await self.courier.mail(posted.letter, _to(found), posted.occasion)


def _to(person: Contact | Addressee, *, email: str | None = None, phone: str | None = None) -> Recipient:
    return Recipient(
        email=email or person.email, phone=phone or person.phone, name=person.full_name,
        language=Language.closest(person.language),
    )  # fmt: skip
