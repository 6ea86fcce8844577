"""Who is asking over HTTP: the access token or API key of the Authorization header."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from dishka import Provider, Scope, provide
from litestar import Request
from litestar.handlers import BaseRouteHandler
from litestar.types import ASGIApp, Receive, Send
from litestar.types import Scope as AsgiScope

from marketplace.application.identity.authenticate import Authenticate
from marketplace.application.shared.actor import Actor, Viewer
from marketplace.application.shared.audit import Acting
from marketplace.domain.shared.errors import Unauthenticated


class NotAuthenticated(Unauthenticated):
    code = "not_authenticated"


class HttpActorProvider(Provider):
    @provide(scope=Scope.REQUEST)
    async def actor(
        self,
        request: Request,  # type: ignore[type-arg]  # dishka keys on the bare class
        authenticate: Authenticate,
        acting: Acting,
    ) -> Actor:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise NotAuthenticated("sign in and send the access token, or an API key, as `Authorization: Bearer TOKEN`")
        acting.actor = await authenticate(token.strip())
        return acting.actor

    @provide(scope=Scope.REQUEST)
    async def viewer(
        self,
        request: Request,  # type: ignore[type-arg]
        authenticate: Authenticate,
        acting: Acting,
    ) -> Viewer:
        """Nobody without credentials; credentials that are dead are refused here too."""
        if "authorization" not in request.headers:
            return Viewer()
        return Viewer((await self.actor(request, authenticate, acting)).user)


def signed_in(app: ASGIApp) -> ASGIApp:
    """Who asks is known before what is asked is read: routes that declare `security` refuse strangers first."""

    async def middleware(scope: AsgiScope, receive: Receive, send: Send) -> None:
        await actor_of(scope)
        await app(scope, receive, send)

    return middleware


async def actor_of(scope: Any) -> Actor | None:
    """None where the route takes no credentials. Raises Unauthenticated."""
    if not _needs_actor(scope["route_handler"]):
        return None
    actor: Actor = await scope["state"]["dishka_container"].get(Actor)
    return actor


SIGNED_IN_OR_NOT: Sequence[dict[str, list[str]]] = [{}, {"bearer": []}]
"""`security` of a route that takes a Viewer: what it shows may depend on who asks."""


@cache
def _needs_actor(handler: BaseRouteHandler) -> bool:
    ways = handler.resolve_security()  # type: ignore[attr-defined]
    return bool(ways) and all("bearer" in way for way in ways)
