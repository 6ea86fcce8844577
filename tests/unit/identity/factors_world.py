"""The use cases of second factors on fakes, with an account that is signed in twice."""

from datetime import timedelta
from typing import Any

from marketplace.adapters.security.access_tokens import JwtAccessTokens
from marketplace.adapters.security.recovery_codes import HashedRecoveryCodes
from marketplace.adapters.security.refresh_tokens import HmacRefreshTokens
from marketplace.adapters.security.totp import SealedTotp
from marketplace.adapters.security.vault import Vault
from marketplace.adapters.security.webauthn import WebAuthn
from marketplace.application.identity.factor_views import PasskeyView
from marketplace.application.identity.passkey_proof import PasskeyProof
from marketplace.application.identity.passkeys import (
    AddPasskey,
    LogInWithPasskey,
    OfferNewPasskey,
    OfferPasskeyLogin,
    RemovePasskey,
)
from marketplace.application.identity.permissions import actor_of
from marketplace.application.identity.second_factor_check import SecondFactorCheck, ShownCodes
from marketplace.application.identity.sign_in import NewSessions, SignIn
from marketplace.application.identity.tokens import TokenPairs
from marketplace.application.identity.two_factor import (
    DisableTwoFactor,
    EnableTwoFactor,
    RenewRecoveryCodes,
    SetUpTwoFactor,
)
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.caller import Caller
from marketplace.domain.identity.session import Session
from marketplace.domain.identity.user import User
from tests.builders.authenticator import ORIGIN, RP_ID, Authenticator
from tests.builders.factors import code_of, wrong_code
from tests.builders.identity import NOON, a_session, a_user
from tests.builders.keys import a_key_ring
from tests.fakes.audit import MemoryAuditTrail
from tests.fakes.factors import (
    MemoryChallenges,
    MemoryFactorQueries,
    MemoryFactors,
    MemoryPasskeys,
    MemorySecondFactorsByUser,
)
from tests.fakes.identity import MemoryDevices, MemoryQueries, MemorySessions, MemoryUsers, RandomIds
from tests.fakes.world import FixedClock


class FactorsWorld:
    def __init__(self) -> None:
        self.clock = clock = FixedClock(NOON)
        self.store = store = MemoryFactors()
        self.queries = queries = MemoryFactorQueries(store)
        self.challenges = challenges = MemoryChallenges(clock)
        accounts, ids = MemoryQueries(store), RandomIds()
        users, passkeys, factors = MemoryUsers(store), MemoryPasskeys(store), MemorySecondFactorsByUser(store)
        totp, codes = SealedTotp(Vault([b"v" * 32]), issuer="Marketplace"), HashedRecoveryCodes()
        authenticators = WebAuthn(RP_ID, [ORIGIN], rp_name="Marketplace")
        others, shown = MemorySessions(store), ShownCodes(totp, codes)
        pairs = TokenPairs(JwtAccessTokens(a_key_ring(), issuer="test"), HmacRefreshTokens(b"r" * 32))
        new_sessions = NewSessions(
            others, pairs, MemoryDevices(), MemoryAuditTrail(lambda: store.audited), Caller(), ids, clock
        )
        sign_in = SignIn(users, new_sessions, store, clock)
        proof = PasskeyProof(challenges, authenticators, passkeys, store, clock)
        self.set_up = SetUpTwoFactor(factors, accounts, totp, store, clock)
        self.enable = EnableTwoFactor(factors, totp, codes, others, store, clock)
        self.disable = DisableTwoFactor(factors, shown, others, store, clock)
        self.renew = RenewRecoveryCodes(factors, shown, codes, others, store, clock)
        self.check = SecondFactorCheck(queries, factors, shown, proof, challenges, authenticators, store, clock)
        self.offer_new = OfferNewPasskey(accounts, queries, challenges, authenticators, clock)
        self.add_passkey = AddPasskey(challenges, authenticators, users, passkeys, others, store, ids, clock)
        self.remove_passkey = RemovePasskey(passkeys, others, store, clock)
        self.offer_login = OfferPasskeyLogin(challenges, authenticators)
        self.log_in = LogInWithPasskey(proof, sign_in)
        self.user, self.actor, self.other_session = self.person()
        self.secret = ""

    def person(self) -> tuple[User, Actor, Session]:
        """A user, as whom the first of two sessions acts, proven just now, and the second."""
        user = a_user()
        first, second = a_session(user), a_session(user)
        self.store.users[user.id] = user
        self.store.sessions |= {first.id: first, second.id: second}
        return user, actor_of(user.id, first.id, user.role, NOON), second

    @property
    def events(self) -> list[str]:
        """Short names of what happened."""
        return [event.name.removeprefix("identity.").removesuffix(".v1") for event in self.store.events]

    def code(self, steps: int = 0) -> str:
        return code_of(self.secret, self.clock.now(), steps)

    def wrong_code(self) -> str:
        return wrong_code(self.secret, self.clock.now())

    async def enabled(self) -> list[str]:
        """The recovery codes of an account that has just enabled two-factor authentication, one step ago."""
        self.secret = (await self.set_up(self.actor)).secret
        view = await self.enable(self.actor, self.code())
        self.clock.advance(timedelta(seconds=30))
        return view.recovery_codes

    async def added(self, authenticator: Authenticator, actor: Actor | None = None) -> PasskeyView:
        whose = actor or self.actor
        return await self.add_passkey(whose, authenticator.create(await self.offer_new(whose)), "Amina's phone")

    async def logged_in(self, authenticator: Authenticator) -> Any:
        return await self.log_in(authenticator.get(await self.offer_login()))
