"""How accounts come to be."""

from dataclasses import dataclass, field

from marketplace.application.identity.identifiers import (
    Identifier,
    IdentifierKind,
    canonical_email,
    canonical_phone,
    email_key,
)
from marketplace.application.identity.ports import AccountLetter, LetterWish, LetterWishes, Passwords, Users
from marketplace.application.identity.sign_in import NewSessions
from marketplace.application.identity.views import SignedInView
from marketplace.application.shared.caller import Caller
from marketplace.application.shared.limits import Limit, RateLimits
from marketplace.application.shared.ports import Clock, Ids, Transaction
from marketplace.domain.identity.password import PasswordPolicy
from marketplace.domain.identity.user import AccountExists, Role, User
from marketplace.domain.identity.username import check_username
from marketplace.domain.shared.errors import RateLimited
from marketplace.domain.shared.ids import UserId


@dataclass(frozen=True, slots=True)
class NewAccount:
    email: str
    username: str
    password: str = field(repr=False)
    full_name: str
    role: Role
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class NewUsers:
    """A new account, checked and with its password hashed, as a user that is not stored yet."""

    passwords: Passwords
    policy: PasswordPolicy
    ids: Ids
    clock: Clock

    async def make(self, account: NewAccount) -> User:
        email = canonical_email(account.email)
        phone = None if account.phone is None else canonical_phone(account.phone)
        check_username(account.username)
        own = (account.username, email, email.partition("@")[0], account.full_name)
        self.policy.check(account.password, own)
        return User.register(
            UserId(self.ids.new()), email=email, username=account.username, phone=phone, full_name=account.full_name,
            role=account.role, password_hash=await self.passwords.hash(account.password), now=self.clock.now(),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Register:
    """Anybody makes an account of their own and is signed in with it.

    Where too much mail was caused from one address the account is made all the same, without its letter of welcome.
    The owner of an address that has an account is told who tried.
    """

    new_users: NewUsers
    users: Users
    new_sessions: NewSessions
    limits: RateLimits
    wishes: LetterWishes
    transaction: Transaction
    caller: Caller

    async def __call__(self, account: NewAccount) -> SignedInView:
        user = await self.new_users.make(account)
        user.edit_profile(language=self.caller.language)
        may_write = await self._has_room(Limit.SEND_PER_IP, f"network:{self.caller.network}")
        letter_to = Identifier(IdentifierKind.EMAIL, email_key(user.email))
        try:
            async with self.transaction:
                await self.users.add(user)
                view = await self.new_sessions.add(user, ("pwd",))
                if may_write:
                    self.wishes.add(LetterWish(AccountLetter.WELCOME, letter_to))
        except AccountExists:
            if may_write and await self._has_room(Limit.EMAIL, f"account:{letter_to}"):
                async with self.transaction:
                    self.wishes.add(LetterWish(AccountLetter.ACCOUNT_EXISTS, letter_to))
            raise
        return view

    async def _has_room(self, limit: Limit, key: str) -> bool:
        try:
            await self.limits.take(limit, key)
        except RateLimited:
            return False
        return True


@dataclass(frozen=True, slots=True)
class CreateAccount:
    """The operator makes an account for somebody known: verified from the start."""

    new_users: NewUsers
    users: Users
    transaction: Transaction

    async def __call__(self, account: NewAccount) -> UserId:
        user = await self.new_users.make(account)
        user.verify_email(user.email, user.created_at)
        async with self.transaction:
            await self.users.add(user)
        return user.id
