from datetime import UTC, datetime
from typing import Any

from marketplace.adapters.security.key_ring import KeyRing, SealedKeyPairs
from marketplace.adapters.security.vault import Vault
from marketplace.domain.identity.signing_key import SigningKey
from tests.fakes.keys import MemorySigningKeys

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
PAIRS = SealedKeyPairs(Vault([b"v" * 32]))


def a_signing_key(**changes: Any) -> SigningKey:
    pair = PAIRS.make()
    given: dict[str, Any] = {
        "kid": pair.kid, "public_key": pair.public_key, "sealed_private_key": pair.sealed_private_key,
        "created_at": changes.get("active_from", LONG_AGO), "active_from": LONG_AGO,
    }  # fmt: skip
    return SigningKey(**{**given, **changes})


KEY = a_signing_key()


def a_key_ring(*keys: SigningKey) -> KeyRing:
    """Loaded with these keys, or with the one of all who name none."""
    keys = keys or (KEY,)
    ring = KeyRing(MemorySigningKeys(*keys), PAIRS, pause=0.01)
    ring.hold(keys)
    return ring
