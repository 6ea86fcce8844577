"""What the operator sets for pushes, without the libraries that use it."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

import msgspec

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of P-256: private keys are 1 to one less."""


class ServiceAccount(msgspec.Struct, frozen=True):
    """The file that Google's console gives for one."""

    project_id: str
    private_key_id: str
    private_key: str
    client_email: str
    token_uri: str

    def __repr__(self) -> str:
        return f"ServiceAccount({self.client_email})"


def derived_key(seed: bytes) -> int:
    """A private key of P-256 from 32 random bytes."""
    return int.from_bytes(seed) % (_ORDER - 1) + 1


def private_key(text: str) -> int:
    """From base64url, as the tools of Web Push write it. Raises ValueError."""
    try:
        key = int.from_bytes(raw) if len(raw := unbase64url(text)) == 32 else 0
    except ValueError:
        key = 0
    if not 0 < key < _ORDER:
        raise ValueError("is not a private key of P-256: 32 bytes in base64url")
    return key


def base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def unbase64url(text: str) -> bytes:
    """With or without padding. Raises ValueError."""
    return urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))
