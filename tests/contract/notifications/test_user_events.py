"""The SQL adapter and the fake keep one contract."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

import pytest

from marketplace.adapters.ids import TimeOrderedIds
from marketplace.adapters.sql.notifications.user_events import SqlEventWindow, SqlUserEventLog, SqlUserEvents
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.notifications.ports import UserEventLog, UserEventQueries
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.user_events import Notice
from marketplace.domain.notifications.errors import FullSyncRequired
from marketplace.domain.shared.ids import SessionId, UserId
from tests.fakes.notifications import MemoryUserEvents

PAST, FUTURE = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)

Append = Callable[[Sequence[Notice]], Awaitable[None]]


@dataclass
class Subject:
    append: Append
    log: UserEventLog
    queries: UserEventQueries
    forget: Callable[[datetime], Awaitable[int]]
    """All from before then, as its use case does; how many."""


@pytest.fixture(params=["memory", "sql"])
def subject(request: pytest.FixtureRequest) -> Subject:
    if request.param == "memory":
        memory = MemoryUserEvents()
        return Subject(memory.append, memory, memory, memory.forget)
    pool: Pool = request.getfixturevalue("fresh_pool")

    async def append(notices: Sequence[Notice]) -> None:
        transaction = SqlTransaction(pool, {})
        async with transaction:
            await SqlUserEvents(transaction, TimeOrderedIds()).append(notices)

    async def forget(before: datetime) -> int:
        gone = 0
        while True:
            transaction = SqlTransaction(pool, {})
            async with transaction:
                some = await SqlEventWindow(transaction).forget(before)
            if not some:
                return gone
            gone += some

    log = SqlUserEventLog(pool)
    return Subject(append, log, log, forget)


def a_user() -> UserId:
    return UserId(uuid4())


def an_actor(user: UserId) -> Actor:
    return Actor(user, SessionId(uuid4()), frozenset())


async def test_each_recipient_has_numbers_of_their_own_from_one(subject: Subject) -> None:
    ann, bob = a_user(), a_user()
    await subject.append([Notice(ann, "a", {}), Notice(bob, "b", {}), Notice(ann, "c", {})])
    await subject.append([Notice(bob, "d", {}), Notice(ann, "e", {})])
    pages = await subject.log.read({ann: 0, bob: 0}, 10)
    assert [(event.seq, event.name) for event in pages[ann].events] == [(1, "a"), (2, "c"), (3, "e")]
    assert [(event.seq, event.name) for event in pages[bob].events] == [(1, "b"), (2, "d")]
    assert len({event.id for page in pages.values() for event in page.events}) == 5


async def test_a_page_goes_on_behind_the_last_number(subject: Subject) -> None:
    ann = a_user()
    await subject.append([Notice(ann, "n", {"n": n}) for n in range(1, 6)])
    page = await subject.queries.missed(an_actor(ann), 1, 3)
    assert ([event.seq for event in page.events], page.last_seq, page.has_more) == ([2, 3, 4], 5, True)
    page = await subject.queries.missed(an_actor(ann), 4, 3)
    assert ([event.seq for event in page.events], page.last_seq, page.has_more) == ([5], 5, False)
    page = await subject.queries.missed(an_actor(ann), 5, 3)
    assert (page.events, page.last_seq, page.has_more) == ([], 5, False)
    assert (await subject.log.read({ann: 0}, 0))[ann].last_seq == 5


async def test_others_events_are_not_seen(subject: Subject) -> None:
    ann, outsider = a_user(), a_user()
    await subject.append([Notice(ann, "secret", {})])
    page = await subject.queries.missed(an_actor(outsider), 0, 10)
    assert (page.events, page.last_seq, page.has_more) == ([], 0, False)


async def test_data_keeps_exact_money_and_any_text(subject: Subject) -> None:
    ann = a_user()
    text = 'quote " backslash \\ percent %s brace { line\n emoji 🦆'
    await subject.append([Notice(ann, 'na"me', {"amount": Decimal("850.00"), "text": text, "none": None})])
    (event,) = (await subject.log.read({ann: 0}, 1))[ann].events
    assert event.name == 'na"me'
    assert b"850.00" in bytes(event.data)
    assert event.timestamp.utcoffset() is not None


async def test_what_is_older_is_forgotten_and_numbers_go_on(subject: Subject) -> None:
    ann, bob = a_user(), a_user()
    await subject.append([Notice(ann, "n", {}) for _ in range(250)])
    await subject.append([Notice(ann, "n", {}), Notice(bob, "n", {})])
    page = await subject.queries.missed(an_actor(ann), 250, 10)
    assert await subject.forget(PAST) == 0
    assert await subject.forget(page.events[0].timestamp) == 250
    page = await subject.queries.missed(an_actor(ann), 250, 10)
    assert ([event.seq for event in page.events], page.first_seq, page.last_seq) == ([251], 251, 251)
    with pytest.raises(FullSyncRequired) as refused:
        await subject.queries.missed(an_actor(ann), 249, 10)
    assert refused.value.facts == {"seq": 251}
    page = (await subject.log.read({ann: 0, bob: 0}, 10))[ann]
    assert ([event.seq for event in page.events], page.first_seq) == ([251], 251)
    assert not page.follows(249)


async def test_who_has_nothing_left_goes_on_where_they_were(subject: Subject) -> None:
    ann = a_user()
    await subject.append([Notice(ann, "n", {}) for _ in range(3)])
    assert await subject.forget(FUTURE) == 3
    page = await subject.queries.missed(an_actor(ann), 3, 10)
    assert (page.events, page.first_seq, page.last_seq, page.has_more) == ([], 4, 3, False)
    with pytest.raises(FullSyncRequired):
        await subject.queries.missed(an_actor(ann), 0, 10)
    await subject.append([Notice(ann, "n", {})])
    page = await subject.queries.missed(an_actor(ann), 3, 10)
    assert ([event.seq for event in page.events], page.first_seq, page.last_seq) == ([4], 4, 4)
    assert await subject.forget(FUTURE) == 1
