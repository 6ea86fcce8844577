"""The life of a session: it starts with a login, goes on by refreshes and ends with a logout."""

from dataclasses import dataclass

from marketplace.application.identity.identifiers import read_identifier
from marketplace.application.identity.ports import (
    AccountQueries,
    Passwords,
    RefreshTokens,
    SessionQueries,
    Sessions,
    Users,
)
from marketplace.application.identity.tokens import TokenPairs
from marketplace.application.identity.views import SignedInView, TokensView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.ports import Clock, Ids, Transaction
from marketplace.domain.identity.session import EndReason, RefreshTokenReused, Session, SessionEnded
from marketplace.domain.identity.user import InvalidCredentials
from marketplace.domain.shared.ids import SessionId


@dataclass(frozen=True, slots=True)
class LogIn:
    accounts: AccountQueries
    passwords: Passwords
    users: Users
    sessions: Sessions
    transaction: Transaction
    token_pairs: TokenPairs
    ids: Ids
    clock: Clock

    async def __call__(self, identifier: str, password: str) -> SignedInView:
        known = read_identifier(identifier)
        found = None if known is None else await self.accounts.credentials(known)
        right = await self.passwords.verify(password, None if found is None else found.password_hash)
        if found is None or not right:
            raise InvalidCredentials
        now = self.clock.now()
        session = Session.start(SessionId(self.ids.new()), found.user_id, now)
        async with self.transaction:
            user = await self.users.get(found.user_id)
            user.log_in(found.password_hash, now)
            await self.users.save(user)
            await self.sessions.add(session)
        return self.token_pairs.signed_in(user, session, now)


@dataclass(frozen=True, slots=True)
class RefreshSession:
    """Trades a refresh token for new tokens; one that was used before ends its session."""

    refresh_tokens: RefreshTokens
    session_queries: SessionQueries
    sessions: Sessions
    transaction: Transaction
    token_pairs: TokenPairs
    clock: Clock

    async def __call__(self, refresh_token: str) -> TokensView:
        token = self.refresh_tokens.read(refresh_token)
        if await self.session_queries.role_of_live(token.session, self.clock.now()) is None:
            raise SessionEnded
        async with self.transaction:
            session = await self.sessions.get(token.session)
            now = self.clock.now()
            refreshed = session.refresh(token.generation, now)
            await self.sessions.save(session)
        if not refreshed:
            raise RefreshTokenReused
        return self.token_pairs.of(session, now)


@dataclass(frozen=True, slots=True)
class LogOut:
    sessions: Sessions
    transaction: Transaction
    clock: Clock

    async def __call__(self, actor: Actor) -> None:
        async with self.transaction:
            session = await self.sessions.get(actor.own_session())
            session.end(EndReason.LOGGED_OUT, self.clock.now())
            await self.sessions.save(session)
