"""Timers fire once, after their time and soon; cron ticks once for the fleet."""

import random
from datetime import UTC, datetime, timedelta
from statistics import median
from uuid import UUID, uuid4

import pytest
from dishka import AsyncContainer

from marketplace.adapters.sql.transaction import SqlTimers, SqlTransaction
from tests.integration.jobs.house import Broken, House, eventually, note, running

SOON = timedelta(milliseconds=150)
LATER = timedelta(hours=1)


@pytest.fixture
def house(house: House) -> House:
    @house.handlers.timer("expire")
    async def expire(container: AsyncContainer, subject: UUID) -> None:
        await note(container, "expired", subject, 0)

    return house


async def expired(house: House) -> list[UUID]:
    return [row[0] for row in await house.rows("SELECT subject FROM effect WHERE name = 'expired' ORDER BY at")]


async def test_timers_fire_after_their_time_and_within_fifty_milliseconds(house: House) -> None:
    chance = random.Random(7)  # noqa: S311
    async with running(house.worker(), house.worker()):
        now = await house.now()
        for _ in range(60):
            await house.set_timer("expire", uuid4(), now + timedelta(seconds=chance.uniform(0.3, 1.5)))
        await house.settled()
    lateness = [
        row[0]
        for row in await house.rows(
            "SELECT extract(epoch FROM at - run_at)::float8 * 1000 FROM effect JOIN jobs.job ON key = subject::text"
        )
    ]
    print(f"60 timers: median {median(lateness):.1f} ms late, at most {max(lateness):.1f} ms")  # noqa: T201
    assert len(lateness) == 60
    assert min(lateness) >= 0
    assert median(lateness) < 50


async def test_a_timer_that_is_set_again_moves(house: House) -> None:
    first, second = uuid4(), uuid4()
    async with running(house.worker()):
        now = await house.now()
        await house.set_timer("expire", first, now + LATER)
        await house.set_timer("expire", second, now + SOON)
        await house.set_timer("expire", second, now + LATER)
        await house.set_timer("expire", first, now + SOON)

        async def fired() -> bool:
            return bool(await expired(house))

        await eventually(fired)
    assert await expired(house) == [first]
    assert await house.value("SELECT run_at FROM jobs.job WHERE state = 'ready'") == now + LATER


async def test_a_timer_is_set_and_cleared_within_one_transaction_and_between_two(house: House) -> None:
    one, other = uuid4(), uuid4()
    now = await house.now()
    async with house.transaction() as transaction:
        timers = SqlTimers(transaction)
        timers.set("expire", one, now)
        timers.clear("expire", one)
        timers.set("expire", other, now)
    assert await house.states() == {"ready": 1}
    async with house.transaction() as transaction:
        SqlTimers(transaction).clear("expire", other)
    assert await house.states() == {"cancelled": 1}
    assert await house.worker().drain() == 0


async def test_a_transaction_that_rolls_back_leaves_timers_as_they_were(house: House) -> None:
    kept, new = uuid4(), uuid4()
    await house.set_timer("expire", kept, await house.now())
    with pytest.raises(Broken):
        async with house.transaction() as transaction:
            SqlTimers(transaction).clear("expire", kept)
            SqlTimers(transaction).set("expire", new, await house.now())
            raise Broken
    assert await house.worker().drain() == 1
    assert await expired(house) == [kept]


async def test_a_timer_can_set_itself_again_while_it_runs(house: House) -> None:
    runs = 0

    @house.handlers.timer("repeat")
    async def repeat(container: AsyncContainer, subject: UUID) -> None:
        nonlocal runs
        runs += 1
        async with await container.get(SqlTransaction) as transaction:
            if runs < 3:
                SqlTimers(transaction).set("repeat", subject, await house.now())

    await house.set_timer("repeat", uuid4(), await house.now())
    assert await house.worker().drain() == 3
    assert await house.states() == {"done": 3}


async def test_a_timer_that_was_moved_while_it_ran_and_failed_is_not_tried_again(house: House) -> None:
    @house.handlers.timer("fragile")
    async def fragile(_: AsyncContainer, subject: UUID) -> None:
        await house.set_timer("fragile", subject, later)
        raise Broken

    later = await house.now() + LATER
    subject = uuid4()
    await house.set_timer("fragile", subject, await house.now())
    assert await house.worker().drain(raising=False) == 1
    assert await house.states() == {"cancelled": 1, "ready": 1}
    assert await house.value("SELECT run_at FROM jobs.job WHERE state = 'ready'") == later


async def test_moving_a_failing_timer_gives_it_all_its_attempts_again(house: House) -> None:
    subject = uuid4()
    await house.set_timer("expire", subject, await house.now())
    [job], _ = await house.queue.claim(1)
    await house.queue.fail(job, "Broken", timedelta(hours=1))
    await house.set_timer("expire", subject, await house.now())
    assert [tuple(row) for row in await house.rows("SELECT attempts, error, state FROM jobs.job")] == [
        (0, None, "ready")
    ]


async def test_each_tick_of_a_cron_runs_once_for_two_workers(house: House) -> None:
    @house.handlers.cron("sweep", "* * * * * *")
    async def sweep(container: AsyncContainer, tick: datetime) -> None:
        await note(container, "tick", uuid4(), int(tick.timestamp()))

    async with running(house.worker(), house.worker()):

        async def thrice() -> bool:
            return len(await house.effects("tick")) >= 3

        await eventually(thrice)
    ticks = await house.effects("tick")
    assert ticks == list(range(ticks[0], ticks[0] + len(ticks)))
    lateness = await house.value("SELECT max(extract(epoch FROM at) - number) FROM effect")
    assert 0 <= lateness < 0.5


async def test_a_tick_is_enqueued_once_and_never_an_earlier_one(house: House) -> None:
    tick = datetime(2030, 1, 1, tzinfo=UTC)
    assert await house.queue.tick("sweep", tick)
    assert not await house.queue.tick("sweep", tick)
    assert not await house.queue.tick("sweep", tick - timedelta(minutes=1))
    assert await house.queue.tick("sweep", tick + timedelta(minutes=1))
    assert await house.states() == {"ready": 2}
