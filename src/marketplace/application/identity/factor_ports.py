from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from marketplace.application.identity.factor_views import PasskeyView, TwoFactorSetupView, TwoFactorView
from marketplace.application.identity.views import UserView
from marketplace.application.shared.actor import Actor
from marketplace.domain.identity.passkey import Credential, Passkey, PasskeyId
from marketplace.domain.identity.second_factor import Methods, SecondFactors
from marketplace.domain.shared.ids import UserId

CredentialJson = Mapping[str, Any]
"""A PublicKeyCredential as its toJSON() gives it (WebAuthn level 3, section 5.1)."""
OptionsJson = dict[str, Any]
"""What PublicKeyCredential.parseCreationOptionsFromJSON() or parseRequestOptionsFromJSON() takes."""


class SecondFactorsByUser(Protocol):
    """`get` locks those of the user until the commit; somebody who has none yet gets empty ones, not stored.

    `save` raises StaleAggregate when others were stored meanwhile; it ships the events.
    """

    async def get(self, user_id: UserId) -> SecondFactors: ...
    async def save(self, factors: SecondFactors) -> None: ...


class Passkeys(Protocol):
    """Every passkey. Both getters lock it until the commit and raise PasskeyNotFound.

    `add` raises PasskeyTaken, `save` and `remove` StaleAggregate; all three ship the events.
    """

    async def get(self, passkey_id: PasskeyId) -> Passkey: ...
    async def by_credential(self, credential_id: bytes) -> Passkey: ...

    async def count(self, user_id: UserId) -> int:
        """How many the user has; right until the commit if the user is locked."""
        ...

    async def add(self, passkey: Passkey) -> None: ...
    async def save(self, passkey: Passkey) -> None: ...
    async def remove(self, passkey: Passkey) -> None: ...


@dataclass(frozen=True, slots=True)
class KnownCredential:
    """Names a passkey to the authenticator that has it."""

    credential_id: bytes
    transports: tuple[str, ...]


class FactorQueries(Protocol):
    """What is asked for by an actor raises SessionRequired for an API key."""

    async def methods(self, user_id: UserId) -> Methods:
        """What the user can show; empty unless two-factor authentication is enabled."""
        ...

    async def two_factor(self, actor: Actor) -> TwoFactorView: ...

    async def credentials(self, user_id: UserId) -> Sequence[KnownCredential]:
        """Those that are not suspected, oldest first."""
        ...

    async def passkeys(self, actor: Actor) -> list[PasskeyView]:
        """The actor's own, oldest first."""
        ...


class Totp(Protocol):
    """Time-based one-time passwords (RFC 6238). The seed leaves only sealed, bound to its user."""

    def new_seed(self, user_id: UserId) -> bytes: ...
    def setup(self, user_id: UserId, seed: bytes, account: str) -> TwoFactorSetupView: ...

    def step_of(self, user_id: UserId, seed: bytes, code: str, now: datetime) -> int | None:
        """The step whose code this is, if it is this one or a neighbour."""
        ...


class RecoveryCodes(Protocol):
    def make(self) -> list[str]:
        """RECOVERY_CODES new ones."""
        ...

    def hash(self, user_id: UserId, code: str) -> bytes:
        """The same for all ways to type the code."""
        ...


class Ceremony(StrEnum):
    ADD_PASSKEY = "add_passkey"
    SIGN_IN = "sign_in"
    SECOND_FACTOR = "second_factor"


class Challenges(Protocol):
    """Random bytes for an authenticator to sign: each for one ceremony and subject, once, for `lifetime` seconds."""

    lifetime: int

    async def issue(self, ceremony: Ceremony, subject: UUID | None) -> bytes: ...

    async def take(self, ceremony: Ceremony, subject: UUID | None, challenge: bytes) -> bool:
        """Whether it was issued for just this, and is not used up or too old."""
        ...


@dataclass(frozen=True, slots=True)
class Use:
    sign_count: int
    backed_up: bool


class Authenticators(Protocol):
    """The relying party's side of Web Authentication; it keeps nothing."""

    def creation_options(
        self, user: UserView, challenge: bytes, known: Sequence[KnownCredential], lifetime: int
    ) -> OptionsJson:
        """For a discoverable credential that verifies its user; the `known` ones are not to be made again."""
        ...

    def request_options(
        self, challenge: bytes, allowed: Sequence[KnownCredential], lifetime: int, *, verify_user: bool
    ) -> OptionsJson:
        """Without `allowed` the authenticator offers what it has."""
        ...

    def challenge_of(self, credential: CredentialJson) -> bytes | None:
        """Which challenge it says that it answers; None when it cannot be read."""
        ...

    def created(self, credential: CredentialJson, challenge: bytes) -> Credential:
        """Raises PasskeyNotAccepted."""
        ...

    def named(self, credential: CredentialJson) -> tuple[bytes, bytes | None]:
        """The ids of the credential and of the user that it says it is of. Raises InvalidPasskey."""
        ...

    def used(self, credential: CredentialJson, challenge: bytes, public_key: bytes, *, verify_user: bool) -> Use:
        """Raises InvalidPasskey unless `public_key` signed the challenge for us."""
        ...
