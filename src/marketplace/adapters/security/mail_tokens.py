import base64
import hmac
from datetime import datetime
from uuid import UUID

from marketplace.application.identity.ports import MailPurpose, MailTokens
from marketplace.domain.identity.mail_token import InvalidMailToken
from marketplace.domain.shared.ids import UserId

_MAC = 32


class HmacMailTokens(MailTokens):
    """base64url of the user's id, the expiry in seconds (8 bytes) and an HMAC-SHA-256 of these, purpose and state."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def write(self, purpose: MailPurpose, user_id: UserId, state: str, expires_at: datetime) -> str:
        body = user_id.bytes + int(expires_at.timestamp()).to_bytes(8)
        return base64.urlsafe_b64encode(body + self._mac(purpose, body, state)).decode().rstrip("=")

    def user_of(self, token: str) -> UserId:
        return UserId(UUID(bytes=_bytes_of(token)[:16]))

    def check(self, token: str, purpose: MailPurpose, state: str, now: datetime) -> None:
        raw = _bytes_of(token)
        body, mac = raw[:-_MAC], raw[-_MAC:]
        right = hmac.compare_digest(mac, self._mac(purpose, body, state))
        if not right or now.timestamp() >= int.from_bytes(body[16:]):
            raise InvalidMailToken

    def _mac(self, purpose: MailPurpose, body: bytes, state: str) -> bytes:
        return hmac.digest(self._key, b"|".join((purpose.encode(), body, state.encode())), "sha256")


def _bytes_of(token: str) -> bytes:
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise InvalidMailToken from None
    if len(raw) != 16 + 8 + _MAC:
        raise InvalidMailToken
    return raw
