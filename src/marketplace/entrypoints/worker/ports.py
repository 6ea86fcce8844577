"""What the worker needs of the database; wiring provides it."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol


class Job(Protocol):
    """A claimed job. `attempts` counts this one; `late` is seconds from its due time to the claim."""

    @property
    def id(self) -> int: ...
    @property
    def handler(self) -> str: ...
    @property
    def payload(self) -> object: ...
    @property
    def lane(self) -> str | None: ...
    @property
    def attempts(self) -> int: ...
    @property
    def late(self) -> float: ...


class Queue(Protocol):
    """The jobs table as one worker sees it."""

    lease: timedelta

    async def claim(self, n: int, only: Sequence[str] | None = None) -> tuple[Sequence[Job], float | None]:
        """Up to `n` due jobs, oldest first, and the seconds until the next one falls due."""
        ...

    async def finish(self, job: Job, connection: Any | None = None) -> None:
        """Mark it done within the transaction of `connection`, or at once; raises when the lease was lost."""
        ...

    async def fail(self, job: Job, error: str, retry_in: timedelta | None) -> str | None:
        """Try it again later, or with None bury it; its new state, None when the lease was lost."""
        ...

    async def renew(self, jobs: Iterable[Job]) -> None: ...
    async def release(self, jobs: Iterable[Job]) -> int: ...
    async def announce(self, connection: Any) -> None:
        """For as long as the connection lasts, others know that this worker lives."""
        ...

    async def reap(self, *, unannounced: bool = False) -> int:
        """Make ready again what lost workers held: who let a lease run out, or whose announcement ended."""
        ...

    async def now(self) -> datetime: ...
    async def tick(self, handler: str, at: datetime) -> bool: ...
    async def purge(self) -> int: ...

    async def backlog(self) -> tuple[int, float, int]:
        """Jobs due, the age of the oldest in seconds, dead jobs."""
        ...


class JobTransaction(Protocol):
    """The request scope's transaction; the hook runs before each commit of it with the connection and the answer."""

    def before_commit(self, hook: Callable[[Any, object], Awaitable[None]]) -> None: ...
