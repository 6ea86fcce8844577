"""Signing in with an outside OpenID provider, where one is set up."""

from collections.abc import AsyncIterator

from dishka import AnyOf, Provider, Scope, provide, provide_all
from redis.asyncio import Redis

from marketplace.adapters.redis.sign_in_attempts import RedisSignInAttempts
from marketplace.adapters.security.openid import NoOpenIdProvider, OpenIdClient, OpenIdProvider
from marketplace.adapters.sql.identity.outside_identities import SqlOutsideIdentities
from marketplace.application.identity.outside import (
    FinishOutsideSignIn,
    IdentifyOutside,
    LinkOutsideIdentity,
    OutsideIdentities,
    OutsideProvider,
    Redirects,
    SignInAttempts,
    StartOutsideSignIn,
)
from marketplace.entrypoints.wiring.settings import Settings


class OutsideSignInProvider(Provider):
    scope = Scope.REQUEST

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._client = OpenIdClient(
            settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret.reveal(), settings.oidc_name
        )
        self._redirects = Redirects(settings.public_url, frozenset(settings.allowed_origins))
        if settings.oidc_issuer:
            self.provide(self.provider, scope=Scope.APP)
            self.provide(self.attempts, scope=Scope.APP)
        else:
            self.provide(self.nobody, scope=Scope.APP)

    async def provider(self) -> AsyncIterator[OutsideProvider]:
        provider = OpenIdProvider(self._client)
        yield provider
        await provider.close()

    def attempts(self, redis: Redis) -> SignInAttempts:
        return RedisSignInAttempts(redis)

    def nobody(self) -> AnyOf[OutsideProvider, SignInAttempts]:
        return NoOpenIdProvider()

    @provide(scope=Scope.APP)
    def redirects(self) -> Redirects:
        return self._redirects

    identities = provide(SqlOutsideIdentities, provides=OutsideIdentities)
    use_cases = provide_all(StartOutsideSignIn, IdentifyOutside, FinishOutsideSignIn, LinkOutsideIdentity)
