"""Passkeys: adding and removing one's own, and signing in with one."""

from dataclasses import dataclass

from marketplace.application.identity.factor_ports import (
    Authenticators,
    Ceremony,
    Challenges,
    CredentialJson,
    FactorQueries,
    OptionsJson,
    Passkeys,
)
from marketplace.application.identity.factor_views import PasskeyView
from marketplace.application.identity.passkey_proof import PasskeyProof
from marketplace.application.identity.ports import AccountQueries, Sessions, Users
from marketplace.application.identity.sign_in import SignIn
from marketplace.application.identity.views import SignedInView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.ports import Clock, Ids, Transaction
from marketplace.domain.identity.passkey import Passkey, PasskeyId, PasskeyNotAccepted
from marketplace.domain.identity.session import EndReason

PASSKEY_LOGIN = ("swk", "mfa")
"""By RFC 8176: without attestation nobody knows whether hardware keeps the key."""


@dataclass(frozen=True, slots=True)
class OfferNewPasskey:
    accounts: AccountQueries
    queries: FactorQueries
    challenges: Challenges
    authenticators: Authenticators
    clock: Clock

    async def __call__(self, actor: Actor) -> OptionsJson:
        """The challenge is this session's alone."""
        session = actor.require_recent_proof(self.clock.now())
        user = await self.accounts.me(actor)
        known = await self.queries.credentials(actor.user)
        challenge = await self.challenges.issue(Ceremony.ADD_PASSKEY, session)
        return self.authenticators.creation_options(user, challenge, known, self.challenges.lifetime)


@dataclass(frozen=True, slots=True)
class AddPasskey:
    challenges: Challenges
    authenticators: Authenticators
    users: Users
    passkeys: Passkeys
    sessions: Sessions
    transaction: Transaction
    ids: Ids
    clock: Clock

    async def __call__(self, actor: Actor, credential: CredentialJson, name: str) -> PasskeyView:
        """Raises PasskeyNotAccepted, PasskeyTaken, TooManyPasskeys or InvalidText."""
        now = self.clock.now()
        session = actor.require_recent_proof(now)
        challenge = self.authenticators.challenge_of(credential)
        if challenge is None or not await self.challenges.take(Ceremony.ADD_PASSKEY, session, challenge):
            raise PasskeyNotAccepted
        created = self.authenticators.created(credential, challenge)
        async with self.transaction:
            await self.users.get(actor.user)  # locked, so that two at once cannot be one too many
            held = await self.passkeys.count(actor.user)
            passkey = Passkey.make(PasskeyId(self.ids.new()), actor.user, created, name, held=held, now=now)
            await self.passkeys.add(passkey)
            await self.sessions.end_all(actor.user, EndReason.FACTORS_CHANGED, now, keep=session)
        return PasskeyView.of(passkey)


@dataclass(frozen=True, slots=True)
class RemovePasskey:
    passkeys: Passkeys
    sessions: Sessions
    transaction: Transaction
    clock: Clock

    async def __call__(self, actor: Actor, passkey_id: PasskeyId) -> None:
        """Raises PasskeyNotFound, also for another's."""
        now = self.clock.now()
        session = actor.require_recent_proof(now)
        async with self.transaction:
            passkey = await self.passkeys.get(passkey_id)
            passkey.remove(actor.user, now)
            await self.passkeys.remove(passkey)
            await self.sessions.end_all(actor.user, EndReason.FACTORS_CHANGED, now, keep=session)


@dataclass(frozen=True, slots=True)
class OfferPasskeyLogin:
    """The same for everybody: nobody is named, so nothing can be found out."""

    challenges: Challenges
    authenticators: Authenticators

    async def __call__(self) -> OptionsJson:
        challenge = await self.challenges.issue(Ceremony.SIGN_IN, None)
        return self.authenticators.request_options(challenge, (), self.challenges.lifetime, verify_user=True)


@dataclass(frozen=True, slots=True)
class LogInWithPasskey:
    """The device is one factor, its own check of the person the other: no password and no code are asked for."""

    passkey_proof: PasskeyProof
    sign_in: SignIn

    async def __call__(self, credential: CredentialJson) -> SignedInView:
        """Raises InvalidPasskey, PasskeySuspected, or InvalidCredentials for a closed account."""
        user_id = await self.passkey_proof(Ceremony.SIGN_IN, credential)
        return await self.sign_in.start(user_id, PASSKEY_LOGIN)
