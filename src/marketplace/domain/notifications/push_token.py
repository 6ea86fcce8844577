"""Where pushes reach one device: by a registration token of Firebase, or by a browser's push subscription."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from ipaddress import ip_address
from typing import NewType
from urllib.parse import urlsplit
from uuid import UUID

from marketplace.domain.shared.errors import Conflict, Invalid, NotFound
from marketplace.domain.shared.ids import SessionId, UserId
from marketplace.domain.shared.text import clean_text

PushTokenId = NewType("PushTokenId", UUID)

MOST_TOKENS = 20
"""Of one person; who registers one more loses the one that was registered the longest time ago."""
LONGEST_TOKEN, LONGEST_ENDPOINT = 4_096, 2_000

_PRIME = 2**256 - 2**224 + 2**192 + 2**96 - 1
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
"""P-256 (FIPS 186-5): the points of y^2 = x^3 - 3x + B modulo the prime."""


class PushTokenNotFound(NotFound):
    code = "push_token_not_found"


class InvalidPushToken(Invalid):
    code = "invalid_push_token"


class PushNotSetUp(Conflict):
    code = "push_not_set_up"


class Platform(StrEnum):
    WEB = "web"
    ANDROID = "android"
    IOS = "ios"


@dataclass(frozen=True, slots=True)
class FcmToken:
    """A registration token of Firebase Cloud Messaging."""

    token: str = field(repr=False)

    def __post_init__(self) -> None:
        if not 16 <= len(self.token) <= LONGEST_TOKEN or not _is_visible_ascii(self.token):
            wrong = f"is not a registration token of Firebase: 16 to {LONGEST_TOKEN} visible ASCII characters"
            raise InvalidPushToken(wrong, field="token")

    @property
    def place(self) -> str:
        """The same for the same device."""
        return self.token


@dataclass(frozen=True, slots=True)
class WebSubscription:
    """A browser's (W3C Push API). `p256dh` is an uncompressed point of P-256, `auth` 16 bytes (RFC 8291)."""

    endpoint: str = field(repr=False)
    p256dh: bytes = field(repr=False)
    auth: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not _is_public_https(self.endpoint):
            wrong = "is not the https address of a push service, with a name for its host and no port"
            raise InvalidPushToken(wrong, field="subscription.endpoint")
        if not _is_point(self.p256dh):
            wrong = "is not an uncompressed point of P-256, 65 bytes in base64url"
            raise InvalidPushToken(wrong, field="subscription.keys.p256dh")
        if len(self.auth) != 16:
            raise InvalidPushToken("is not 16 bytes in base64url", field="subscription.keys.auth")

    @property
    def place(self) -> str:
        """The same for the same device."""
        return self.endpoint

    def is_at(self, service: str) -> bool:
        """A host, or `*.` before one for all below it, or `*` for any."""
        host = (urlsplit(self.endpoint).hostname or "").rstrip(".")
        return service in {"*", host} or (service.startswith("*.") and host.endswith(service[1:]))


PushAddress = FcmToken | WebSubscription


@dataclass(slots=True, kw_only=True)
class PushToken:
    """`registered_at` is when the device gave it last; `masked` the last characters of its address."""

    id: PushTokenId
    user_id: UserId
    session_id: SessionId
    platform: Platform
    address: PushAddress
    device_name: str
    created_at: datetime
    registered_at: datetime

    def __post_init__(self) -> None:
        self.device_name = clean_text(self.device_name, field="device_name", longest=100, shortest=0)
        if isinstance(self.address, WebSubscription) and self.platform is not Platform.WEB:
            raise InvalidPushToken("is a browser's: its platform is web", field="subscription")

    @property
    def masked(self) -> str:
        return f"…{self.address.place[-4:]}"


def _is_visible_ascii(text: str) -> bool:
    return all("!" <= character <= "~" for character in text)


def _is_public_https(url: str) -> bool:
    """By its looks: what the name leads to is checked when something is sent there."""
    if len(url) > LONGEST_ENDPOINT or not _is_visible_ascii(url) or "\\" in url:
        return False
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    host = (parts.hostname or "").rstrip(".")
    return (
        parts.scheme == "https" and port in {None, 443} and "@" not in parts.netloc and not parts.fragment
        and "." in host and not _is_address(host) and not host.rpartition(".")[2].isdigit()
    )  # fmt: skip


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _is_point(key: bytes) -> bool:
    if len(key) != 65 or key[0] != 4:
        return False
    x, y = int.from_bytes(key[1:33]), int.from_bytes(key[33:])
    return max(x, y) < _PRIME and (y * y - x**3 + 3 * x - _B) % _PRIME == 0
