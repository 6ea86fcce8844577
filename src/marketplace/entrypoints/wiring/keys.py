"""The keys that sign access tokens, and the keys of programs."""

from collections.abc import AsyncIterator, Callable

from dishka import AnyOf, Provider, Scope, alias, provide, provide_all

from marketplace.adapters.security.access_tokens import JwtAccessTokens
from marketplace.adapters.security.api_keys import HmacApiKeyTexts
from marketplace.adapters.security.key_ring import RELOAD_EVERY, KeyRing, SealedKeyPairs
from marketplace.adapters.security.vault import Vault
from marketplace.adapters.sql.identity.api_keys import SqlApiKeyCredentials, SqlApiKeyQueries, SqlApiKeys
from marketplace.adapters.sql.identity.signing_keys import SqlSigningKeyQueries, SqlSigningKeys
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.identity.api_keys import (
    ApiKeyCredentials,
    ApiKeyQueries,
    ApiKeys,
    ApiKeyTexts,
    CreateApiKey,
    DeleteApiKey,
    LiveApiKeys,
)
from marketplace.application.identity.ports import AccessTokens
from marketplace.application.identity.signing_keys import (
    KeyPairs,
    PrepareSigningKey,
    PublicKeys,
    RotateSigningKeys,
    SigningKeyQueries,
    SigningKeys,
)
from marketplace.application.shared.ports import Clock
from marketplace.domain.identity.signing_key import RotationPolicy


async def loaded_ring(
    stored: SigningKeyQueries, pairs: SealedKeyPairs, pool: Pool, clock: Clock, every: float = RELOAD_EVERY
) -> KeyRing:
    """Whoever comes first to an empty database makes the first key; the others find it."""
    transaction = SqlTransaction(pool, {})
    await PrepareSigningKey(SqlSigningKeys(transaction), pairs, transaction, clock)()
    ring = KeyRing(stored, pairs, every=every)
    await ring.reload()
    return ring


class SigningKeysProvider(Provider):
    scope = Scope.REQUEST

    def __init__(self, key: Callable[[str], bytes], *, issuer: str) -> None:
        super().__init__()
        self._key = key
        self._issuer = issuer

    @provide(scope=Scope.APP, provides=AnyOf[KeyPairs, SealedKeyPairs])
    def pairs(self) -> SealedKeyPairs:
        return SealedKeyPairs(Vault([self._key("signing-keys")]))

    @provide(scope=Scope.APP)
    async def ring(
        self, stored: SigningKeyQueries, pairs: SealedKeyPairs, pool: Pool, clock: Clock
    ) -> AsyncIterator[KeyRing]:
        ring = await loaded_ring(stored, pairs, pool, clock)
        async with ring.kept_current():
            yield ring

    public_keys = alias(KeyRing, provides=PublicKeys)

    @provide(scope=Scope.APP)
    def access_tokens(self, ring: KeyRing) -> AccessTokens:
        return JwtAccessTokens(ring, issuer=self._issuer)

    @provide(scope=Scope.APP)
    def policy(self) -> RotationPolicy:
        return RotationPolicy()

    queries = provide(SqlSigningKeyQueries, provides=SigningKeyQueries, scope=Scope.APP)
    keys = provide(SqlSigningKeys, provides=SigningKeys)
    rotate = provide(RotateSigningKeys)


class ApiKeysProvider(Provider):
    scope = Scope.REQUEST

    def __init__(self, key: bytes) -> None:
        super().__init__()
        self._key = key

    @provide(scope=Scope.APP)
    def texts(self) -> ApiKeyTexts:
        return HmacApiKeyTexts(self._key)

    queries = provide(SqlApiKeyQueries, provides=ApiKeyQueries, scope=Scope.APP)
    credentials = provide(SqlApiKeyCredentials, provides=ApiKeyCredentials, scope=Scope.APP)
    live = provide(LiveApiKeys, scope=Scope.APP)
    api_keys = provide(SqlApiKeys, provides=ApiKeys)
    use_cases = provide_all(CreateApiKey, DeleteApiKey)
