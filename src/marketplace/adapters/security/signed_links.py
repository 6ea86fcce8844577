import base64
import binascii
import hmac
import struct
from datetime import datetime
from uuid import UUID

from marketplace.application.shared.links import LINK_LIFE, Holder, InvalidLink, SignedLinks
from marketplace.domain.shared.ids import SessionId, UserId

_CLAIMS = struct.Struct(">16s16sQ")
"""The user, the session, and when it expires in seconds since 1970. With the signature a whole number of base64 groups,
as bits left over at the end could be changed unnoticed."""
_SIZE = _CLAIMS.size + 32


class HmacSignedLinks(SignedLinks):
    """base64url of the claims and HMAC-SHA-256(secret, claims and key)."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def issue(self, holder: Holder, key: str, now: datetime) -> str:
        claims = _CLAIMS.pack(holder.user.bytes, holder.session.bytes, int((now + LINK_LIFE).timestamp()))
        return base64.urlsafe_b64encode(claims + self._signature(claims, key)).decode()

    def open(self, link: str, key: str, now: datetime) -> Holder:
        try:
            plain = base64.b64decode(link, altchars="-_", validate=True)
        except (binascii.Error, ValueError):
            raise InvalidLink from None
        claims = plain[: _CLAIMS.size]
        if len(plain) != _SIZE or not hmac.compare_digest(plain[_CLAIMS.size :], self._signature(claims, key)):
            raise InvalidLink
        user, session, expires = _CLAIMS.unpack(claims)
        if now.timestamp() >= expires:
            raise InvalidLink
        return Holder(UserId(UUID(bytes=user)), SessionId(UUID(bytes=session)))

    def _signature(self, claims: bytes, key: str) -> bytes:
        return hmac.digest(self._secret, claims + key.encode("utf-8", "surrogatepass"), "sha256")
