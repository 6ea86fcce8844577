from datetime import timedelta

import msgspec
from redis.asyncio import Redis

from marketplace.adapters.redis.client import refusals
from marketplace.application.shared.messages import (
    Mail,
    Mailer,
    MessageChannel,
    Outbox,
    OutboxMessageView,
    Sms,
    TextMessages,
)
from marketplace.application.shared.ports import Clock

KEPT_FOR = timedelta(hours=24)
KEPT = 50
"""Messages for each address."""


class RedisOutbox(Outbox):
    """Keeps the newest messages to each address or number."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock

    async def keep(self, channel: MessageChannel, to: str, subject: str, body: str) -> None:
        kept = OutboxMessageView(channel, to, subject, body, self._clock.now())
        place = _place(to)
        with refusals():
            async with self._redis.pipeline(transaction=True) as pipeline:
                pipeline.lpush(place, msgspec.json.encode(kept))
                pipeline.ltrim(place, 0, KEPT - 1)
                pipeline.expire(place, KEPT_FOR)
                await pipeline.execute()

    async def messages(self, to: str) -> list[OutboxMessageView]:
        with refusals():
            kept = await self._redis.lrange(_place(to), 0, -1)
        return [msgspec.json.decode(one, type=OutboxMessageView) for one in kept]


class OutboxMailer(Mailer):
    """Development's mail provider."""

    def __init__(self, outbox: RedisOutbox) -> None:
        self._outbox = outbox

    async def send(self, mail: Mail) -> None:
        await self._outbox.keep(MessageChannel.EMAIL, mail.to, mail.subject, mail.text)


class OutboxTextMessages(TextMessages):
    """Development's provider of text messages."""

    available = True

    def __init__(self, outbox: RedisOutbox) -> None:
        self._outbox = outbox

    async def send(self, sms: Sms) -> None:
        await self._outbox.keep(MessageChannel.SMS, sms.to, "", sms.text)


def _place(to: str) -> str:
    return f"outbox:{to.lower()}"
