from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from marketplace.domain.shared.ids import UserId


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
    facts: Mapping[str, str | int | bool | None] = field(default_factory=dict)


class AuditTrail(Protocol):
    """Append-only. Where the caller came from is added by the trail itself, hashed."""

    def note(self, entry: AuditEntry) -> None:
        """Written with the commit of the running transaction, or not at all."""
        ...

    async def record(self, entry: AuditEntry) -> None:
        """Written by itself, outside any transaction: it is there when this returns."""
        ...
