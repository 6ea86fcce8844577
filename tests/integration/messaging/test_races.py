"""Many at once in one conversation: one order without gaps, counts that are right, and limits that hold."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from dishka import AsyncContainer, Provider, Scope, provide
from redis.asyncio import Redis

from marketplace.adapters.sql.pool import Pool
from marketplace.application.catalog.moderation import DecideItem
from marketplace.application.messaging.changes import DeleteMessage, EditMessage
from marketplace.application.messaging.conversations import (
    MarkRead,
    Record,
    RecordInThread,
    SendMessage,
    StartConversation,
)
from marketplace.application.messaging.moderation import ReportMessage
from marketplace.application.messaging.views import MessageView, StartedView
from marketplace.application.shared.limits import Allowance, Limit, RateLimits
from marketplace.application.shared.ports import Clock
from marketplace.domain.catalog.moderation import Decision, ModerationItemId, ModerationItemNotFound
from marketplace.domain.messaging.message import Content, EditClosed, MessageKind
from marketplace.domain.messaging.pace import MANY_STRANGERS, SlowMode
from marketplace.domain.messaging.report import MessageReportReason
from marketplace.domain.shared.ids import ConversationId, UserId
from marketplace.entrypoints.wiring.container import build
from marketplace.entrypoints.wiring.settings import Settings
from tests.builders.commerce import NOON, an_actor, new_id
from tests.builders.reviews import add_user
from tests.engines import Database
from tests.fakes.clock import ClockOfTheTest
from tests.integration.races import outcomes

SENDERS = 32
NUMBERS = "SELECT seq FROM messaging.messages WHERE conversation_id = $1 ORDER BY seq"
WRONG = """
SELECT k.user_id FROM messaging.members k JOIN messaging.conversations c ON c.id = k.conversation_id
WHERE k.conversation_id = $1 AND (k.delivered_seq > c.last_seq OR k.unread <> (
    SELECT count(*) FROM messaging.messages m WHERE m.conversation_id = c.id AND m.seq > k.read_seq
        AND m.author_id IS DISTINCT FROM k.user_id AND m.deleted_at IS NULL))
"""


class EveryTwoMinutes(Clock):
    """Each look at it is two minutes after the one before: nobody is in slow mode for what is in a row."""

    def __init__(self) -> None:
        self._now = NOON + timedelta(days=40)

    def now(self) -> datetime:
        self._now += timedelta(minutes=2)
        return self._now


class Unlimited(RateLimits):
    async def take(self, limit: Limit, *keys: str, calls: int = 1) -> Allowance:
        return Allowance(10**9, 10**9, 60)


class WithoutLimits(Provider):
    """How often is another's business."""

    @provide(scope=Scope.APP, override=True)
    def limits(self) -> RateLimits:
        return Unlimited()


@dataclass
class Parlour:
    container: AsyncContainer
    pool: Pool

    async def run(self, use_case: type[Any], *arguments: Any) -> Any:
        async with self.container() as scope:
            return await (await scope.get(use_case))(*arguments)

    async def all(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        async with self.pool.connection() as connection:
            return [tuple(row) for row in await connection.fetch(sql, *values)]

    async def person(self) -> UserId:
        async with self.pool.connection() as connection:
            return await add_user(connection)

    async def start(self, who: UserId, other: UserId, words: str = "Hello") -> Any:
        return await self.run(StartConversation, an_actor(who), other, None, text(words))

    async def says(self, who: UserId, where: UUID, words: str = "And?", key: UUID | None = None) -> Any:
        return await self.run(SendMessage, an_actor(who), ConversationId(where), text(words, key))

    async def happened(self, where: ConversationId, by: UserId | None) -> None:
        record = Record(kind=MessageKind.NOTE, data={}, by=by, source=new_id(), at=NOON)
        async with self.container() as scope:
            await (await scope.get(RecordInThread)).inside(where, record)

    async def is_in_order(self, where: UUID, last: int) -> None:
        assert [seq for (seq,) in await self.all(NUMBERS, where)] == list(range(1, last + 1))
        assert await self.all("SELECT last_seq FROM messaging.conversations WHERE id = $1", where) == [(last,)]
        assert await self.all(WRONG, where) == []


def text(words: str, key: UUID | None = None) -> Content:
    return Content.of(MessageKind.TEXT, words, key=key)


@pytest.fixture
async def parlour(database: Database, redis_url: str, redis: Redis) -> AsyncIterator[Parlour]:
    settings = Settings.from_environment({"ENVIRONMENT": "test", "SECRET_KEY": "k" * 40}).with_addresses(
        database.app_dsn, database.owner_dsn, redis_url
    )
    container = build(settings, ClockOfTheTest(EveryTwoMinutes()), WithoutLimits(), pool_size=20)
    pool = Pool(database.app_dsn)
    try:
        yield Parlour(container, pool)
    finally:
        await pool.close()
        await container.close()


async def test_two_who_start_at_once_are_in_one_conversation(parlour: Parlour) -> None:
    for _ in range(8):
        ann, bob = await parlour.person(), await parlour.person()
        begun = await outcomes(parlour.start(ann, bob), parlour.start(bob, ann), parlour.start(ann, bob))
        assert all(isinstance(one, StartedView) for one in begun), begun
        (where,) = {one.id for one in begun}
        assert sorted(one.message.seq for one in begun) == [1, 2, 3]
        await parlour.is_in_order(where, 3)


async def test_many_senders_at_once_have_one_order(parlour: Parlour) -> None:
    """With readers, records of what happens elsewhere, and a message that is sent twice under one name."""
    ann, bob = await parlour.person(), await parlour.person()
    where, key = (await parlour.start(ann, bob)).id, new_id()
    sent = [parlour.says((ann, bob)[n % 2], where, str(n)) for n in range(SENDERS)]
    twice = [parlour.says(ann, where, "Once", key) for _ in range(2)]
    read = [parlour.run(MarkRead, an_actor((ann, bob)[n % 2]), where, 1 + n) for n in range(8)]
    records = [parlour.happened(ConversationId(where), (None, ann)[n % 2]) for n in range(4)]
    mixed = zip(sent[::4], sent[1::4], sent[2::4], read, sent[3::4], strict=True)
    done = await outcomes(*(call for batch in mixed for call in batch), *twice, *records)
    assert [one for one in done if isinstance(one, BaseException)] == []
    messages = [one for one in done if isinstance(one, MessageView)]
    assert len({one.id for one in messages}) == SENDERS + 1
    await parlour.is_in_order(where, 1 + SENDERS + 1 + 4)
    for who in (ann, bob):
        told = await parlour.all(
            "SELECT seq, name, (data ->> 'number')::int FROM notifications.user_events WHERE user_id = $1 ORDER BY seq",
            who,
        )
        assert [seq for seq, _, _ in told] == list(range(1, len(told) + 1))
        assert [number for _, name, number in told if name == "message:new"] == list(range(1, SENDERS + 7))


async def test_edits_and_deletions_at_once_leave_one_truth(parlour: Parlour) -> None:
    ann, bob = await parlour.person(), await parlour.person()
    begun = await parlour.start(ann, bob)
    messages = [begun.message.id] + [(await parlour.says(ann, begun.id, str(n))).id for n in range(5)]
    done = await outcomes(
        *(parlour.run(EditMessage, an_actor(ann), one, f"Now {n}") for n in range(3) for one in messages),
        *(parlour.run(DeleteMessage, an_actor(ann), one) for one in messages[::2] for _ in range(2)),
        parlour.run(MarkRead, an_actor(bob), begun.id, 3), parlour.says(bob, begun.id),
    )  # fmt: skip
    assert {type(one) for one in done if isinstance(one, BaseException)} <= {EditClosed}
    await parlour.is_in_order(begun.id, 7)
    for number, message in enumerate(messages):
        rows = await parlour.all(
            "SELECT m.versions, m.content, array_agg(v.number ORDER BY v.number) FROM messaging.messages m"
            " JOIN messaging.message_versions v ON v.message_id = m.id WHERE m.id = $1 GROUP BY 1, 2",
            message,
        )
        ((versions, content, numbers),) = rows
        assert numbers == list(range(1, versions + 1))
        assert (content == "") == (number % 2 == 0)
        if number % 2:
            assert versions == 3


async def test_nobody_begins_more_by_being_quick(parlour: Parlour) -> None:
    """The clock goes two minutes a step, so that all are within a day."""
    ann, others = await parlour.person(), [await parlour.person() for _ in range(MANY_STRANGERS + 6)]
    done: list[Any] = []
    for at in range(0, len(others), 14):
        done += await outcomes(*(parlour.start(ann, other) for other in others[at : at + 14]))
    begun = [one for one in done if isinstance(one, StartedView)]
    assert len(begun) == MANY_STRANGERS
    assert {type(one) for one in done} == {StartedView, SlowMode}
    mine = await parlour.all("SELECT count(*) FROM messaging.conversations WHERE approached_by = $1", ann)
    assert mine == [(MANY_STRANGERS,)]


async def test_a_deletion_and_a_moderator_at_once(parlour: Parlour) -> None:
    for _ in range(6):
        ann, bob = await parlour.person(), await parlour.person()
        message = (await parlour.start(ann, bob, "You fool")).message
        await parlour.run(ReportMessage, an_actor(bob), message.id, MessageReportReason.OFFENSIVE, None)
        ((item,),) = await parlour.all("SELECT id FROM catalog.moderation_items WHERE message_id = $1", message.id)
        decide = [
            parlour.run(DecideItem, an_actor(), ModerationItemId(item), Decision.REJECT, "Insults.") for _ in range(2)
        ]
        deleted, *decided = await outcomes(parlour.run(DeleteMessage, an_actor(ann), message.id), *decide)
        assert deleted is None
        assert sorted(type(one) is ModerationItemNotFound for one in decided) == [False, True], decided
        ((flags, content, versions),) = await parlour.all(
            "SELECT flags, content, versions FROM messaging.messages WHERE id = $1", message.id
        )
        assert (flags, content, versions) == (["taken_down"], "", 1)
        await parlour.is_in_order(message.conversation_id, 1)
