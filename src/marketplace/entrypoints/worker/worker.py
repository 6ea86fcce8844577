"""Runs due jobs: claims them, calls their handlers, and keeps the table in order."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from traceback import extract_tb
from typing import Any, TypeVar

import msgspec
import structlog
from croniter import croniter
from dishka import AsyncContainer

from marketplace.domain.shared.errors import RateLimited, Unavailable
from marketplace.entrypoints.worker import metrics
from marketplace.entrypoints.worker.listener import listen
from marketplace.entrypoints.worker.ports import Job, JobTransaction, Queue
from marketplace.entrypoints.worker.registry import Handler, Handlers, Routine

log = structlog.get_logger()
Result = TypeVar("Result")

POLL = 5.0
"""Seconds at most between two looks at the table, should every NOTIFY be missed."""
GRACE = 25.0
"""Seconds that running handlers get when the worker stops."""
PURGE_EVERY = 3600.0
LOOK_EVERY = 0.25
"""Seconds between two looks for workers that were killed: their jobs are not to be late by more than a second."""
FIRST_DELAY, LONGEST_DELAY = 0.05, 1.0
"""Seconds to wait after an error of the database, doubled each time."""


CANCELLING = 5.0
"""Seconds that cancelled handlers get to clean up; the leases of those that do not are left to lapse."""


class JobRefused(RuntimeError):
    """The job cannot run like this; the message is ours and holds no personal data."""


class Worker:
    """`run` until `stop`, or `drain` in tests. A database that goes away is waited for, whatever the worker was doing.

    A handler that outlives the grace is cancelled and its job given back without charging the attempt. A job whose
    worker was killed comes again at once, by way of another worker, or when its lease ends; the attempt stays charged:
    one that kills its worker ends up dead.
    """

    def __init__(
        self, container: AsyncContainer, queue: Queue, handlers: Handlers, dsn: str, *, concurrency: int = 8,
        grace: float = GRACE,
    ) -> None:  # fmt: skip
        self._container = container
        self._queue = queue
        self._handlers = handlers
        self._dsn = dsn
        self._concurrency = concurrency
        self._grace = grace
        self._running: dict[asyncio.Task[Exception | None], Job] = {}
        self._wake = asyncio.Event()
        self._announced = False
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        self._stopping.set()
        self._wake.set()

    async def run(self) -> None:
        side = [
            asyncio.create_task(self._forever(task.__name__.strip("_"), task))
            for task in (self._listen, self._keep_leases, self._take_over, self._tick, self._purge)
        ]
        side += [
            asyncio.create_task(self._forever(routine.name, partial(self._run_once, routine)))
            for routine in self._handlers.routines
        ]
        try:
            await self._claim()
            log.info("worker_stopping", running=len(self._running))
            if self._running:
                await asyncio.wait(self._running, timeout=self._grace)
        finally:
            await self._give_back()
            for task in side:
                task.cancel()
            await asyncio.gather(*side, return_exceptions=True)

    async def drain(self, limit: int = 5000, *, raising: bool = True) -> int:
        """For tests: run every due job here, one at a time, oldest first. How many there were.

        Raises a handler's error at once (its job is then set for a retry), or goes on when not `raising`.
        """
        done = 0
        while jobs := (await self._queue.claim(1))[0]:
            if done == limit:
                await self._queue.release(jobs)
                raise RuntimeError(f"still not drained after {limit} jobs: does a handler enqueue itself?")
            done += 1
            error = await self._execute(jobs[0])
            if error and raising:
                raise error
        return done

    async def _claim(self) -> None:
        delay = FIRST_DELAY
        while not self._stopping.is_set():
            self._wake.clear()
            pause = POLL
            if self._announced and (free := self._concurrency - len(self._running)):
                try:
                    jobs, next_due = await self._queue.claim(free)
                except Exception as error:
                    log.warning("worker_task_failed", task="claim", error=type(error).__name__)
                    pause, delay = delay, min(LONGEST_DELAY, delay * 2)
                else:
                    delay = FIRST_DELAY
                    pause = POLL if next_due is None else min(POLL, max(next_due, 0.001))
                    for job in jobs:
                        self._start(job)
            try:
                await asyncio.wait_for(self._wake.wait(), pause)
            except TimeoutError:
                continue

    def _start(self, job: Job) -> None:
        task = asyncio.create_task(self._execute(job))
        self._running[task] = job
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[Exception | None]) -> None:
        del self._running[task]
        self._wake.set()

    async def _execute(self, job: Job) -> Exception | None:
        """Run one attempt and record how it ended; the handler's error, if any."""
        handler = self._handlers.by_name.get(job.handler)
        attempt = _Attempt(self._queue, job)
        metrics.START.observe(job.late)
        outcome = "released"
        failure: Exception | None = None
        try:
            await self._handle(handler, attempt)
            outcome = "done"
        except Exception as error:
            failure = error
            outcome = await self._record(handler, attempt, error)
        finally:
            metrics.JOBS.labels(handler.name if handler else "unknown", outcome).inc()
        return failure

    async def _handle(self, handler: Handler[Any] | None, attempt: "_Attempt") -> None:
        job = attempt.job
        if handler is None:
            raise JobRefused(f"this version has no handler named {job.handler}")
        if job.attempts > handler.max_attempts:
            raise JobRefused(f"{handler.max_attempts} attempts are used up: the worker was lost in the last one")
        payload = msgspec.convert(job.payload, handler.payload_type, strict=False)
        async with asyncio.timeout(handler.timeout), self._container() as request:
            if handler.transactional:
                (await request.get(JobTransaction)).before_commit(attempt.finish_within)
            await handler.run(request, payload)
        if not attempt.finished:
            await self._insist(partial(self._queue.finish, job))

    async def _record(self, handler: Handler[Any] | None, attempt: "_Attempt", error: Exception) -> str:
        """Set the job for a retry or bury it; how the attempt ended."""
        job = attempt.job
        policy = handler or Handler(job.handler, object, _nothing)
        asked = error.retry_after if isinstance(error, RateLimited) else 0.0
        wait = policy.retry_in(job.attempts, asked)
        try:
            state = await self._insist(partial(self._queue.fail, job, _describe(error), wait))
        except Exception as second:  # the lease lapses, and the job comes again
            log.error("job_not_recorded", job=job.id, handler=job.handler, error=type(second).__name__)
            return "lost"
        outcome = state or ("done" if attempt.finished else "lost")
        log.warning(
            "job_failed", job=job.id, handler=job.handler, attempt=job.attempts, error=type(error).__name__,
            place=_place(error), outcome=outcome,
        )  # fmt: skip
        return outcome

    async def _insist(self, write: Callable[[], Awaitable[Result]]) -> Result:
        """Repeat while the database does not answer, for as long as the lease can last."""
        delay = FIRST_DELAY
        async with asyncio.timeout(self._queue.lease.total_seconds()):
            while True:
                try:
                    return await write()
                except Unavailable:
                    await asyncio.sleep(delay)
                    delay = min(LONGEST_DELAY, delay * 2)

    async def _give_back(self) -> None:
        left = dict(self._running)
        if not left:
            return
        for task in left:
            task.cancel()
        ended, _ = await asyncio.wait(left, timeout=CANCELLING)
        try:
            released = await self._insist(partial(self._queue.release, [left[task] for task in ended]))
        except Exception as error:
            log.error("jobs_not_released", error=type(error).__name__)
        else:
            log.warning("jobs_released", jobs=released)

    async def _forever(self, name: str, task: Callable[[], Awaitable[float]]) -> None:
        """Call `task` again and again, after the seconds it returns, or soon after it failed."""
        delay = FIRST_DELAY
        while True:
            try:
                pause = await task()
                delay = FIRST_DELAY
            except Exception as error:
                log.warning("worker_task_failed", task=name, error=type(error).__name__)
                pause, delay = delay, min(LONGEST_DELAY, delay * 2)
            await asyncio.sleep(pause)

    async def _run_once(self, routine: Routine) -> float:
        async with self._container() as request:
            await routine.run(request)
        return routine.pause

    async def _listen(self) -> float:
        try:
            await listen(self._dsn, self._wake.set, self._announce)
        finally:
            self._announced = False
        return 0.0

    async def _announce(self, connection: Any) -> None:
        """What an unannounced worker claims is taken from it at once."""
        await self._queue.announce(connection)
        self._announced = True

    async def _take_over(self) -> float:
        if await self._queue.reap(unannounced=True):
            self._wake.set()
        return LOOK_EVERY

    async def _keep_leases(self) -> float:
        if jobs := list(self._running.values()):
            await self._queue.renew(jobs)
        if await self._queue.reap():
            self._wake.set()
        due, oldest, dead = await self._queue.backlog()
        metrics.DUE.set(due)
        metrics.OLDEST.set(oldest)
        metrics.DEAD.set(dead)
        return self._queue.lease.total_seconds() / 3

    async def _tick(self) -> float:
        if not self._handlers.crons:
            return PURGE_EVERY
        now = await self._queue.now()
        ticks: list[datetime] = []
        for name, expression in self._handlers.crons.items():
            ticks.append(croniter(expression, now).get_next(datetime))
            await self._queue.tick(name, ticks[-1])
        return min(60.0, (min(ticks) - now).total_seconds())

    async def _purge(self) -> float:
        await self._queue.purge()
        return PURGE_EVERY


class _Attempt:
    """One run of a job, and whether its "done" was written."""

    def __init__(self, queue: Queue, job: Job) -> None:
        self.job = job
        self.finished = False
        self._queue = queue

    async def finish_within(self, connection: Any, _: object) -> None:
        if self.finished:
            raise JobRefused(
                f"handler {self.job.handler} opened a second transaction block: its job was done with the first; "
                "use one block, or register it with transactional=False"
            )
        await self._queue.finish(self.job, connection)
        self.finished = True


async def _nothing(_: AsyncContainer, __: object) -> None:
    """Stands in for the handler that a job's name does not lead to."""


def _place(error: Exception) -> str:
    frames = extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""


def _describe(error: Exception) -> str:
    """For the table: what and where, without the message, which may hold personal data."""
    return str(error) if isinstance(error, JobRefused) else f"{type(error).__name__} at {_place(error)}"
