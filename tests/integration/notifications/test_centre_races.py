"""What arrives while a person reads, clears and deletes: the count stays that of the rows, and nobody is deadlocked."""

import asyncio
import random
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from marketplace.adapters.ids import TimeOrderedIds
from marketplace.adapters.sql.notifications.centre import SqlCentre
from marketplace.adapters.sql.notifications.user_events import SqlUserEventLog, SqlUserEvents
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.notifications.centre import (
    DeleteNotification,
    DeleteReadNotifications,
    ReadAllNotifications,
    ReadNotification,
)
from marketplace.application.notifications.centre_ports import Notification, NotificationId, NotificationNotFound
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.user_events import Notice
from marketplace.domain.notifications.kinds import NotificationKind
from marketplace.domain.shared.ids import SessionId, UserId
from tests.fakes.world import FixedClock

NOW = datetime(2030, 1, 1, tzinfo=UTC)
IDS = TimeOrderedIds()
COUNTED = """
SELECT user_id, count(*) FILTER (WHERE read_at IS NULL) AS unread,
    (SELECT count FROM notifications.unread u WHERE u.user_id = n.user_id) AS kept
FROM notifications.notifications n WHERE user_id = ANY($1) GROUP BY user_id"""


async def test_the_count_is_that_of_the_rows_whoever_writes_at_once(pool: Pool) -> None:
    people = [UserId(uuid4()) for _ in range(3)]
    chance, gate = random.Random(7), asyncio.Semaphore(9)  # noqa: S311 - a test
    made: list[tuple[UserId, NotificationId]] = []
    clock = FixedClock(NOW + timedelta(days=1))

    async def arrive(users: list[UserId]) -> None:
        transaction = SqlTransaction(pool, {})
        new = [Notification(NotificationId(IDS.new()), one, NotificationKind.ORDER_CREATED, {}, NOW) for one in users]
        async with transaction:
            await SqlCentre(transaction).add(new)
            await SqlUserEvents(transaction, IDS).append([Notice(one, "order_created", {}) for one in users])
        made.extend((one.user, one.id) for one in new)

    async def do(what: int) -> None:
        transaction = SqlTransaction(pool, {})
        centre, events = SqlCentre(transaction), SqlUserEvents(transaction, IDS)
        user, one = chance.choice(made)
        actor = Actor(user, SessionId(uuid4()), frozenset())
        with suppress(NotificationNotFound):
            match what:
                case 0:
                    await ReadNotification(centre, events, clock, transaction)(actor, one)
                case 1:
                    await DeleteNotification(centre, events, transaction)(actor, one)
                case 2:
                    await ReadAllNotifications(centre, events, clock, transaction)(actor)
                case 3:
                    await DeleteReadNotifications(centre, transaction)(actor)

    async def act() -> None:
        async with gate:
            if not made or chance.random() < 0.5:
                await arrive(chance.choices(people, k=chance.randint(1, 5)))
            else:
                await do(chance.choices(range(4), (6, 3, 1, 1))[0])

    await asyncio.gather(*(act() for _ in range(300)))
    await arrive(people)
    async with pool.connection() as connection:
        rows = await connection.fetch(COUNTED, people)
    assert len(rows) == 3
    assert [row["unread"] for row in rows] == [row["kept"] for row in rows]
    last = await SqlUserEventLog(pool).read(dict.fromkeys(people, 0), 10_000)
    for page in last.values():
        assert [event.seq for event in page.events] == list(range(1, page.last_seq + 1))
