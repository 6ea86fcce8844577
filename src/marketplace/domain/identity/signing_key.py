"""A key that signs access tokens: announced first, then signing, then only verifying, then gone."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from marketplace.domain.shared.errors import Unavailable


class NoSigningKey(Unavailable):
    code = "no_signing_key"

    def __init__(self) -> None:
        super().__init__("no key to sign tokens with is at hand, try again")


@dataclass(frozen=True, slots=True)
class RotationPolicy:
    """A new key signs after `notice`, so that everybody knows it by then; a key is replaced after `period`.

    `overlap` is how long a replaced key still verifies: an access token's life, what clocks may differ, and the time
    within which every process has heard of the new key.
    """

    notice: timedelta = timedelta(minutes=10)
    period: timedelta = timedelta(days=30)
    overlap: timedelta = timedelta(minutes=35)


@dataclass(slots=True, kw_only=True)
class SigningKey:
    """Of the keys that are active the one made last signs; each verifies until `retired_at`, which may lie ahead."""

    kid: str
    public_key: bytes
    sealed_private_key: bytes = field(repr=False)
    created_at: datetime
    active_from: datetime
    retired_at: datetime | None = None

    def is_active(self, now: datetime) -> bool:
        return self.active_from <= now and self.verifies(now)

    def is_announced(self, now: datetime) -> bool:
        return now < self.active_from and self.verifies(now)

    def verifies(self, now: datetime) -> bool:
        return self.retired_at is None or now < self.retired_at

    def retire(self, at: datetime) -> None:
        """An earlier retirement stands."""
        self.retired_at = at if self.retired_at is None else min(self.retired_at, at)
