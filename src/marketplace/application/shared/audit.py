from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from marketplace.application.shared.actor import Actor
from marketplace.application.shared.caller import Caller
from marketplace.domain.shared.ids import UserId

Facts = Mapping[str, str | int | bool | None]


class Outcome(StrEnum):
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """Who did what to whom: names of acts, ids and codes, never personal data in clear.

    `action` is like an event's name ("identity.signed_in"), `subject_kind` and `subject` name what it was done to.
    """

    action: str
    actor: UserId | None = None
    subject_kind: str = ""
    subject: UUID | None = None
    outcome: Outcome = Outcome.DONE
    facts: Facts = field(default_factory=dict)


class AuditTrail(Protocol):
    """Append-only. The trail adds where the caller came from, hashed, and who it is, where an entry names no actor."""

    def note(self, entry: AuditEntry) -> None:
        """Written with the commit of the running transaction, or not at all."""
        ...

    async def record(self, entry: AuditEntry) -> None:
        """Written by itself, outside any transaction: it is there when this returns."""
        ...


@dataclass(slots=True)
class Acting:
    """Whom the running request turned out to come from; None until that is known, and for what is done unasked."""

    actor: Actor | None = None


class Refusals(Protocol):
    """The trail of what was refused. It may be flooded: it takes what it can write and counts the rest."""

    def note(self, entry: AuditEntry, caller: Caller, actor: Actor | None) -> None:
        """Written within about a second. Raises nothing."""
        ...


class SealAuditTrail(Protocol):
    """Close what was written since the last time into blocks of the hash chain."""

    async def __call__(self) -> int:
        """How many entries were sealed; none while somebody else is at it."""
        ...
