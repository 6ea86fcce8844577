"""How accounts come to be."""

from dataclasses import dataclass, field

from marketplace.application.identity.identifiers import canonical_email, canonical_phone
from marketplace.application.identity.ports import Passwords, Sessions, Users
from marketplace.application.identity.tokens import TokenPairs
from marketplace.application.identity.views import SignedInView
from marketplace.application.shared.ports import Clock, Ids, Transaction
from marketplace.domain.identity.password import PasswordPolicy
from marketplace.domain.identity.session import Session
from marketplace.domain.identity.user import Role, User, check_username
from marketplace.domain.shared.ids import SessionId, UserId


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
        self.policy.check(account.password)
        return User.register(
            UserId(self.ids.new()), email=email, username=account.username, phone=phone, full_name=account.full_name,
            role=account.role, password_hash=await self.passwords.hash(account.password), now=self.clock.now(),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Register:
    """Anybody makes an account of their own and is signed in with it."""

    new_users: NewUsers
    users: Users
    sessions: Sessions
    transaction: Transaction
    token_pairs: TokenPairs
    ids: Ids

    async def __call__(self, account: NewAccount) -> SignedInView:
        user = await self.new_users.make(account)
        session = Session.start(SessionId(self.ids.new()), user.id, user.created_at)
        async with self.transaction:
            await self.users.add(user)
            await self.sessions.add(session)
        return self.token_pairs.signed_in(user, session, user.created_at)


@dataclass(frozen=True, slots=True)
class CreateAccount:
    """The operator makes an account for somebody known: verified from the start."""

    new_users: NewUsers
    users: Users
    transaction: Transaction

    async def __call__(self, account: NewAccount) -> UserId:
        user = await self.new_users.make(account)
        user.verify(user.created_at)
        async with self.transaction:
            await self.users.add(user)
        return user.id
