"""Access tokens written by hand, with whatever key, header and claims."""

import base64
import json
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from dishka import AsyncContainer

from marketplace.adapters.security.key_ring import KeyRing
from marketplace.application.shared.ports import Clock

Json = dict[str, Any]


async def our_key(container: AsyncContainer) -> Ed25519PrivateKey:
    """The one the service signs with now."""
    ring, clock = await container.get(KeyRing), await container.get(Clock)
    _, key = ring.signer(clock.now().timestamp())
    return key


def encoded(part: Json | bytes) -> str:
    raw = part if isinstance(part, bytes) else json.dumps(part, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


@dataclass(frozen=True, slots=True)
class Token:
    """A JWT in its parts. `header` and `claims` may be bytes that JSON would not write."""

    header: Json | bytes
    claims: Json | bytes
    signature: bytes

    @classmethod
    def read(cls, text: str) -> "Token":
        header, claims, signature = text.split(".")
        return cls(json.loads(decoded(header)), json.loads(decoded(claims)), decoded(signature))

    @property
    def body(self) -> str:
        """What is signed."""
        return f"{encoded(self.header)}.{encoded(self.claims)}"

    def __str__(self) -> str:
        return f"{self.body}.{encoded(self.signature)}"


def signed(key: Ed25519PrivateKey, header: Json | bytes, claims: Json | bytes) -> str:
    token = Token(header, claims, b"")
    return str(Token(header, claims, key.sign(token.body.encode())))


def resigned(key: Ed25519PrivateKey, token: str, header: Json | None = None, **claims: Any) -> str:
    """The token with other words in its header or claims, signed again. None takes a word out."""
    old = Token.read(token)
    assert isinstance(old.header, dict)
    assert isinstance(old.claims, dict)
    return signed(key, _changed(old.header, header or {}), _changed(old.claims, claims))


def _changed(old: Json, changes: Json) -> Json:
    return {name: value for name, value in {**old, **changes}.items() if value is not None}
