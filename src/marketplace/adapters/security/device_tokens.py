import hmac
import secrets

from marketplace.application.identity.ports import DeviceTokens
from marketplace.domain.shared.ids import UserId


class HmacDeviceTokens(DeviceTokens):
    """`NAME.MAC`: the MAC binds a random name to the user, so nothing is stored."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def write(self, user_id: UserId) -> str:
        name = secrets.token_hex(12)
        return f"{name}.{self._mac(name, user_id)}"

    def read(self, token: str, user_id: UserId) -> str | None:
        name, _, mac = token.partition(".")
        right = hmac.compare_digest(mac.encode(errors="replace"), self._mac(name, user_id).encode())
        return name if right else None

    def _mac(self, name: str, user_id: UserId) -> str:
        return hmac.new(self._key, f"{name}|{user_id}".encode(errors="replace"), "sha256").hexdigest()
