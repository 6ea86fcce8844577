"""Showing that an address is the account owner's: by the link of a letter, or by a code sent to a new one."""

from dataclasses import dataclass

from marketplace.application.identity.codes import InvalidCode
from marketplace.application.identity.identifiers import (
    Identifier,
    IdentifierKind,
    canonical_email,
    canonical_phone,
    email_key,
)
from marketplace.application.identity.ports import (
    AccountLetter,
    AccountQueries,
    CodePurpose,
    LetterWish,
    LetterWishes,
    MailPurpose,
    MailTokens,
    OneTimeCodes,
    Sessions,
    Users,
)
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.caller import Caller
from marketplace.application.shared.limits import Limit, RateLimits
from marketplace.application.shared.messages import MessageChannel
from marketplace.application.shared.ports import Clock, Transaction
from marketplace.domain.identity.mail_token import InvalidMailToken
from marketplace.domain.identity.session import EndReason
from marketplace.domain.identity.user import AlreadyInState
from marketplace.domain.shared.errors import Invalid


class OneContact(Invalid):
    code = "one_contact"

    def __init__(self) -> None:
        super().__init__("give either `email` or `phone`", field="email")


@dataclass(frozen=True, slots=True)
class VerifyEmail:
    """By the link of a letter."""

    accounts: AccountQueries
    tokens: MailTokens
    users: Users
    transaction: Transaction
    clock: Clock

    async def __call__(self, token: str) -> None:
        """Good again and again until it expires or the address changes: programs follow links too."""
        contact = await self.accounts.contact(self.tokens.user_of(token))
        now = self.clock.now()
        if contact is None:
            raise InvalidMailToken
        self.tokens.check(token, MailPurpose.VERIFY_EMAIL, contact.email, now)
        async with self.transaction:
            user = await self.users.get(contact.user_id)
            if not user.verify_email(contact.email, now):
                raise InvalidMailToken
            await self.users.save(user)


@dataclass(frozen=True, slots=True)
class SendVerification:
    """The letter with the link, once more."""

    accounts: AccountQueries
    limits: RateLimits
    wishes: LetterWishes
    transaction: Transaction
    caller: Caller

    async def __call__(self, actor: Actor) -> None:
        actor.own_session()
        me = await self.accounts.me(actor)
        if me.email_verified:
            raise AlreadyInState("the e-mail address is verified already")
        await self.limits.take(Limit.SEND_PER_IP, f"network:{self.caller.network}")
        await self.limits.take(Limit.EMAIL, f"account:{actor.user}")
        async with self.transaction:
            self.wishes.add(LetterWish(AccountLetter.VERIFY_EMAIL, Identifier(IdentifierKind.EMAIL, me.email)))


@dataclass(frozen=True, slots=True)
class ChangeContact:
    """Asks for another e-mail address or phone number: a code goes to the new one.

    The answer does not tell whether another account has it; only who reads there learns that, by ConfirmContact.
    """

    limits: RateLimits
    wishes: LetterWishes
    transaction: Transaction
    caller: Caller
    clock: Clock

    async def __call__(self, actor: Actor, *, email: str | None, phone: str | None) -> None:
        """Raises StepUpRequired, OneContact, InvalidEmail or InvalidPhone."""
        actor.require_recent_proof(self.clock.now())
        if (email is None) == (phone is None):
            raise OneContact
        if email is not None:
            to, channel = Identifier(IdentifierKind.EMAIL, canonical_email(email)), MessageChannel.EMAIL
        else:
            to, channel = Identifier(IdentifierKind.PHONE, canonical_phone(phone or "")), MessageChannel.SMS
        target = email_key(to.value) if channel is MessageChannel.EMAIL else to.value
        await self.limits.take(Limit.SEND_PER_IP, f"network:{self.caller.network}")
        await self.limits.take(Limit.OTP, f"account:{actor.user}", f"target:{target}")
        async with self.transaction:
            self.wishes.add(LetterWish(AccountLetter.CONTACT_CODE, to, channel, user_id=actor.user))


@dataclass(frozen=True, slots=True)
class ConfirmContact:
    codes: OneTimeCodes
    users: Users
    sessions: Sessions
    transaction: Transaction
    clock: Clock

    async def __call__(self, actor: Actor, code: str) -> None:
        """The address changes, is verified by that, and other sessions end. Raises InvalidCode or AccountExists."""
        session = actor.require_recent_proof(self.clock.now())
        check = await self.codes.check(CodePurpose.CHANGE_CONTACT, str(actor.user), code)
        if not check.right:
            raise InvalidCode(check.tries_left)
        kind, _, address = check.about.partition(":")
        async with self.transaction:
            user = await self.users.get(actor.user)
            now = self.clock.now()
            if kind == IdentifierKind.EMAIL:
                user.change_email(address, now)
            else:
                user.change_phone(address, now)
            await self.users.save(user)
            await self.sessions.end_all(user.id, EndReason.CONTACT_CHANGED, now, keep=session)
