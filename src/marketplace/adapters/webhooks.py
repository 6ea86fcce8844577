"""Events sent to the endpoints of developers."""

import time
from collections.abc import Mapping

from marketplace.adapters.egress import AddressRefused, NoAnswer, PublicHttp
from marketplace.application.shared.ports import Clock
from marketplace.application.webhooks.ports import Sender
from marketplace.domain.webhooks.delivery import Attempt
from marketplace.domain.webhooks.endpoint import UrlRefused

WITHIN = 15.0
"""Seconds for the whole exchange."""
_HEADERS = {"content-type": "application/json", "user-agent": "marketplace-webhooks/1"}


class HttpSender(Sender):
    def __init__(self, http: PublicHttp, clock: Clock) -> None:
        self._http = http
        self._clock = clock

    async def require_sendable(self, url: str) -> None:
        try:
            await self._http.require_public(url)
        except AddressRefused as refused:
            raise UrlRefused(str(refused)) from None

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Attempt:
        at, began = self._clock.now(), time.perf_counter()
        status, error, answer = None, None, b""
        try:
            status, _, answer = await self._http.post(url, headers={**headers, **_HEADERS}, content=body)
        except (AddressRefused, NoAnswer) as failure:
            error = str(failure)
        return Attempt(
            at=at, status=status, duration_ms=round((time.perf_counter() - began) * 1000), error=error,
            answer=answer.decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}"),
        )  # fmt: skip
