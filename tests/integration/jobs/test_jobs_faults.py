"""Lost leases, killed workers, a database that goes away, a graceful stop."""

import asyncio
import os
import sys
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from dishka import AsyncContainer

from marketplace.adapters.embedded.postgres import EmbeddedPostgres
from marketplace.adapters.sql.job_queue import LeaseLost
from marketplace.adapters.sql.transaction import SqlTransaction
from tests.integration.jobs.house import Counted, House, eventually, note, running, write

ROOT = Path(__file__).parents[3]


async def test_a_worker_that_lost_its_lease_commits_nothing_and_the_effect_happens_once(house: House) -> None:
    runs = 0

    @house.handlers.timer("slow")
    async def slow(container: AsyncContainer, subject: UUID) -> None:
        nonlocal runs
        runs += 1
        async with await container.get(SqlTransaction) as transaction:
            await write(transaction, "slow", subject, runs)
            if runs == 1:
                await house.rows("UPDATE jobs.job SET lease_until = now() - interval '1 second'")
                assert await house.queue.reap() == 1
                assert await house.worker().drain() == 1

    await house.run("slow", uuid4())
    with pytest.raises(LeaseLost, match="was taken from this worker"):
        await house.worker().drain()
    assert await house.effects("slow") == [2]
    assert [tuple(row) for row in await house.rows("SELECT state, attempts FROM jobs.job")] == [("done", 2)]


async def test_the_same_worker_that_claimed_its_job_again_is_fenced_too(house: House) -> None:
    await house.run("any", 1)
    [first], _ = await house.queue.claim(1)
    await house.rows("UPDATE jobs.job SET lease_until = now() - interval '1 second'")
    await house.queue.reap()
    [second], _ = await house.queue.claim(1)
    with pytest.raises(LeaseLost):
        await house.queue.finish(first)
    assert await house.queue.fail(first, "late", None) is None
    await house.queue.finish(second)
    assert await house.states() == {"done": 1}


async def test_only_the_leases_of_running_jobs_are_renewed(house: House) -> None:
    await house.run("any", 1)
    await house.run("any", 2)
    jobs, _ = await house.queue.claim(2)
    await house.rows("UPDATE jobs.job SET lease_until = now() - interval '1 second'")
    await house.queue.renew(jobs[:1])
    assert await house.queue.reap() == 1
    assert await house.value("SELECT id FROM jobs.job WHERE state = 'running'") == jobs[0].id


async def test_the_lease_of_a_long_job_is_renewed_while_it_runs(house: House) -> None:
    runs = 0

    @house.handlers.timer("long", transactional=False)
    async def long(_: AsyncContainer, __: UUID) -> None:
        nonlocal runs
        runs += 1
        first = await house.value("SELECT lease_until FROM jobs.job")

        async def outlived() -> bool:
            return bool(await house.value("SELECT now() > $1", first))

        await eventually(outlived)

    async with running(house.worker(lease=0.3), house.worker(lease=0.3)):
        await house.run("long", uuid4())
        await house.settled()
    assert runs == 1


async def test_another_worker_takes_over_from_a_killed_one_long_before_the_lease_ends_and_charges_the_attempt(
    house: House,
) -> None:
    attempts: list[int] = []

    @house.handlers.timer("doomed")
    async def doomed(container: AsyncContainer, subject: UUID) -> None:
        attempts.append(await house.value("SELECT attempts FROM jobs.job"))
        await note(container, "doomed", subject, 1)

    await house.run("doomed", uuid4())
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.integration.jobs.doomed_worker", house.dsn,
        cwd=ROOT, env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        assert await asyncio.wait_for(process.stdout.readuntil(b"in the middle\n"), 20)
    finally:
        process.kill()
        await process.wait()
    assert await house.states() == {"running": 1}
    async with running(house.worker()):
        await house.settled(within=5)
    assert attempts == [2]
    assert await house.effects("doomed") == [1]


async def test_what_a_living_worker_runs_stays_its_own(house: House) -> None:
    started, go_on = asyncio.Event(), asyncio.Event()

    @house.handlers.timer("patient")
    async def patient(container: AsyncContainer, subject: UUID) -> None:
        started.set()
        await go_on.wait()
        await note(container, "patient", subject, 1)

    async with running(house.worker()):
        await house.run("patient", uuid4())
        await asyncio.wait_for(started.wait(), 5)
        assert await house.queue.reap(unannounced=True) == 0
        go_on.set()
        await house.settled()
    assert await house.effects("patient") == [1]


async def test_a_job_that_kills_its_workers_ends_up_dead(house: House) -> None:
    @house.handlers.timer("poison", max_attempts=2)
    async def poison(_: AsyncContainer, __: UUID) -> None:
        raise AssertionError("must not run a third time")

    await house.run("poison", uuid4())
    await house.rows("UPDATE jobs.job SET attempts = 2, error = 'the worker was lost'")
    assert await house.worker().drain(raising=False) == 1
    [dead] = await house.queue.dead()
    assert dead.error == "2 attempts are used up: the worker was lost in the last one"


async def test_a_database_that_goes_away_again_and_again_loses_nothing_and_ends_no_worker(house: House) -> None:
    @house.handlers.on(Counted, "steady", base=0.02, max_attempts=50)
    async def steady(container: AsyncContainer, event: Counted) -> None:
        await note(container, str(event.subject), event.subject, event.number)

    subjects = [uuid4() for _ in range(10)]
    for start in range(0, 40, 10):
        for subject in subjects:
            await house.publish(subject, *range(start, start + 10))
    workers = [house.worker(lease=1.0) for _ in range(2)]
    tasks = [asyncio.create_task(worker.run()) for worker in workers]
    for share in (40, 120, 200, 280, 360):
        await house.reached(share)
        await house.cut_off_everyone()
    await house.settled(within=40)
    for subject in subjects:
        assert await house.effects(str(subject)) == list(range(40))
    assert not any(task.done() for task in tasks)
    assert await house.states() == {"done": 400}

    late = uuid4()
    await house.publish(late, 1)
    await house.settled()
    assert await house.effects(str(late)) == [1]
    for worker in workers:
        worker.stop()
    await asyncio.wait_for(asyncio.gather(*tasks), 20)


async def test_a_worker_outlives_restarts_of_the_database_without_losing_a_job(
    own_house: House, own_postgres: EmbeddedPostgres
) -> None:
    house = own_house

    @house.handlers.on(Counted, "steady", base=0.02, max_attempts=50)
    async def steady(container: AsyncContainer, event: Counted) -> None:
        await note(container, "steady", event.subject, event.number)

    subject = uuid4()
    async with running(house.worker(lease=1.0)):
        for start in (0, 300):
            await house.publish(subject, *range(start, start + 300))
            await house.reached(start + 50)
            await asyncio.to_thread(own_postgres.stop)
            await asyncio.to_thread(own_postgres.start)
            await house.settled()
        await house.publish(subject, 600)
        await house.settled()
    assert await house.effects("steady") == list(range(601))


async def test_a_graceful_stop_lets_running_handlers_finish_and_claims_no_more(house: House) -> None:
    started, go_on = asyncio.Event(), asyncio.Event()

    @house.handlers.timer("patient")
    async def patient(container: AsyncContainer, subject: UUID) -> None:
        started.set()
        await go_on.wait()
        await note(container, "patient", subject, 1)

    worker = house.worker(concurrency=1)
    task = asyncio.create_task(worker.run())
    await house.run("patient", uuid4())
    await house.run("patient", uuid4())
    await asyncio.wait_for(started.wait(), 5)
    worker.stop()
    go_on.set()
    await asyncio.wait_for(task, 10)
    assert await house.states() == {"done": 1, "ready": 1}
    assert await house.effects("patient") == [1]


async def test_a_handler_that_outlives_the_grace_is_cancelled_and_its_job_given_back_uncharged(house: House) -> None:
    started = asyncio.Event()

    @house.handlers.timer("endless")
    async def endless(container: AsyncContainer, subject: UUID) -> None:
        async with await container.get(SqlTransaction) as transaction:
            await write(transaction, "endless", subject, 1)
            started.set()
            await asyncio.Event().wait()

    worker = house.worker(grace=0.1)
    task = asyncio.create_task(worker.run())
    await house.run("endless", uuid4())
    await asyncio.wait_for(started.wait(), 5)
    worker.stop()
    await asyncio.wait_for(task, 10)
    assert [tuple(row) for row in await house.rows("SELECT state, attempts FROM jobs.job")] == [("ready", 0)]
    assert await house.effects("endless") == []
