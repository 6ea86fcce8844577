"""The fake and development's outbox keep one contract."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from marketplace.adapters.mail.outbox import OutboxMailer, OutboxTextMessages, RedisOutbox
from marketplace.application.shared.messages import (
    Mail,
    Mailer,
    MessageChannel,
    Outbox,
    OutboxMessageView,
    Sms,
    TextMessages,
)
from tests.builders.identity import NOON
from tests.fakes.messages import MemoryOutbox, MemoryTextMessages
from tests.fakes.world import FixedClock


@dataclass
class House:
    mailer: Mailer
    texts: TextMessages
    outbox: Outbox


def mail(to: str, subject: str) -> Mail:
    return Mail(to, subject, "text", "<p>text</p>", uuid4())


class OutboxContract:
    async def test_messages_are_kept_newest_first_by_address(self, house: House) -> None:
        for number in range(55):
            await house.mailer.send(mail("Amina@x.example", f"{number}"))
        await house.mailer.send(mail("zarina@x.example", "other"))
        kept = await house.outbox.messages("amina@X.example")
        assert [one.subject for one in kept] == [f"{number}" for number in range(54, 4, -1)]
        assert kept[0] == OutboxMessageView(MessageChannel.EMAIL, "Amina@x.example", "54", "text", NOON)
        assert await house.outbox.messages("nobody\0") == []

    async def test_text_messages_are_kept_by_number(self, house: House) -> None:
        assert house.texts.available
        await house.texts.send(Sms("+998901234567", "Код 274913"))
        assert await house.outbox.messages("+998901234567") == [
            OutboxMessageView(MessageChannel.SMS, "+998901234567", "", "Код 274913", NOON)
        ]
        assert await house.outbox.messages("998901234567") == []


class TestMemory(OutboxContract):
    @pytest.fixture
    def house(self) -> House:
        outbox = MemoryOutbox(FixedClock(NOON))
        return House(outbox, MemoryTextMessages(outbox), outbox)


class TestRedis(OutboxContract):
    @pytest.fixture
    def house(self, redis: Redis) -> House:
        outbox = RedisOutbox(redis, FixedClock(NOON))
        return House(OutboxMailer(outbox), OutboxTextMessages(outbox), outbox)

    async def test_messages_are_forgotten_by_the_store_itself(self, house: House, redis: Redis) -> None:
        await house.mailer.send(mail("a@x.example", "s"))
        (place,) = await redis.keys()
        assert 86_395 <= await redis.ttl(place) <= timedelta(hours=24).total_seconds()
