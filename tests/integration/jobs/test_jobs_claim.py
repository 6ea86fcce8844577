"""What a claim costs and in which order it gives; the queue's upkeep."""

import asyncio
import json
from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest
from dishka import AsyncContainer

from marketplace.adapters.sql.job_queue import CLAIM, PARK, WINDOW
from tests.engines import Database
from tests.integration.jobs.house import Broken, Counted, House, eventually, note, running

FINISHED_AND_FUTURE = """
    INSERT INTO jobs.job (handler, payload, lane, state, run_at, finished_at)
    SELECT 'old', '{}', 'old:' || number % 500, 'done', now() - interval '1 day', now()
    FROM generate_series(1, 50000) number;
    INSERT INTO jobs.job (handler, payload, key, run_at)
    SELECT 'timer', '{}', number::text, now() + number * interval '1 minute' FROM generate_series(1, 50000) number;
    INSERT INTO jobs.job (handler, payload, lane)
    SELECT 'new', '{}', 'new:' || number FROM generate_series(1, 20) number;
"""
MANY_LANES = """
    INSERT INTO jobs.job (handler, payload, lane)
    SELECT 'new', '{}', 'new:' || number % 20000 FROM generate_series(1, 100000) number;
"""
BLOCKED_LANE = """
    INSERT INTO jobs.job (handler, payload, lane, run_at) VALUES ('new', '{}', 'new:1', now() + interval '1 hour');
    INSERT INTO jobs.job (handler, payload, lane) SELECT 'new', '{}', 'new:1' FROM generate_series(1, 10000);
    INSERT INTO jobs.job (handler, payload) SELECT 'free', '{}' FROM generate_series(1, 10);
"""


async def pages_of_a_claim(connection: asyncpg.Connection, plan: str) -> int:
    """Pages of the database that one claim of 8 touches, each counted as often as it is touched."""
    await connection.execute(f"SET plan_cache_mode = {plan}")
    await connection.execute(f"PREPARE claim (int, text[], uuid, interval, int) AS {CLAIM}")
    try:
        async with connection.transaction():
            text = await connection.fetchval(
                f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE claim (8, NULL, '{uuid4()}', '30 s', {WINDOW})"
            )
            plan_tree = json.loads(text)[0]["Plan"]
            assert "Seq Scan" not in text
            return int(plan_tree["Shared Hit Blocks"] + plan_tree["Shared Read Blocks"])
    finally:
        await connection.execute("ROLLBACK; DEALLOCATE claim")


@pytest.mark.parametrize("plan", ["force_custom_plan", "force_generic_plan"])
@pytest.mark.parametrize("rows", [FINISHED_AND_FUTURE, MANY_LANES], ids=["finished and future", "many lanes"])
async def test_a_claim_among_a_hundred_thousand_rows_touches_few_pages(
    fresh_database: Database, rows: str, plan: str
) -> None:
    owner = await asyncpg.connect(fresh_database.owner_dsn)
    await owner.execute(rows)
    await owner.execute("VACUUM ANALYZE jobs.job")
    pages = await pages_of_a_claim(owner, plan)
    await owner.close()
    print(f"{pages} pages")  # noqa: T201
    assert pages < 400


async def test_ten_thousand_jobs_behind_a_failing_one_do_not_slow_the_others(
    house: House, fresh_database: Database
) -> None:
    owner = await asyncpg.connect(fresh_database.owner_dsn)
    await owner.execute(BLOCKED_LANE)
    claimed: list[str] = []
    for _ in range(10):
        jobs, _next = await house.queue.claim(8)
        claimed += [job.handler for job in jobs]
        if len(claimed) == 10:
            break
    assert claimed == ["free"] * 10
    assert await pages_of_a_claim(owner, "force_custom_plan") < 400
    await owner.close()


async def test_a_lane_that_was_put_to_waiting_is_run_in_order_by_three_workers(house: House) -> None:
    failed = set[int]()

    @house.handlers.on(Counted, "slow", base=0.3)
    async def slow(container: AsyncContainer, event: Counted) -> None:
        if event.number % 200 == 0 and event.number not in failed:
            failed.add(event.number)
            raise Broken
        await note(container, str(event.subject), event.subject, event.number)

    subjects = [uuid4(), uuid4()]
    for start in range(0, 600, 50):
        for subject in subjects:
            await house.publish(subject, *range(start, start + 50))

    async def some_wait() -> bool:
        return "waiting" in await house.states()

    async with running(*(house.worker(concurrency=4) for _ in range(3))):
        await eventually(some_wait)
        await house.settled()
    for subject in subjects:
        assert await house.effects(str(subject)) == list(range(600))


async def test_a_job_that_ends_while_the_next_is_put_to_waiting_readies_it(house: House) -> None:
    house.handlers.on(Counted, "any")(_ignore)
    await house.publish(uuid4(), 1, 2, 3)
    [first], _ = await house.queue.claim(8)
    async with house.transaction() as parking:
        await parking.connection.execute(PARK, WINDOW)
        finishing = asyncio.create_task(house.queue.finish(first))
        await eventually(house.someone_waits_for_a_lock)
    await finishing
    assert await house.states() == {"done": 1, "ready": 1, "waiting": 1}


async def test_a_job_that_dies_readies_the_next_of_its_lane(house: House) -> None:
    house.handlers.on(Counted, "any")(_ignore)
    await house.publish(uuid4(), 1, 2, 3)
    [first], _ = await house.queue.claim(8)
    await house.rows(PARK, WINDOW)
    assert await house.states() == {"running": 1, "waiting": 2}
    assert await house.queue.fail(first, "Broken", None) == "dead"
    assert await house.states() == {"dead": 1, "ready": 1, "waiting": 1}


async def test_a_job_is_not_put_to_waiting_behind_one_that_is_just_ending(house: House) -> None:
    house.handlers.on(Counted, "any")(_ignore)
    await house.publish(uuid4(), 1, 2, 3)
    [first], _ = await house.queue.claim(8)
    async with house.transaction() as ending:
        await house.queue.finish(first, ending.connection)
        await house.rows(PARK, WINDOW)
    assert await house.states() == {"done": 1, "ready": 1, "waiting": 1}
    [second], _ = await house.queue.claim(8)
    assert second.id == first.id + 1


async def test_a_lane_whose_waiting_jobs_were_stranded_is_readied_by_the_upkeep(house: House) -> None:
    await house.rows("INSERT INTO jobs.job (handler, payload, lane, state) VALUES ('any', '1', 'any:1', 'waiting')")
    await house.queue.purge()
    assert await house.states() == {"ready": 1}


async def test_no_job_is_claimed_twice(house: House) -> None:
    for number in range(200):
        await house.run("any", number)
    claims = await asyncio.gather(*(house.queue.claim(7) for _ in range(20)))
    ids = [job.id for jobs, _ in claims for job in jobs]
    assert len(ids) == len(set(ids)) > 60
    assert await house.states() == {"running": len(ids), "ready": 200 - len(ids)}


async def test_a_claim_tells_when_the_next_job_falls_due(house: House) -> None:
    assert await house.queue.claim(1) == ([], None)
    await house.set_timer("any", uuid4(), await house.now() + timedelta(seconds=60))
    jobs, next_due = await house.queue.claim(1)
    assert jobs == []
    assert next_due is not None
    assert 59 < next_due <= 60


async def test_a_claim_can_be_limited_to_handlers(house: House) -> None:
    for handler in ("one", "other", "one"):
        await house.run(handler, 1)
    jobs, _ = await house.queue.claim(8, ["other"])
    assert [job.handler for job in jobs] == ["other"]


async def test_a_revived_job_of_a_lane_waits_for_the_one_that_runs_and_goes_before_the_others(house: House) -> None:
    house.handlers.on(Counted, "any")(_ignore)
    await house.publish(uuid4(), 1, 2, 3)
    [first], _ = await house.queue.claim(8)
    assert await house.queue.fail(first, "Broken", None) == "dead"
    [second], _ = await house.queue.claim(8)
    assert await house.queue.revive(first.id)
    assert (await house.queue.claim(8))[0] == []
    await house.queue.finish(second)
    assert [job.id for job in (await house.queue.claim(8))[0]] == [first.id]


async def test_finished_jobs_are_purged_after_their_time_and_the_dead_stay(house: House) -> None:
    await house.rows(
        "INSERT INTO jobs.job (handler, payload, state, finished_at) "
        "SELECT 'any', '1', state, now() - days * interval '1 day' "
        "FROM unnest(ARRAY['done', 'cancelled', 'dead']) state, unnest(ARRAY[2, 4]) days"
    )
    assert await house.queue.purge() == 2
    assert await house.states() == {"done": 1, "cancelled": 1, "dead": 2}
    assert await house.queue.purge(timedelta(0)) == 2


async def test_the_backlog_counts_due_and_blocked_jobs_and_the_dead(house: House) -> None:
    assert await house.queue.backlog() == (0, 0, 0)
    await house.rows(
        "INSERT INTO jobs.job (handler, payload, lane, state, run_at) SELECT 'any', '1', lane, state, "
        "now() + seconds * interval '1 second' FROM (VALUES ('a', 'waiting', -5), ('a', 'ready', -9), "
        "('b', 'ready', 60), ('c', 'dead', -90), ('d', 'running', -80)) v (lane, state, seconds)"
    )
    due, oldest, dead = await house.queue.backlog()
    assert (due, dead) == (2, 1)
    assert 9 <= oldest < 10


async def test_dead_jobs_are_listed_newest_first_page_by_page(house: House) -> None:
    await house.rows(
        "INSERT INTO jobs.job (handler, payload, state, finished_at) "
        "SELECT 'any', '1', 'dead', now() FROM generate_series(1, 5)"
    )
    first = await house.queue.dead(3)
    second = await house.queue.dead(3, first[-1].id)
    assert [job.id for job in first + second] == [5, 4, 3, 2, 1]


async def _ignore(_: AsyncContainer, __: Counted) -> None: ...
