"""A passkey: a key pair of the person's own device, of which we hold the public half (Web Authentication)."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, NewType, Self, TypedDict
from uuid import UUID

from marketplace.domain.shared.aggregate import Aggregate, DomainEvent
from marketplace.domain.shared.errors import Conflict, Invalid, NotFound, Unauthenticated
from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.text import clean_text

PasskeyId = NewType("PasskeyId", UUID)

MOST_PASSKEYS = 10
LONGEST_NAME = 50


class PasskeyNotFound(NotFound):
    code = "passkey_not_found"

    def __init__(self) -> None:
        super().__init__("no such passkey")


class TooManyPasskeys(Conflict):
    code = "too_many_passkeys"

    def __init__(self) -> None:
        super().__init__(f"an account has at most {MOST_PASSKEYS} passkeys; remove one first")


class PasskeyTaken(Conflict):
    code = "passkey_taken"

    def __init__(self) -> None:
        super().__init__("this passkey was added before")


class PasskeyNotAccepted(Invalid):
    code = "passkey_not_accepted"

    def __init__(self) -> None:
        super().__init__("the new passkey could not be verified; ask for new options and try again", field="credential")


class InvalidPasskey(Unauthenticated):
    """One message for an unknown passkey, a wrong signature and a challenge that is used up."""

    code = "invalid_passkey"

    def __init__(self) -> None:
        super().__init__("the passkey could not be verified; ask for new options and try again")


class PasskeySuspected(Unauthenticated):
    code = "passkey_suspected"

    def __init__(self) -> None:
        super().__init__("this passkey seems to have been copied; sign in another way, remove it and add a new one")


class _Named(TypedDict):
    user_id: UserId
    passkey_id: PasskeyId
    passkey_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyEvent(DomainEvent):
    user_id: UserId
    passkey_id: PasskeyId
    passkey_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyAdded(PasskeyEvent):
    name: ClassVar[str] = "identity.passkey_added.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyRemoved(PasskeyEvent):
    name: ClassVar[str] = "identity.passkey_removed.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyCloned(PasskeyEvent):
    name: ClassVar[str] = "identity.passkey_cloned.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """What an authenticator made. `public_key` is a COSE key; `sign_count` is 0 for authenticators that do not count.

    `backup_eligible`: it may live on several devices; `backed_up`: it does.
    """

    credential_id: bytes
    public_key: bytes
    sign_count: int
    transports: tuple[str, ...]
    backup_eligible: bool
    backed_up: bool


@dataclass(slots=True, kw_only=True, eq=False)
class Passkey(Aggregate):
    id: PasskeyId
    user_id: UserId
    credential_id: bytes
    public_key: bytes
    sign_count: int
    transports: tuple[str, ...]
    backup_eligible: bool
    backed_up: bool
    name: str
    created_at: datetime
    last_used_at: datetime | None = None
    suspected_at: datetime | None = None

    @classmethod
    def make(
        cls, passkey_id: PasskeyId, user_id: UserId, credential: Credential, name: str, *, held: int, now: datetime
    ) -> Self:
        """`held` is how many the user has already. Raises TooManyPasskeys or InvalidText."""
        if held >= MOST_PASSKEYS:
            raise TooManyPasskeys
        passkey = cls(
            id=passkey_id, user_id=user_id, credential_id=credential.credential_id, public_key=credential.public_key,
            sign_count=credential.sign_count, transports=credential.transports,
            backup_eligible=credential.backup_eligible, backed_up=credential.backed_up,
            name=clean_text(name, field="name", longest=LONGEST_NAME), created_at=now,
        )  # fmt: skip
        passkey._record(PasskeyAdded(occurred_at=now, **passkey._named()))
        return passkey

    def use(self, sign_count: int, *, backed_up: bool, now: datetime) -> bool:
        """False for good once the count did not grow: two devices sign with one key (WebAuthn, section 6.1.1)."""
        if self.suspected_at is not None:
            return False
        if (sign_count or self.sign_count) and sign_count <= self.sign_count:
            self.suspected_at = now
            self._record(PasskeyCloned(occurred_at=now, **self._named()))
            return False
        self.sign_count, self.backed_up, self.last_used_at = sign_count, backed_up, now
        return True

    def remove(self, user_id: UserId, now: datetime) -> None:
        """Raises PasskeyNotFound for anybody but its owner."""
        if user_id != self.user_id:
            raise PasskeyNotFound
        self._record(PasskeyRemoved(occurred_at=now, **self._named()))

    def _named(self) -> _Named:
        return {"user_id": self.user_id, "passkey_id": self.id, "passkey_name": self.name}
