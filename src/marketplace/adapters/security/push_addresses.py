import hmac
from typing import NamedTuple, cast

import msgspec

from marketplace.adapters.security.vault import Vault
from marketplace.domain.notifications.push_token import FcmToken, PushAddress, WebSubscription


class SealedAddress(NamedTuple):
    """`fingerprint` is the same for the same device, and tells nothing of it."""

    sealed: bytes
    fingerprint: bytes


class _Plain(msgspec.Struct, frozen=True):
    """One of the two."""

    fcm: FcmToken | None = None
    web: WebSubscription | None = None


class SealedPushAddresses:
    """Whoever reads the address of a device can push to it, or learn where its owner is: it is stored sealed."""

    def __init__(self, vault: Vault, fingerprint_key: bytes) -> None:
        self._vault = vault
        self._key = fingerprint_key

    def seal(self, address: PushAddress) -> SealedAddress:
        fingerprint = hmac.digest(self._key, address.place.encode(), "sha256")
        plain = _Plain(fcm=address) if isinstance(address, FcmToken) else _Plain(web=address)
        return SealedAddress(self._vault.seal(msgspec.json.encode(plain), _context(fingerprint)), fingerprint)

    def open(self, sealed: SealedAddress) -> PushAddress:
        """Raises NotSealedByUs."""
        plain = msgspec.json.decode(self._vault.open(sealed.sealed, _context(sealed.fingerprint)), type=_Plain)
        return plain.fcm or cast(WebSubscription, plain.web)


def _context(fingerprint: bytes) -> str:
    return f"push-address:{fingerprint.hex()}"
