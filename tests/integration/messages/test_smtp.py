"""The way to a mail server: encryption, passwords, headers, refusals, silence."""

import asyncio
import ssl
from dataclasses import replace
from pathlib import Path
from time import monotonic
from urllib.parse import quote
from uuid import UUID

import pytest

from marketplace.adapters.mail.smtp import MailServerUnavailable, SmtpMailer
from marketplace.application.shared.messages import Mail, Undeliverable
from tests.builders.identity import NOON
from tests.fakes.smtp import MailServer, Taken, certificate, running
from tests.fakes.world import FixedClock

SENDER = "Bazaar Ташкент <shop@market.example>"
PASSWORD = "p@ss:word/é"
MAIL = Mail("amina@x.example", "Код", "Код 1\n", "<p>1</p>", UUID(int=0x0197_0000_0000_7000_8000_0000_0000_0001))


def mailer(url: str, tls: ssl.SSLContext | None = None, within: float = 5.0) -> SmtpMailer:
    return SmtpMailer(url, SENDER, FixedClock(NOON), tls=tls, within=within)


async def test_the_whole_message() -> None:
    async with running(MailServer()) as server:
        await mailer(f"smtp://127.0.0.1:{server.port}").send(MAIL)
    (taken,) = server.taken
    assert (taken.sender, taken.recipients) == ("shop@market.example", ["amina@x.example"])
    assert (taken.encrypted, taken.user, taken.greeting) == (False, None, "market.example")
    message = taken.message
    assert message["From"] == SENDER
    assert message["Date"].datetime == NOON
    assert message["Message-ID"] == f"<{MAIL.message_id}@market.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert {part.get_content_charset() for part in message.iter_parts()} == {"utf-8"}
    assert set(message.keys()) == {
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
    }  # fmt: skip
    assert taken.raw.isascii()
    assert max(map(len, taken.raw.split(b"\r\n"))) <= 998


@pytest.mark.parametrize("subject", ["a\r\nBcc: all@x.example", "a\nBcc: all@x.example", "a\r\n\r\n<p>b", "a\x0bb"])
async def test_a_subject_is_one_header(subject: str) -> None:
    async with running(MailServer()) as server:
        await mailer(f"smtp://127.0.0.1:{server.port}").send(replace(MAIL, subject=subject))
    (taken,) = server.taken
    assert taken.message["Bcc"] is None
    assert taken.recipients == [MAIL.to]
    assert taken.message["Subject"] == " ".join(subject.split())


@pytest.mark.parametrize(
    "address",
    [
        "a@x.example\r\nBcc: all@x.example", "a@x.example>\r\nRCPT TO:<all@x.example", "a@x.example, b@x.example", "",
        "a", "<a@x.example>", "a@x.example\0", "a@é.example",
    ],
)  # fmt: skip
async def test_what_is_no_address_goes_nowhere(address: str) -> None:
    async with running(MailServer()) as server:
        with pytest.raises(Undeliverable):
            await mailer(f"smtp://127.0.0.1:{server.port}").send(replace(MAIL, to=address))
    assert server.taken == []


async def sent_encrypted(scheme: str, tmp_path: Path, names: tuple[str, ...] = ("127.0.0.1",)) -> Taken:
    """By a user with a password, over a server's certificate for `names` that the mailer trusts."""
    context, trusting = certificate(tmp_path, *names)
    server = MailServer(user="shop@market.example", password=PASSWORD)
    starttls, tls = (context, None) if scheme == "smtp" else (None, context)
    async with running(server, starttls=starttls, tls=tls):
        login = f"{quote(server.user)}:{quote(PASSWORD, safe='')}"
        await mailer(f"{scheme}://{login}@127.0.0.1:{server.port}", trusting).send(MAIL)
    (taken,) = server.taken
    return taken


async def test_starttls_with_a_password(tmp_path: Path) -> None:
    taken = await sent_encrypted("smtp", tmp_path)
    assert (taken.encrypted, taken.user) == (True, "shop@market.example")


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # every byte is encrypted
async def test_tls_from_the_first_byte(tmp_path: Path) -> None:
    assert (await sent_encrypted("smtps", tmp_path)).encrypted


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
async def test_a_certificate_for_another_name_is_not_taken(scheme: str, tmp_path: Path) -> None:
    with pytest.raises(MailServerUnavailable, match=r"SSL|TLS|Certificate|Connect"):
        await sent_encrypted(scheme, tmp_path, names=("127.0.0.9",))


async def test_a_certificate_that_nobody_vouches_for_is_not_taken(tmp_path: Path) -> None:
    context, _ = certificate(tmp_path, "127.0.0.1")
    async with running(MailServer(), starttls=context) as server:
        with pytest.raises(MailServerUnavailable):
            await mailer(f"smtp://127.0.0.1:{server.port}").send(MAIL)
    assert server.taken == []


async def test_a_password_never_leaves_the_machine_unencrypted() -> None:
    async with running(MailServer(), host="127.0.0.2") as server:
        with pytest.raises(MailServerUnavailable, match="SMTPException"):
            await mailer(f"smtp://shop:secret@127.0.0.2:{server.port}").send(MAIL)
    assert server.taken == []


async def test_a_wrong_password_is_the_operators_to_mend(tmp_path: Path) -> None:
    context, trusting = certificate(tmp_path, "127.0.0.1")
    async with running(MailServer(user="shop", password="right"), starttls=context) as server:
        with pytest.raises(MailServerUnavailable, match="Authentication") as refusal:
            await mailer(f"smtp://shop:wrong@127.0.0.1:{server.port}", trusting).send(MAIL)
    assert "wrong" not in str(refusal.value)


@pytest.mark.parametrize(
    ("answer", "refusal"),
    [
        ("550 5.7.1 looks like spam", Undeliverable), ("552 5.3.4 too large", Undeliverable),
        ("451 4.3.0 try later", MailServerUnavailable), ("421 4.3.2 going down", MailServerUnavailable),
    ],
)  # fmt: skip
async def test_the_servers_answer_to_the_message(answer: str, refusal: type[Exception]) -> None:
    async with running(MailServer(data_answer=answer)) as server:
        with pytest.raises(refusal):
            await mailer(f"smtp://127.0.0.1:{server.port}").send(MAIL)


async def test_a_server_that_is_not_there_or_says_nothing(tmp_path: Path) -> None:
    async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    started = monotonic()
    async with await asyncio.start_server(silence, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(MailServerUnavailable):
            await mailer(f"smtp://127.0.0.1:{port}", within=0.2).send(MAIL)
    with pytest.raises(MailServerUnavailable):
        await mailer(f"smtp://127.0.0.1:{port}").send(MAIL)
    assert monotonic() - started < 5
