"""A forgotten password, and a new one."""

from dataclasses import dataclass

from marketplace.application.identity.identifiers import read_identifier
from marketplace.application.identity.password_check import Attempt, Comparison, PasswordCheck
from marketplace.application.identity.ports import (
    AccountLetter,
    AccountQueries,
    Contact,
    LetterWish,
    LetterWishes,
    MailPurpose,
    MailTokens,
    Passwords,
    Sessions,
    SignInGuard,
    Users,
)
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.caller import Caller
from marketplace.application.shared.limits import Limit, RateLimits
from marketplace.application.shared.ports import Clock, Transaction
from marketplace.domain.identity.mail_token import InvalidMailToken
from marketplace.domain.identity.password import PasswordPolicy, PasswordUsedBefore
from marketplace.domain.identity.session import EndReason
from marketplace.domain.identity.user import InvalidCredentials, remembered_passwords
from marketplace.domain.shared.ids import SessionId


@dataclass(frozen=True, slots=True)
class ForgetPassword:
    """Only notes the wish for a link: the answer is the same whether there is such an account or not."""

    limits: RateLimits
    wishes: LetterWishes
    transaction: Transaction
    caller: Caller

    async def __call__(self, identifier: str) -> None:
        known = read_identifier(identifier)
        await self.limits.take(Limit.SEND_PER_IP, f"network:{self.caller.network}")
        await self.limits.take(Limit.PASSWORD_RESET, f"account:{known}")
        if known:
            async with self.transaction:
                self.wishes.add(LetterWish(AccountLetter.PASSWORD_RESET, known))


@dataclass(frozen=True, slots=True)
class NewPassword:
    """Sets a password that meets the policy and is none of the last ones; every other session ends with it."""

    policy: PasswordPolicy
    passwords: Passwords
    users: Users
    sessions: Sessions
    guard: SignInGuard
    transaction: Transaction
    clock: Clock

    async def set(self, of: Contact, password: str, *, keep: SessionId | None, verifies_email: bool) -> None:
        """Raises WeakPassword, PasswordUsedBefore, and InvalidCredentials if the password changed meanwhile."""
        self.policy.check(password, own=(of.email, of.email.partition("@")[0], of.full_name, of.username))
        for former in remembered_passwords(of.password_hash, of.former_passwords):
            if await self.passwords.verify(password, former):
                raise PasswordUsedBefore
        password_hash = await self.passwords.hash(password)
        async with self.transaction:
            user = await self.users.get(of.user_id)
            now = self.clock.now()
            if user.password_hash != of.password_hash or not user.is_active:
                raise InvalidCredentials
            user.change_password(password_hash, now)
            if verifies_email:
                user.verify_email(of.email, now)
            await self.users.save(user)
            await self.sessions.end_all(user.id, EndReason.PASSWORD_CHANGED, now, keep=keep)
        await self.guard.clear(f"user:{of.user_id}")


@dataclass(frozen=True, slots=True)
class ResetPassword:
    """By the link of a letter, which is good once, as it is bound to the password that it replaces."""

    accounts: AccountQueries
    tokens: MailTokens
    new_password: NewPassword
    clock: Clock

    async def __call__(self, token: str, password: str) -> None:
        """Raises InvalidMailToken, WeakPassword or PasswordUsedBefore."""
        contact = await self.accounts.contact(self.tokens.user_of(token))
        if contact is None:
            raise InvalidMailToken
        self.tokens.check(token, MailPurpose.RESET_PASSWORD, reset_state(contact), self.clock.now())
        await self.new_password.set(contact, password, keep=None, verifies_email=True)


@dataclass(frozen=True, slots=True)
class ChangePassword:
    accounts: AccountQueries
    check_password: PasswordCheck
    limits: RateLimits
    new_password: NewPassword

    async def __call__(self, actor: Actor, current: str, password: str) -> None:
        """Raises InvalidCredentials, WeakPassword or PasswordUsedBefore."""
        session = actor.own_session()
        attempt = Attempt(f"user:{actor.user}", f"session:{session}")
        await self.limits.take(Limit.LOGIN, f"account:{attempt.account}")
        contact = await self.accounts.contact(actor.user)
        compared = await self.check_password(attempt, current, contact.password_hash if contact else None)
        if contact is None or compared is not Comparison.RIGHT:
            raise InvalidCredentials
        await self.new_password.set(contact, password, keep=session, verifies_email=False)


def reset_state(contact: Contact) -> str:
    """What a reset link is bound to."""
    return f"{contact.email}|{contact.password_hash}"
