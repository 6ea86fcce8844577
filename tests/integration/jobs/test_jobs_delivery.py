"""Events and plain jobs: order, isolation, retries, exactly-once effects."""

import asyncio
import time
from dataclasses import dataclass
from datetime import datetime
from statistics import median, quantiles
from uuid import UUID, uuid4

import pytest
from dishka import AsyncContainer
from prometheus_client import REGISTRY

from marketplace.adapters.sql.transaction import SqlTransaction
from tests.integration.jobs.house import NOW, Broken, Counted, House, note, running, write


@dataclass(frozen=True, slots=True)
class Letter:
    id: UUID
    words: tuple[str, ...]
    at: datetime


async def test_events_of_one_aggregate_arrive_in_order_through_retries_and_three_workers(house: House) -> None:
    failed: set[tuple[UUID, int]] = set()

    @house.handlers.on(Counted, "orders", base=0.02)
    async def orders(container: AsyncContainer, event: Counted) -> None:
        if event.number % 5 == 0 and (event.subject, event.number) not in failed:
            failed.add((event.subject, event.number))
            raise Broken
        await note(container, str(event.subject), event.subject, event.number)

    subjects = [uuid4() for _ in range(6)]
    async with running(*(house.worker(concurrency=4) for _ in range(3))):
        for start in range(0, 30, 3):
            for subject in subjects:
                await house.publish(subject, start, start + 1, start + 2)
        await house.settled()
    for subject in subjects:
        assert await house.effects(str(subject)) == list(range(30))
    assert len(failed) == 36


async def test_a_failing_subscriber_holds_up_no_other(house: House) -> None:
    @house.handlers.on(Counted, "broken", max_attempts=2, base=0.01)
    async def broken(_: AsyncContainer, __: Counted) -> None:
        raise Broken

    @house.handlers.on(Counted, "sound")
    async def sound(container: AsyncContainer, event: Counted) -> None:
        await note(container, "sound", event.subject, event.number)

    async with running(house.worker()):
        await house.publish(uuid4(), 1, 2, 3)
        await house.settled()
    assert await house.effects("sound") == [1, 2, 3]
    assert await house.states() == {"done": 3, "dead": 3}


async def test_a_job_is_retried_with_growing_waits_then_dead_then_revived(house: House) -> None:
    starts: list[float] = []
    broken = True

    @house.handlers.timer("fragile", max_attempts=3, base=0.1)
    async def fragile(container: AsyncContainer, subject: UUID) -> None:
        starts.append(time.monotonic())
        if broken:
            raise Broken("mail to someone@example.com refused")
        await note(container, "fragile", subject, len(starts))

    async with running(house.worker()):
        await house.run("fragile", uuid4())
        await house.settled()
        [dead] = await house.queue.dead()
        assert (dead.handler, dead.attempts) == ("fragile", 3)
        assert dead.error is not None
        assert dead.error.startswith("Broken at test_jobs_delivery.py:")
        assert 0.09 <= starts[1] - starts[0] < 0.2 <= 0.03 + starts[2] - starts[1] < 0.35
        broken = False
        assert await house.queue.revive(dead.id)
        await house.settled()
    assert await house.effects("fragile") == [4]
    assert not await house.queue.revive(dead.id)


async def test_what_a_handler_wrote_before_it_failed_is_rolled_back(house: House) -> None:
    attempts = 0

    @house.handlers.on(Counted, "late", base=0.01)
    async def late(container: AsyncContainer, event: Counted) -> None:
        nonlocal attempts
        attempts += 1
        transaction = await container.get(SqlTransaction)
        async with transaction:
            await write(transaction, "late", event.subject, attempts)
            if attempts < 3:
                raise Broken

    async with running(house.worker()):
        await house.publish(uuid4(), 1)
        await house.settled()
    assert await house.effects("late") == [3]


async def test_an_error_after_the_commit_does_not_repeat_the_effect(house: House) -> None:
    @house.handlers.on(Counted, "late")
    async def late(container: AsyncContainer, event: Counted) -> None:
        await note(container, "late", event.subject, event.number)
        raise Broken

    await house.publish(uuid4(), 1)
    assert await house.worker().drain(raising=False) == 1
    assert await house.effects("late") == [1]
    assert await house.states() == {"done": 1}


async def test_a_second_block_of_a_transactional_handler_is_refused_and_rolled_back(house: House) -> None:
    @house.handlers.on(Counted, "greedy")
    async def greedy(container: AsyncContainer, event: Counted) -> None:
        await note(container, "greedy", event.subject, 1)
        await note(container, "greedy", event.subject, 2)

    await house.publish(uuid4(), 1)
    with pytest.raises(RuntimeError, match=r"second transaction block.*transactional=False"):
        await house.worker().drain()
    assert await house.effects("greedy") == [1]


async def test_a_job_brings_its_payload_as_the_type_its_handler_takes(house: House) -> None:
    seen: list[Letter] = []

    @house.handlers.job("send", Letter)
    async def send(_: AsyncContainer, letter: Letter) -> None:
        seen.append(letter)

    letter = Letter(id=uuid4(), words=("salut", "ça va"), at=NOW)
    await house.run("send", letter)
    assert await house.worker().drain() == 1
    assert seen == [letter]


async def test_a_handler_that_writes_nothing_is_done_too(house: House) -> None:
    seen: list[UUID] = []

    @house.handlers.timer("reader")
    async def reader(_: AsyncContainer, subject: UUID) -> None:
        seen.append(subject)

    subject = uuid4()
    await house.run("reader", subject)
    assert await house.worker().drain() == 1
    assert seen == [subject]
    assert await house.states() == {"done": 1}


async def test_a_handler_of_outside_calls_opens_several_blocks_and_runs_at_least_once(house: House) -> None:
    calls = 0

    @house.handlers.on(Counted, "charge", transactional=False, base=0.01)
    async def charge(container: AsyncContainer, event: Counted) -> None:
        nonlocal calls
        await note(container, "intent", event.subject, event.number)
        calls += 1
        if calls == 1:
            raise Broken
        await note(container, "outcome", event.subject, event.number)

    async with running(house.worker()):
        await house.publish(uuid4(), 7)
        await house.settled()
    assert (await house.effects("intent"), await house.effects("outcome")) == ([7, 7], [7])


async def test_a_job_of_an_unknown_handler_is_tried_again_and_then_dead_with_the_reason(house: House) -> None:
    await house.run("gone.away", 1)
    await house.rows("UPDATE jobs.job SET attempts = 6")
    worker = house.worker()
    assert await worker.drain(raising=False) == 1
    assert await house.states() == {"ready": 1}
    await house.rows("UPDATE jobs.job SET run_at = now()")
    assert await worker.drain(raising=False) == 1
    [dead] = await house.queue.dead()
    assert dead.error == "this version has no handler named gone.away"


async def test_a_handler_that_hangs_is_ended_at_its_timeout(house: House) -> None:
    @house.handlers.timer("hang", timeout=0.05, max_attempts=1)
    async def hang(_: AsyncContainer, __: UUID) -> None:
        await asyncio.Event().wait()

    await house.run("hang", uuid4())
    with pytest.raises(TimeoutError):
        await house.worker().drain()
    assert await house.states() == {"dead": 1}


async def test_drain_runs_jobs_in_order_with_those_they_cause_and_raises_the_first_error(house: House) -> None:
    seen: list[int] = []

    @house.handlers.on(Counted, "chain", base=60.0)
    async def chain(container: AsyncContainer, event: Counted) -> None:
        seen.append(event.number)
        transaction = await container.get(SqlTransaction)
        async with transaction:
            if event.number < 5:
                next_event = Counted(occurred_at=event.occurred_at, subject=event.subject, number=event.number + 2)
                transaction.jobs.publish(next_event, event.subject, house.handlers.subscriptions)
        if event.number == 6:
            raise Broken

    await house.publish(uuid4(), 1, 2)
    with pytest.raises(Broken):
        await house.worker().drain()
    assert seen == [1, 2, 3, 4, 5, 6]
    with pytest.raises(RuntimeError, match="enqueue itself"):
        await _endless(house)


async def _endless(house: House) -> None:
    @house.handlers.timer("endless")
    async def endless(container: AsyncContainer, subject: UUID) -> None:
        transaction = await container.get(SqlTransaction)
        async with transaction:
            transaction.jobs.run("endless", subject)

    await house.run("endless", uuid4())
    await house.worker().drain(limit=20)


async def test_attempts_are_counted_by_how_they_ended(house: House) -> None:
    @house.handlers.timer("counted", base=0.01)
    async def fragile(container: AsyncContainer, subject: UUID) -> None:
        if (await house.value("SELECT attempts FROM jobs.job")) < 3:
            raise Broken
        await note(container, "counted", subject, 1)

    async with running(house.worker()):
        await house.run("counted", uuid4())
        await house.settled()
    samples = [
        REGISTRY.get_sample_value("marketplace_jobs_total", {"handler": "counted", "outcome": outcome})
        for outcome in ("ready", "done", "dead")
    ]
    assert samples == [2, 1, None]


async def test_a_job_starts_within_twenty_milliseconds_of_its_publication(house: House) -> None:
    started: dict[int, float] = {}
    arrived = asyncio.Event()

    @house.handlers.on(Counted, "prompt")
    async def prompt(container: AsyncContainer, event: Counted) -> None:
        started[event.number] = time.perf_counter()
        arrived.set()
        await note(container, "prompt", event.subject, event.number)

    waits: list[float] = []
    async with running(house.worker()):
        await house.publish(uuid4(), -1)
        await house.settled()
        for number in range(200):
            arrived.clear()
            before = time.perf_counter()
            await house.publish(uuid4(), number)
            await asyncio.wait_for(arrived.wait(), 5)
            waits.append((started[number] - before) * 1000)
        await house.settled()
    print(f"start latency over 200 jobs: median {median(waits):.1f} ms, p99 {quantiles(waits, n=100)[98]:.1f} ms")  # noqa: T201
    assert median(waits) < 20
