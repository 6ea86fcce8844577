"""The grammar of single settings. A parser raises ValueError saying what the text must be, never repeating the text."""

import hmac
import os
import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final, TypeVar
from urllib.parse import SplitResult, parse_qs, urlsplit

from marketplace.application.shared.limits import RateLimit, RateWindow

Choice = TypeVar("Choice", bound=StrEnum)

KNOWN_SECRETS = (
    "secret",
    "changeme",
    "change-me",
    "change_me",
    "django-insecure",
    "your-secret",
    "dev-secret",
    "example",
)
SECRET_BYTES: Final = 32


class Secret:
    """Text that is shown only by `reveal()`; an absent one is empty and false."""

    __slots__ = ("_text",)

    def __init__(self, text: str = "") -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(os.fsencode(self._text), os.fsencode(other._text))

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return "Secret(***)" if self._text else "Secret()"


class Environment(StrEnum):
    DEVELOPMENT = "development"
    PRODUCTION = "production"
    TEST = "test"


class LogLevel(StrEnum):
    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"
    CRITICAL = "CRITICAL"


class PasswordPolicy(StrEnum):
    COMPOSITION = "composition"
    """Upper, lower, digit and special characters; organization members renew after 90 days."""
    NIST = "nist"
    """Length and block list alone (NIST SP 800-63B)."""


WINDOWS = {"minute": 60, "hour": 3_600, "day": 86_400}


def rate_limit(text: str) -> RateLimit:
    windows: dict[int, RateWindow] = {}
    for part in text.split(";"):
        match = re.fullmatch(r"([1-9][0-9]{0,8})/(minute|hour|day)", part.strip(), re.ASCII)
        if not match:
            raise ValueError("must be NUMBER/minute, NUMBER/hour, NUMBER/day joined by semicolons")
        seconds = WINDOWS[match[2]]
        if seconds in windows:
            raise ValueError(f"names the {match[2]} twice")
        windows[seconds] = RateWindow(int(match[1]), seconds)
    return tuple(windows[seconds] for seconds in sorted(windows))


def networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError:
        raise ValueError("must be networks or addresses joined by commas, without bits beyond the mask") from None


def boolean(text: str) -> bool:
    if text.lower() in {"1", "true", "yes", "on"}:
        return True
    if text.lower() in {"0", "false", "no", "off"}:
        return False
    raise ValueError("must be true or false")


def integer(lowest: int, highest: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not re.fullmatch(r"-?[0-9]{1,19}", text, re.ASCII) or not lowest <= int(text) <= highest:
            raise ValueError(f"must be a whole number from {lowest} to {highest}")
        return int(text)

    return parse


def fraction(text: str) -> float:
    if not re.fullmatch(r"[01]|[01]?\.[0-9]+", text, re.ASCII) or not 0 <= float(text) <= 1:
        raise ValueError("must be a number from 0 to 1")
    return float(text)


def choice(options: type[Choice]) -> Callable[[str], Choice]:
    def parse(text: str) -> Choice:
        for option in options:
            if option.lower() == text.lower():
                return option
        raise ValueError(f"must be one of {', '.join(options)}")

    return parse


def listed(item: Callable[[str], str]) -> Callable[[str], tuple[str, ...]]:
    return lambda text: tuple(item(part.strip()) for part in text.split(",") if part.strip())


_HOST = r"(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?)(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?)*"
_ADDRESS = rf"{_HOST}|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*"


def host(text: str) -> str:
    if not re.fullmatch(_ADDRESS, text.strip("[]"), re.ASCII):
        raise ValueError("must be a host name or an IP address")
    return text.strip("[]")


def allowed_host(text: str) -> str:
    """`*`, `example.com`, `*.example.com` (also written `.example.com`)."""
    name = "*" + text if text.startswith(".") else text
    if name != "*" and not re.fullmatch(rf"(\*\.)?{_HOST}|\[[0-9A-Fa-f:.]+\]", name, re.ASCII):
        raise ValueError("must be host names without scheme or port, joined by commas")
    return name.lower()


def origin(text: str) -> str:
    if text == "*":
        return text
    message = "must be origins (scheme and host, no path) joined by commas"
    parts = _split(text, ("http", "https"), message)
    if not parts.hostname or text.rstrip("/") != f"{parts.scheme}://{parts.netloc}" or "@" in parts.netloc:
        raise ValueError(message)
    return text.rstrip("/").lower()


def public_url(text: str) -> str:
    if text == "*":
        raise ValueError("must be one origin (scheme and host, no path)")
    return origin(text)


def issuer(text: str) -> str:
    """As the provider writes it; plain http for a provider on this machine only."""
    parts = _split(text, ("http", "https"), "must be a URL that begins with https://")
    if not parts.hostname or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("must be a URL without query, fragment or user name")
    if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise ValueError("must begin with https://")
    return text


def postgres_url(text: str) -> Secret:
    text = re.sub(r"^(postgres|postgresql\+asyncpg)://", "postgresql://", text)
    parts = _split(text, ("postgresql",), "must be a URL that begins with postgresql://")
    if not parts.hostname and not parse_qs(parts.query).get("host"):
        raise ValueError("names no host")
    return Secret(text)


def redis_url(text: str) -> Secret:
    text = re.sub(r"^valkey(s?)://", r"redis\1://", text)
    parts = _split(text, ("redis", "rediss", "unix"), "must be a URL that begins with redis://, rediss:// or unix://")
    if parts.scheme == "unix" and not parts.path.strip("/"):
        raise ValueError("names no socket path")
    if parts.scheme != "unix" and not parts.hostname:
        raise ValueError("names no host")
    return Secret(text)


def smtp_url(text: str) -> Secret:
    if not _split(text, ("smtp", "smtps"), "must be a URL that begins with smtp:// or smtps://").hostname:
        raise ValueError("names no host")
    return Secret(text)


def storage_url(text: str) -> str:
    message = "must be file:///FOLDER, s3://BUCKET or gs://BUCKET"
    parts = _split(text, ("file", "s3", "gs"), message)
    if not (parts.path.startswith("/") and not parts.netloc if parts.scheme == "file" else parts.netloc):
        raise ValueError(message)
    return text


def clamd_url(text: str) -> str:
    message = "must be tcp://HOST:PORT or unix:///SOCKET"
    parts = _split(text, ("tcp", "unix"), message)
    if not (parts.port and parts.hostname if parts.scheme == "tcp" else parts.path.strip("/") and not parts.netloc):
        raise ValueError(message)
    return text


def turn_url(text: str) -> str:
    if not re.fullmatch(
        rf"(stun|turns?):({_HOST}|\[[0-9A-Fa-f:]+\])(:[0-9]{{1,5}})?(\?transport=(udp|tcp))?", text, re.ASCII
    ):
        raise ValueError("must be turn:HOST, turns:HOST or stun:HOST, with a port if need be")
    return text


def mail_address(text: str) -> str:
    if not re.fullmatch(r"([^<>\r\n]* <[^@\s<>]+@[^@\s<>]+>|[^@\s<>]+@[^@\s<>]+)", text):
        raise ValueError("must be a mail address")
    return text


def phone_number(text: str) -> str:
    if not re.fullmatch(r"\+[1-9][0-9]{6,14}", text, re.ASCII):
        raise ValueError("must be a number in international form")
    return text


def weakness(secret: Secret) -> str | None:
    """Why a secret must not guard a production system, if so."""
    text = secret.reveal()
    if len(os.fsencode(text)) < SECRET_BYTES:
        return f"is shorter than {SECRET_BYTES} bytes"
    if len(set(text)) < 10 or any(text.lower().startswith(known) for known in KNOWN_SECRETS):
        return "is a known or guessable value"
    return None


def by_prefix(environ: Mapping[str, str], prefix: str) -> dict[str, Secret]:
    return {name: Secret(text) for name, text in environ.items() if name.startswith(prefix) and text}


def _split(text: str, schemes: tuple[str, ...], message: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        known = parts.scheme in schemes and "://" in text and (parts.port is None or 0 < parts.port < 65_536)
    except ValueError:
        known = False
    if not known:
        raise ValueError(message)
    return parts
