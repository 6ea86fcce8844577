"""The life of a session: it goes on by refreshes and step-ups, and ends with a logout or by its owner."""

from dataclasses import dataclass

from marketplace.application.identity.password_check import Attempt, Comparison, PasswordCheck
from marketplace.application.identity.ports import (
    AccountQueries,
    AskSecondFactor,
    FactorAnswers,
    RefreshTokens,
    SessionQueries,
    Sessions,
)
from marketplace.application.identity.tokens import TokenPairs
from marketplace.application.identity.views import SteppedUpView, TokensView
from marketplace.application.shared.actor import PROOF_LIFE, Actor
from marketplace.application.shared.audit import AuditEntry, AuditTrail, Outcome
from marketplace.application.shared.caller import Caller
from marketplace.application.shared.limits import Limit, RateLimits
from marketplace.application.shared.ports import Clock, Transaction
from marketplace.domain.identity.session import (
    EndReason,
    RefreshTokenReused,
    Session,
    SessionEnded,
    SessionNotFound,
)
from marketplace.domain.identity.user import InvalidCredentials
from marketplace.domain.shared.ids import SessionId, UserId


@dataclass(frozen=True, slots=True)
class RefreshSession:
    """Trades a refresh token for new tokens; one that was used before ends its session."""

    refresh_tokens: RefreshTokens
    session_queries: SessionQueries
    sessions: Sessions
    transaction: Transaction
    token_pairs: TokenPairs
    audit: AuditTrail
    clock: Clock

    async def __call__(self, refresh_token: str) -> TokensView:
        token = self.refresh_tokens.read(refresh_token)
        if await self.session_queries.live(token.session, self.clock.now()) is None:
            raise SessionEnded
        async with self.transaction:
            session = await self.sessions.get(token.session)
            now = self.clock.now()
            refreshed = session.refresh(token.generation, now)
            await self.sessions.save(session)
            if not refreshed:
                self.audit.note(_ended(session.user_id, session.id, EndReason.REFRESH_REUSED, Outcome.REFUSED))
        if not refreshed:
            raise RefreshTokenReused
        return self.token_pairs.of(session, now)


@dataclass(frozen=True, slots=True)
class EndSession:
    """One of the actor's sessions; a logout is the end of the current one."""

    sessions: Sessions
    transaction: Transaction
    audit: AuditTrail
    clock: Clock

    async def __call__(self, actor: Actor, session_id: SessionId | None = None) -> None:
        """None: the current one. Raises SessionNotFound for another's."""
        own = actor.own_session()
        reason = EndReason.LOGGED_OUT if session_id in {None, own} else EndReason.ENDED_BY_USER
        async with self.transaction:
            session = await self._get(session_id or own)
            if session.user_id != actor.user:
                raise SessionNotFound("no such session")
            session.end(reason, self.clock.now())
            await self.sessions.save(session)
            self.audit.note(_ended(actor.user, session.id, reason))

    async def _get(self, session_id: SessionId) -> Session:
        try:
            return await self.sessions.get(session_id)
        except SessionEnded:
            raise SessionNotFound("no such session") from None


@dataclass(frozen=True, slots=True)
class EndSessions:
    sessions: Sessions
    transaction: Transaction
    audit: AuditTrail
    clock: Clock

    async def __call__(self, actor: Actor, *, keep_current: bool) -> None:
        own = actor.own_session()
        async with self.transaction:
            ended = await self.sessions.end_all(
                actor.user, EndReason.ENDED_BY_USER, self.clock.now(), keep=own if keep_current else None
            )
            for session_id in ended:
                self.audit.note(_ended(actor.user, session_id, EndReason.ENDED_BY_USER))


@dataclass(frozen=True, slots=True)
class StepUp:
    """Shows again who is there, for what needs a recent proof (Actor.require_recent_proof).

    By password and, where the account has one, the second factor. Wrong ones count like failed sign-ins.
    """

    accounts: AccountQueries
    check_password: PasswordCheck
    limits: RateLimits
    ask_second_factor: AskSecondFactor
    sessions: Sessions
    transaction: Transaction
    audit: AuditTrail
    caller: Caller
    clock: Clock

    async def __call__(self, actor: Actor, password: str, answers: FactorAnswers) -> SteppedUpView:
        session_id = actor.own_session()
        attempt = Attempt(f"user:{actor.user}", f"session:{session_id}")
        await self.limits.take(Limit.LOGIN, f"account:{attempt.account}", f"network:{self.caller.network}")
        contact = await self.accounts.contact(actor.user)
        compared = await self.check_password(attempt, password, contact.password_hash if contact else None)
        if compared is not Comparison.RIGHT:
            await self.audit.record(
                AuditEntry(
                    action="identity.step_up_refused",
                    actor=actor.user,
                    subject_kind="session",
                    subject=session_id,
                    outcome=Outcome.REFUSED,
                )
            )
            raise InvalidCredentials
        await self.ask_second_factor(actor.user, answers)
        now = self.clock.now()
        async with self.transaction:
            session = await self.sessions.get(session_id)
            session.prove(now)
            await self.sessions.save(session)
            self.audit.note(
                AuditEntry(action="identity.stepped_up", actor=actor.user, subject_kind="session", subject=session_id)
            )
        return SteppedUpView(now + PROOF_LIFE)


def _ended(user: UserId, session: SessionId, reason: EndReason, outcome: Outcome = Outcome.DONE) -> AuditEntry:
    return AuditEntry(
        action="identity.session_ended", actor=user, subject_kind="session", subject=session, outcome=outcome,
        facts={"reason": reason},
    )  # fmt: skip
