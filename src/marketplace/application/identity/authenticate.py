"""Who is asking: by access token, by API key, or by a ticket for one socket."""

from dataclasses import dataclass

from marketplace.application.identity.api_keys import PREFIX, LiveApiKeys
from marketplace.application.identity.permissions import actor_of
from marketplace.application.identity.ports import AccessTokens, SessionQueries, SessionToken, SocketTickets
from marketplace.application.identity.views import SocketTicketView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.ports import Clock
from marketplace.domain.identity.session import SessionEnded
from marketplace.domain.shared.errors import Unauthenticated


class InvalidTicket(Unauthenticated):
    code = "invalid_ticket"


@dataclass(frozen=True, slots=True)
class LiveSessions:
    """Turns what a credential says into an actor, as long as the session lives."""

    queries: SessionQueries
    clock: Clock

    async def actor(self, token: SessionToken) -> Actor:
        live = await self.queries.live(token.session, self.clock.now())
        if live is None or live.user != token.user:
            raise SessionEnded
        return actor_of(live.user, token.session, live.role, live.proven_at)


@dataclass(frozen=True, slots=True)
class Authenticate:
    tokens: AccessTokens
    live_sessions: LiveSessions
    clock: Clock
    live_api_keys: LiveApiKeys

    async def __call__(self, credential: str) -> Actor:
        """Raises InvalidToken, TokenExpired, or SessionEnded: a logout counts at once."""
        if credential.startswith(PREFIX):
            return await self.live_api_keys.actor(credential)
        return await self.live_sessions.actor(await self.tokens.verify(credential, self.clock.now()))


@dataclass(frozen=True, slots=True)
class IssueSocketTicket:
    tickets: SocketTickets

    async def __call__(self, actor: Actor) -> SocketTicketView:
        ticket = await self.tickets.issue(SessionToken(actor.user, actor.own_session()))
        return SocketTicketView(ticket, self.tickets.lifetime)


@dataclass(frozen=True, slots=True)
class RedeemSocketTicket:
    tickets: SocketTickets
    live_sessions: LiveSessions

    async def __call__(self, ticket: str) -> Actor:
        """Raises InvalidTicket, or SessionEnded."""
        token = await self.tickets.take(ticket)
        if token is None:
            raise InvalidTicket("the ticket is not valid any more, ask for a new one")
        return await self.live_sessions.actor(token)
