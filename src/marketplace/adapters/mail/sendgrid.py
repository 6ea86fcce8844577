from email.utils import parseaddr

from marketplace.adapters.egress import ProviderHttp
from marketplace.application.shared.messages import Mail, Mailer, Undeliverable
from marketplace.domain.shared.errors import Unavailable

SENDGRID = "https://api.sendgrid.com"


class SendGridUnavailable(Unavailable):
    code = "sendgrid_unavailable"


class SendGridMailer(Mailer):
    """SendGrid's v3 API. It has no idempotency key: after an answer that was lost a mail may be sent twice.

    A refused key is unavailability, not a refused address: mails wait until the operator mends it.
    """

    def __init__(self, http: ProviderHttp, key: str, sender: str, *, base: str = SENDGRID) -> None:
        """`sender`: "Name <address>" or an address."""
        self._http = http
        self._key = key
        name, address = parseaddr(sender)
        self._sender = {"email": address, "name": name} if name else {"email": address}
        self._url = f"{base}/v3/mail/send"

    async def send(self, mail: Mail) -> None:
        answer = await self._http.request(
            "POST", self._url, headers={"Authorization": f"Bearer {self._key}"}, json=self._body(mail)
        )
        if answer.status == 202:
            return
        if 400 <= answer.status < 500 and answer.status not in {401, 403, 408, 429}:
            raise Undeliverable(f"SendGrid refuses the mail for good ({answer.status})")
        raise SendGridUnavailable(f"SendGrid takes no mail now ({answer.status})")

    def _body(self, mail: Mail) -> dict[str, object]:
        """Without tracking: it would rewrite the links of our letters and load a picture."""
        return {
            "personalizations": [{"to": [{"email": mail.to}]}],
            "from": self._sender,
            "subject": " ".join(mail.subject.split()),
            "content": [{"type": "text/plain", "value": mail.text}, {"type": "text/html", "value": mail.html}],
            "custom_args": {"message_id": str(mail.message_id)},
            "tracking_settings": {
                "click_tracking": {"enable": False, "enable_text": False}, "open_tracking": {"enable": False},
            },
        }  # fmt: skip
