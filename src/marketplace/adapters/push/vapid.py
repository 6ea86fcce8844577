from datetime import timedelta
from urllib.parse import urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from marketplace.adapters.push.keys import base64url
from marketplace.application.shared.ports import Clock

LIFE = timedelta(hours=12)
"""RFC 8292 allows 24 hours."""


class Vapid:
    """Tells push services who sends (RFC 8292), so that they let nobody else push to those who subscribed with us."""

    def __init__(self, private_key: int, subject: str, clock: Clock) -> None:
        """`subject` is a mailto: or https: address at which push services reach the operator."""
        self._key = derive_private_key(private_key, SECP256R1())
        self._subject = subject
        self._clock = clock
        point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.public_key = base64url(point)

    def authorization(self, endpoint: str) -> str:
        parts = urlsplit(endpoint)
        claims = {
            "aud": f"{parts.scheme}://{parts.netloc}", "exp": self._clock.now() + LIFE, "sub": self._subject,
        }  # fmt: skip
        return f"vapid t={jwt.encode(claims, self._key, 'ES256')}, k={self.public_key}"
