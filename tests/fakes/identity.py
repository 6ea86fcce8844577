"""In-memory adapters of the identity context. They honour the port contracts, proven by tests/contract/identity."""

from copy import deepcopy
from datetime import datetime, timedelta
from typing import Self, TypeVar
from uuid import UUID, uuid4

from marketplace.application.identity.codes import CODE_LIFE, CODE_TRIES
from marketplace.application.identity.identifiers import Identifier, IdentifierKind
from marketplace.application.identity.ports import (
    AccountQueries,
    CodeCheck,
    CodePurpose,
    CodeRequest,
    CodeRequests,
    Contact,
    Credentials,
    OneTimeCodes,
    Passwords,
    SessionQueries,
    Sessions,
    SessionToken,
    SocketTickets,
    Users,
)
from marketplace.application.identity.views import UserView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.letters import PostedLetter
from marketplace.application.shared.ports import Clock, Ids, Transaction
from marketplace.domain.identity.session import Session, SessionEnded
from marketplace.domain.identity.user import EmailTaken, PhoneTaken, Role, User, UsernameTaken, UserNotFound
from marketplace.domain.shared.aggregate import DomainEvent
from marketplace.domain.shared.errors import StaleAggregate
from marketplace.domain.shared.ids import SessionId, UserId

Result = TypeVar("Result")


class RandomIds(Ids):
    def new(self) -> UUID:
        return uuid4()


class MemoryIdentity(Transaction):
    """Everything the context stores; what a failed block wrote is gone, as in SQL."""

    def __init__(self) -> None:
        self.users: dict[UserId, User] = {}
        self.sessions: dict[SessionId, Session] = {}
        self.events: list[DomainEvent] = []
        self.code_requests: list[CodeRequest] = []
        self.told_ended: list[SessionId] = []
        self.letters: list[PostedLetter] = []

    async def __aenter__(self) -> Self:
        self._before = deepcopy(
            (self.users, self.sessions, self.events, self.code_requests, self.told_ended, self.letters)
        )
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        if exc_info[0] is not None:
            self.users, self.sessions, self.events, self.code_requests, self.told_ended, self.letters = self._before

    def answers(self, result: Result) -> Result:
        return result


class MemoryUsers(Users):
    def __init__(self, store: MemoryIdentity) -> None:
        self._store = store

    async def get(self, user_id: UserId) -> User:
        if user_id not in self._store.users:
            raise UserNotFound("no such user", user_id=user_id)
        return deepcopy(self._store.users[user_id])

    async def add(self, user: User) -> None:
        for other in self._store.users.values():
            if other.id == user.id:
                continue
            if other.email == user.email:
                raise EmailTaken("taken")
            if other.phone is not None and other.phone == user.phone:
                raise PhoneTaken("taken")
            if other.username.lower() == user.username.lower():
                raise UsernameTaken("taken")
        self._store.events += user.pull_events()
        self._store.users[user.id] = deepcopy(user)

    async def save(self, user: User) -> None:
        if self._store.users[user.id].version != user.version:
            raise StaleAggregate("stale")
        user.version += 1
        await self.add(user)


class MemorySessions(Sessions):
    def __init__(self, store: MemoryIdentity) -> None:
        self._store = store

    async def get(self, session_id: SessionId) -> Session:
        if session_id not in self._store.sessions:
            raise SessionEnded
        return deepcopy(self._store.sessions[session_id])

    async def add(self, session: Session) -> None:
        self._store.sessions[session.id] = deepcopy(session)

    async def save(self, session: Session) -> None:
        if self._store.sessions[session.id].version != session.version:
            raise StaleAggregate("stale")
        session.version += 1
        if session.ended_at is not None:
            self._store.told_ended.append(session.id)
        await self.add(session)


class MemoryQueries(AccountQueries, SessionQueries):
    def __init__(self, store: MemoryIdentity) -> None:
        self._store = store

    async def role_of_live(self, session: SessionId, now: datetime) -> Role | None:
        found = self._store.sessions.get(session)
        if found is None or not found.is_live(now):
            return None
        user = self._store.users[found.user_id]
        return user.role if user.is_active else None

    async def me(self, actor: Actor) -> UserView:
        if actor.user not in self._store.users:
            raise UserNotFound("no such user", user_id=actor.user)
        return UserView.of(self._store.users[actor.user])

    async def credentials(self, identifier: Identifier) -> Credentials | None:
        user = self._find(identifier)
        return None if user is None else Credentials(user.id, user.password_hash)

    async def contact(self, identifier: Identifier) -> Contact | None:
        user = self._find(identifier)
        return Contact(user.id, user.email, user.phone) if user is not None and user.is_active else None

    def _find(self, identifier: Identifier) -> User | None:
        for user in self._store.users.values():
            named = {
                IdentifierKind.EMAIL: user.email,
                IdentifierKind.USERNAME: user.username.lower(),
                IdentifierKind.PHONE: user.phone,
            }
            if named[identifier.kind] == identifier.value:
                return user
        return None


class MemoryCodeRequests(CodeRequests):
    def __init__(self, store: MemoryIdentity) -> None:
        self._store = store

    def add(self, request: CodeRequest) -> None:
        self._store.code_requests.append(request)


class PlainPasswords(Passwords):
    """Counts its checks, so that a test sees that one was made for nobody too."""

    def __init__(self) -> None:
        self.checks = 0

    async def hash(self, password: str) -> str:
        return f"hash of {password}"

    async def verify(self, password: str, password_hash: str | None) -> bool:
        self.checks += 1
        return password_hash == f"hash of {password}"


class MemoryCodes(OneTimeCodes):
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._codes: dict[tuple[CodePurpose, str], tuple[str, int, datetime]] = {}
        self._made = 0

    async def make(self, purpose: CodePurpose, subject: str) -> str:
        self._made += 1
        code = f"{self._made:06}"
        self._codes[purpose, subject] = (code, 0, self._clock.now() + CODE_LIFE)
        return code

    async def check(self, purpose: CodePurpose, subject: str, code: str) -> CodeCheck:
        right, tries, until = self._codes.pop((purpose, subject), (None, 0, self._clock.now()))
        if right is None or self._clock.now() >= until:
            return CodeCheck(False, 0)
        tries += 1
        if code == right:
            return CodeCheck(True, 0)
        if tries < CODE_TRIES:
            self._codes[purpose, subject] = (right, tries, until)
        return CodeCheck(False, CODE_TRIES - tries)


class MemoryTickets(SocketTickets):
    lifetime = 30

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tickets: dict[str, tuple[SessionToken, datetime]] = {}

    async def issue(self, token: SessionToken) -> str:
        ticket = uuid4().hex
        self._tickets[ticket] = (token, self._clock.now() + timedelta(seconds=self.lifetime))
        return ticket

    async def take(self, ticket: str) -> SessionToken | None:
        token, until = self._tickets.pop(ticket, (None, self._clock.now()))
        return token if self._clock.now() < until else None
