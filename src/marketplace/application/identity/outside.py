"""Signing in with an outside OpenID provider (docs/adr/0016)."""

import re
import secrets
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from urllib.parse import urlsplit

import msgspec

from marketplace.application.identity.accounts import NewAccount, NewUsers
from marketplace.application.identity.ports import AskSecondFactor, FactorAnswers, Users
from marketplace.application.identity.sign_in import SignIn
from marketplace.application.identity.views import SignedInView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.ports import Clock, Ids, Transaction
from marketplace.domain.identity.outside_identity import (
    OutsideIdentity,
    OutsideIdentityTaken,
    SignInAttemptUnknown,
    VerifiedEmailMissing,
)
from marketplace.domain.identity.user import AccountExists, Role, UsernameTaken
from marketplace.domain.shared.errors import Invalid
from marketplace.domain.shared.ids import UserId

USERNAMES_TRIED = 4


class RedirectNotAllowed(Invalid):
    code = "redirect_not_allowed"


class OutsideSignInView(msgspec.Struct, frozen=True):
    """Go to `authorization_url`; the provider comes back with `code` and this `state`, within 10 minutes."""

    authorization_url: str
    state: str
    provider: str


@dataclass(frozen=True, slots=True)
class SignInAttempt:
    """What only we know until the provider has answered: `nonce` is in its token, `verifier` proves the code ours."""

    redirect_uri: str
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class OutsidePerson:
    """What the provider says, checked. `email` is None unless the provider vouches for it."""

    issuer: str
    subject: str
    email: str | None
    name: str


class OutsideProvider(Protocol):
    """Raises OpenIdNotConfigured, or Unavailable when the provider does not answer."""

    async def authorization_url(self, state: str, attempt: SignInAttempt) -> str: ...

    def name(self) -> str: ...

    async def identify(self, code: str, attempt: SignInAttempt) -> OutsidePerson:
        """Raises OutsideSignInRefused unless the provider's token stands every check."""
        ...


class SignInAttempts(Protocol):
    async def begin(self, redirect_uri: str) -> tuple[str, SignInAttempt]:
        """The state that names the new attempt, and the attempt."""
        ...

    async def take(self, state: str) -> SignInAttempt | None:
        """Once, within 10 minutes."""
        ...


class OutsideIdentities(Protocol):
    """`add` raises OutsideIdentityTaken: one account for an identity, one identity of an issuer for an account."""

    async def owner(self, issuer: str, subject: str) -> UserId | None: ...
    async def add(self, identity: OutsideIdentity) -> None: ...


@dataclass(frozen=True, slots=True)
class Redirects:
    """Where the provider may send people back to: pages of ours and of the allowed origins."""

    public_url: str
    allowed_origins: frozenset[str]

    def resolve(self, wanted: str | None) -> str:
        """Raises RedirectNotAllowed."""
        if wanted is None:
            return f"{self.public_url}/auth/oidc/callback"
        try:
            parts = urlsplit(wanted)
            origin = f"{parts.scheme}://{parts.netloc}".lower()
        except ValueError:
            origin, parts = "", urlsplit("")
        known = origin == self.public_url or origin in self.allowed_origins or "*" in self.allowed_origins
        if parts.scheme not in ("http", "https") or parts.fragment or "@" in parts.netloc or not known:
            raise RedirectNotAllowed("must be a page of one of the ALLOWED_ORIGINS", field="redirect_uri")
        return wanted


@dataclass(frozen=True, slots=True)
class StartOutsideSignIn:
    provider: OutsideProvider
    attempts: SignInAttempts
    redirects: Redirects

    async def __call__(self, redirect_uri: str | None = None) -> OutsideSignInView:
        name = self.provider.name()
        state, attempt = await self.attempts.begin(self.redirects.resolve(redirect_uri))
        return OutsideSignInView(await self.provider.authorization_url(state, attempt), state, name)


@dataclass(frozen=True, slots=True)
class IdentifyOutside:
    """Trades what the provider's redirect brought for the person it names; good once."""

    provider: OutsideProvider
    attempts: SignInAttempts

    async def __call__(self, code: str, state: str) -> OutsidePerson:
        self.provider.name()
        attempt = await self.attempts.take(state)
        if attempt is None:
            raise SignInAttemptUnknown
        return await self.provider.identify(code, attempt)


@dataclass(frozen=True, slots=True)
class FinishOutsideSignIn:
    """Signs in the account that the identity is linked to, or makes one for a verified e-mail address nobody has."""

    identify: IdentifyOutside
    identities: OutsideIdentities
    new_users: NewUsers
    users: Users
    ask_second_factor: AskSecondFactor
    sign_in: SignIn
    transaction: Transaction
    ids: Ids

    async def __call__(self, code: str, state: str, answers: FactorAnswers) -> SignedInView:
        """Raises AccountExists or VerifiedEmailMissing, and what the account's own second factor refuses."""
        person = await self.identify(code, state)
        user_id = await self._owner(person)
        if user_id is None:
            await self._make_account(person)
            user_id = await self._owner(person)
        if user_id is None:
            raise AccountExists
        shown = await self.ask_second_factor(user_id, answers)
        return await self.sign_in.start(user_id, ("fed", *shown))

    async def _owner(self, person: OutsidePerson) -> UserId | None:
        async with self.transaction:
            return await self.identities.owner(person.issuer, person.subject)

    async def _make_account(self, person: OutsidePerson) -> None:
        """Makes none where the e-mail address or, by the same person at the same time, the identity is taken."""
        if person.email is None:
            raise VerifiedEmailMissing
        for ending in ("", *(f"-{secrets.token_hex(3)}" for _ in range(USERNAMES_TRIED))):
            user = await self.new_users.make(_account(person.email, person.name, ending))
            user.verify_email(user.email, user.created_at)
            try:
                async with self.transaction:
                    await self.users.add(user)
                    await self.identities.add(_identity(person, self.ids, user.id, user.created_at))
            except UsernameTaken:
                continue
            except (AccountExists, OutsideIdentityTaken):
                return
            return


@dataclass(frozen=True, slots=True)
class LinkOutsideIdentity:
    identify: IdentifyOutside
    identities: OutsideIdentities
    transaction: Transaction
    ids: Ids
    clock: Clock

    async def __call__(self, actor: Actor, code: str, state: str) -> None:
        """Linking again what is linked changes nothing. Raises StepUpRequired or OutsideIdentityTaken."""
        actor.require_recent_proof(self.clock.now())
        person = await self.identify(code, state)
        async with self.transaction:
            if await self.identities.owner(person.issuer, person.subject) != actor.user:
                await self.identities.add(_identity(person, self.ids, actor.user, self.clock.now()))
            self.transaction.answers(None)


def _identity(person: OutsidePerson, ids: Ids, user_id: UserId, now: datetime) -> OutsideIdentity:
    return OutsideIdentity(id=ids.new(), user_id=user_id, issuer=person.issuer, subject=person.subject, linked_at=now)


def _account(email: str, name: str, ending: str) -> NewAccount:
    """With a password that nobody knows. The username comes of the name, as the e-mail address is nobody's business."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    stem = ".".join(re.findall(r"[a-z0-9]+", plain))[:20].strip(".")
    username = (stem if len(stem) >= 3 else "user") + ending
    return NewAccount(email, username, f"{secrets.token_urlsafe(32)}-Aa1", name[:100].strip() or username, Role.BUYER)
