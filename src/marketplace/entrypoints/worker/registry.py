"""What the worker can do: handlers of events, jobs, timers and cron ticks."""

import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypedDict, TypeVar, Unpack
from uuid import UUID

from croniter import CroniterError, croniter
from dishka import AsyncContainer

from marketplace.domain.shared.aggregate import DomainEvent

Payload = TypeVar("Payload")
Event = TypeVar("Event", bound=DomainEvent)
Run = Callable[[AsyncContainer, Payload], Awaitable[None]]
"""Called with the REQUEST scope of one attempt and the decoded payload."""
Task = Callable[[AsyncContainer], Awaitable[None]]
"""Called with a REQUEST scope."""


class Options(TypedDict, total=False):
    max_attempts: int
    base: float
    cap: float
    timeout: float
    transactional: bool


@dataclass(frozen=True, slots=True)
class Handler(Generic[Payload]):
    """`base`, `cap` and `timeout` are seconds; the wait doubles from `base` up to `cap`, give or take a tenth.

    Transactional: the handler's one `async with transaction` block commits its writes and "done" together, so its
    effect in the database happens exactly once. Otherwise it may open any blocks and call the outside, and "done" is
    written after it returned: at least once, so its calls carry an idempotency key.
    """

    name: str
    payload_type: type[Payload]
    run: Run[Payload]
    max_attempts: int = 8
    base: float = 1.0
    cap: float = 600.0
    timeout: float = 300.0
    transactional: bool = True

    def retry_in(self, attempt: int, asked: float = 0.0) -> timedelta | None:
        """None when `attempt` was the last; never before the seconds that were `asked` for."""
        if attempt >= self.max_attempts:
            return None
        wait = min(self.cap, self.base * 2 ** (attempt - 1))
        jitter = random.uniform(0.9, 1.1)  # noqa: S311 - not a secret
        return timedelta(seconds=max(wait * jitter, asked))


@dataclass(frozen=True, slots=True)
class Routine:
    """`pause` is seconds."""

    name: str
    pause: float
    run: Task


@dataclass(slots=True)
class Handlers:
    by_name: dict[str, Handler[Any]] = field(default_factory=dict)
    crons: dict[str, str] = field(default_factory=dict)
    routines: list[Routine] = field(default_factory=list)
    _subscribers: dict[type[DomainEvent], list[str]] = field(default_factory=dict)

    @property
    def subscriptions(self) -> Mapping[type[DomainEvent], tuple[str, ...]]:
        """Which handlers hear of an event, as registered so far."""
        return {event: tuple(names) for event, names in self._subscribers.items()}

    def job(
        self, name: str, payload_type: type[Payload], **options: Unpack[Options]
    ) -> Callable[[Run[Payload]], Run[Payload]]:
        """Do what a transaction asked for by this name."""

        def register(run: Run[Payload]) -> Run[Payload]:
            if name in self.by_name:
                raise ValueError(f"handler {name} is registered twice: give one of them another name")
            self.by_name[name] = Handler(name, payload_type, run, **options)
            return run

        return register

    def on(self, event: type[Event], name: str, **options: Unpack[Options]) -> Callable[[Run[Event]], Run[Event]]:
        """React to an event; events of one aggregate come in the order they were published."""

        def register(run: Run[Event]) -> Run[Event]:
            self.job(name, event, **options)(run)
            self._subscribers.setdefault(event, []).append(name)
            return run

        return register

    def timer(self, name: str, **options: Unpack[Options]) -> Callable[[Run[UUID]], Run[UUID]]:
        """React to a timer that was set under this name; the payload is its subject."""
        return self.job(name, UUID, **options)

    def cron(self, name: str, expression: str, **options: Unpack[Options]) -> Callable[[Run[datetime]], Run[datetime]]:
        """Run at these times, UTC, once for all workers; ticks while no worker is up are skipped.

        Five fields, or six with seconds as the last. A changed expression takes over after the tick already set.
        """
        try:
            croniter(expression, datetime(2000, 1, 1, tzinfo=UTC)).get_next()
        except CroniterError as error:
            raise ValueError(f"cron {name}: {expression!r} names no time: {error}") from None

        def register(run: Run[datetime]) -> Run[datetime]:
            self.job(name, datetime, **options)(run)
            self.crons[name] = expression
            return run

        return register

    def routine(self, name: str, pause: float) -> Callable[[Task], Task]:
        """Run in every worker, at its start and then again and again after a pause; soon after a failure.

        For what is too frequent to be a row of the jobs table each time. It sees to it itself that workers do not get
        into each other's way, and may be cut off anywhere by the end of its worker.
        """

        def register(run: Task) -> Task:
            self.routines.append(Routine(name, pause, run))
            return run

        return register
