from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from marketplace.application.identity.identifiers import Identifier
from marketplace.application.identity.views import OutboxMessageView, UserView
from marketplace.application.shared.actor import Actor
from marketplace.domain.identity.session import Session
from marketplace.domain.identity.user import Role, User
from marketplace.domain.shared.ids import SessionId, UserId


class Users(Protocol):
    """Every user. `get` locks the user until the commit and raises UserNotFound.

    `add` and `save` raise EmailTaken, UsernameTaken or PhoneTaken, `save` StaleAggregate; both ship the events.
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


class SessionQueries(Protocol):
    async def role_of_live(self, session: SessionId, now: datetime) -> Role | None:
        """The role of its user, if the session has neither ended nor expired and the user is active."""
        ...


@dataclass(frozen=True, slots=True)
class Credentials:
    user_id: UserId
    password_hash: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Contact:
    user_id: UserId
    email: str


class AccountQueries(Protocol):
    async def me(self, actor: Actor) -> UserView: ...

    async def credentials(self, identifier: Identifier) -> Credentials | None: ...

    async def contact(self, identifier: Identifier) -> Contact | None:
        """Where to reach the person, if the account is active."""
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


@dataclass(frozen=True, slots=True)
class CodeCheck:
    right: bool
    tries_left: int


class OneTimeCodes(Protocol):
    """Six digits that are good once, for one purpose and one subject, for a while and a few tries."""

    async def make(self, purpose: CodePurpose, subject: str) -> str:
        """A new code; it kills the one before."""
        ...

    async def check(self, purpose: CodePurpose, subject: str, code: str) -> CodeCheck:
        """Uses up one try, or the code. No code and a dead code both are wrong with no try left."""
        ...


class CodeChannel(StrEnum):
    EMAIL = "email"
    SMS = "sms"


@dataclass(frozen=True, slots=True)
class CodeRequest:
    """Somebody asks for a code; nothing here says whether there is such an account."""

    identifier: Identifier
    channel: CodeChannel


SEND_CODE = "identity.send_code"
"""The job that calls DeliverOneTimeCode; its payload is a CodeRequest, never a code."""


class CodeRequests(Protocol):
    def add(self, request: CodeRequest) -> None:
        """Have DeliverOneTimeCode called after the commit of the running transaction."""
        ...


class SocketTickets(Protocol):
    lifetime: int
    """Seconds."""

    async def issue(self, token: SessionToken) -> str: ...

    async def take(self, ticket: str) -> SessionToken | None:
        """What the ticket was issued for; the second time, and after its life, None."""
        ...


@dataclass(frozen=True, slots=True)
class Message:
    to: str
    subject: str
    text: str
    html: str


class Mailer(Protocol):
    """Raises Unavailable when the message could not be handed over. May send twice what is asked twice."""

    async def send(self, message: Message) -> None: ...


class Outbox(Protocol):
    """What development kept instead of sending."""

    async def messages(self, to: str) -> list[OutboxMessageView]:
        """Newest first."""
        ...
