from datetime import timedelta

import msgspec
from redis.asyncio import Redis

from marketplace.adapters.redis.client import refusals
from marketplace.application.identity.ports import Mailer, Message, Outbox
from marketplace.application.identity.views import OutboxMessageView
from marketplace.application.shared.ports import Clock

KEPT_FOR = timedelta(hours=24)
KEPT = 50
"""Messages for each address."""


class OutboxMailer(Mailer, Outbox):
    """Development's mail provider: keeps each address's newest messages instead of sending them."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock

    async def send(self, message: Message) -> None:
        kept = OutboxMessageView("email", message.to, message.subject, message.text, self._clock.now())
        place = _place(message.to)
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


def _place(to: str) -> str:
    return f"outbox:{to.lower()}"
