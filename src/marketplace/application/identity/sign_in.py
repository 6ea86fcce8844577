"""How a session starts: with a password, and whatever else the account asks for."""

from dataclasses import dataclass, field

from marketplace.application.identity.identifiers import Identifier, read_identifier
from marketplace.application.identity.password_check import Attempt, Comparison, PasswordCheck
from marketplace.application.identity.ports import (
    AccountLetter,
    AccountQueries,
    AskSecondFactor,
    Credentials,
    DeviceTokens,
    FactorAnswers,
    LetterWish,
    LetterWishes,
    Sessions,
    SignInGuard,
    Users,
)
from marketplace.application.identity.tokens import TokenPairs
from marketplace.application.identity.views import SignedInView
from marketplace.application.shared.audit import AuditEntry, AuditTrail, Outcome
from marketplace.application.shared.caller import Caller
from marketplace.application.shared.limits import Limit, RateLimits
from marketplace.application.shared.ports import Clock, Ids, Transaction
from marketplace.domain.identity.session import Session
from marketplace.domain.identity.user import InvalidCredentials, User
from marketplace.domain.shared.ids import SessionId, UserId


@dataclass(frozen=True, slots=True)
class PasswordSignIn:
    identifier: str
    password: str = field(repr=False)
    answers: FactorAnswers = field(default_factory=FactorAnswers)
    device_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class NewSessions:
    """Sessions of people who have shown who they are, signed in from where the caller is."""

    sessions: Sessions
    token_pairs: TokenPairs
    devices: DeviceTokens
    audit: AuditTrail
    caller: Caller
    ids: Ids
    clock: Clock

    async def add(self, user: User, methods: tuple[str, ...]) -> SignedInView:
        """Inside the running transaction, in which `user` is locked or new."""
        now = self.clock.now()
        device, address = self.caller.device, self.caller.address
        session = Session.start(
            SessionId(self.ids.new()), user.id, now, methods=methods, device=device, address=address
        )  # fmt: skip
        if not await self.sessions.is_familiar(user.id, device, address):
            session.is_unfamiliar(now)
        await self.sessions.add(session)
        self.audit.note(
            AuditEntry(
                action="identity.signed_in",
                actor=user.id,
                subject_kind="session",
                subject=session.id,
                facts={"methods": " ".join(methods)},
            )
        )
        return self.token_pairs.signed_in(user, session, self.devices.write(user.id), now)


@dataclass(frozen=True, slots=True)
class SignIn:
    """Starts a session for somebody who has shown who they are otherwise than by password."""

    users: Users
    new_sessions: NewSessions
    transaction: Transaction
    clock: Clock

    async def start(self, user_id: UserId, methods: tuple[str, ...]) -> SignedInView:
        """`methods` by RFC 8176. Raises InvalidCredentials for a closed account."""
        async with self.transaction:
            user = await self.users.get(user_id)
            user.log_in(self.clock.now())
            await self.users.save(user)
            return await self.new_sessions.add(user, methods)


@dataclass(frozen=True, slots=True)
class LogIn:
    """By password. Unknown accounts, wrong passwords, closed accounts and locks all look alike, also in time."""

    accounts: AccountQueries
    check_password: PasswordCheck
    guard: SignInGuard
    devices: DeviceTokens
    limits: RateLimits
    ask_second_factor: AskSecondFactor
    users: Users
    new_sessions: NewSessions
    wishes: LetterWishes
    transaction: Transaction
    audit: AuditTrail
    caller: Caller
    clock: Clock

    async def __call__(self, given: PasswordSignIn) -> SignedInView:
        """Raises InvalidCredentials, RateLimited, PasswordExpired, and what the second factor refuses."""
        known = read_identifier(given.identifier)
        name = str(known) if known else "nobody"
        await self.limits.take(Limit.LOGIN, f"account:{name}", f"network:{self.caller.network}")
        found = None if known is None else await self.accounts.credentials(known)
        attempt = self._attempt(name, found, given.device_token)
        compared = await self.check_password(attempt, given.password, found.password_hash if found else None)
        if found is None or compared is not Comparison.RIGHT:
            await self._refused(known, found, attempt, compared)
            raise InvalidCredentials
        shown = await self.ask_second_factor(found.user_id, given.answers)
        async with self.transaction:
            user = await self.users.get(found.user_id)
            user.log_in_by_password(found.password_hash, self.clock.now())
            await self.users.save(user)
            view = await self.new_sessions.add(user, ("pwd", *shown))
        return view

    def _attempt(self, name: str, found: Credentials | None, device_token: str) -> Attempt:
        device = self.devices.read(device_token, found.user_id) if found and device_token else None
        account = f"user:{found.user_id}" if found else name
        return Attempt(account, f"device:{device}" if device else f"network:{self.caller.network}", device is not None)

    async def _refused(
        self, known: Identifier | None, found: Credentials | None, attempt: Attempt, compared: Comparison
    ) -> None:
        await self.audit.record(
            AuditEntry(
                action="identity.sign_in_refused",
                subject_kind="user",
                subject=found.user_id if found else None,
                outcome=Outcome.REFUSED,
                facts={"locked": compared is Comparison.LOCKED},
            )
        )
        if known and compared is Comparison.WRONG and await self.guard.locked_now(attempt.account, attempt.place):
            async with self.transaction:
                self.wishes.add(LetterWish(AccountLetter.ACCOUNT_LOCKED, known))
