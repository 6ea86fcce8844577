from base64 import b64encode

import msgspec

from marketplace.adapters.egress import Answer, ProviderHttp
from marketplace.application.shared.messages import Sms, TextMessages, Undeliverable
from marketplace.domain.shared.errors import Unavailable

TWILIO = "https://api.twilio.com"
REFUSED_NUMBERS = {
    21211: "the number is not valid",
    21214: "the number cannot be reached",
    21217: "the number is not valid",
    21265: "the number is a short code",
    21408: "messages to this country are not enabled",
    21610: "the person unsubscribed",
    21612: "the number cannot be reached from ours",
    21614: "the number is not a mobile number",
    21635: "the number is a landline",
}
"""Twilio's codes for numbers that no repetition makes reachable."""


class TwilioUnavailable(Unavailable):
    code = "twilio_unavailable"


class _Failure(msgspec.Struct, frozen=True):
    code: int = 0


class TwilioTextMessages(TextMessages):
    """Twilio's Messages resource. It has no idempotency key: after an answer that was lost a message may go twice."""

    available = True

    def __init__(self, http: ProviderHttp, account: str, token: str, sender: str, *, base: str = TWILIO) -> None:
        """`sender` is a phone number of ours in E.164."""
        self._http = http
        self._sender = sender
        self._authorization = f"Basic {b64encode(f'{account}:{token}'.encode()).decode()}"
        self._url = f"{base}/2010-04-01/Accounts/{account}/Messages.json"

    async def send(self, sms: Sms) -> None:
        answer = await self._http.request(
            "POST",
            self._url,
            headers={"Authorization": self._authorization},
            data={"To": sms.to, "From": self._sender, "Body": sms.text},
        )
        if answer.status == 201:
            return
        code = _code(answer)
        if 400 <= answer.status < 500 and code in REFUSED_NUMBERS:
            raise Undeliverable(f"{REFUSED_NUMBERS[code]} (Twilio {code})")
        raise TwilioUnavailable(f"Twilio takes no message now ({answer.status}, {code})")


def _code(answer: Answer) -> int:
    """Twilio's own, 0 for an answer that is not Twilio's."""
    try:
        return msgspec.json.decode(answer.body, type=_Failure).code
    except msgspec.DecodeError:
        return 0
