from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from marketplace.application.identity.identifiers import Identifier
from marketplace.application.identity.views import SessionView, UserView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.messages import MessageChannel
from marketplace.domain.identity.session import EndReason, Session
from marketplace.domain.identity.user import Role, User
from marketplace.domain.shared.ids import SessionId, UserId


class Users(Protocol):
    """Every user. `get` locks the user until the commit and raises UserNotFound.

    `add` and `save` raise AccountExists or UsernameTaken, `save` StaleAggregate; both ship the events.
    """

    async def get(self, user_id: UserId) -> User: ...
    async def add(self, user: User) -> None: ...
    async def save(self, user: User) -> None: ...


class Sessions(Protocol):
    """Every session. `get` locks the session until the commit and raises SessionEnded for one that never was.

    `save` raises StaleAggregate; when the session has ended it tells every process, with the commit.
    """

    async def get(self, session_id: SessionId) -> Session: ...
    async def add(self, session: Session) -> None: ...
    async def save(self, session: Session) -> None: ...

    async def end_all(
        self, user_id: UserId, reason: EndReason, now: datetime, *, keep: SessionId | None = None
    ) -> list[SessionId]:
        """End the live ones of a user, all but `keep`, and tell every process; which they were."""
        ...

    async def is_familiar(self, user_id: UserId, device: str, address: str) -> bool:
        """Whether the user ever had a session with this device, or from this address, or never had one at all."""
        ...


@dataclass(frozen=True, slots=True)
class LiveSession:
    user: UserId
    role: Role
    proven_at: datetime


class SessionQueries(Protocol):
    async def live(self, session: SessionId, now: datetime) -> LiveSession | None:
        """The session, if it has neither ended nor expired and its user is active. Notes that it is in use."""
        ...

    async def of(self, actor: Actor, now: datetime) -> list[SessionView]:
        """The actor's live sessions, the last used first."""
        ...


@dataclass(frozen=True, slots=True)
class Credentials:
    user_id: UserId
    password_hash: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Contact:
    """How to reach the person of an active account. `former_passwords` are hashes, newest first."""

    user_id: UserId
    email: str
    phone: str | None
    username: str
    full_name: str
    language: str
    password_hash: str | None = field(repr=False)
    former_passwords: Sequence[str] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Addressee:
    """`is_reachable`: the account is active and its e-mail address confirmed. `phone`: only a confirmed one."""

    email: str
    phone: str | None
    full_name: str
    language: str
    is_reachable: bool


class AccountQueries(Protocol):
    async def me(self, actor: Actor) -> UserView: ...

    async def credentials(self, identifier: Identifier) -> Credentials | None: ...

    async def contact(self, identifier: Identifier | UserId) -> Contact | None: ...

    async def addressee(self, user_id: UserId) -> Addressee | None:
        """Of any account, suspended and deleted ones included."""
        ...


class Passwords(Protocol):
    """Slow on purpose: never called inside a transaction. Raises PasswordChecksBusy."""

    async def hash(self, password: str) -> str: ...

    async def verify(self, password: str, password_hash: str | None) -> bool:
        """Without a hash: False, after the same work."""
        ...


@dataclass(frozen=True, slots=True)
class SessionToken:
    user: UserId
    session: SessionId


class AccessTokens(Protocol):
    lifetime: int
    """Seconds."""

    def issue(self, user: UserId, session: SessionId, now: datetime) -> str: ...

    async def verify(self, token: str, now: datetime) -> SessionToken:
        """Raises InvalidToken or TokenExpired."""
        ...


@dataclass(frozen=True, slots=True)
class RefreshToken:
    session: SessionId
    generation: int


class RefreshTokens(Protocol):
    def write(self, token: RefreshToken) -> str:
        """The same text for the same token, always."""
        ...

    def read(self, text: str) -> RefreshToken:
        """Raises InvalidRefreshToken unless we wrote it."""
        ...


class CodePurpose(StrEnum):
    VERIFY_ACCOUNT = "verify_account"
    CHANGE_CONTACT = "change_contact"


@dataclass(frozen=True, slots=True)
class CodeCheck:
    """`about` is what the right code was made for."""

    right: bool
    tries_left: int
    about: str = ""


class OneTimeCodes(Protocol):
    """Six digits that are good once, for one purpose and one subject, for a while and a few tries."""

    async def make(self, purpose: CodePurpose, subject: str, about: str = "") -> str:
        """A new code; it kills the one before."""
        ...

    async def check(self, purpose: CodePurpose, subject: str, code: str) -> CodeCheck:
        """Uses up one try, or the code. No code and a dead code both are wrong with no try left."""
        ...


class AccountLetter(StrEnum):
    ONE_TIME_CODE = "one_time_code"
    CONTACT_CODE = "contact_code"
    WELCOME = "welcome"
    VERIFY_EMAIL = "verify_email"
    PASSWORD_RESET = "password_reset"  # noqa: S105 - a kind of letter
    ACCOUNT_LOCKED = "account_locked"
    ACCOUNT_EXISTS = "account_exists"


@dataclass(frozen=True, slots=True)
class LetterWish:
    """Somebody wants a letter sent; nothing here says whether there is such an account, and nothing is secret.

    `to` is who was named; a CONTACT_CODE goes to that very address, on behalf of `user_id`.
    """

    letter: AccountLetter
    to: Identifier
    channel: MessageChannel = MessageChannel.EMAIL
    user_id: UserId | None = None


SEND_LETTER = "identity.send_letter"
"""The job that calls SendLetter."""


class LetterWishes(Protocol):
    def add(self, wish: LetterWish) -> None:
        """Have SendLetter called after the commit of the running transaction."""
        ...


class MailPurpose(StrEnum):
    VERIFY_EMAIL = "verify_email"
    RESET_PASSWORD = "reset_password"  # noqa: S105 - a purpose


class MailTokens(Protocol):
    """What a mailed link carries. Nothing is stored: a token is bound to `state`, and dies when that changes."""

    def write(self, purpose: MailPurpose, user_id: UserId, state: str, expires_at: datetime) -> str: ...

    def user_of(self, token: str) -> UserId:
        """Whom it speaks of; raises InvalidMailToken for what is no token."""
        ...

    def check(self, token: str, purpose: MailPurpose, state: str, now: datetime) -> None:
        """Raises InvalidMailToken unless we wrote it for this purpose and state, and it has not expired."""
        ...


class DeviceTokens(Protocol):
    """What a device keeps after a sign-in, so that it is known at the next one."""

    def write(self, user_id: UserId) -> str: ...

    def read(self, token: str, user_id: UserId) -> str | None:
        """The device's name, if the token is one of this user."""
        ...


@dataclass(frozen=True, slots=True)
class FactorAnswers:
    """What is shown besides the password, where the account asks for more."""

    otp_code: str | None = field(default=None, repr=False)
    recovery_code: str | None = field(default=None, repr=False)
    passkey: Mapping[str, Any] | None = field(default=None, repr=False)


class AskSecondFactor(Protocol):
    async def __call__(self, user_id: UserId, answers: FactorAnswers) -> tuple[str, ...]:
        """The methods that were shown (RFC 8176), none where the account asks for none.

        Raises TwoFactorRequired or InvalidSecondFactor. Opens a transaction of its own.
        """
        ...


class SignInGuard(Protocol):
    """Counts failed sign-ins (features ID-11, rule D21). Raises Unavailable when it cannot."""

    async def admit(self, account: str, place: str, *, known_device: bool) -> bool:
        """Count an attempt, as failed until `clear`: the count is raised before anything is compared.

        False: too many failed from this place, or all in all from places that are not known devices.
        """
        ...

    async def take_back(self, account: str, place: str, *, known_device: bool) -> None:
        """An admitted attempt was not looked at after all."""
        ...

    async def locked_now(self, account: str, place: str) -> bool:
        """Whether the last attempt was the one that locks, which its owner is to be told."""
        ...

    async def clear(self, account: str, place: str | None = None) -> None:
        """The password was shown at `place`; None: a new one was chosen, every place is free again."""
        ...


class SocketTickets(Protocol):
    lifetime: int
    """Seconds."""

    async def issue(self, token: SessionToken) -> str: ...

    async def take(self, ticket: str) -> SessionToken | None:
        """What the ticket was issued for; the second time, and after its life, None."""
        ...
