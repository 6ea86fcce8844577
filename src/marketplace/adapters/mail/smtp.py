import ssl
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as CRLF
from email.utils import format_datetime, parseaddr
from urllib.parse import unquote, urlsplit

import aiosmtplib

from marketplace.application.shared.messages import Mail, Mailer, Undeliverable
from marketplace.application.shared.ports import Clock
from marketplace.domain.shared.errors import Unavailable

WITHIN = 20.0
"""Seconds for each step of the conversation."""
OWN_MACHINE = {"localhost", "127.0.0.1", "::1"}


class MailServerUnavailable(Unavailable):
    code = "mail_server_unavailable"


class SmtpMailer(Mailer):
    """Hands mails to the server of `smtp://USER:PASSWORD@HOST:PORT` (port 587) or `smtps://...` (port 465).

    smtp:// is encrypted whenever the server offers STARTTLS, and must be before a password leaves the machine. SMTP has
    no idempotency key: a mail that was taken just before the connection broke is sent again with its Message-ID.
    """

    def __init__(
        self, url: str, sender: str, clock: Clock, *, tls: ssl.SSLContext | None = None, within: float = WITHIN
    ) -> None:
        """`sender`: "Name <address>" or an address. `tls`: None trusts the certificate authorities of the system."""
        parts = urlsplit(url)
        name, address = parseaddr(sender)
        self._sender = Address(name, addr_spec=address)
        self._clock = clock
        self._host, self._is_tls = parts.hostname or "", parts.scheme == "smtps"
        self._port = parts.port or (465 if self._is_tls else 587)
        self._user = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None
        self._tls = tls
        self._within = within

    async def send(self, mail: Mail) -> None:
        message = self._message(mail)
        secret_leaves = self._user is not None and self._host not in OWN_MACHINE
        server = aiosmtplib.SMTP(
            hostname=self._host, port=self._port, username=self._user, password=self._password, timeout=self._within,
            use_tls=self._is_tls, start_tls=False if self._is_tls else (secret_leaves or None),
            tls_context=self._tls or ssl.create_default_context(), local_hostname=self._sender.domain,
        )  # fmt: skip
        try:
            async with server:
                await server.sendmail(self._sender.addr_spec, mail.to, message)
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _refusal(error.recipients[0].code) from None
        except aiosmtplib.SMTPDataError as error:
            raise _refusal(error.code) from None
        except (aiosmtplib.SMTPException, OSError) as error:
            raise MailServerUnavailable(f"the mail server takes no mail ({type(error).__name__})") from None

    def _message(self, mail: Mail) -> bytes:
        message = EmailMessage(policy=CRLF)
        message["From"] = self._sender
        message["To"] = _address(mail.to)
        message["Subject"] = " ".join(mail.subject.split())
        message["Date"] = format_datetime(self._clock.now())
        message["Message-ID"] = f"<{mail.message_id}@{self._sender.domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(mail.text)
        message.add_alternative(mail.html, subtype="html")
        return message.as_bytes(policy=CRLF.clone(cte_type="7bit"))


def _address(text: str) -> Address:
    """Raises Undeliverable for what is not one ASCII address: line ends and lists of addresses among it."""
    try:
        address = Address(addr_spec=text)
    except (ValueError, IndexError, HeaderParseError):  # IndexError: CPython's parser on an empty part
        address = Address()
    if not address.domain or not text.isascii():
        raise Undeliverable("not an e-mail address")
    return address


def _refusal(code: int) -> Undeliverable | MailServerUnavailable:
    if 500 <= code < 600:
        return Undeliverable(f"the mail server refuses the mail for good ({code})")
    return MailServerUnavailable(f"the mail server takes no mail now ({code})")
