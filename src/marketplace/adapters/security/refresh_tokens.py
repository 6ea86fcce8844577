import base64
import hmac
import re
from uuid import UUID

from marketplace.application.identity.ports import RefreshToken, RefreshTokens
from marketplace.domain.identity.session import InvalidRefreshToken
from marketplace.domain.shared.ids import SessionId

_FORM = re.compile(r"([0-9a-f-]{36})\.([1-9][0-9]{0,8})\.([A-Za-z0-9_-]{43})")


class HmacRefreshTokens(RefreshTokens):
    """`SESSION.GENERATION.MAC`: the MAC (HMAC-SHA-256, base64url) proves that we wrote it, so none is stored."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def write(self, token: RefreshToken) -> str:
        body = f"{token.session}.{token.generation}"
        return f"{body}.{self._mac(body)}"

    def read(self, text: str) -> RefreshToken:
        found = _FORM.fullmatch(text)
        if found is None or not hmac.compare_digest(self._mac(f"{found[1]}.{found[2]}"), found[3]):
            raise InvalidRefreshToken
        return RefreshToken(SessionId(UUID(found[1])), int(found[2]))

    def _mac(self, body: str) -> str:
        mac = hmac.digest(self._key, body.encode(), "sha256")
        return base64.urlsafe_b64encode(mac).decode().rstrip("=")
