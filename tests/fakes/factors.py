"""In-memory adapters of second factors. They honour the port contracts, proven by tests/contract/identity."""

from collections.abc import Sequence
from copy import deepcopy
from datetime import datetime, timedelta
from secrets import token_bytes
from typing import Self
from uuid import UUID

from marketplace.application.identity.factor_ports import (
    Ceremony,
    Challenges,
    FactorQueries,
    KnownCredential,
    Passkeys,
    SecondFactorsByUser,
)
from marketplace.application.identity.factor_views import PasskeyView, TwoFactorView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.ports import Clock
from marketplace.domain.identity.passkey import Passkey, PasskeyId, PasskeyNotFound, PasskeyTaken
from marketplace.domain.identity.second_factor import Method, Methods, SecondFactors
from marketplace.domain.shared.errors import StaleAggregate
from marketplace.domain.shared.ids import UserId
from tests.fakes.identity import MemoryIdentity


class MemoryFactors(MemoryIdentity):
    def __init__(self) -> None:
        super().__init__()
        self.factors: dict[UserId, SecondFactors] = {}
        self.passkeys: dict[PasskeyId, Passkey] = {}

    async def __aenter__(self) -> Self:
        self._factors_before = deepcopy((self.factors, self.passkeys))
        return await super().__aenter__()

    async def __aexit__(self, *exc_info: object) -> None:
        if exc_info[0] is not None:
            self.factors, self.passkeys = self._factors_before
        await super().__aexit__(*exc_info)


class MemorySecondFactorsByUser(SecondFactorsByUser):
    def __init__(self, store: MemoryFactors) -> None:
        self._store = store

    async def get(self, user_id: UserId) -> SecondFactors:
        return deepcopy(self._store.factors.get(user_id, SecondFactors(user_id=user_id)))

    async def save(self, factors: SecondFactors) -> None:
        stored = self._store.factors.get(factors.user_id)
        if stored is not None and stored.version != factors.version:
            raise StaleAggregate("stale")
        factors.version += 1
        self._store.events += factors.pull_events()
        self._store.factors[factors.user_id] = deepcopy(factors)


class MemoryPasskeys(Passkeys):
    def __init__(self, store: MemoryFactors) -> None:
        self._store = store

    async def get(self, passkey_id: PasskeyId) -> Passkey:
        if passkey_id not in self._store.passkeys:
            raise PasskeyNotFound
        return deepcopy(self._store.passkeys[passkey_id])

    async def by_credential(self, credential_id: bytes) -> Passkey:
        for passkey in self._store.passkeys.values():
            if passkey.credential_id == credential_id:
                return deepcopy(passkey)
        raise PasskeyNotFound

    async def count(self, user_id: UserId) -> int:
        return sum(passkey.user_id == user_id for passkey in self._store.passkeys.values())

    async def add(self, passkey: Passkey) -> None:
        if any(other.credential_id == passkey.credential_id for other in self._store.passkeys.values()):
            raise PasskeyTaken
        self._keep(passkey)

    async def save(self, passkey: Passkey) -> None:
        self._require_fresh(passkey)
        passkey.version += 1
        self._keep(passkey)

    async def remove(self, passkey: Passkey) -> None:
        self._require_fresh(passkey)
        self._store.events += passkey.pull_events()
        del self._store.passkeys[passkey.id]

    def _require_fresh(self, passkey: Passkey) -> None:
        stored = self._store.passkeys.get(passkey.id)
        if stored is None or stored.version != passkey.version:
            raise StaleAggregate("stale")

    def _keep(self, passkey: Passkey) -> None:
        self._store.events += passkey.pull_events()
        self._store.passkeys[passkey.id] = deepcopy(passkey)


class MemoryFactorQueries(FactorQueries):
    def __init__(self, store: MemoryFactors) -> None:
        self._store = store

    async def methods(self, user_id: UserId) -> Methods:
        factors = self._store.factors.get(user_id)
        if factors is None or not factors.is_enabled:
            return ()
        recovery = (Method.RECOVERY_CODE,) if factors.recovery_codes else ()
        passkey = (Method.PASSKEY,) if await self.credentials(user_id) else ()
        return (Method.TOTP, *recovery, *passkey)

    async def two_factor(self, actor: Actor) -> TwoFactorView:
        actor.own_session()
        factors = self._store.factors.get(actor.user, SecondFactors(user_id=actor.user))
        return TwoFactorView(enabled=factors.is_enabled, recovery_codes_left=len(factors.recovery_codes))

    async def credentials(self, user_id: UserId) -> Sequence[KnownCredential]:
        usable = [passkey for passkey in self._of(user_id) if passkey.suspected_at is None]
        return [KnownCredential(passkey.credential_id, passkey.transports) for passkey in usable]

    async def passkeys(self, actor: Actor) -> list[PasskeyView]:
        actor.own_session()
        return [PasskeyView.of(passkey) for passkey in self._of(actor.user)]

    def _of(self, user_id: UserId) -> list[Passkey]:
        found = [passkey for passkey in self._store.passkeys.values() if passkey.user_id == user_id]
        return sorted(found, key=lambda passkey: (passkey.created_at, passkey.id))


class MemoryChallenges(Challenges):
    lifetime = 300

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._issued: dict[tuple[Ceremony, UUID | None, bytes], datetime] = {}

    async def issue(self, ceremony: Ceremony, subject: UUID | None) -> bytes:
        challenge = token_bytes(32)
        self._issued[ceremony, subject, challenge] = self._clock.now() + timedelta(seconds=self.lifetime)
        return challenge

    async def take(self, ceremony: Ceremony, subject: UUID | None, challenge: bytes) -> bool:
        until = self._issued.pop((ceremony, subject, challenge), None)
        return until is not None and self._clock.now() < until
