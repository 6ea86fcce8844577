"""Signatures as Standard Webhooks has them (standardwebhooks.com, version 1.0.0)."""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Iterable
from datetime import datetime
from typing import NewType
from uuid import UUID

Secret = NewType("Secret", str)
"""`whsec_` and base64 of the key."""

PREFIX = "whsec_"
KEY_LENGTH = 24
"""Bytes."""


def secret_of(key: bytes) -> Secret:
    return Secret(PREFIX + b64encode(key).decode())


def signed_headers(event_id: UUID, body: bytes, secrets: Iterable[Secret], now: datetime) -> dict[str, str]:
    """One signature of each secret, so that a receiver may know either of them."""
    stamp = str(int(now.timestamp()))
    signed = b".".join((str(event_id).encode(), stamp.encode(), body))
    digests = (hmac.digest(b64decode(secret.removeprefix(PREFIX)), signed, "sha256") for secret in secrets)
    return {
        "webhook-id": str(event_id),
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(f"v1,{b64encode(digest).decode()}" for digest in digests),
    }
