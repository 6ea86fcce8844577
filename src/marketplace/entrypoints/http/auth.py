"""Who is asking over HTTP: the bearer token of the Authorization header."""

from dishka import Provider, Scope, provide
from litestar import Request

from marketplace.application.identity.authenticate import Authenticate
from marketplace.application.shared.actor import Actor
from marketplace.domain.shared.errors import Unauthenticated


class NotAuthenticated(Unauthenticated):
    code = "not_authenticated"


class HttpActorProvider(Provider):
    @provide(scope=Scope.REQUEST)
    async def actor(self, request: Request, authenticate: Authenticate) -> Actor:  # type: ignore[type-arg]  # dishka keys on the bare class
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise NotAuthenticated("sign in and send the access token as `Authorization: Bearer TOKEN`")
        return await authenticate(token.strip())
