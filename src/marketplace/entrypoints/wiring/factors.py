from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from dishka import AnyOf, Provider, Scope, provide, provide_all

from marketplace.adapters.redis.challenges import RedisChallenges
from marketplace.adapters.security.recovery_codes import HashedRecoveryCodes
from marketplace.adapters.security.totp import SealedTotp
from marketplace.adapters.security.vault import Vault
from marketplace.adapters.sql.identity.factor_queries import SqlFactorQueries
from marketplace.adapters.sql.identity.passkeys import SqlPasskeys
from marketplace.adapters.sql.identity.second_factors import SqlSecondFactorsByUser
from marketplace.application.identity.factor_ports import (
    Authenticators,
    Challenges,
    FactorQueries,
    Passkeys,
    RecoveryCodes,
    SecondFactorsByUser,
    Totp,
)
from marketplace.application.identity.passkey_proof import PasskeyProof
from marketplace.application.identity.passkeys import (
    AddPasskey,
    LogInWithPasskey,
    OfferNewPasskey,
    OfferPasskeyLogin,
    RemovePasskey,
)
from marketplace.application.identity.ports import AskSecondFactor
from marketplace.application.identity.second_factor_check import SecondFactorCheck, ShownCodes
from marketplace.application.identity.two_factor import (
    DisableTwoFactor,
    EnableTwoFactor,
    RenewRecoveryCodes,
    SetUpTwoFactor,
)

SERVICE_NAME = "Marketplace"
"""What authenticators show to their owners."""


class FactorsProvider(Provider):
    """People sign in on pages of `public_url` or of an allowed origin below its domain (Web Authentication)."""

    scope = Scope.REQUEST

    def __init__(self, key: Callable[[str], bytes], public_url: str, allowed_origins: Sequence[str]) -> None:
        super().__init__()
        self._key = key
        self._rp_id = urlsplit(public_url).hostname or "localhost"
        self._origins = [public_url, *(origin for origin in allowed_origins if origin != "*")]

    @provide(scope=Scope.APP)
    def totp(self) -> Totp:
        return SealedTotp(Vault([self._key("vault")]), issuer=SERVICE_NAME)

    @provide(scope=Scope.APP)
    def authenticators(self) -> Authenticators:
        from marketplace.adapters.security.webauthn import WebAuthn  # its library takes 60 ms: not at every start

        return WebAuthn(self._rp_id, self._origins, rp_name=SERVICE_NAME)

    recovery_codes = provide(HashedRecoveryCodes, provides=RecoveryCodes, scope=Scope.APP)
    challenges = provide(RedisChallenges, provides=Challenges, scope=Scope.APP)
    queries = provide(SqlFactorQueries, provides=FactorQueries, scope=Scope.APP)
    shown_codes = provide(ShownCodes, scope=Scope.APP)
    second_factors = provide(SqlSecondFactorsByUser, provides=SecondFactorsByUser)
    passkeys = provide(SqlPasskeys, provides=Passkeys)
    ask_second_factor = provide(SecondFactorCheck, provides=AnyOf[SecondFactorCheck, AskSecondFactor])
    use_cases = provide_all(
        SetUpTwoFactor, EnableTwoFactor, DisableTwoFactor, RenewRecoveryCodes, PasskeyProof,
        OfferNewPasskey, AddPasskey, RemovePasskey, OfferPasskeyLogin, LogInWithPasskey,
    )  # fmt: skip
