"""How pushes are set up: VAPID_PRIVATE_KEY, VAPID_SUBJECT, WEB_PUSH_SERVICES and FCM_CREDENTIALS."""

from collections.abc import Mapping
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from marketplace.adapters.push.keys import ServiceAccount, derived_key, private_key
from marketplace.entrypoints.wiring import values
from marketplace.entrypoints.wiring.reader import Problem
from marketplace.entrypoints.wiring.values import Secret

KEY, SUBJECT, SERVICES, CREDENTIALS = "VAPID_PRIVATE_KEY", "VAPID_SUBJECT", "WEB_PUSH_SERVICES", "FCM_CREDENTIALS"
PREFIXES = {"VAPID_": (KEY, SUBJECT), "WEB_PUSH_": (SERVICES,), "FCM_": (CREDENTIALS,)}

KNOWN_SERVICES = "fcm.googleapis.com,*.push.services.mozilla.com,*.push.apple.com,*.notify.windows.com"
"""Of Chrome and its kin, Firefox, Safari, Edge."""


def push_settings(environ: Mapping[str, str]) -> dict[str, Secret]:
    """By full name."""
    return {name: text for prefix in PREFIXES for name, text in values.by_prefix(environ, prefix).items()}


def vapid_key(push: Mapping[str, Secret], seed: bytes) -> int:
    """The private key that is set, else one that follows from `seed`."""
    return private_key(push[KEY].reveal()) if KEY in push else derived_key(seed)


def vapid_subject(push: Mapping[str, Secret], email_from: str) -> str:
    return push[SUBJECT].reveal() if SUBJECT in push else f"mailto:{parseaddr(email_from)[1]}"


def push_services(push: Mapping[str, Secret]) -> tuple[str, ...]:
    """Hosts, or `*.` before one for all below it, or `*` for any. Raises ValueError."""
    text = push[SERVICES].reveal() if SERVICES in push else KNOWN_SERVICES
    return values.listed(values.allowed_host)(text)


def service_account(push: Mapping[str, Secret]) -> ServiceAccount | None:
    """None without FCM_CREDENTIALS. Raises ValueError."""
    if CREDENTIALS not in push:
        return None
    text = push[CREDENTIALS].reveal()
    try:
        account = msgspec.json.decode(text if text.startswith("{") else Path(text).read_bytes(), type=ServiceAccount)
    except OSError as error:
        raise ValueError(f"names a file that cannot be read ({error.strerror})") from None
    except msgspec.DecodeError:
        raise ValueError("is not the JSON of a Google service account, nor a file that holds it") from None
    _require_key(account.private_key)
    if not account.token_uri.startswith("https://"):
        raise ValueError("holds a token_uri that is not https")
    return account


def push_problems(push: Mapping[str, Secret]) -> list[Problem]:
    found = []
    try:
        vapid_key(push, bytes(32))
    except ValueError as error:
        found.append(Problem(KEY, str(error), f"unset {KEY} for one that follows from SECRET_KEY"))
    if SUBJECT in push and not _is_subject(push[SUBJECT].reveal()):
        found.append(
            Problem(SUBJECT, "is not a mailto: or https: address", f"for example {SUBJECT}=mailto:ops@example.com")
        )
    try:
        push_services(push)
    except ValueError as error:
        found.append(Problem(SERVICES, str(error), f"for example {SERVICES}={KNOWN_SERVICES}"))
    try:
        service_account(push)
    except ValueError as error:
        mend = "in Firebase: Project settings, Service accounts, Generate new private key"
        found.append(Problem(CREDENTIALS, str(error), mend))
    return found


def _require_key(pem: str) -> None:
    """Raises ValueError."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        is_rsa = isinstance(load_pem_private_key(pem.encode(), None), RSAPrivateKey)
    except (ValueError, TypeError):
        is_rsa = False
    if not is_rsa:
        raise ValueError("holds no private key of RSA")


def _is_subject(text: str) -> bool:
    parts = urlsplit(text)
    return "@" in parts.path if parts.scheme == "mailto" else parts.scheme == "https" and bool(parts.hostname)
