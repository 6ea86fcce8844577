"""The unit of work: state, events, timers, audit entries, the stored reply and a job's "done" leave in one commit."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from typing import Self, TypeVar
from uuid import UUID

import asyncpg

from marketplace.adapters.sql.audit.batch import WRITE as WRITE_AUDIT
from marketplace.adapters.sql.audit.batch import AuditBatch, insertion
from marketplace.adapters.sql.jobs import INSERTION, NOTIFY, JobBatch, Subscriptions
from marketplace.adapters.sql.jobs import WRITE as WRITE_JOBS
from marketplace.adapters.sql.pool import Pool, refusal_of
from marketplace.application.shared.ports import Timers, Transaction
from marketplace.domain.shared.aggregate import Aggregate, DomainEvent

Result = TypeVar("Result")
BeforeCommit = Callable[[asyncpg.Connection, object], Awaitable[None]]
"""Called with the connection and the answer of the block; what it raises rolls the block back."""

_WRITE_BOTH = f"WITH {INSERTION}, {insertion(JobBatch.ARRAYS + 1)} {NOTIFY}"


class SqlTransaction(Transaction):
    """Holds a pooled connection only inside its block; repositories borrow it from here."""

    def __init__(self, pool: Pool, subscriptions: Subscriptions, audit: AuditBatch | None = None) -> None:
        self._pool = pool
        self._subscriptions = subscriptions
        self._audit = audit or AuditBatch()
        self._connection: asyncpg.Connection | None = None
        self._jobs = JobBatch()
        self._answer: object = None
        self._before_commit: list[BeforeCommit] = []

    @property
    def connection(self) -> asyncpg.Connection:
        if self._connection is None:
            raise RuntimeError("a repository was used outside `async with transaction`")
        return self._connection

    @property
    def jobs(self) -> JobBatch:
        """Jobs to be written with this block's commit."""
        return self._jobs

    @property
    def audit(self) -> AuditBatch:
        """Audit entries to be written with this block's commit."""
        if self._connection is None:
            raise RuntimeError("an audit entry was noted outside `async with transaction`")
        return self._audit

    def ship(self, aggregate: Aggregate, key: UUID) -> None:
        """Publish the aggregate's new events."""
        for event in aggregate.pull_events():
            self.publish(event, key)

    def publish(self, event: DomainEvent, key: UUID) -> None:
        """Write it with this commit: one job for each subscriber, in order by `key`.

        One that is audited leaves an entry in the trail too.
        """
        self._jobs.publish(event, key, self._subscriptions)
        self._audit.publish(event)

    def before_commit(self, hook: BeforeCommit) -> None:
        self._before_commit.append(hook)

    def answers(self, result: Result) -> Result:
        self._answer = result
        return result

    async def __aenter__(self) -> Self:
        if self._connection is not None:
            raise RuntimeError("transactions do not nest: one use case, one block at a time")
        connection = await self._pool.take()
        try:
            await connection.execute("BEGIN")
        except BaseException as error:
            self._pool.give(connection)
            if refusal := refusal_of(error):
                raise refusal from error
            raise
        self._connection, self._jobs, self._answer = connection, JobBatch(), None
        self._audit.clear()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        error = exc_info[1]
        connection, self._connection = self.connection, None
        try:
            if error is None:
                await self._write(connection)
                for hook in self._before_commit:
                    await hook(connection, self._answer)
                await connection.execute("COMMIT")
        except BaseException as failure:
            await _roll_back(connection)
            if refusal := refusal_of(failure):
                raise refusal from failure
            raise
        else:
            if isinstance(error, BaseException):
                await _roll_back(connection)
                if refusal := refusal_of(error):
                    raise refusal from error
        finally:
            self._pool.give(connection)

    async def _write(self, connection: asyncpg.Connection) -> None:
        """Jobs and audit entries in one statement, where there are any."""
        jobs, audit = self._jobs.arguments, self._audit.arguments
        if jobs and audit:
            await connection.execute(_WRITE_BOTH, *jobs, *audit)
        elif jobs:
            await connection.execute(WRITE_JOBS, *jobs)
        elif audit:
            await connection.execute(WRITE_AUDIT, *audit)


async def _roll_back(connection: asyncpg.Connection) -> None:
    """Leave no open transaction; a connection that cannot roll back is thrown away by the pool."""
    with suppress(Exception):
        await connection.execute("ROLLBACK")


class SqlTimers(Timers):
    """Timers are delayed jobs, named like their handler and keyed by their subject."""

    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    def set(self, timer: str, subject: UUID, at: datetime) -> None:
        self._transaction.jobs.at(timer, subject, at)

    def clear(self, timer: str, subject: UUID) -> None:
        self._transaction.jobs.cancel(timer, subject)
