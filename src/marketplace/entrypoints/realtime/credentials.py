"""Who opens a socket: an access token, or a single-use ticket got for one."""

import base64
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import msgspec
from dishka import AsyncContainer

from marketplace.application.identity.authenticate import Authenticate, LiveSessions, RedeemSocketTicket
from marketplace.application.identity.ports import SessionToken
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.ports import Clock
from marketplace.domain.shared.errors import DomainError, Unauthenticated
from marketplace.entrypoints.http.problems import is_audited, note_in_trail
from marketplace.entrypoints.realtime.connection import Connection

LEEWAY = timedelta(seconds=30)
LONGEST = timedelta(hours=24)
"""A socket lives no longer, whatever opened it."""


class NoSocketCredentials(Unauthenticated):
    code = "not_authenticated"


class Credentials(msgspec.Struct, frozen=True):
    token: str | None = None
    ticket: str | None = None

    @classmethod
    def of_query(cls, query: bytes) -> "Credentials":
        fields = parse_qs(query.decode("latin-1"))
        return cls(*(fields.get(name, [None])[0] for name in ("token", "ticket")))


@dataclass(frozen=True, slots=True)
class Admission:
    """`expires_at` is a POSIX time."""

    actor: Actor
    expires_at: float


async def admit(container: AsyncContainer, credentials: Credentials) -> Admission:
    """A token's socket ends with the token, a ticket's with its session.

    Raises Unauthenticated, or SessionRequired for an API key.
    """
    async with container() as request, refusals_noted(request, "SOCKET connect"):
        return await admit_within(request, credentials)


async def admit_within(request: AsyncContainer, credentials: Credentials) -> Admission:
    """`request` is the REQUEST scope, whose owner notes refusals."""
    longest = ((await request.get(Clock)).now() + LONGEST).timestamp()
    if credentials.ticket:
        return Admission(await (await request.get(RedeemSocketTicket))(credentials.ticket), longest)
    if credentials.token:
        actor = await (await request.get(Authenticate))(credentials.token)
        actor.own_session()
        return Admission(actor, min(longest, _expiry(credentials.token) + LEEWAY.total_seconds()))
    raise NoSocketCredentials("connect with an access token or a ticket")


@asynccontextmanager
async def refusals_noted(request: AsyncContainer, route: str) -> AsyncIterator[None]:
    """What is refused inside goes into the audit trail as it would over HTTP; `request` is the REQUEST scope."""
    try:
        yield
    except DomainError as error:
        if is_audited(error):
            await note_in_trail(request, error, route)
        raise


class Sessions:
    """Whether those who opened sockets may still use them."""

    def __init__(self, container: AsyncContainer) -> None:
        self._container = container

    async def actor(self, connection: Connection) -> Actor:
        """With today's permissions; raises Unauthenticated once the session has ended."""
        async with self._container() as request:
            live_sessions = await request.get(LiveSessions)
            return await live_sessions.actor(SessionToken(connection.user, connection.session))


class _Claims(msgspec.Struct):
    exp: float


def _expiry(token: str) -> float:
    """Of a JWT whose signature has been checked (RFC 7519, section 4.1.4)."""
    claims = token.split(".")[1]
    return msgspec.json.decode(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)), type=_Claims).exp


@dataclass(frozen=True, slots=True)
class Origins:
    """Web pages that may open a socket: those listed, those of the host itself, and `*` for all."""

    allowed: frozenset[str]

    @classmethod
    def of(cls, allowed: Iterable[str]) -> "Origins":
        return cls(frozenset(allowed))

    def admit(self, origin: str | None, host: str | None) -> bool:
        """Clients that are not browsers send no Origin."""
        if origin is None or "*" in self.allowed or origin.lower() in self.allowed:
            return True
        return bool(host) and urlsplit(origin).netloc.lower() == str(host).lower()
