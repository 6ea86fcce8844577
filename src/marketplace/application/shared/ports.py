from datetime import datetime
from typing import Protocol, Self, TypeVar
from uuid import UUID

Result = TypeVar("Result")


class Clock(Protocol):
    def now(self) -> datetime:
        """Aware, UTC."""
        ...


class Ids(Protocol):
    def new(self) -> UUID:
        """A UUIDv7: unique, and later ids sort after earlier ones to the millisecond."""
        ...


class Transaction(Protocol):
    """One database transaction: commits when the block ends, rolls back when it raises."""

    async def __aenter__(self) -> Self: ...
    async def __aexit__(self, *exc_info: object) -> None: ...

    def answers(self, result: Result) -> Result:
        """Mark `result` as what this request answers, so that a repeated Idempotency-Key gets the same answer.

        Called as the last act inside the block that takes effect; the reply is stored in the same commit.
        """
        ...


class Timers(Protocol):
    """Exact timers that are set and cleared in the running transaction and fire once, after their time."""

    def set(self, timer: str, subject: UUID, at: datetime) -> None: ...
    def clear(self, timer: str, subject: UUID) -> None: ...
