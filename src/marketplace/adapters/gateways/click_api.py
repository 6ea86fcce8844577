"""Click's Merchant API: the part that we call."""

import hashlib
from datetime import date
from typing import Any

import msgspec

from marketplace.adapters.egress import ProviderHttp, ProviderUnavailable
from marketplace.application.payments.ports import GatewaySilent
from marketplace.application.shared.ports import Clock
from marketplace.domain.shared.ids import PaymentId

CLICK_API = "https://api.click.uz/v2/merchant"


class ClickAnswer(msgspec.Struct, frozen=True):
    """`error_code` is 0 for success. `payment_status`: 2 is paid, below 0 failed or reversed."""

    error_code: int
    error_note: str = ""
    payment_id: int | None = None
    payment_status: int | None = None


class ClickApi:
    """Every call raises GatewaySilent when it gets no answer that can be read."""

    def __init__(
        self, http: ProviderHttp, clock: Clock, *, service_id: str, user_id: str, secret: str, base: str = CLICK_API
    ) -> None:
        self._http = http
        self._clock = clock
        self._service_id = service_id
        self._user_id = user_id
        self._secret = secret
        self._base = base.rstrip("/")

    async def payment_of(self, payment_id: PaymentId, day: date) -> ClickAnswer:
        """By our id, and the day of the payment in Tashkent."""
        return await self._call("GET", f"payment/status_by_mti/{self._service_id}/{payment_id}/{day.isoformat()}")

    async def status(self, click_payment_id: str) -> ClickAnswer:
        return await self._call("GET", f"payment/status/{self._service_id}/{click_payment_id}")

    async def reverse(self, click_payment_id: str) -> ClickAnswer:
        """The whole payment, within its month; the last month's on the first day of the next."""
        return await self._call("DELETE", f"payment/reversal/{self._service_id}/{click_payment_id}")

    async def _call(self, method: str, path: str) -> ClickAnswer:
        now = str(int(self._clock.now().timestamp()))
        digest = hashlib.sha1(f"{now}{self._secret}".encode(), usedforsecurity=False).hexdigest()
        headers: dict[str, Any] = {
            "Accept": "application/json", "Content-Type": "application/json",
            "Auth": f"{self._user_id}:{digest}:{now}",
        }  # fmt: skip
        try:
            answer = await self._http.request(method, f"{self._base}/{path}", headers=headers)
            return msgspec.json.decode(answer.body, type=ClickAnswer)
        except (ProviderUnavailable, msgspec.DecodeError) as error:
            raise GatewaySilent(f"Click gives no answer ({type(error).__name__})") from None
