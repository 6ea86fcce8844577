"""Every process's copy of the signing keys, ready for use."""

import asyncio
import json
import secrets
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from marketplace.adapters.security.vault import NotSealedByUs, Vault
from marketplace.application.identity.signing_keys import KeyPair, KeyPairs, PublicKeys, SigningKeyQueries
from marketplace.domain.identity.signing_key import NoSigningKey, SigningKey

RELOAD_EVERY = 60.0
PAUSE = 1.0
"""Seconds between readings that unknown keys make us do."""

log = structlog.get_logger()


class SealedKeyPairs(KeyPairs):
    """Ed25519 keys (RFC 8037); the private half is stored sealed, bound to its kid."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def make(self) -> KeyPair:
        seed = secrets.token_bytes(32)
        public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
        kid = thumbprint(public)
        return KeyPair(kid, public, self._vault.seal(seed, _context(kid)))

    def can_open(self, key: SigningKey) -> bool:
        return self.private(key) is not None

    def private(self, key: SigningKey) -> Ed25519PrivateKey | None:
        try:
            seed = self._vault.open(key.sealed_private_key, _context(key.kid))
        except NotSealedByUs:
            return None
        return Ed25519PrivateKey.from_private_bytes(seed)


@dataclass(frozen=True, slots=True)
class HeldKey:
    """Times in seconds since 1970; `private` is None where another SECRET_KEY sealed it."""

    key: SigningKey
    private: Ed25519PrivateKey | None
    public: Ed25519PublicKey
    active_from: float
    retired_at: float


class KeyRing(PublicKeys):
    """The keys in memory, read again every minute. A reading that fails leaves them as they are."""

    def __init__(
        self, stored: SigningKeyQueries, pairs: SealedKeyPairs, *, every: float = RELOAD_EVERY, pause: float = PAUSE
    ) -> None:
        self._stored = stored
        self._pairs = pairs
        self._every = every
        self._pause = pause
        self._held: Mapping[str, HeldKey] = {}
        self._read_at = float("-inf")
        self._next_reading: asyncio.Task[None] | None = None

    def signer(self, now: float) -> tuple[str, Ed25519PrivateKey]:
        """The kid and the key. Raises NoSigningKey."""
        active = {
            held.key.created_at: (held.key.kid, held.private)
            for held in self._held.values()
            if held.private and held.active_from <= now < held.retired_at
        }
        if not active:
            raise NoSigningKey
        return active[max(active)]

    def verifier(self, kid: str) -> HeldKey | None:
        """Known by its kid, retired or not."""
        return self._held.get(kid)

    def published(self, now: datetime) -> Sequence[SigningKey]:
        return [held.key for held in self._held.values() if held.key.verifies(now)]

    def hold(self, keys: Sequence[SigningKey]) -> None:
        """These and no others."""
        self._held = {key.kid: self._opened(key) for key in keys}

    async def reload(self) -> None:
        self.hold(await self._stored.all())

    async def reload_for_an_unknown_key(self) -> None:
        """Read after this call began, at most once in `pause` seconds for all who ask meanwhile."""
        if self._next_reading is None:
            self._next_reading = asyncio.create_task(self._read_soon())
        await asyncio.shield(self._next_reading)

    @asynccontextmanager
    async def kept_current(self) -> AsyncIterator[None]:
        keeping = asyncio.create_task(self._keep_current())
        try:
            yield
        finally:
            keeping.cancel()

    async def _keep_current(self) -> None:
        while True:
            await asyncio.sleep(self._every)
            try:
                await self.reload()
            except Exception as error:
                log.warning("signing_keys_not_reloaded", error=type(error).__name__)

    async def _read_soon(self) -> None:
        clock = asyncio.get_running_loop().time
        await asyncio.sleep(self._read_at + self._pause - clock())
        self._read_at, self._next_reading = clock(), None
        await self.reload()

    def _opened(self, key: SigningKey) -> HeldKey:
        before = self._held.get(key.kid)
        return HeldKey(
            key,
            before.private if before else self._pairs.private(key),
            before.public if before else Ed25519PublicKey.from_public_bytes(key.public_key),
            key.active_from.timestamp(),
            key.retired_at.timestamp() if key.retired_at else float("inf"),
        )


def base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def thumbprint(public: bytes) -> str:
    """RFC 7638 of the JWK of RFC 8037."""
    members = {"crv": "Ed25519", "kty": "OKP", "x": base64url(public)}
    return base64url(sha256(json.dumps(members, separators=(",", ":")).encode()).digest())


def _context(kid: str) -> str:
    return f"signing-key:{kid}"
