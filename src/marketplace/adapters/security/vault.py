"""Secrets that we must read again (seeds, private keys), encrypted before they are stored (reliability rule D24)."""

import secrets
from collections.abc import Sequence
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_ID, NONCE, TAG = 4, 12, 16
"""Lengths in bytes."""


class NotSealedByUs(Exception):
    """Another key, another context, or changed bytes."""


class Vault:
    """AES-256-GCM under a ring of keys of 32 bytes: the first seals, every one opens.

    `context` names the place of the secret, such as "totp:USER_ID": sealed bytes that were moved elsewhere do not open.
    A sealed secret is: key id (4 bytes) | nonce (12) | ciphertext and tag (16).
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._ring = {_id_of(key): AESGCM(key) for key in keys}
        self._newest = _id_of(keys[0])

    def seal(self, plain: bytes, context: str) -> bytes:
        nonce = secrets.token_bytes(NONCE)
        return self._newest + nonce + self._ring[self._newest].encrypt(nonce, plain, _bound(self._newest, context))

    def open(self, sealed: bytes, context: str) -> bytes:
        """Raises NotSealedByUs."""
        key_id, nonce, ciphertext = sealed[:KEY_ID], sealed[KEY_ID : KEY_ID + NONCE], sealed[KEY_ID + NONCE :]
        if key_id not in self._ring or len(ciphertext) < TAG:
            raise NotSealedByUs("no key of this ring sealed it")
        try:
            return self._ring[key_id].decrypt(nonce, ciphertext, _bound(key_id, context))
        except InvalidTag:
            raise NotSealedByUs("the bytes or their context were changed") from None


def _id_of(key: bytes) -> bytes:
    return sha256(b"vault key id" + key).digest()[:KEY_ID]


def _bound(key_id: bytes, context: str) -> bytes:
    return key_id + context.encode()
