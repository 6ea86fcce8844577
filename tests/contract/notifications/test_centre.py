"""The SQL adapters of the notification centre and their fakes keep one contract."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from marketplace.adapters.ids import TimeOrderedIds
from marketplace.adapters.sql.notifications.centre import SqlCentre
from marketplace.adapters.sql.notifications.centre_queries import SqlNotificationQueries
from marketplace.adapters.sql.notifications.preferences import SqlCollected, SqlPreferenceBook
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.notifications.centre_ports import (
    Centre,
    Collected,
    Notification,
    NotificationId,
    NotificationNotFound,
    NotificationQueries,
    PreferenceBook,
)
from marketplace.application.notifications.views import NotificationView, UnreadView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.letters import OrderPaid
from marketplace.application.shared.posting import News
from marketplace.domain.notifications.kinds import Group, NotificationKind
from marketplace.domain.notifications.preferences import Channel, Digest, Every, Preferences, QuietHours, Weekday
from marketplace.domain.shared.ids import SessionId, UserId
from tests.fakes.identity import MemoryIdentity
from tests.fakes.notification_centre import WORDING, MemoryBook, MemoryCentre, MemoryCollected

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
Block = Callable[[], AbstractAsyncContextManager[object]]


@dataclass
class Subject:
    block: Block
    centre: Centre
    queries: NotificationQueries
    book: PreferenceBook
    collected: Collected

    async def add(self, *new: Notification) -> list[int]:
        async with self.block():
            return list(await self.centre.add(new))

    async def page(self, user: UserId, **options: Any) -> list[NotificationView]:
        wanted = {"unread": False, "kind": None, "after": None, "skip": 0, "limit": 10} | options
        return (await self.queries.page(an_actor(user), **wanted)).items

    async def unread(self, user: UserId) -> int:
        async with self.block():
            kept = await self.centre.unread_of(user)
        assert await self.queries.unread(an_actor(user)) == UnreadView(kept)
        assert len(await self.page(user, unread=True)) == kept
        return kept


@pytest.fixture(params=["memory", "sql"])
def subject(request: pytest.FixtureRequest) -> Subject:
    if request.param == "memory":
        book, store = MemoryBook(), MemoryIdentity()
        centre = MemoryCentre(book)
        return Subject(lambda: store, centre, centre, book, MemoryCollected())
    pool: Pool = request.getfixturevalue("pool")
    transaction = SqlTransaction(pool, {})
    return Subject(
        lambda: transaction, SqlCentre(transaction), SqlNotificationQueries(pool, WORDING),
        SqlPreferenceBook(transaction), SqlCollected(transaction, TimeOrderedIds()),
    )  # fmt: skip


def a_user() -> UserId:
    return UserId(uuid4())


def an_actor(user: UserId) -> Actor:
    return Actor(user, SessionId(uuid4()), frozenset())


IDS = TimeOrderedIds()


def a_notification(
    user: UserId, kind: NotificationKind = NotificationKind.ORDER_CREATED, at: datetime = NOW, **data: object
) -> Notification:
    return Notification(NotificationId(IDS.new()), user, kind, data, at)


async def test_what_is_added_is_counted_and_shown_newest_first(subject: Subject) -> None:
    ann, bob = a_user(), a_user()
    order = uuid4()
    first = a_notification(ann, order_id=order, amount=Decimal("850.00"), currency="AED")
    others = [a_notification(bob), a_notification(ann, NotificationKind.PAYMENT_SUCCESS)]
    assert await subject.add(first, *others) == [1, 1, 2]
    assert await subject.add(a_notification(ann)) == [3]
    found = await subject.page(ann)
    assert [one.kind for one in found] == [
        NotificationKind.ORDER_CREATED,
        NotificationKind.PAYMENT_SUCCESS,
        NotificationKind.ORDER_CREATED,
    ]
    oldest = found[-1]
    assert (oldest.id, oldest.group, oldest.created_at, oldest.read_at) == (first.id, Group.ORDERS, NOW, None)
    assert (oldest.title, oldest.body) == ("An order was placed", "Amount: \u2068850.00 AED\u2069")
    assert oldest.data["amount"] == Decimal("850.00")
    assert UUID(str(oldest.data["order_id"])) == order
    assert await subject.queries.one(an_actor(ann), first.id) == oldest


async def test_pages_and_filters(subject: Subject) -> None:
    ann = a_user()
    rows = [a_notification(ann, kind) for kind in (NotificationKind.ORDER_CREATED, NotificationKind.SEARCH_MATCH) * 3]
    await subject.add(*rows)
    async with subject.block():
        await subject.centre.read(ann, rows[5].id, NOW)
    ids = [one.id for one in reversed(rows)]
    assert [one.id for one in await subject.page(ann, limit=2)] == ids[:2]
    assert [one.id for one in await subject.page(ann, limit=2, after=ids[1])] == ids[2:4]
    assert [one.id for one in await subject.page(ann, skip=4)] == ids[4:]
    assert [one.id for one in await subject.page(ann, unread=True)] == ids[1:]
    assert [one.id for one in await subject.page(ann, kind=NotificationKind.SEARCH_MATCH)] == ids[::2]
    assert [one.id for one in await subject.page(ann, kind=NotificationKind.SEARCH_MATCH, unread=True)] == ids[2::2]
    assert await subject.page(a_user()) == []
    found = await subject.queries.page(an_actor(ann), unread=False, kind=None, after=None, skip=0, limit=2)
    assert (found.total, found.has_more) == (6, True)


async def test_reading_counts_down_once(subject: Subject) -> None:
    ann, outsider = a_user(), a_user()
    one, two = a_notification(ann), a_notification(ann)
    await subject.add(one, two)
    async with subject.block():
        assert await subject.centre.read(ann, one.id, NOW) == 1
    async with subject.block():
        assert await subject.centre.read(ann, one.id, NOW + DAY) == 0
    assert [found.read_at for found in await subject.page(ann)] == [None, NOW]
    with pytest.raises(NotificationNotFound):
        async with subject.block():
            await subject.centre.read(outsider, two.id, NOW)
    with pytest.raises(NotificationNotFound):
        await subject.queries.one(an_actor(outsider), two.id)
    assert await subject.unread(ann) == 1


async def test_all_of_before_are_read_in_batches(subject: Subject) -> None:
    ann = a_user()
    await subject.add(*(a_notification(ann) for _ in range(5)), a_notification(ann, at=NOW + DAY))
    for changed, left in ((2, 4), (2, 2), (1, 1), (0, 1)):
        async with subject.block():
            assert await subject.centre.read_some(ann, NOW, 2) == changed
        assert await subject.unread(ann) == left


async def test_removing_one_counts_down_if_it_was_unread(subject: Subject) -> None:
    ann, outsider = a_user(), a_user()
    one, two = a_notification(ann), a_notification(ann)
    await subject.add(one, two)
    async with subject.block():
        await subject.centre.read(ann, one.id, NOW)
    for mine, was_unread in ((one, 0), (two, 1)):
        with pytest.raises(NotificationNotFound):
            async with subject.block():
                await subject.centre.remove(outsider, mine.id)
        async with subject.block():
            assert await subject.centre.remove(ann, mine.id) == was_unread
    assert await subject.unread(ann) == 0
    assert await subject.page(ann) == []
    with pytest.raises(NotificationNotFound):
        async with subject.block():
            await subject.centre.remove(ann, two.id)


async def test_read_ones_go_on_demand_and_with_age(subject: Subject) -> None:
    ann, long_ago = a_user(), datetime(2001, 1, 1, tzinfo=UTC)
    old, older, young, unread = (
        a_notification(ann, at=at) for at in (long_ago + DAY, long_ago, long_ago + 3 * DAY, long_ago)
    )
    await subject.add(old, older, young, unread)
    for one in (old, older, young):
        async with subject.block():
            await subject.centre.read(ann, one.id, NOW)
    for removed in (1, 1, 0):
        async with subject.block():
            assert await subject.centre.forget_read(long_ago + 2 * DAY, 1) == removed
    assert {one.id for one in await subject.page(ann)} == {young.id, unread.id}
    for removed in (1, 0):
        async with subject.block():
            assert await subject.centre.remove_read(ann, 5) == removed
    assert [one.id for one in await subject.page(ann)] == [unread.id]
    assert await subject.unread(ann) == 1


PREFERENCES = Preferences(
    {Group.OFFERS: {Channel.EMAIL: False, Channel.SMS: True}}, "Asia/Tashkent", QuietHours(time(22), time(7, 30)),
    Digest(Every.WEEK, 8, frozenset({Group.ORDERS}), Weekday.FRIDAY),
)  # fmt: skip


async def test_preferences_are_kept_as_they_were_chosen(subject: Subject) -> None:
    ann, bob = a_user(), a_user()
    for chosen in (Preferences(), PREFERENCES):
        async with subject.block():
            await subject.book.put(ann, chosen, NOW)
            wishes = await subject.book.of({ann, bob})
        assert wishes[ann].preferences == chosen
        assert wishes[bob].preferences == Preferences()
    shown = await subject.queries.preferences(an_actor(ann))
    assert (shown.channels[Group.OFFERS].email, shown.channels[Group.OFFERS].push) == (False, True)
    assert shown.quiet_hours
    assert (shown.quiet_hours.begins, shown.quiet_hours.until) == ("22:00", "07:30")


async def test_collected_letters_are_taken_once(subject: Subject) -> None:
    ann, bob = a_user(), a_user()
    letters = [OrderPaid("M-1", "7.00 AED"), News("search_match", {"title": "A lamp"}), OrderPaid("M-2", "8.00 AED")]
    async with subject.block():
        for letter in letters:
            await subject.collected.add(ann, letter, NOW)
        await subject.collected.add(bob, letters[0], NOW)
    async with subject.block():
        assert await subject.collected.any_of(ann)
        assert await subject.collected.take(ann, 2) == (letters[1:], 1)
    async with subject.block():
        assert not await subject.collected.any_of(ann)
        assert await subject.collected.take(ann, 2) == ([], 0)
        assert await subject.collected.take(bob, 2) == (letters[:1], 0)


async def test_nothing_is_kept_of_a_person_who_left(subject: Subject) -> None:
    ann, bob = a_user(), a_user()
    await subject.add(*(a_notification(ann) for _ in range(3)), a_notification(bob))
    async with subject.block():
        await subject.book.put(ann, PREFERENCES, NOW)
    removed: Callable[[], Awaitable[int]] = lambda: subject.centre.forget_person(ann, 2)  # noqa: E731
    rounds = 0
    while True:
        async with subject.block():
            if not await removed():
                break
        rounds += 1
    assert rounds == 2
    assert await subject.unread(ann) == 0
    assert await subject.unread(bob) == 1
    async with subject.block():
        assert (await subject.book.of({ann}))[ann].preferences == Preferences()
