"""From a use case's transaction to the mail, through the jobs table, the worker and the container."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest
import structlog
from dishka import AsyncContainer, Provider, Scope, provide
from redis.asyncio import Redis

from marketplace.adapters.mail.outbox import OutboxMailer, OutboxTextMessages
from marketplace.adapters.mail.sendgrid import SendGridMailer
from marketplace.adapters.mail.smtp import SmtpMailer
from marketplace.adapters.mail.unconfigured import UnconfiguredMailer
from marketplace.adapters.mail.undelivered import LoggedUndelivered
from marketplace.adapters.sms.twilio import TwilioTextMessages
from marketplace.adapters.sms.unconfigured import UnconfiguredTextMessages
from marketplace.adapters.sql.pool import Pool
from marketplace.application.shared.letters import Language, Letters, Links, PasswordReset, PhoneChanged, Recipient
from marketplace.application.shared.messages import Mail, Mailer, MessageChannel, Outbox, TextMessages, Undeliverable
from marketplace.application.shared.ports import Transaction
from marketplace.domain.shared.errors import Unavailable
from marketplace.domain.shared.ids import UserId
from marketplace.entrypoints.wiring.container import build
from marketplace.entrypoints.wiring.settings import Settings
from marketplace.entrypoints.worker.ports import Queue
from marketplace.entrypoints.worker.subscriptions import handlers
from marketplace.entrypoints.worker.worker import Worker
from tests.engines import Database
from tests.fakes.messages import MemoryLinks

SECRET = "uJ3vYb0h7Qm2Xc9dLr5Tz8Wn1Kp4Sg6Af-Ei_Oy"
TO = Recipient(user_id=UserId(uuid4()), email="amina@x.example", phone="+998901234567", language=Language.RUSSIAN)


class NotNow(Unavailable):
    code = "not_now"


class Wayward(Mailer):
    """Raises these errors first, then takes mails."""

    def __init__(self) -> None:
        self.errors: list[Exception] = []
        self.tried: list[Mail] = []

    async def send(self, mail: Mail) -> None:
        self.tried.append(mail)
        if self.errors:
            raise self.errors.pop(0)


class Overrides(Provider):
    @provide(scope=Scope.APP, override=True)
    def links(self) -> Links:
        return MemoryLinks()


class WithWayward(Overrides):
    def __init__(self, mailer: Wayward) -> None:
        super().__init__()
        self._mailer = mailer

    @provide(scope=Scope.APP, override=True)
    def mailer(self) -> Mailer:
        return self._mailer


class House:
    def __init__(self, container: AsyncContainer, settings: Settings) -> None:
        self.container = container
        self._dsn = settings.database_url.reveal()

    async def post(self, letter: PasswordReset | PhoneChanged, channel: MessageChannel = MessageChannel.EMAIL) -> None:
        async with self.container() as scope:
            transaction, letters = await scope.get(Transaction), await scope.get(Letters)
            async with transaction:
                letters.send(letter, TO, channel)

    async def work(self) -> int:
        worker = Worker(self.container, await self.container.get(Queue), handlers, self._dsn)
        return await worker.drain(raising=False)


async def make_all_due(house: House) -> None:
    async with (await house.container.get(Pool)).connection() as connection:
        await connection.execute("UPDATE jobs.job SET run_at = now() WHERE state = 'ready'")


def settings(database: Database, redis_url: str, data_dir: Path, **environ: str) -> Settings:
    return Settings.from_environment(
        {
            "DATABASE_URL": database.app_dsn, "REDIS_URL": redis_url, "DATA_DIR": str(data_dir), "SECRET_KEY": SECRET,
            **environ,
        }
    )  # fmt: skip


@pytest.fixture
def wayward() -> Wayward:
    return Wayward()


@pytest.fixture
async def house(fresh_database: Database, redis_url: str, redis: Redis, tmp_path: Path) -> AsyncIterator[House]:
    given = settings(fresh_database, redis_url, tmp_path)
    container = build(given, Overrides())
    yield House(container, given)
    await container.close()


@pytest.fixture
async def wayward_house(
    fresh_database: Database, redis_url: str, tmp_path: Path, wayward: Wayward
) -> AsyncIterator[House]:
    given = settings(fresh_database, redis_url, tmp_path)
    container = build(given, WithWayward(wayward))
    yield House(container, given)
    await container.close()


async def test_a_posted_letter_arrives_once_with_its_link(house: House) -> None:
    await house.post(PasswordReset(minutes=30))
    assert await house.work() == 1
    assert await house.work() == 0
    (message,) = await (await house.container.get(Outbox)).messages(TO.email)
    assert (message.channel, message.subject) == (MessageChannel.EMAIL, "Задайте новый пароль")
    assert f"https://market.example/reset?u={TO.user_id}" in message.body


async def test_a_letter_by_text_message(house: House) -> None:
    await house.post(PhoneChanged(), MessageChannel.SMS)
    await house.work()
    outbox = await house.container.get(Outbox)
    assert [one.body for one in await outbox.messages(TO.phone or "")] == ["Marketplace: Ваш номер телефона изменён"]
    assert await outbox.messages(TO.email) == []


async def test_no_job_keeps_a_link(house: House) -> None:
    await house.post(PasswordReset(minutes=30))
    await house.work()
    async with (await house.container.get(Pool)).connection() as connection:
        payloads = [row["payload"] for row in await connection.fetch("SELECT payload::text FROM jobs.job")]
    assert len(payloads) == 1
    assert "http" not in payloads[0]
    assert set(msgspec.json.decode(payloads[0])) == {"id", "letter", "to", "channel"}


async def test_a_provider_that_is_down_is_tried_again_with_the_same_message_id(
    wayward_house: House, wayward: Wayward
) -> None:
    wayward.errors = [NotNow("later")]
    await wayward_house.post(PhoneChanged())
    await wayward_house.work()
    await make_all_due(wayward_house)
    await wayward_house.work()
    first, second = wayward.tried
    assert first == second


async def test_a_refused_address_is_not_tried_again(wayward_house: House, wayward: Wayward) -> None:
    wayward.errors = [Undeliverable("no such mailbox")]
    await wayward_house.post(PhoneChanged())
    await wayward_house.work()
    await make_all_due(wayward_house)
    assert await wayward_house.work() == 0
    assert len(wayward.tried) == 1


def test_a_refused_address_is_logged_by_a_keyed_hash() -> None:
    with structlog.testing.capture_logs() as lines:
        for key, address in (
            (b"a" * 32, "Amina@x.example"),
            (b"a" * 32, "amina@x.example"),
            (b"b" * 32, "amina@x.example"),
        ):
            LoggedUndelivered(key).note(MessageChannel.EMAIL, address, "no such mailbox")
    first, same, other = [line["address_id"] for line in lines]
    assert first == same != other
    assert "amina" not in str(lines).lower()
    assert {key: lines[0][key] for key in ("event", "kind", "reason", "log_level")} == {
        "event": "undeliverable", "kind": "email", "reason": "no such mailbox", "log_level": "warning",
    }  # fmt: skip


TWILIO = {"TWILIO_ACCOUNT_SID": "AC0", "TWILIO_AUTH_TOKEN": "t", "TWILIO_PHONE_NUMBER": "+15005550006"}
PRODUCTION = {"ENVIRONMENT": "production"}


@pytest.mark.parametrize(
    ("environ", "mailer", "texts", "available"),
    [
        ({}, OutboxMailer, OutboxTextMessages, True),
        ({"ENVIRONMENT": "test"}, OutboxMailer, OutboxTextMessages, True),
        (PRODUCTION, UnconfiguredMailer, UnconfiguredTextMessages, False),
        (PRODUCTION | TWILIO, UnconfiguredMailer, TwilioTextMessages, True),
        ({"SMTP_URL": "smtp://mail.example"}, SmtpMailer, OutboxTextMessages, True),
        ({"SMTP_URL": "smtp://mail.example", "SENDGRID_API_KEY": "k"}, SendGridMailer, OutboxTextMessages, True),
    ],
)  # fmt: skip
async def test_which_provider_is_used(
    database: Database, redis_url: str, tmp_path: Path, environ: dict[str, str], mailer: type, texts: type,
    available: bool,
) -> None:  # fmt: skip
    container = build(settings(database, redis_url, tmp_path, **environ))
    assert type(await container.get(Mailer)) is mailer
    chosen: TextMessages = await container.get(TextMessages)
    assert chosen.available is available
    assert type(chosen) is texts
    await container.close()
