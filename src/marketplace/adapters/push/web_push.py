from hashlib import sha256
from urllib.parse import urlsplit

import http_ece
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from marketplace.adapters.egress import AddressRefused, NoAnswer, PublicHttp
from marketplace.adapters.push.answers import PushUnavailable, later, refused
from marketplace.adapters.push.keys import base64url
from marketplace.adapters.push.payload import encoded, payload
from marketplace.adapters.push.vapid import Vapid
from marketplace.application.notifications.send_push import PushGateway, PushMessage, Verdict
from marketplace.application.shared.ports import Clock
from marketplace.domain.notifications.push_token import WebSubscription


class WebPush(PushGateway[WebSubscription]):
    """RFC 8030, 8291 and 8292. What comes a second time shows under the tag of the first."""

    def __init__(self, http: PublicHttp, vapid: Vapid, clock: Clock) -> None:
        self._http = http
        self._vapid = vapid
        self._clock = clock

    async def send(self, address: WebSubscription, message: PushMessage) -> Verdict:
        service = urlsplit(address.endpoint).hostname or ""
        try:
            answer = await self._http.post(
                address.endpoint, headers=self._headers(address, message), content=_sealed(address, message)
            )
        except AddressRefused:
            return refused(message.id, service, "the push service is not on the public internet")
        except NoAnswer:
            raise PushUnavailable(f"{service} does not answer") from None
        if 200 <= answer.status < 300:
            return Verdict.DELIVERED
        if answer.status in {404, 410}:
            return Verdict.GONE
        if trouble := later(answer, self._clock.now()):
            raise trouble
        return refused(message.id, service, f"status {answer.status}")

    def _headers(self, address: WebSubscription, message: PushMessage) -> dict[str, str]:
        headers = {
            "Authorization": self._vapid.authorization(address.endpoint),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(max(1, round(message.life.total_seconds()))),
            "Urgency": "high" if message.is_call else "normal",
        }
        if message.push.collapse:
            headers["Topic"] = base64url(sha256(message.push.collapse.encode()).digest()[:24])
        return headers


def _sealed(address: WebSubscription, message: PushMessage) -> bytes:
    """For the browser alone (RFC 8291): with a key of its own, in one record."""
    sealed: bytes = http_ece.encrypt(
        encoded(payload(message)), private_key=generate_private_key(SECP256R1()), dh=address.p256dh,
        auth_secret=address.auth, version="aes128gcm",
    )  # fmt: skip
    return sealed
