"""A real SMTP server (aiosmtpd) on a port of its own, scripted by the test."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from typing import Any, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True, slots=True)
class Taken:
    sender: str
    recipients: list[str]
    message: EmailMessage
    raw: bytes
    encrypted: bool
    user: str | None
    greeting: str


@dataclass
class MailServer:
    """`answers` are given to RCPT by address, `data_answer` to DATA, where they are not empty."""

    user: str = ""
    password: str = ""
    answers: dict[str, str] = field(default_factory=dict)
    data_answer: str = ""
    port: int = 0
    taken: list[Taken] = field(default_factory=list)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if answer := self.answers.get(address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.data_answer:
            return self.data_answer
        raw = cast(bytes, envelope.content)
        login = session.auth_data
        self.taken.append(
            Taken(
                sender=envelope.mail_from or "", recipients=list(envelope.rcpt_tos), raw=raw,
                message=message_from_bytes(raw, policy=default),
                encrypted=cast(asyncio.Transport, server.transport).get_extra_info("ssl_object") is not None,
                user=login.login.decode() if isinstance(login, LoginPassword) else None,
                greeting=session.host_name or "",
            )
        )  # fmt: skip
        return "250 taken"

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, way: str, login: Any) -> AuthResult:
        right = isinstance(login, LoginPassword) and (login.login, login.password) == (
            self.user.encode(),
            self.password.encode(),
        )
        return AuthResult(success=right, handled=False, auth_data=login)


@asynccontextmanager
async def running(
    server: MailServer, *, host: str = "127.0.0.1", starttls: ssl.SSLContext | None = None,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[MailServer]:  # fmt: skip
    loop = asyncio.get_running_loop()

    def protocol() -> SMTP:
        return SMTP(
            server, hostname="mx.example", loop=loop, tls_context=starttls, auth_require_tls=starttls is not None,
            require_starttls=starttls is not None, auth_required=bool(server.user), authenticator=server.authenticate,
        )  # fmt: skip

    listening = await loop.create_server(protocol, host, 0, ssl=tls)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()


def certificate(folder: Path, *names: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context with a certificate for `names` made just now, and a client's that trusts it alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a test")])
    now = datetime.now(UTC)  # noqa: TID251 - certificates are checked against the machine's clock
    alternatives = [x509.IPAddress(ip_address(name)) for name in names]
    made = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1)).add_extension(x509.SubjectAlternativeName(alternatives), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True).sign(key, hashes.SHA256())
    )  # fmt: skip
    path = folder / "server.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context, ssl.create_default_context(cadata=made.public_bytes(serialization.Encoding.PEM).decode())
