"""The keys that sign access tokens are replaced every month without one request failing (docs/adr/0015)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from marketplace.application.shared.ports import Clock, Transaction
from marketplace.domain.identity.signing_key import RotationPolicy, SigningKey

AT_ONCE = timedelta(seconds=-30)
"""The notice of a key that signs at once: it is active for processes too whose clocks are behind."""


class SigningKeys(Protocol):
    """`all` keeps every other rotation waiting until the commit; the newest comes last."""

    async def all(self) -> list[SigningKey]: ...
    async def add(self, key: SigningKey) -> None: ...
    async def save(self, key: SigningKey) -> None: ...
    async def remove(self, key: SigningKey) -> None: ...


class SigningKeyQueries(Protocol):
    async def all(self) -> list[SigningKey]:
        """The newest last."""
        ...


@dataclass(frozen=True, slots=True)
class KeyPair:
    """`kid` is the JWK thumbprint (RFC 7638) of the public key: 32 bytes, Ed25519."""

    kid: str
    public_key: bytes
    sealed_private_key: bytes = field(repr=False)


class KeyPairs(Protocol):
    def make(self) -> KeyPair: ...

    def can_open(self, key: SigningKey) -> bool:
        """False when another SECRET_KEY sealed it."""
        ...


class PublicKeys(Protocol):
    def published(self, now: datetime) -> Sequence[SigningKey]:
        """What verifies tokens now or soon, as this process knows it."""
        ...


class Urgency(StrEnum):
    """Planned: after a notice. Now: the new key signs at once. Leaked: at once, and no older key verifies any more."""

    PLANNED = "planned"
    NOW = "now"
    LEAKED = "leaked"


@dataclass(frozen=True, slots=True)
class PrepareSigningKey:
    """Makes the first key, or one in place of keys that the present SECRET_KEY does not open."""

    keys: SigningKeys
    pairs: KeyPairs
    transaction: Transaction
    clock: Clock

    async def __call__(self) -> None:
        async with self.transaction:
            now = self.clock.now()
            if not any(key.is_active(now) and self.pairs.can_open(key) for key in await self.keys.all()):
                await self.keys.add(_new_key(self.pairs, now, AT_ONCE))


@dataclass(frozen=True, slots=True)
class RotateSigningKeys:
    keys: SigningKeys
    pairs: KeyPairs
    transaction: Transaction
    clock: Clock
    policy: RotationPolicy

    async def __call__(self, urgency: Urgency = Urgency.PLANNED) -> SigningKey:
        """The key that signs next. A key that is announced already is that key, unless keys have leaked."""
        async with self.transaction:
            return await self._rotate(await self.keys.all(), urgency)

    async def when_due(self) -> None:
        """Replace a key older than the period, and forget those that verify nothing any more."""
        async with self.transaction:
            now = self.clock.now()
            live = []
            for key in await self.keys.all():
                if key.verifies(now):
                    live.append(key)
                else:
                    await self.keys.remove(key)
            if not live or now - live[-1].active_from >= self.policy.period:
                await self._rotate(live, Urgency.PLANNED if live else Urgency.NOW)

    async def _rotate(self, keys: Sequence[SigningKey], urgency: Urgency) -> SigningKey:
        now = self.clock.now()
        announced = [key for key in keys if key.is_announced(now)]
        if urgency is Urgency.LEAKED or not announced:
            notice = self.policy.notice if urgency is Urgency.PLANNED else AT_ONCE
            new = _new_key(self.pairs, now, notice)
            await self.keys.add(new)
        else:
            new = announced[-1]
            if urgency is Urgency.NOW:
                new.active_from = now + AT_ONCE
                await self.keys.save(new)
        retired_at = now if urgency is Urgency.LEAKED else max(now, new.active_from) + self.policy.overlap
        for key in keys:
            if key is not new:
                key.retire(retired_at)
                await self.keys.save(key)
        return new


def _new_key(pairs: KeyPairs, now: datetime, notice: timedelta) -> SigningKey:
    pair = pairs.make()
    return SigningKey(
        kid=pair.kid, public_key=pair.public_key, sealed_private_key=pair.sealed_private_key, created_at=now,
        active_from=now + notice,
    )  # fmt: skip
