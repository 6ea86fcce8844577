"""The fake and every way to send a mail keep one contract; the providers are real servers on this machine."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from uuid import UUID

import pytest

from marketplace.adapters.egress import ProviderHttp
from marketplace.adapters.mail.sendgrid import SendGridMailer
from marketplace.adapters.mail.smtp import SmtpMailer
from marketplace.application.shared.messages import Mail, Mailer, Undeliverable
from marketplace.domain.shared.errors import Unavailable
from tests.builders.identity import NOON
from tests.fakes import provider, sendgrid, smtp
from tests.fakes.messages import MemoryOutbox
from tests.fakes.world import FixedClock

SENDER = "Bazaar <shop@market.example>"
MAIL = Mail(
    to="amina@x.example", subject="274913 — ваш код", text="Код: 274913\n\n.\nдо встречи\n",
    html="<p>Код: <b>274913</b> &amp; مرحبا</p>", message_id=UUID(int=0x0197_0000_0000_7000_8000_0000_0000_0001),
)  # fmt: skip


class NotNow(Unavailable):
    code = "not_now"


@dataclass
class House:
    """`received` gives what the recipients got; `refuse` lets the provider refuse an address, for good or for now."""

    mailer: Mailer
    received: Callable[[], list[Mail]]
    refuse: Callable[[str, bool], None]


class MailerContract:
    async def test_a_mail_arrives_as_it_was_given(self, house: House) -> None:
        await house.mailer.send(MAIL)
        assert house.received() == [MAIL]

    async def test_what_is_sent_twice_arrives_under_one_id(self, house: House) -> None:
        await house.mailer.send(MAIL)
        await house.mailer.send(MAIL)
        assert {mail.message_id for mail in house.received()} == {MAIL.message_id}

    async def test_an_address_refused_for_good(self, house: House) -> None:
        house.refuse("gone@x.example", True)
        with pytest.raises(Undeliverable) as refusal:
            await house.mailer.send(replace(MAIL, to="gone@x.example"))
        assert "gone@x.example" not in str(refusal.value)
        assert house.received() == []

    async def test_an_address_refused_for_now(self, house: House) -> None:
        house.refuse("busy@x.example", False)
        with pytest.raises(Unavailable):
            await house.mailer.send(replace(MAIL, to="busy@x.example"))
        assert house.received() == []


class TestMemory(MailerContract):
    @pytest.fixture
    def house(self) -> House:
        fake = MemoryOutbox(FixedClock(NOON))

        def refuse(address: str, for_good: bool) -> None:
            fake.refuses[address] = Undeliverable("no such mailbox") if for_good else NotNow("later")

        return House(fake, lambda: fake.sent, refuse)


class TestSmtp(MailerContract):
    @pytest.fixture
    async def house(self) -> AsyncIterator[House]:
        async with smtp.running(smtp.MailServer()) as server:

            def refuse(address: str, for_good: bool) -> None:
                server.answers[address] = "550 5.1.1 no such user" if for_good else "451 4.7.1 greylisted"

            mailer = SmtpMailer(f"smtp://127.0.0.1:{server.port}", SENDER, FixedClock(NOON))
            yield House(mailer, lambda: [_read(taken) for taken in server.taken], refuse)


def _read(taken: smtp.Taken) -> Mail:
    message = taken.message
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain
    assert html
    return Mail(
        to=str(message["To"]), subject=str(message["Subject"]), text=_text(plain.get_content()),
        html=_text(html.get_content()).removesuffix("\n"),
        message_id=UUID(message["Message-ID"].removeprefix("<").partition("@")[0]),
    )  # fmt: skip


def _text(content: str) -> str:
    return content.replace("\r\n", "\n")


class TestSendGrid(MailerContract):
    @pytest.fixture
    async def house(self) -> AsyncIterator[House]:
        api = sendgrid.SendGrid()
        async with provider.running(provider.Provider(api)) as server:
            http = ProviderHttp([server.origin])

            def refuse(address: str, for_good: bool) -> None:
                api.answers[address] = 400 if for_good else 429

            mailer = SendGridMailer(http, sendgrid.KEY, SENDER, base=server.origin)
            yield House(mailer, lambda: [_taken(body) for body in api.taken], refuse)
            await http.close()

    async def test_the_whole_request(self) -> None:
        await self._whole_request({})

    @pytest.mark.parametrize("status", [401, 403, 408, 500, 502, 503])
    async def test_the_provider_s_and_the_operator_s_troubles_are_retried(self, status: int) -> None:
        with pytest.raises(Unavailable):
            await self._whole_request({MAIL.to: status})

    @pytest.mark.parametrize("status", [400, 404, 413])
    async def test_other_refusals_are_final(self, status: int) -> None:
        with pytest.raises(Undeliverable):
            await self._whole_request({MAIL.to: status})

    async def test_a_wrong_key_is_retried(self) -> None:
        with pytest.raises(Unavailable):
            await self._whole_request({}, key="SG.another")

    async def _whole_request(self, answers: dict[str, int], key: str = sendgrid.KEY) -> None:
        api = sendgrid.SendGrid()
        api.answers = answers
        async with provider.running(provider.Provider(api)) as server:
            http = ProviderHttp([server.origin])
            try:
                await SendGridMailer(http, key, SENDER, base=server.origin).send(
                    replace(MAIL, subject="one\r\nBcc: all@x.example")
                )
            finally:
                await http.close()
        assert api.taken == [
            {
                "personalizations": [{"to": [{"email": MAIL.to}]}],
                "from": {"email": "shop@market.example", "name": "Bazaar"},
                "subject": "one Bcc: all@x.example",
                "content": [{"type": "text/plain", "value": MAIL.text}, {"type": "text/html", "value": MAIL.html}],
                "custom_args": {"message_id": str(MAIL.message_id)},
                "tracking_settings": {
                    "click_tracking": {"enable": False, "enable_text": False},
                    "open_tracking": {"enable": False},
                },
            }
        ]


def _taken(body: dict[str, object]) -> Mail:
    match body:
        case {
            "personalizations": [{"to": [{"email": str(to)}]}],
            "subject": str(subject),
            "content": [{"value": str(text)}, {"value": str(html)}],
            "custom_args": {"message_id": str(message_id)},
        }:
            return Mail(to, subject, text, html, UUID(message_id))
    raise AssertionError(body)
