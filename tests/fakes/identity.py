"""In-memory adapters of the identity context. They honour the port contracts, proven by tests/contract/identity."""

from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any, Self, TypeVar
from uuid import UUID, uuid4

from marketplace.application.identity.codes import CODE_LIFE, CODE_TRIES
from marketplace.application.identity.identifiers import Identifier, IdentifierKind, email_key
from marketplace.application.identity.ports import (
    AccountQueries,
    Addressee,
    AskSecondFactor,
    CodeCheck,
    CodePurpose,
    Contact,
    Credentials,
    DeviceTokens,
    FactorAnswers,
    LetterWish,
    LetterWishes,
    LiveSession,
    OneTimeCodes,
    Passwords,
    SessionQueries,
    Sessions,
    SessionToken,
    SignInGuard,
    SocketTickets,
    Users,
)
from marketplace.application.identity.views import SessionView, UserView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.audit import AuditEntry
from marketplace.application.shared.ports import Clock, Ids, Transaction
from marketplace.domain.identity.lockout import FAILURES, FAILURES_IN_ALL, LOCK
from marketplace.domain.identity.second_factor import Method, TwoFactorRequired
from marketplace.domain.identity.session import EndReason, Session, SessionEnded, SessionsEnded
from marketplace.domain.identity.user import AccountExists, User, UsernameTaken, UserNotFound
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
        self.wishes: list[LetterWish] = []
        self.audited: list[AuditEntry] = []
        self.told_ended: list[SessionId] = []

    async def __aenter__(self) -> Self:
        self._before = deepcopy(self._state())
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        if exc_info[0] is not None:
            self.users, self.sessions, self.events, self.wishes, self.audited, self.told_ended = self._before

    def _state(self) -> tuple[Any, ...]:
        return self.users, self.sessions, self.events, self.wishes, self.audited, self.told_ended

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
            if email_key(other.email) == email_key(user.email):
                raise AccountExists
            if other.phone is not None and other.phone == user.phone:
                raise AccountExists
            if other.username_skeleton == user.username_skeleton:
                raise UsernameTaken
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
        self._store.events += session.pull_events()
        self._store.sessions[session.id] = deepcopy(session)

    async def save(self, session: Session) -> None:
        if self._store.sessions[session.id].version != session.version:
            raise StaleAggregate("stale")
        session.version += 1
        if session.ended_at is not None:
            self._store.told_ended.append(session.id)
        await self.add(session)

    async def end_all(
        self, user_id: UserId, reason: EndReason, now: datetime, *, keep: SessionId | None = None
    ) -> list[SessionId]:
        ended = []
        for session in self._store.sessions.values():
            if session.user_id == user_id and session.id != keep and session.is_live(now):
                session.end(reason, now)
                session.version += 1
                session.pull_events()
                self._store.told_ended.append(session.id)
                ended.append(session.id)
        if ended:
            self._store.events.append(SessionsEnded(occurred_at=now, user_id=user_id, session_ids=tuple(ended)))
        return ended

    async def is_familiar(self, user_id: UserId, device: str, address: str) -> bool:
        had = [one for one in self._store.sessions.values() if one.user_id == user_id]
        return not had or any(one.device == device or one.address == address for one in had)


class MemoryQueries(AccountQueries, SessionQueries):
    def __init__(self, store: MemoryIdentity) -> None:
        self._store = store

    async def live(self, session: SessionId, now: datetime) -> LiveSession | None:
        found = self._store.sessions.get(session)
        if found is None or not found.is_live(now):
            return None
        user = self._store.users[found.user_id]
        return LiveSession(user.id, user.role, found.proven_at) if user.is_active else None

    async def of(self, actor: Actor, now: datetime) -> list[SessionView]:
        found = [one for one in self._store.sessions.values() if one.user_id == actor.user and one.is_live(now)]
        return [
            SessionView(
                id=one.id, device=one.device, address=one.address, methods=list(one.methods), created_at=one.created_at,
                last_used_at=one.last_used_at, expires_at=one.expires_at, is_current=one.id == actor.session,
            )
            for one in sorted(found, key=lambda one: (one.last_used_at, one.id), reverse=True)
        ]  # fmt: skip

    async def me(self, actor: Actor) -> UserView:
        if actor.user not in self._store.users:
            raise UserNotFound("no such user", user_id=actor.user)
        return UserView.of(self._store.users[actor.user])

    async def credentials(self, identifier: Identifier) -> Credentials | None:
        user = self._find(identifier)
        return None if user is None else Credentials(user.id, user.password_hash)

    async def contact(self, identifier: Identifier | UserId) -> Contact | None:
        user = self._find(identifier) if isinstance(identifier, Identifier) else self._store.users.get(identifier)
        if user is None or not user.is_active:
            return None
        return Contact(
            user.id, user.email, user.phone, user.username, user.full_name, user.language, user.password_hash,
            user.former_passwords,
        )  # fmt: skip

    async def addressee(self, user_id: UserId) -> Addressee | None:
        user = self._store.users.get(user_id)
        if user is None:
            return None
        reachable = user.is_active and user.email_verified
        phone = user.phone if user.phone_verified else None
        return Addressee(user.email, phone, user.full_name, user.language, reachable)

    def _find(self, identifier: Identifier) -> User | None:
        for user in self._store.users.values():
            named = {
                IdentifierKind.EMAIL: email_key(user.email),
                IdentifierKind.USERNAME: user.username.lower(),
                IdentifierKind.PHONE: user.phone,
            }
            if named[identifier.kind] == identifier.value:
                return user
        return None


class MemoryLetterWishes(LetterWishes):
    def __init__(self, store: MemoryIdentity) -> None:
        self._store = store

    def add(self, wish: LetterWish) -> None:
        self._store.wishes.append(wish)


class MemoryDevices(DeviceTokens):
    def write(self, user_id: UserId) -> str:
        return f"{uuid4().hex}.{user_id}"

    def read(self, token: str, user_id: UserId) -> str | None:
        name, _, owner = token.partition(".")
        return name if owner == str(user_id) else None


class MemorySignInGuard(SignInGuard):
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failed: dict[tuple[str, str], tuple[int, datetime]] = {}
        self._in_all: dict[str, int] = {}

    async def admit(self, account: str, place: str, *, known_device: bool) -> bool:
        failed, until = self._failed.get((account, place), (0, self._clock.now()))
        failed = failed if self._clock.now() < until else 0
        if failed >= FAILURES or (not known_device and self._in_all.get(account, 0) >= FAILURES_IN_ALL):
            return False
        self._failed[account, place] = failed + 1, self._clock.now() + LOCK
        if not known_device:
            self._in_all[account] = self._in_all.get(account, 0) + 1
        return True

    async def take_back(self, account: str, place: str, *, known_device: bool) -> None:
        failed, until = self._failed[account, place]
        self._failed[account, place] = failed - 1, until
        if not known_device:
            self._in_all[account] -= 1

    async def locked_now(self, account: str, place: str) -> bool:
        return self._failed[account, place][0] == FAILURES

    async def clear(self, account: str, place: str | None = None) -> None:
        self._in_all.pop(account, None)
        for key in [key for key in self._failed if key[0] == account and place in {None, key[1]}]:
            del self._failed[key]


class MemoryFactors(AskSecondFactor):
    """Accounts in `asked` must show a one-time code, `123456`."""

    def __init__(self) -> None:
        self.asked: set[UserId] = set()

    async def __call__(self, user_id: UserId, answers: FactorAnswers) -> tuple[str, ...]:
        if user_id not in self.asked:
            return ()
        if answers.otp_code != "123456":
            raise TwoFactorRequired((Method.TOTP,))
        return ("otp",)


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
        self._codes: dict[tuple[CodePurpose, str], tuple[str, int, datetime, str]] = {}
        self._made = 0

    async def make(self, purpose: CodePurpose, subject: str, about: str = "") -> str:
        self._made += 1
        code = f"{self._made:06}"
        self._codes[purpose, subject] = (code, 0, self._clock.now() + CODE_LIFE, about)
        return code

    async def check(self, purpose: CodePurpose, subject: str, code: str) -> CodeCheck:
        right, tries, until, about = self._codes.pop((purpose, subject), (None, 0, self._clock.now(), ""))
        if right is None or self._clock.now() >= until:
            return CodeCheck(False, 0)
        tries += 1
        if code == right:
            return CodeCheck(True, 0, about)
        if tries < CODE_TRIES:
            self._codes[purpose, subject] = (right, tries, until, about)
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
