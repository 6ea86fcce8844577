"""A small application around the jobs table: one effect table, handlers given by the test, real transactions."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

import asyncpg
from dishka import AnyOf, AsyncContainer, Provider, Scope, make_async_container, provide

from marketplace.adapters.sql.job_queue import JobQueue
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from marketplace.application.shared.ports import Transaction
from marketplace.domain.shared.aggregate import DomainEvent
from marketplace.domain.shared.errors import Unavailable
from marketplace.entrypoints.worker.ports import JobTransaction
from marketplace.entrypoints.worker.registry import Handlers
from marketplace.entrypoints.worker.worker import Worker
from tests.integration.races import lock_waiters

NOW = datetime(2026, 1, 1, tzinfo=UTC)
EFFECTS = """
CREATE TABLE public.effect (
    id bigserial, name text, subject uuid, number int, at timestamptz DEFAULT clock_timestamp()
);
GRANT ALL ON public.effect TO PUBLIC; GRANT ALL ON public.effect_id_seq TO PUBLIC;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted(DomainEvent):
    name: ClassVar[str] = "test.counted.v1"
    subject: UUID
    number: int


class Broken(Exception):
    """What failing handlers raise here."""


class HouseProvider(Provider):
    def __init__(self, pool: Pool, handlers: Handlers) -> None:
        super().__init__()
        self._pool = pool
        self._handlers = handlers

    @provide(scope=Scope.REQUEST, provides=AnyOf[SqlTransaction, Transaction, JobTransaction])
    def transaction(self) -> SqlTransaction:
        return SqlTransaction(self._pool, self._handlers.subscriptions)


class House:
    def __init__(self, dsn: str, pool: Pool) -> None:
        self.handlers = Handlers()
        self.queue = JobQueue(pool)
        self.dsn = dsn
        self._pool = pool

    def worker(self, *, lease: float = 30.0, concurrency: int = 8, grace: float = 10.0) -> Worker:
        """Another worker of the fleet; `lease` in seconds."""
        queue = JobQueue(self._pool, lease=timedelta(seconds=lease))
        container = make_async_container(HouseProvider(self._pool, self.handlers))
        return Worker(container, queue, self.handlers, self.dsn, concurrency=concurrency, grace=grace)

    def transaction(self) -> SqlTransaction:
        return SqlTransaction(self._pool, self.handlers.subscriptions)

    async def publish(self, subject: UUID, *numbers: int) -> None:
        async with self.transaction() as transaction:
            for number in numbers:
                event = Counted(occurred_at=NOW, subject=subject, number=number)
                transaction.jobs.publish(event, subject, self.handlers.subscriptions)

    async def run(self, handler: str, payload: object) -> None:
        async with self.transaction() as transaction:
            transaction.jobs.run(handler, payload)

    async def set_timer(self, handler: str, subject: UUID, at: datetime) -> None:
        async with self.transaction() as transaction:
            transaction.jobs.at(handler, subject, at)

    async def rows(self, sql: str, *arguments: object) -> list[asyncpg.Record]:
        async with self._pool.connection() as connection:
            rows: list[asyncpg.Record] = await connection.fetch(sql, *arguments)
            return rows

    async def value(self, sql: str, *arguments: object) -> Any:
        return (await self.rows(sql, *arguments))[0][0]

    async def now(self) -> datetime:
        now: datetime = await self.value("SELECT clock_timestamp()")
        return now

    async def states(self) -> dict[str, int]:
        return dict(await self.rows("SELECT state, count(*)::int FROM jobs.job GROUP BY state"))

    async def effects(self, name: str) -> list[int]:
        """The numbers that were noted under this name, in the order of their writing."""
        return [row[0] for row in await self.rows("SELECT number FROM effect WHERE name = $1 ORDER BY id", name)]

    async def reached(self, done: int) -> None:
        async def enough() -> bool:
            count = await self.value("SELECT count(*) FROM jobs.job WHERE state = 'done'")
            return bool(count >= done)

        await eventually(enough, within=30)

    async def someone_waits_for_a_lock(self) -> bool:
        return bool(await lock_waiters(self._pool))

    async def settled(self, *, within: float = 20) -> None:
        async def nothing_left() -> bool:
            left = await self.value("SELECT count(*) FROM jobs.job WHERE state IN ('ready', 'waiting', 'running')")
            return bool(left == 0)

        await eventually(nothing_left, within=within)

    async def cut_off_everyone(self) -> None:
        """End every connection of the application's role, as a restart of the database does."""
        mine = await asyncpg.connect(self.dsn)
        await mine.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
        )
        await mine.close()


async def note(container: AsyncContainer, name: str, subject: UUID, number: int) -> None:
    """The use case of these tests: one row in one transaction."""
    transaction = await container.get(SqlTransaction)
    async with transaction:
        await write(transaction, name, subject, number)


async def write(transaction: SqlTransaction, name: str, subject: UUID, number: int) -> None:
    await transaction.connection.execute(
        "INSERT INTO effect (name, subject, number) VALUES ($1, $2, $3)", name, subject, number
    )


@asynccontextmanager
async def running(*workers: Worker) -> AsyncIterator[None]:
    """The workers run within the block and are stopped gracefully at its end."""
    tasks = [asyncio.create_task(worker.run()) for worker in workers]
    try:
        yield
    finally:
        for worker in workers:
            worker.stop()
        await asyncio.wait_for(asyncio.gather(*tasks), 40)


async def eventually(condition: Callable[[], Awaitable[bool]], *, within: float = 10) -> None:
    """Ask again until it holds; a database that is away just now does not hold."""
    async with asyncio.timeout(within):
        while True:
            with suppress(Unavailable, asyncpg.InternalClientError):
                if await condition():
                    return
            await asyncio.sleep(0.01)
