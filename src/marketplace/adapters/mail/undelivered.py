import hashlib
import hmac

import structlog

from marketplace.application.shared.messages import MessageChannel, Undelivered

log = structlog.get_logger()


class LoggedUndelivered(Undelivered):
    """A log line each. `address_id` is a keyed hash: the same for the same address, and no way back to it."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def note(self, channel: MessageChannel, address: str, reason: str) -> None:
        address_id = hmac.digest(self._key, address.lower().encode(errors="surrogatepass"), hashlib.sha256).hex()[:16]
        log.warning("undeliverable", kind=channel, address_id=address_id, reason=reason)
